"""`serve` and `demo`: the pages, in a browser or in a window of their own, until somebody stops them."""

from __future__ import annotations

import os
import sys
import webbrowser

from gui.auth_file import LoginError
from gui.commands.console import DONE, FAILED, STOPPED, Console, WrongUse, ending_well, newly_made
from gui.demo import ensure_demo
from gui.desktop import in_window, window_library
from gui.services import Services
from gui.serving import CannotServe, NeedsLogin, serve
from gui.settings import Settings
from storage.workspace import Workspace


def run_server(as_json: bool, settings: Settings, *, exact_port: bool, browser: bool, with_demo: bool = False) -> int:
    """Serve until a signal. Returns the exit code, or ends the process with it."""
    console = Console(as_json)
    windowed = settings.desktop and window_library() is not None
    if settings.desktop and not windowed:
        console.say("There is no window library here: pip install 'boxloop[desktop]'. Opening a browser instead.")

    answered, is_new = False, not Workspace(settings.workspace).is_made

    def started(address: str) -> None:
        nonlocal answered
        answered = True
        console.answer({"address": address, "workspace": str(settings.workspace)}, f"Boxloop runs at {address}")
        console.say("Stop it with Ctrl+C.")
        if not windowed and (settings.desktop or browser) and _has_display():
            webbrowser.open(address)

    def prepare(services: Services) -> None:
        if is_new:
            console.say(newly_made(settings.workspace))
        if with_demo:
            console.say("Drawing the demo project, if there is none yet.")
            ensure_demo(services.store)

    with ending_well(console):
        try:
            serve(
                settings,
                exact_port=exact_port,
                on_started=started,
                prepare=prepare,
                around=in_window if windowed else None,
            )
        except NeedsLogin as error:
            raise WrongUse(str(error)) from error
        except (CannotServe, LoginError) as error:
            console.fail(str(error))
            return FAILED
        except KeyboardInterrupt:
            if not answered:
                raise
            console.say("Stopped.")  # with --json the address was the one object
            return STOPPED
    return DONE


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

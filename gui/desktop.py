"""Boxloop in a window of its own, by pywebview (the extra `desktop`): closing the window ends the server."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Callable
from types import ModuleType

TITLE = "Boxloop"
SECONDS_TO_END = 10.0


def window_library() -> ModuleType | None:
    """pywebview, or None where it is not installed."""
    return importlib.import_module("webview") if importlib.util.find_spec("webview") else None


def in_window(run: Callable[[], None], stop: Callable[[], None], address: str) -> None:
    """Serve in a thread and show the address in a window, which has to own the main thread.

    Args:
        run: serves until `stop` was called.
        address: what the window shows.
    """
    webview = window_library()
    assert webview is not None, "asked for a window without a library for it"
    server = threading.Thread(target=run, name="server", daemon=True)
    server.start()
    try:
        webview.create_window(TITLE, address, width=1440, height=900, min_size=(800, 560))
        webview.start()
    finally:
        stop()
        server.join(SECONDS_TO_END)

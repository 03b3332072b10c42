"""What the command line prints, and how it ends: the contract of docs/cli.md."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

from detector.errors import DetectorError
from gui.messages import ServiceError, explain
from gui.process import WorkerLauncher
from gui.services import Services
from gui.settings import Settings
from storage.errors import StorageError
from storage.store import Store
from storage.workspace import Workspace

DONE, FAILED, WRONG_USE, STOPPED = 0, 1, 2, 130


class WrongUse(Exception):
    """The command cannot mean anything here; the text says what would. Exit code 2."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command's words go.

    With `as_json`, stdout gets one JSON object and nothing else, and everything for people goes to stderr.
    """

    as_json: bool

    def say(self, text: str) -> None:
        """What happens meanwhile, for a person."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def answer(self, facts: dict[str, Any], text: str) -> None:
        """What came out: `facts` for programs, `text` for people."""
        sys.stdout.write((json.dumps(facts, ensure_ascii=False) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def fail(self, text: str) -> None:
        """Why it did not come to an answer."""
        self.say(text)
        if self.as_json:
            sys.stdout.write(json.dumps({"error": text}, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def report_skipped(self, skipped: Sequence[str]) -> None:
        for line in skipped:
            self.say(f"Skipped: {line}")


def skipped_code(skipped: Sequence[Any], strict: bool) -> int:
    """Rows that were passed over are a failure only for those who asked for that."""
    return FAILED if skipped and strict else DONE


@contextmanager
def opened(workspace: Path) -> Iterator[Services]:
    """The services on a workspace, for one command; no server need be running, and one may.

    Raises WrongUse: there is no workspace; its name may be mistyped, so that none is made.
    """
    place = Workspace(workspace)
    if not place.is_made:
        raise WrongUse(
            f"There is no workspace in {workspace.resolve()}. Name another folder with --workspace, "
            "or make one there with `import` or `serve`."
        )
    with Store(place) as store:
        yield Services(store, Settings(workspace=workspace), WorkerLauncher(place))


@contextmanager
def opened_or_made(console: Console, workspace: Path) -> Iterator[Services]:
    """The same on a workspace that is made, and said to be, where there is none."""
    if not Workspace(workspace).is_made:
        Store(Workspace(workspace)).close()
        console.say(newly_made(workspace))
    with opened(workspace) as services:
        yield services


def newly_made(workspace: Path) -> str:
    """What is said of a workspace that a command has made, so that a mistyped name is seen."""
    return f"Made a new workspace in {workspace.resolve()}."


@contextmanager
def ending_well(console: Console) -> Iterator[None]:
    """Turn what goes wrong into a sentence and an exit code; SIGTERM counts as Ctrl+C meanwhile. Raises SystemExit."""
    try:
        with _interrupted_by_sigterm():
            yield
    except WrongUse as error:
        console.fail(str(error))
        raise SystemExit(WRONG_USE) from error
    except (DetectorError, StorageError, ServiceError, OSError, MemoryError) as error:
        console.fail(explain(error))
        raise SystemExit(FAILED) from error
    except KeyboardInterrupt as error:
        console.fail("Stopped.")
        raise SystemExit(STOPPED) from error
    except Exception as error:
        traceback.print_exc()  # nobody foresaw it, and there is no other log of a command
        console.fail(explain(error))
        raise SystemExit(FAILED) from error


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """So that what a command has begun is tidied up, and its exit code says what happened."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def signals_set(event: Event) -> Iterator[None]:
    """While the block runs, SIGINT and SIGTERM set the event instead of ending the process."""

    def note(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Which device a run will use, found out once by a child process, since the server itself never loads torch."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from threading import Lock, Thread

from gui.process import SOURCES

SECONDS = 120  # torch on a cold disk takes its time


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """`device` is torch's name ("cuda", "mps", "cpu"); `name` is what a person reads."""

    device: str
    name: str


UNKNOWN = FoundDevice("cpu", "CPU")


class DeviceLookup:
    """Asks in the background; until the answer is there, the CPU is what is promised."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "detector.devices"]
        self._lock = Lock()
        self._thread: Thread | None = None
        self._found: FoundDevice | None = None

    def start(self) -> None:
        """Begin to look, unless that has been done."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._look, name="device-lookup", daemon=True)
                self._thread.start()

    def get(self, wait: float = 0.0) -> FoundDevice:
        """The device, waiting at most `wait` seconds for it."""
        self.start()
        if self._thread is not None and wait > 0:
            self._thread.join(wait)
        return self._found or UNKNOWN

    def _look(self) -> None:
        try:
            printed = subprocess.run(
                self._command, cwd=SOURCES, capture_output=True, timeout=SECONDS, check=True, stdin=subprocess.DEVNULL
            ).stdout
            answer = json.loads(printed)
            self._found = FoundDevice(str(answer["device"]), str(answer["name"]))
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
            self._found = UNKNOWN  # a run finds out by itself; this is only what is said before

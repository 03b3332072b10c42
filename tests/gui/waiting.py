"""Waiting for a condition, with a deadline instead of a sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

DEADLINE = 120.0


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    pause = Event()
    while not condition():
        assert time.monotonic() < end, f"gave up waiting until {what}"
        pause.wait(0.02)

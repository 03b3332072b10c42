"""Whether the page that asked for something still waits for it: it may ask for something else by now, or be closed."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_is_gone: ContextVar[Callable[[], bool]] = ContextVar("is_gone", default=lambda: False)


def follow(is_gone: Callable[[], bool]) -> None:
    """Let what is called from here on, in whichever thread it goes on, learn whether the asker is gone."""
    _is_gone.set(is_gone)


def is_gone() -> bool:
    """False where nobody is followed, as on the command line."""
    return _is_gone.get()()

"""Whether the page that asked for something still waits for it: it may ask for something else by now, or be closed."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from anyio import from_thread
from fastapi import Request

_is_gone: ContextVar[Callable[[], bool]] = ContextVar("is_gone", default=lambda: False)


async def follow(request: Request) -> None:
    """A dependency of routes that may have to wait: what they call in their thread can then ask `is_gone`."""
    _is_gone.set(lambda: from_thread.run(request.is_disconnected))


def is_gone() -> bool:
    """Whether the connection is closed on which this thread's request came; False where no request is followed."""
    return _is_gone.get()()

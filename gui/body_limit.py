"""Bounds what a request may carry, counted while it streams in, so that nothing large is held or written first."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware that answers 413 where a body is longer than its route takes.

    Args:
        app: what stands behind it.
        limit_of: bytes that a path takes.
    """

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str], int]) -> None:
        self.app = app
        self.limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope["path"])
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdigit() and int(stated) > limit:
            await _too_large(limit)(scope, receive, send)
            return
        count = 0
        answered = False

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            if message["type"] == "http.request":
                count += len(message.get("body", b""))
                if count > limit:
                    # An HTTPException, because FastAPI and Gradio pass these on and turn others into a 400.
                    raise HTTPException(413, sentence(limit))
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except HTTPException as error:
            if answered or error.status_code != 413:
                raise
            await _too_large(limit)(scope, receive, send)


def sentence(limit: int) -> str:
    """What a person reads who sent more than `limit` bytes."""
    return f"This is larger than the {_size(limit)} that the server takes at once; send it in parts."


def _size(limit: int) -> str:
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if limit >= size:
            return f"{limit / size:.3g} {unit}"
    return f"{limit} bytes"


def _too_large(limit: int) -> JSONResponse:
    # The rest of the body is not read, so the connection cannot be used again.
    return JSONResponse({"error": sentence(limit)}, status_code=413, headers={"Connection": "close"})

"""Puts our style sheets and title into the first bytes of each page.

Gradio adds a `head` only once its own script runs, so that a page would flash white and unstyled on every click; and
its page names its own maker where ours should stand. This filter rewrites the head of HTML answers on their way out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gui.page_ahead import AheadPage, begin_later

# Gradio's reset is scoped by a class and so outweighs plain class rules; in a layer it gives way to every rule of ours.
# The link stays, switched off, because Gradio's loader would add the sheet a second time where it finds none.
SHEET = re.compile(rb"<link rel=\"stylesheet\"[^>]*? href=\"(\./assets/[^\"]+\.css)\">")
LAYERED = rb"<style>@import url('\1') layer(framework);</style><link rel='stylesheet' media='not all' href='\1'>"
FOREIGN = re.compile(rb"\s*<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>|\s*<link rel=\"manifest\"[^>]*>")

# Gradio's own script.
FRAMEWORK = re.compile(rb"<script type=\"module\" crossorigin src=\"(\./assets/[^\"]+\.js)\"></script>")


def rewrite_head(page: bytes, head: bytes, title: bytes) -> bytes:
    """The page with `head` before its own scripts, one title, and without tags that advertise another site."""
    start, tag, rest = page.partition(b"<head>")
    if not tag:
        return page
    inner, end, body = rest.partition(b"</head>")
    inner = SHEET.sub(LAYERED, FOREIGN.sub(b"", inner))
    return b"".join([start, tag, b'\n<meta charset="utf-8">\n<title>', title, b"</title>\n", head, inner, end, body])


def put_ahead(page: bytes, ahead: AheadPage) -> bytes:
    """The page with parts of ours that are there before its framework, whose script waits for them."""
    page = FRAMEWORK.sub(lambda found: begin_later(found[1].decode()), page, count=1)
    body, end, rest = page.rpartition(b"</body>")
    return b"".join([body, ahead.body, end, rest])


class PageHead:
    """ASGI filter around the page framework; touches only answers of type text/html.

    One that brings a Content-Security-Policy of its own is no page of the framework (the login page): it is left alone.

    Args:
        ahead: by the path of a page, what of it is there before the framework.
    """

    def __init__(self, app: ASGIApp, *, head: str, title: str, ahead: Mapping[str, AheadPage] | None = None) -> None:
        self.app = app
        self.ahead = ahead or {}
        self.head = head.encode()
        self.title = title.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        chunks: list[bytes] = []

        async def filtered(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                if given.get("content-type", "").startswith("text/html") and "content-security-policy" not in given:
                    held = message
                    return
            elif message["type"] == "http.response.body" and held is not None:
                chunks.append(message.get("body", b""))
                if message.get("more_body", False):
                    return
                page = self._rewritten(b"".join(chunks), scope["path"])
                headers = MutableHeaders(scope=held)
                if scope["method"] != "HEAD":
                    headers["content-length"] = str(len(page))
                headers["cache-control"] = "no-cache"
                await send(held)
                await send({"type": "http.response.body", "body": page})
                held = None
                return
            await send(message)

        await self.app(scope, receive, filtered)

    def _rewritten(self, page: bytes, path: str) -> bytes:
        ahead = self.ahead.get(path)
        if ahead is None:
            return rewrite_head(page, self.head, self.title)
        return put_ahead(rewrite_head(page, self.head + b"\n" + ahead.head, self.title), ahead)

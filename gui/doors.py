"""The doors of the server: what every request passes before any route sees it, Gradio's routes included.

Pure ASGI, so that nothing is buffered. In this order: the Host header must be ours, a foreign web page is sent away,
and where there is a login, only who is logged in comes further, as far as their role goes (gui/roles.py). Answers get
the headers that keep other pages out.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gui.hosts import OwnHosts
from gui.login import Login
from gui.roles import MAY_NOT, READING, least_role

# What the login page itself needs, and nothing else.
OPEN_PATHS = frozenset({"/login", "/login/page.css", "/login/theme.css"})
# 'unsafe-inline' and 'unsafe-eval' are needed by Gradio's own page; everything has to come from this server.
PAGE_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ANSWER_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": PAGE_POLICY,
}


class Doors:
    """ASGI middleware round the whole application.

    Args:
        app: what stands behind the doors.
        hosts: the names of this server.
        login: who may come in; None where only this machine can reach the server.
    """

    def __init__(self, app: ASGIApp, *, hosts: OwnHosts, login: Login | None = None) -> None:
        self.app = app
        self.hosts = hosts
        self.login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await refusal(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not come in, or None where it may."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.hosts.has(hosts[0]):
            return _refused(403, "This server does not go by that name; open it at the address that it printed.")
        if _is_foreign(scope, headers, hosts[0]):
            return _refused(403, "A request from another web page was refused.")
        if self.login is None or scope["path"] in OPEN_PATHS:
            return None
        user = self.login.user_of(headers.get("cookie", ""))
        role = None if user is None else self.login.role_of(user)
        if user is None or role is None:
            return _ask_to_log_in(scope, headers)
        least = least_role(scope.get("method", "GET"), scope["path"])
        if not role.may(least):
            return _refused(403, MAY_NOT[least])
        scope["boxloop.user"], scope["boxloop.role"] = user, role
        return None


def _is_foreign(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether another web page sent this.

    Browsers name the sender's origin on everything but plain reads, and "null" where they hide it; programs that are
    no browser send neither header.
    """
    origins = headers.getlist("origin")
    if origins:
        return len(origins) > 1 or origins[0].lower() != f"http://{host.lower()}"
    changes = scope["type"] == "websocket" or scope["method"] not in READING
    return changes and headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _ask_to_log_in(scope: Scope, headers: Headers) -> Response:
    if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope.get("query_string", b"").decode("latin-1")
        back = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(back, safe='')}", status_code=303)
    return _refused(401, "Please log in first.")


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=status, headers={"Cache-Control": "no-store"})


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in ANSWER_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers

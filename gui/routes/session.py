"""Logging in and out, on a page of our own that stands before everything else."""

from __future__ import annotations

import html
import re
import string
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from gui.auth_file import LoginError
from gui.login import SESSION_SECONDS, Brake, Login
from gui.routes.parse import role_of, user_of
from gui.services import Services
from gui.view_models import Json

GUI = Path(__file__).parent.parent
PAGE = string.Template((GUI / "login.html").read_text("utf-8"))
# Nothing on this page runs a script, so none may.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
WRONG = "Name or password is wrong."


def router(login: Login, by_address: Brake | None = None, by_name: Brake | None = None) -> APIRouter:
    """Routes of the login page. The brakes stop guessing from one address, and at one name from many addresses."""
    routes = APIRouter()
    addresses = by_address or Brake(allowed=5)
    names = by_name or Brake(allowed=30)

    @routes.get("/login", include_in_schema=False)
    def show(next: str = "/") -> Response:
        return _page(next_path=local_path(next))

    @routes.post("/login", include_in_schema=False)
    async def log_in(
        request: Request,
        name: Annotated[str, Form(max_length=1000)] = "",
        password: Annotated[str, Form(max_length=10_000)] = "",
        next: Annotated[str, Form(max_length=4000)] = "/",
    ) -> Response:
        back = local_path(next)
        in_place = "application/json" in request.headers.get("accept", "")  # asked by a page that stays

        def refusal(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
            if in_place:
                return JSONResponse({"error": sentence}, status, {"Cache-Control": "no-store", **(headers or {})})
            return _page(back, name, sentence, status=status, headers=headers)

        address = request.client.host if request.client else "unknown"
        wait = max(addresses.wait_for(address), names.wait_for(name))
        if wait > 0:
            sentence = f"Too many wrong tries. Try again in about {max(1, round(wait / 60))} min."
            return refusal(sentence, 429, {"Retry-After": str(int(wait) + 1)})
        # Counted before the check, so that tries sent all at once do not slip past the brake.
        addresses.failed(address)
        names.failed(name)
        try:
            if not await run_in_threadpool(login.check, name, password):
                return refusal(WRONG, 401)
            token = login.begin(name)
        except LoginError as error:
            return refusal(str(error), 503)
        addresses.forget(address)
        names.forget(name)
        kept_out = {"Cache-Control": "no-store"}
        answer = JSONResponse({"user": name}, headers=kept_out) if in_place else RedirectResponse(back, 303, kept_out)
        answer.set_cookie(login.cookie, token, max_age=SESSION_SECONDS, httponly=True, samesite="strict", path="/")
        return answer

    @routes.post("/logout", include_in_schema=False)
    def log_out(request: Request) -> Response:
        login.end(request.headers.get("cookie", ""))
        answer = RedirectResponse("/login", status_code=303, headers={"Cache-Control": "no-store"})
        answer.delete_cookie(login.cookie, path="/", httponly=True, samesite="strict")
        return answer

    @routes.get("/login/page.css", include_in_schema=False)
    def page_style() -> Response:
        return _stylesheet((GUI / "login.css").read_text("utf-8"))

    @routes.get("/login/theme.css", include_in_schema=False)
    def theme_style() -> Response:
        return _stylesheet(dark_by_system((GUI / "theme.css").read_text("utf-8")))

    return routes


def who(services: Services) -> APIRouter:
    """The route by which a page learns who is logged in and where it is; it is there without a login too."""
    routes = APIRouter()
    workspace = services.store.workspace.identity()

    @routes.get("/api/session")
    def session(request: Request) -> Json:
        """`workspace`: the name under which the browser keeps what is not saved yet."""
        return {"user": user_of(request) or None, "role": role_of(request).value, "workspace": workspace}

    return routes


def local_path(wanted: str) -> str:
    """`wanted` where it is a path on this server, else the start page: a login must not send people elsewhere."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local and "\\" not in wanted else "/"


def _page(
    next_path: str, name: str = "", error: str = "", *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    page = PAGE.substitute(next=html.escape(next_path), name=html.escape(name), error=html.escape(error))
    always = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(page, status_code=status, headers={**always, **(headers or {})})


def dark_by_system(theme: str) -> str:
    """The theme with its dark colours where the system asks for them; no script runs here that could choose."""
    dark = re.search(r"^\.dark \{\n(.*?)^\}", theme, re.DOTALL | re.MULTILINE)
    return theme if dark is None else f"{theme}\n@media (prefers-color-scheme: dark) {{\n:root {{\n{dark[1]}}}\n}}\n"


def _stylesheet(text: str) -> Response:
    return Response(text, media_type="text/css", headers={"Cache-Control": "no-cache"})

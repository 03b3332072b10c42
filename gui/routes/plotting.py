"""The script that draws charts. Its address holds its version, so that a browser asks for it once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gui.figures import plotter

HEADERS = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
TYPE = "text/javascript; charset=utf-8"


def router() -> APIRouter:
    routes = APIRouter(prefix=plotter.PREFIX)

    @routes.get(f"/{{version}}/{plotter.NAME}", include_in_schema=False)
    def script(version: str, request: Request) -> Response:
        """404 for another version than the installed one: a page from before an update asks to be loaded again."""
        if version != plotter.installed_version():
            raise HTTPException(404)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**HEADERS, "Content-Encoding": "gzip"}
            return Response(plotter.packed_script(), media_type=TYPE, headers=headers)
        return Response(plotter.script(), media_type=TYPE, headers=HEADERS)

    return routes

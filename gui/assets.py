"""Serves the scripts, styles and drawings of our components at /ui-assets, and no other file that lies beside them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "components"
# Stated, because Windows reads the types of files from its registry, where a program may have changed them.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Assets(StaticFiles):
    """A folder of files with the types above; a browser asks each time whether its copy is still good (ETag)."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        kind = TYPES.get(PurePosixPath(path.replace("\\", "/")).suffix)
        if kind is None:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        if response.status_code != 304:
            response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return response

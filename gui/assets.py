"""Serves the scripts, styles and drawings of our components at /ui-assets, and no other file that lies beside them.

Pages name them below a digest of them all (/ui-assets/<digest>/shared/api.js): a browser keeps them for ever, asks for
nothing on the next visit, and never mixes two versions. Imports between scripts are relative and so stay below it.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parent / "components"
URL = "/ui-assets"
# Stated, because Windows reads the types of files from its registry, where a program may have changed them.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
SHEET = "all.css"  # the sheets of all components in one file
DIGEST = re.compile(r"[0-9a-f]{12}")
IMPORTED = re.compile(r"^(?:import|export)\b[^\"'();]*[\"'](\.[^\"']+)[\"']", re.MULTILINE)


@dataclass(frozen=True)
class Library:
    """All files below a folder of components, by their path in it, as they were when the process began."""

    files: dict[str, bytes]
    digest: str

    def url(self, name: str) -> str:
        """The address of a file on a page; it changes with the content of any."""
        return f"{URL}/{self.digest}/{name}"

    def needed_by(self, scripts: Iterable[str]) -> list[str]:
        """These scripts and all that they import, directly or not."""
        found: dict[str, None] = {}
        waiting = list(scripts)
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found[name] = None
            waiting += [_beside(name, other) for other in IMPORTED.findall(self.files[name].decode("utf-8"))]
        return list(found)


def read_library(folder: Path) -> Library:
    """Read a folder of components, each a folder of files."""
    paths = sorted(path for path in folder.glob("*/*") if path.suffix in TYPES and path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    files[SHEET] = b"\n".join(content for name, content in files.items() if name.endswith(".css"))
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(b"%s %d\n" % (name.encode(), len(content)) + content)
    return Library(files, digest.hexdigest()[:12])


@functools.cache
def library() -> Library:
    """The components of this program."""
    return read_library(FOLDER)


class Assets:
    """ASGI application that hands out a library, each file with the types above.

    What is asked for by another digest, or by none, is as it is now, and a browser asks each time whether that is so.
    """

    def __init__(self, given: Library | None = None) -> None:
        self.library = given or library()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        await self._answer(path, Headers(scope=scope))(scope, receive, send)

    def _answer(self, path: str, asked: Headers) -> Response:
        first, _, rest = path.partition("/")
        name = rest if DIGEST.fullmatch(first) else path
        content = self.library.files.get(name)
        if content is None:
            raise HTTPException(404)
        tag = f'"{self.library.digest}"'
        lasting = first == self.library.digest
        headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable" if lasting else "no-cache"}
        if tag in [one.strip() for one in asked.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        kind = TYPES[PurePosixPath(name).suffix]
        return Response(content, headers={**headers, "Content-Type": f"{kind}; charset=utf-8"})


def _beside(name: str, other: str) -> str:
    """The path of what the script `name` imports as `other`, such as "../shared/api.js"."""
    parts = list(PurePosixPath(name).parent.parts)
    for part in PurePosixPath(other).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)

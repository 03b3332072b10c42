"""Writes the files of a multipart request into the workspace while they come in.

So none is held in memory, or in a system folder that may be small.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from gui.messages import BadRequest
from storage.workspace import Workspace, file_errors

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # stands there for type checkers only

MOST_FILES = 1000  # of one request
LONGEST_HEADER = 64 * 1024  # of a part; a file name may be long


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that came in: the name that its sender gave it, only ever to be shown, and where its bytes lie."""

    name: str
    path: Path


@asynccontextmanager
async def received_files(request: Request, workspace: Workspace) -> AsyncIterator[list[ReceivedFile]]:
    """The files of a multipart body; they are removed when the block ends.

    Raises:
        BadRequest: the body is no form with a file in it, or is cut short.
        DiskFull, StorageError: a file cannot be written.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadRequest("An upload has to be a form with a file in it (multipart/form-data).")
    receiver = _Receiver(workspace)
    try:
        parser = MultipartParser(options[b"boundary"], callbacks=receiver.callbacks())
        async for chunk in request.stream():
            await asyncio.to_thread(receiver.take, parser, chunk)
        if not receiver.ended:
            raise BadRequest("The upload ended before it was complete; send it again.")
        if not receiver.files:
            raise BadRequest("There is no file in this upload.")
        yield receiver.files
    finally:
        receiver.clear()


class _Receiver:
    """Follows the parser through the parts; only those with a file name are kept."""

    def __init__(self, workspace: Workspace) -> None:
        self.files: list[ReceivedFile] = []
        self.ended = False
        self._workspace = workspace
        self._file: BinaryIO | None = None
        self._field = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}

    def take(self, parser: MultipartParser, chunk: bytes) -> None:
        """Parse a chunk. Raises BadRequest for what is no multipart, DiskFull without room."""
        try:
            with file_errors(self._workspace.tmp):
                parser.write(chunk)
        except FormParserError as error:
            raise BadRequest(f"The upload is damaged: {error}") from error

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    def clear(self) -> None:
        self._close()
        for file in self.files:
            file.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_length()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_length()

    def _check_length(self) -> None:
        if len(self._field) + len(self._value) > LONGEST_HEADER:
            raise BadRequest("A file name in this upload is too long.")

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"filename")
        if name is None:
            return
        if len(self.files) >= MOST_FILES:
            raise BadRequest(f"At most {MOST_FILES} files can be sent at once; send the rest by themselves.")
        self._workspace.tmp.mkdir(parents=True, exist_ok=True)
        path = self._workspace.temporary()
        self.files.append(ReceivedFile(name.decode("utf-8", "replace"), path))
        self._file = path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(memoryview(data)[start:end])

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _end(self) -> None:
        self.ended = True

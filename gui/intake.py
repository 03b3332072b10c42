"""How pictures come in: files and archives from a page, data sets from a folder. Everything is copied.

A picture is copied into the workspace first, and judged, shown and stored from that copy: the originals may change or
go away meanwhile. What cannot be taken is reported by name and never stops the rest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import IO, Literal

from detector import pixels
from detector.domain import ImageSize
from detector.errors import UnreadableImage
from storage.errors import StorageError
from storage.records import NewImage, Split, StoredImage
from storage.store import Store
from storage.workspace import Workspace, file_errors

OVERVIEW_SIDE = 2048  # pixels; about as many as a screen has
_CHUNK = 1 << 20
_BIG_ONE = Lock()  # a big picture takes gigabytes while it is decoded, and uploads come side by side


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one file.

    Attributes:
        name: the file's own name, without folders.
        status: a "duplicate" is in the project already, as `image_id`; a "failed" one was not stored.
        reason: for a person, why it is a duplicate or failed.
        size: of the picture as a person sees it.
    """

    name: str
    status: Literal["added", "duplicate", "failed"]
    image_id: int | None = None
    reason: str | None = None
    size: ImageSize | None = None


class Intake:
    """Takes pictures into projects of one workspace. Threads may share it.

    Methods raise DiskFull and StorageError where the workspace itself fails, and NotFound for a missing project.
    """

    def __init__(self, store: Store, big_pixels: int = pixels.BIG_PIXELS) -> None:
        self.store = store
        self.big_pixels = big_pixels

    def add_file(self, project_id: int, name: str, data: bytes | Path, *, split: Split | None = None) -> IntakeResult:
        """Take one picture, given by its bytes or by a file that is copied."""
        self.store.projects.get(project_id)
        shown = plain_name(name)
        try:
            with opened(data) as file, staged(self.store.workspace, file) as (copy, sha256):
                return self.add_staged(project_id, shown, copy, sha256, split=split)
        except SourceUnreadable as error:
            return IntakeResult(shown, "failed", reason=str(error))

    def add_staged(
        self, project_id: int, shown: str, copy: Path, sha256: str, *, split: Split | None = None
    ) -> IntakeResult:
        """Take one picture of which a copy was `staged`; `shown` is its plain name."""
        if (known := self.store.images.find_by_sha(project_id, sha256)) is not None:
            return _duplicate(shown, known)
        try:
            image = settle(self.store.workspace, copy, sha256, shown, split, self.big_pixels)
        except UnreadableImage as error:
            return IntakeResult(shown, "failed", reason=str(error))
        stored, created = self.store.images.add_many(project_id, [image])[0]
        if created:
            return IntakeResult(shown, "added", stored.id, None, stored.size)
        return IntakeResult(shown, "duplicate", stored.id, "it was in the bin and was taken out again", stored.size)


class SourceUnreadable(StorageError):
    """The file to copy from cannot be read."""


def plain_name(name: str) -> str:
    """The last part of a path as text: any Unicode, any length, but no folders, control characters or lone surrogates.

    It is only ever shown; files of a workspace are named by their content.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = last.encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join("\ufffd" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text).strip()
    return "unnamed" if text in {"", ".", ".."} else text


@contextmanager
def opened(data: bytes | Path) -> Iterator[IO[bytes]]:
    """The bytes or the file to read from. Raises SourceUnreadable."""
    if isinstance(data, bytes):
        yield BytesIO(data)
        return
    try:
        file = data.open("rb")
    except OSError as error:
        raise SourceUnreadable(f"the file cannot be read: {error.strerror or error}") from error
    with file:
        yield file


@contextmanager
def staged(workspace: Workspace, source: IO[bytes], most: int | None = None) -> Iterator[tuple[Path, str]]:
    """A copy in the workspace's tmp/ and its sha256; removed afterwards unless it was moved into place.

    Raises:
        SourceUnreadable: the source ends with an error, or holds more than `most` bytes.
        DiskFull, StorageError: the copy cannot be written.
    """
    copy = workspace.temporary()
    try:
        digest = hashlib.sha256()
        with file_errors(copy):
            workspace.tmp.mkdir(parents=True, exist_ok=True)
            with copy.open("xb") as file:
                for part in _parts(source, most):
                    digest.update(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
        yield copy, digest.hexdigest()
    finally:
        copy.unlink(missing_ok=True)


def settle(
    workspace: Workspace,
    copy: Path,
    sha256: str,
    name: str,
    split: Split | None = None,
    big_pixels: int = pixels.BIG_PIXELS,
) -> NewImage:
    """Put a staged picture and what is derived from it into place; the database is told afterwards.

    One with more than `big_pixels` gets an overview instead of a view of full size; its tiles are made later.

    Raises:
        UnreadableImage: it is no picture that is taken, or its pixels are damaged; nothing was put into place.
    """
    with _one_at_a_time(pixels.header(copy).area > big_pixels):
        picture = pixels.inspect(copy)
        is_big = picture.size.area > big_pixels
        # decodes all of it, so that a picture cut short is found out here
        overview = pixels.thumbnail(copy, OVERVIEW_SIDE) if is_big else None
        thumb = pixels.thumbnail(overview or copy)
        view = None if picture.browser_ready or is_big else pixels.view_bytes(copy)
    size_on_disk = copy.stat().st_size
    workspace.write(workspace.thumb(sha256), thumb)
    if overview is not None:
        workspace.write(workspace.overview(sha256), overview)
    if view is not None:
        workspace.write(workspace.view(sha256, view[1]), view[0])
    workspace.adopt(copy, workspace.original(sha256))
    return NewImage(
        sha256=sha256,
        name=name,
        size=picture.size,
        format=picture.format,
        exif_orientation=picture.orientation,
        has_view=view is not None,
        bytes=size_on_disk,
        split=split,
        bit_depth=picture.bit_depth,
    )


def _one_at_a_time(is_big: bool) -> AbstractContextManager[object]:
    return _BIG_ONE if is_big else nullcontext()


def free_bytes(workspace: Workspace) -> int:
    """How much room there is beside the workspace."""
    return shutil.disk_usage(workspace.root).free


OnProgress = Callable[[int, int], None]
"""Told how many of how many pictures are through."""


def _parts(source: IO[bytes], most: int | None) -> Iterator[bytes]:
    taken = 0
    while True:
        try:
            part = source.read(_CHUNK)
        except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
            raise SourceUnreadable(f"the file cannot be read to its end: {error}") from error
        if not part:
            return
        taken += len(part)
        if most is not None and taken > most:
            raise SourceUnreadable(f"it holds more than {most} bytes; it was not taken")
        yield part


def _duplicate(name: str, known: StoredImage) -> IntakeResult:
    return IntakeResult(
        name, "duplicate", known.id, f"this picture is in the project already, as {known.name}", known.size
    )

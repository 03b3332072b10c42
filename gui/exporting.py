"""A project out of the house: its done images with their boxes, as a folder or a zip archive in any format.

Pictures go out as every other program reads them: the original bytes where those are upright and plain, else the
upright copy that the pages show too, so that boxes fit for a reader who knows nothing of orientation or bit depth.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from detector import pixels
from storage.errors import InvalidDataset, StorageError
from storage.formats.dataset import ExportedDataset, ExportedImage, NamedBox
from storage.formats.registry import writer
from storage.records import ImageState, StoredImage
from storage.store import Store
from storage.workspace import file_errors

OnProgress = Callable[[int, int], None]
_ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "GIF": ".gif"}
_ALSO = {"JPEG": {".jpeg", ".jpe", ".jfif"}}
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')
_NAMES_OF_WINDOWS = frozenset({"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))})
_LONGEST_STEM = 120  # bytes: with an ending and a number it fits every file system


class ExportStopped(StorageError):
    """The export was cancelled; nothing was left behind."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and where."""

    path: Path
    images: int
    boxes: int


def export_folder(
    store: Store,
    project_id: int,
    format: str,
    folder: Path,
    on_progress: OnProgress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write a project into a new or empty folder, which appears only when it is complete.

    Raises:
        InvalidDataset: there is no such format, the folder holds something, or no image is done.
        ExportStopped, DiskFull, StorageError: nothing is left behind then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidDataset(f"{folder} exists and is not an empty folder; choose another one")
    folder = folder.absolute()
    beside = folder.parent / f".{uuid.uuid4().hex}.part"
    try:
        with file_errors(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            report = _write(store, project_id, format, beside, on_progress, should_stop)
            if folder.exists():
                folder.rmdir()
            beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return ExportReport(folder, report.images, report.boxes)


def export_zip(
    store: Store,
    project_id: int,
    format: str,
    path: Path,
    on_progress: OnProgress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write a project as a zip archive, which appears at `path` only when it is complete.

    Raises:
        as `export_folder`.
    """
    scratch, packed = store.workspace.temporary(), store.workspace.temporary(".zip")
    try:
        with file_errors(path):
            report = _write(store, project_id, format, scratch, on_progress, should_stop)
            _pack(scratch, packed, should_stop)
        store.workspace.adopt(packed, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        packed.unlink(missing_ok=True)
    return ExportReport(path, report.images, report.boxes)


def exported_dataset(
    store: Store,
    project_id: int,
    scratch: Path,
    on_progress: OnProgress = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ExportedDataset:
    """The done images of a project, those with nothing on them too. Upright copies are made in `scratch` as needed.

    It holds what would be learned: merged classes are one, and boxes of archived classes are left out.

    Raises:
        InvalidDataset: no image is done.
    """
    classes = _learned(store, project_id)
    images = list(_done_images(store, project_id))
    if not images:
        raise InvalidDataset("no image is done yet; an export holds done images only")
    names, exported = _Names(), []
    for start in range(0, len(images), 500):
        part = images[start : start + 500]
        boxes = store.annotations.boxes_of(image.id for image in part)
        # somebody may be labelling: a class may be newer than the first look, or older than this one
        classes |= _learned(store, project_id)
        for done, image in enumerate(part, start=start + 1):
            if should_stop():
                raise ExportStopped("the export was cancelled")
            path, ending = _shareable(store, image, scratch)
            learned = [one for one in boxes[image.id] if one.class_id in classes]
            named = tuple(NamedBox(classes[one.class_id], one.box) for one in learned)
            exported.append(ExportedImage(path, names.unique(image.name, ending), image.size, image.split, named))
            on_progress(done, len(images))
    return ExportedDataset(tuple(exported), tuple(dict.fromkeys(classes.values())))


def _write(
    store: Store, project_id: int, format: str, folder: Path, on_progress: OnProgress, should_stop: Callable[[], bool]
) -> ExportReport:
    write = writer(format)
    copies = store.workspace.temporary()
    copies.mkdir(parents=True)
    try:
        dataset = exported_dataset(store, project_id, copies, on_progress, should_stop)
        folder.mkdir()
        write(folder, dataset)
    finally:
        shutil.rmtree(copies, ignore_errors=True)
    return ExportReport(folder, len(dataset.images), sum(len(image.boxes) for image in dataset.images))


def _learned(store: Store, project_id: int) -> dict[int, str]:
    return {one.id: one.name for one in store.classes.list(project_id) if not one.archived}


def _done_images(store: Store, project_id: int) -> Iterator[StoredImage]:
    cursor = None
    while True:
        page = store.images.page(project_id, after=cursor, limit=1000, states=[ImageState.DONE])
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def _shareable(store: Store, image: StoredImage, scratch: Path) -> tuple[Path, str]:
    """A file that every program reads as we see it, and the ending it needs."""
    workspace = store.workspace
    if image.has_view and (view := workspace.find_view(image.sha256)):
        return view, view.suffix
    original = workspace.original(image.sha256)
    if not original.is_file():
        raise StorageError(f"the file of {image.name} is missing in the workspace; restore it from a backup")
    if image.exif_orientation == 1 and image.format in _ENDINGS:
        suffix = PurePosixPath(image.name).suffix
        keeps = suffix.lower() in {_ENDINGS[image.format], *_ALSO.get(image.format, ())}
        return original, suffix if keeps else _ENDINGS[image.format]
    data, ending = pixels.view_bytes(original)
    copy = scratch / f"{image.sha256}.{ending}"
    copy.write_bytes(data)
    return copy, f".{ending}"


class _Names:
    """File names for an export: allowed on every system, and different even without their endings and their case."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unique(self, name: str, ending: str) -> str:
        stem = _safe_stem(name)
        chosen, number = stem, 1
        while unicodedata.normalize("NFC", chosen).casefold() in self._used:
            number += 1
            chosen = f"{stem}-{number}"
        self._used.add(unicodedata.normalize("NFC", chosen).casefold())
        return f"{chosen}{ending}"


def _safe_stem(name: str) -> str:
    stem = name.rpartition(".")[0] if _has_picture_ending(name) else name
    stem = "".join("_" if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in stem)
    stem = _NOT_IN_NAMES.sub("_", stem)
    stem = stem.encode("utf-8")[:_LONGEST_STEM].decode("utf-8", "ignore").strip().strip(".").strip()
    return f"_{stem}" if stem.casefold() in _NAMES_OF_WINDOWS or not stem else stem


def _has_picture_ending(name: str) -> bool:
    """Whether a name ends like a picture's; "scan 1.5" does not, and keeps its point."""
    return PurePosixPath(name).suffix.lower() in pixels.UPLOAD_SUFFIXES


def _pack(folder: Path, packed: Path, should_stop: Callable[[], bool]) -> None:
    """Pictures do not shrink, so they are stored as they are; texts are compressed."""
    with zipfile.ZipFile(packed, "w", strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            if should_stop():
                raise ExportStopped("the export was cancelled")
            if path.is_file():
                how = zipfile.ZIP_DEFLATED if path.suffix in {".xml", ".json", ".txt", ".yaml"} else zipfile.ZIP_STORED
                archive.write(path, path.relative_to(folder).as_posix(), compress_type=how)

"""What all readers share: staying inside the folder, finding pictures, and making boxes of what files say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from detector import pixels
from detector.domain import ImageSize, clipped
from detector.errors import InvalidBox, UnreadableImage
from detector.pixels import Picture
from storage.errors import InvalidDataset
from storage.formats.dataset import DatasetImage, NamedBox, Skipped
from storage.records import Split

ROUNDING = 0.01
"""Pixels by which a box may stick out unreported: what six digits of a relative coordinate leave open."""

_SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), Split.TRAIN),
    **dict.fromkeys(("val", "valid", "validation"), Split.VAL),
    **dict.fromkeys(("test", "testing"), Split.TEST),
}
_JUNK_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini"})

Corners = tuple[float, float, float, float]


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is left behind by a system and means nothing: `.DS_Store`, `__MACOSX`."""
    return name.startswith(".") or name.lower() in _JUNK_NAMES


def has_picture_ending(path: Path) -> bool:
    return path.suffix.lower() in pixels.UPLOAD_SUFFIXES


def split_named(text: str) -> Split | None:
    """The split that a file or folder name speaks of: "instances_train2017" -> train; None where none or several."""
    words = re.split(r"[^a-z]+", text.lower())
    found = {_SPLIT_NAMES[word] for word in words if word in _SPLIT_NAMES}
    return found.pop() if len(found) == 1 else None


def split_of_folders(relative: PurePosixPath) -> Split | None:
    """The split that the folders above a file name, the innermost counting."""
    return next((split for part in reversed(relative.parent.parts) if (split := split_named(part))), None)


@dataclass(slots=True)
class Reading:
    """One data set while it is read: its folder, and what could not be taken so far.

    Raises:
        InvalidDataset: the folder is not there.
    """

    root: Path
    skipped: list[Skipped] = field(default_factory=list)
    _taken: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            raise InvalidDataset(f"{self.root} is not a folder")
        self.root = self.root.resolve()

    def told(self, path: Path) -> str:
        """A path as a person reads it: from the data set's folder on, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def skip(self, path: Path, reason: str, line: int | None = None) -> None:
        self.skipped.append(Skipped(self.told(path), line, reason))

    def is_inside(self, path: Path) -> bool:
        """Whether a path, all links followed, stays in the data set's folder."""
        try:
            return path.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError, ValueError):  # a ring of links; a zero byte in a name
            return False

    def files(self, folder: Path | None = None) -> Iterator[Path]:
        """All files below a folder, sorted; junk left out, links to the outside reported and not followed."""
        for parent, folders, names in os.walk(folder or self.root):
            here = Path(parent)
            folders[:] = sorted(name for name in folders if not is_junk(name))
            for name in folders:
                if (here / name).is_symlink():
                    self.skip(here / name, "this is a link to a folder, which is not followed")
            for name in sorted(names):
                if not is_junk(name) and self._may_be_read(here / name):
                    yield here / name

    def pictures(self, folder: Path | None = None) -> list[Path]:
        return [path for path in self.files(folder) if has_picture_ending(path)]

    def first_file(self, *candidates: Path) -> Path | None:
        """The first candidate that is a file inside the folder."""
        return next((path for path in candidates if self.is_inside(path) and path.is_file()), None)

    def picture(self, path: Path, told_by: Path) -> Picture | None:
        """What the header of a picture says; None, and reported, where it cannot be read or was taken before."""
        real = path.resolve()
        if real in self._taken:
            self.skip(told_by, f"{self.told(path)} is named twice; the first mention counts")
            return None
        try:
            seen = pixels.inspect(path)
        except UnreadableImage as error:
            self.skip(path, str(error))
            return None
        self._taken.add(real)
        return seen

    def was_taken(self, path: Path) -> bool:
        return path.resolve() in self._taken

    def _may_be_read(self, path: Path) -> bool:
        if not path.is_symlink() or self.is_inside(path):
            return True
        self.skip(path, "this is a link to a file outside the folder, which is not followed")
        return False


@dataclass(slots=True)
class BoxReader:
    """Collects the boxes of one picture, reporting what had to be clipped or refused.

    `stated_size` is what the annotation file claims. Where that is the size of the unturned picture, boxes are turned
    with the picture; where it is yet another size, that is reported and boxes are taken as they stand.
    """

    reading: Reading
    told_by: Path
    picture: Picture
    stated_size: ImageSize | None = None
    boxes: list[NamedBox] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        known = {self.picture.size, self.picture.stored_size}
        if self.stated_size is not None and self.stated_size not in known:
            said, is_ = self.stated_size, self.picture.size
            self.reading.skip(
                self.told_by,
                f"states {said.width} x {said.height} pixels, but the picture has {is_.width} x {is_.height}; "
                "boxes are taken as they stand",
            )

    def add(self, class_name: str, corners: Corners, line: int | None = None, where: str = "") -> None:
        """Take a box given as xyxy in pixels, or report it as `where`."""
        name = class_name.strip()
        if not name:
            return self.refuse("a box has no class name", line, where)
        corners = self._turned(corners)
        try:
            box = clipped(*corners, self.picture.size)
        except InvalidBox as error:
            return self.refuse(str(error), line, where)
        given = _said(corners)
        if box is None:
            return self.refuse(f"box {given} of class {name!r} has no area in the picture", line, where)
        if max(abs(a - b) for a, b in zip(corners, box.as_tuple(), strict=True)) > ROUNDING:
            note = f"box {given} of class {name!r} sticks out of the picture and was clipped"
            self.reading.skip(self.told_by, where + note, line)
        self.boxes.append(NamedBox(name, box))
        return None

    def refuse(self, reason: str, line: int | None = None, where: str = "") -> None:
        self.refused += 1
        self.reading.skip(self.told_by, where + reason, line)

    def image(self, path: Path, split: Split | None) -> DatasetImage:
        """The picture with its boxes. Where every box was refused it is not taken as "nothing here"."""
        labelled = bool(self.boxes) or not self.refused
        return DatasetImage(path, path.name, split, tuple(self.boxes), self.stated_size, labelled)

    def _turned(self, corners: Corners) -> Corners:
        stored = self.picture.stored_size
        if self.stated_size != stored or stored == self.picture.size:
            return corners
        return turned(corners, stored, self.picture.orientation)


def turned(corners: Corners, stored: ImageSize, orientation: int) -> Corners:
    """A rectangle of the stored picture on the upright one, for the orientations 5..8, which swap the sides."""
    x1, y1, x2, y2 = corners
    w, h = stored.width, stored.height
    turns = {
        5: (y1, x1, y2, x2),
        6: (h - y2, x1, h - y1, x2),
        7: (h - y2, w - x2, h - y1, w - x1),
        8: (y1, w - x2, y2, w - x1),
    }
    return turns.get(orientation, corners)


def _said(corners: Corners) -> str:
    return "(" + ", ".join(f"{value:g}" for value in corners) + ")"

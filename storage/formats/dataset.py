"""What every format of data sets reads into and is written from. Boxes as everywhere: xyxy pixels, picture upright."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detector.domain import Box, ImageSize
from storage.records import Split


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A box whose class is known by its name only, as in files."""

    class_name: str
    box: Box


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not taken as it stood, and why.

    Attributes:
        file: as seen from the data set's folder, so that a person finds it.
        line: from 1, where the file has lines that mean something.
    """

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class DatasetImage:
    """One picture of a data set that was read.

    Attributes:
        name: its file name as text.
        split: what the data set says, or None.
        stated_size: width and height that the annotation file claims, where it does.
        labelled: somebody has looked at it: its boxes are all there are, even if there are none. Pictures without an
            annotation file are not, so that they never teach "background".
    """

    path: Path
    name: str
    split: Split | None
    boxes: tuple[NamedBox, ...] = ()
    stated_size: ImageSize | None = None
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """A data set as read. `class_names` holds each name once, in the order of the data set."""

    images: tuple[DatasetImage, ...]
    class_names: tuple[str, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class ExportedImage:
    """One picture to write: copied from `path` to a file called `name`.

    Raises:
        ValueError: `name` is more than a plain file name, so that it could be written somewhere else.
    """

    path: Path
    name: str
    size: ImageSize
    split: Split | None
    boxes: tuple[NamedBox, ...]

    def __post_init__(self) -> None:
        if self.name in {"", ".", ".."} or any(bad in self.name for bad in "/\\\0"):
            raise ValueError(f"not a plain file name: {self.name!r}")

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name


@dataclass(frozen=True, slots=True)
class ExportedDataset:
    """What is written. Names without their endings differ, since annotation files are named by them.

    Raises:
        ValueError: two pictures would share an annotation file, or a box carries a class that is not listed.
    """

    images: tuple[ExportedImage, ...]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        stems = [image.stem for image in self.images]
        if len(set(stems)) != len(stems):
            raise ValueError("two pictures of an export have the same name")
        known = set(self.class_names)
        for image in self.images:
            for named in image.boxes:
                if named.class_name not in known:
                    raise ValueError(f"{image.name} has a box of the unlisted class {named.class_name!r}")

    def of_split(self, split: Split | None) -> tuple[ExportedImage, ...]:
        return tuple(image for image in self.images if image.split == split)


def class_names_of(images: Iterable[DatasetImage]) -> tuple[str, ...]:
    """Each class name once, in the order in which boxes bring them."""
    return tuple(dict.fromkeys(named.class_name for image in images for named in image.boxes))

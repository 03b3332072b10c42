"""Pictures cut into tiles, so that objects that are small on a big picture stay visible on the canvas. No torch here.

A tile is a part of a picture, at the picture's own scale, that is laid on the canvas as a picture of its own. Tiles of
a picture overlap, so that an object no larger than the overlap lies whole on one of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from detector.domain import Annotation, Box, ImageSize, clipped

SEEN = 0.5  # share of a box from which on a tile shows the object
COVERED = 0.2  # share of a box in sight that painting over another one may take


class Tile(NamedTuple):
    """A part of a picture in its whole pixels; right and lower edge not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> ImageSize:
        return ImageSize(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the pictures of a lineage are cut.

    Attributes:
        width, height: of a tile in pixels of the picture; a smaller picture is one tile.
        overlap: pixels that neighbours share at least.
    """

    width: int
    height: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < min(self.width, self.height):
            raise ValueError(f"tiles overlap by less than their own size, got {self}")

    def to_json(self) -> dict[str, int]:
        return {"width": self.width, "height": self.height, "overlap": self.overlap}

    @classmethod
    def from_json(cls, values: Any) -> Self | None:
        """Read what to_json wrote; None for None. Raises KeyError, TypeError or ValueError for anything else."""
        if values is None:
            return None
        return cls(int(values["width"]), int(values["height"]), int(values["overlap"]))

    def tiles(self, picture: ImageSize) -> tuple[Tile, ...]:
        """The tiles of a picture, row by row, spread evenly; each lies whole in it, and together they are all of it."""
        columns = _starts(picture.width, self.width, self.overlap)
        rows = _starts(picture.height, self.height, self.overlap)
        return tuple(
            Tile(left, top, min(left + self.width, picture.width), min(top + self.height, picture.height))
            for top in rows
            for left in columns
        )


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    count = math.ceil((length - overlap) / (side - overlap))
    return [round(index * (length - side) / (count - 1)) for index in range(count)]


class Shown(NamedTuple):
    """What a tile shows, in its pixels.

    Attributes:
        annotations: boxes of which at least half lies on the tile, clipped to it.
        hidden: the parts of other boxes, which say neither object nor background and are painted over.
    """

    annotations: tuple[Annotation, ...]
    hidden: tuple[Box, ...]


def shown_on(tile: Tile, annotations: Sequence[Annotation]) -> Shown:
    """What is learned from a tile. A box that is cut, but would hide another when painted over, counts as seen."""
    seen: list[Annotation] = []
    cut: list[Annotation] = []
    for annotation in annotations:
        box = annotation.box
        if box.x1 >= tile.right or box.x2 <= tile.left or box.y1 >= tile.bottom or box.y2 <= tile.top:
            continue
        part = clipped(box.x1 - tile.left, box.y1 - tile.top, box.x2 - tile.left, box.y2 - tile.top, tile.size)
        if part is not None and part.width >= 1 and part.height >= 1:
            (seen if part.area >= SEEN * box.area else cut).append(Annotation(part, annotation.label))
    hides = [any(_shared(one.box, other.box) > COVERED * other.box.area for other in seen) for one in cut]
    kept = tuple(one for one, bad in zip(cut, hides, strict=True) if bad)
    return Shown((*seen, *kept), tuple(one.box for one, bad in zip(cut, hides, strict=True) if not bad))


def _shared(a: Box, b: Box) -> float:
    width, height = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    return width * height if width > 0 and height > 0 else 0.0


def some_to_learn_from(shown: Sequence[tuple[str, bool]]) -> list[int]:
    """Which of the tiles (key, whether it shows an object) a run learns from: those with objects and as many without.

    On big pictures most tiles show nothing, and all of them would take most of the time. Those without are chosen by
    their keys, so that it is the same ones each time.
    """
    with_objects = [index for index, (_, shows) in enumerate(shown) if shows]
    without = sorted((key, index) for index, (key, shows) in enumerate(shown) if not shows)
    return sorted([*with_objects, *(index for _, index in without[: max(1, len(with_objects))])])

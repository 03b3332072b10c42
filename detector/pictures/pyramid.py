"""A picture cut into tiles at several sizes, so that a page need never hold all of a big one.

Level 0 has the picture's own pixels, each further level half as many in both directions, until one tile is enough.
Tiles of a level lie in rows; those at the right and lower edge are as small as what is left. Colour and 8-bit grey
become JPEG. Deep grey (see `deep_grey`) stays as it was measured, in PNGs whose red is the upper and whose green is the
lower byte, so that the page sets the window.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from detector.domain import ImageSize
from detector.pictures.deep_grey import DeepGrey, Values

TILE = 512  # pixels a side
QUALITY = 90  # of JPEG, without subsampling of colour: boxes are drawn along edges
PNG_LEVEL = 1  # zlib level; noise of a sensor hardly gets smaller with more


@dataclass(frozen=True, slots=True)
class Level:
    """size: of the picture on this level, rounded up.   columns, rows: of tiles."""

    size: ImageSize

    @property
    def columns(self) -> int:
        return -(-self.size.width // TILE)

    @property
    def rows(self) -> int:
        return -(-self.size.height // TILE)

    @property
    def tiles(self) -> int:
        return self.columns * self.rows


def levels_of(size: ImageSize) -> tuple[Level, ...]:
    """The levels of a picture of this size, the finest first."""
    levels = [Level(size)]
    while levels[-1].tiles > 1:
        last = levels[-1].size
        levels.append(Level(ImageSize((last.width + 1) // 2, (last.height + 1) // 2)))
    return tuple(levels)


def tiles_of(picture: Image.Image) -> Iterator[bytes]:
    """JPEGs of all tiles of an RGB or 8-bit grey picture: level by level, the finest first, each row by row."""
    for level in levels_of(ImageSize(picture.width, picture.height)):
        for left, top, right, bottom in _places(level):
            written = io.BytesIO()
            picture.crop((left, top, right, bottom)).save(written, "JPEG", quality=QUALITY, subsampling=0)
            yield written.getvalue()
        picture = picture.reduce(2)


def deep_tiles_of(grey: DeepGrey) -> Iterator[bytes]:
    """PNGs of all tiles of a band of deep grey, in the same order."""
    values = grey.values
    for level in levels_of(ImageSize(values.shape[1], values.shape[0])):
        for left, top, right, bottom in _places(level):
            yield _deep_png(values[top:bottom, left:right])
        values = _halved(values)


def _places(level: Level) -> Iterator[tuple[int, int, int, int]]:
    width, height = level.size.width, level.size.height
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield left, top, min(left + TILE, width), min(top + TILE, height)


def _deep_png(values: Values) -> bytes:
    split = np.zeros((*values.shape, 3), np.uint8)
    split[..., 0], split[..., 1] = values >> 8, values & 255
    written = io.BytesIO()
    Image.fromarray(split).save(written, "PNG", compress_level=PNG_LEVEL)
    return written.getvalue()


def _halved(values: Values) -> Values:
    """Means of two by two; at an odd edge of what is there. A band of rows at a time, as sums need more bits."""
    height, width = values.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2), np.uint16)
    for top in range(0, height, 2 * TILE):
        part = values[top : top + 2 * TILE].astype(np.uint32)
        odd = ((0, part.shape[0] % 2), (0, part.shape[1] % 2))
        part = np.pad(part, odd, mode="edge")
        sums = part[::2, ::2] + part[1::2, ::2] + part[::2, 1::2] + part[1::2, 1::2]
        half[top // 2 : top // 2 + len(sums)] = (sums + 2) // 4
    return half

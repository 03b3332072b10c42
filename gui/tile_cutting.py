"""A part of a big picture put together from its tiles, so that nobody has to decode all of it for a small one."""

from __future__ import annotations

import io

from PIL import Image

from detector.domain import Box, ImageSize
from gui.tiles import number_of
from storage.tile_file import TileFile


def can_cut(found: TileFile, size: ImageSize) -> bool:
    """Whether these are tiles of colours or 8-bit grey of a picture of this size; deep grey wants a window first."""
    return not found.facts["deep"] and found.facts["levels"][0] == [size.width, size.height]


def cut_from_tiles(found: TileFile, cut: Box, side: int) -> tuple[Image.Image, Box]:
    """A part of a picture in RGB, from the coarsest level on which its longer side has `side` pixels; else the finest.

    Args:
        cut: on whole pixels of the picture, within it.

    Returns:
        What the level shows of it, on whole pixels, and where in that the cut lies.

    Raises:
        StorageError: the file of tiles is damaged.
    """
    level = level_for(max(cut.width, cut.height), side, len(found.facts["levels"]))
    tile, scale = found.facts["tile"], 2**level
    width, height = found.facts["levels"][level]
    left, top = int(cut.x1) // scale, int(cut.y1) // scale
    right, bottom = min(width, -(-int(cut.x2) // scale)), min(height, -(-int(cut.y2) // scale))
    part = Image.new("RGB", (right - left, bottom - top))
    for row in range(top // tile, -(-bottom // tile)):
        for column in range(left // tile, -(-right // tile)):
            with Image.open(io.BytesIO(found.read(number_of(found, level, column, row)))) as picture:
                part.paste(picture.convert("RGB"), (column * tile - left, row * tile - top))
    place = (cut.x1 / scale - left, cut.y1 / scale - top, cut.x2 / scale - left, cut.y2 / scale - top)
    return part, Box(place[0], place[1], min(part.width, place[2]), min(part.height, place[3]))


def level_for(longer: float, side: int, levels: int) -> int:
    """The coarsest of so many levels on which a side of `longer` pixels still has `side` of them."""
    level = 0
    while level + 1 < levels and longer / 2 ** (level + 1) >= side:
        level += 1
    return level

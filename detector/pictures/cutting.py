"""Tiles as pictures of their own: files to learn from, and pixels to look at.

A big picture takes seconds to decode, and a run looks at its tiles many times in any order. So each picture to learn
from is decoded once, and its tiles are kept as files. They are drawn a little larger than the canvas wants them, never
larger than they are, the same way for training and for prediction, so that kept features serve both.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from PIL import Image, ImageDraw

from detector import pixels
from detector.domain import Annotation, Box, ImageSize
from detector.errors import UnreadableImage
from detector.pictures.dataset import Example
from detector.pictures.tiling import Tile, Tiling, shown_on, some_to_learn_from

SPARE = 1.5  # times as large as the canvas shows a tile; training zooms in by less
PNG_LEVEL = 1
MOST_BYTES = 4 << 30  # of the files of tiles that no run at hand needs

Told = Callable[[int, int], None]
"""Told how many of how many pictures are cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The tiles of a list of pictures.

    Attributes:
        examples: one a tile.   tiles: of which picture (its place in the list), and which part of it.
    """

    examples: tuple[Example, ...]
    tiles: tuple[tuple[int, Tile], ...]


def drawn_size(tile: Tile, tiling: Tiling, canvas: ImageSize) -> ImageSize:
    """Of a tile as it is drawn, in pixels."""
    scale = min(1.0, SPARE * max(canvas.width, canvas.height) / max(tiling.width, tiling.height))
    return ImageSize(max(1, round(tile.size.width * scale)), max(1, round(tile.size.height * scale)))


def tile_key(picture_key: str, tile: Tile, drawn: ImageSize, hidden: Sequence[Box] = ()) -> str:
    """Stands for the content of a tile as `Example.key` does for a picture's."""
    parts = (picture_key, tuple(tile), drawn.width, drawn.height, [box.as_tuple() for box in hidden])
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Cutter:
    """Draws tiles of a picture, which is decoded when the first one is asked for. Threads may share it."""

    def __init__(self, source: Path | bytes | Image.Image, tiling: Tiling, canvas: ImageSize) -> None:
        self._source, self._tiling, self._canvas = source, tiling, canvas
        self._lock = Lock()
        self._picture: Image.Image | None = None

    def picture(self) -> Image.Image:
        """Raises UnreadableImage as `pixels.load`."""
        with self._lock:
            if self._picture is None:
                given = self._source
                self._picture = given.convert("RGB") if isinstance(given, Image.Image) else pixels.load(given)
            return self._picture

    def draw(self, tile: Tile, hidden: Sequence[Box] = (), paint: tuple[int, int, int] = (0, 0, 0)) -> Image.Image:
        """A tile in its drawn size, with the parts of boxes that it must not teach painted over."""
        drawn = drawn_size(tile, self._tiling, self._canvas)
        size, box = (drawn.width, drawn.height), (tile.left, tile.top, tile.right, tile.bottom)
        part = self.picture().resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)
        brush = ImageDraw.Draw(part)
        x, y = drawn.width / tile.size.width, drawn.height / tile.size.height
        for one in hidden:
            left, top = one.x1 * x, one.y1 * y
            brush.rectangle((left, top, max(left, one.x2 * x - 1), max(top, one.y2 * y - 1)), fill=paint)
        return part


def cut(
    examples: Sequence[Example],
    tiling: Tiling,
    canvas: ImageSize,
    folder: Path,
    paint: tuple[int, int, int],
    *,
    learn: bool,
    on_picture: Told = lambda done, total: None,
) -> Cut:
    """The tiles of pictures as examples with files of their own in `folder`; those that are there are kept.

    Args:
        learn: they are learned from: boxes cut short are painted over in the colour `paint`, and of the tiles without
            an object only some are taken. Else they are looked at, all of them and as they are.

    Raises:
        UnreadableImage: a picture is not what it was.
    """
    jobs = [(number, *job) for number, example in enumerate(examples) for job in _jobs(example, tiling, canvas, learn)]
    if learn:
        chosen = some_to_learn_from([(job[2], bool(job[3])) for job in jobs])
        jobs = [jobs[index] for index in chosen]
    made, places = [], []
    for number, tile, key, boxes, _ in jobs:
        made.append(Example(folder / f"{key}.png", drawn_size(tile, tiling, canvas), boxes, key))
        places.append((number, tile))
    folder.mkdir(parents=True, exist_ok=True)
    missing: dict[int, list[tuple[Path, Tile, Sequence[Box]]]] = {}
    for number, tile, key, _, hidden in jobs:
        if not (path := folder / f"{key}.png").exists():
            missing.setdefault(number, []).append((path, tile, hidden))
    for number, example in enumerate(examples):
        if number in missing:
            _write(example, Cutter(example.path, tiling, canvas), missing[number], paint)
        on_picture(number + 1, len(examples))
    return Cut(tuple(made), tuple(places))


_Job = tuple[Tile, str, tuple[Annotation, ...], tuple[Box, ...]]


def _jobs(example: Example, tiling: Tiling, canvas: ImageSize, learn: bool) -> list[_Job]:
    """Tile, key, annotations in drawn pixels, and what is painted over, in pixels of the tile."""
    jobs = []
    for tile in tiling.tiles(example.size):
        shown = shown_on(tile, example.annotations)
        hidden = shown.hidden if learn else ()
        drawn = drawn_size(tile, tiling, canvas)
        annotations = tuple(Annotation(_scaled(a.box, tile.size, drawn), a.label) for a in shown.annotations)
        jobs.append((tile, tile_key(example.key, tile, drawn, hidden), annotations, hidden))
    return jobs


def _scaled(box: Box, of: ImageSize, to: ImageSize) -> Box:
    x, y = to.width / of.width, to.height / of.height
    return Box(box.x1 * x, box.y1 * y, min(box.x2 * x, float(to.width)), min(box.y2 * y, float(to.height)))


def _write(
    example: Example,
    cutter: Cutter,
    wanted: Sequence[tuple[Path, Tile, Sequence[Box]]],
    paint: tuple[int, int, int],
) -> None:
    picture = cutter.picture()
    if (picture.width, picture.height) != (example.size.width, example.size.height):
        raise UnreadableImage(f"{example.path.name} has another size than when it was labelled; add it anew")
    for path, tile, hidden in wanted:
        beside = path.with_name(f".{uuid.uuid4().hex}")
        cutter.draw(tile, hidden, paint).save(beside, "PNG", compress_level=PNG_LEVEL)
        beside.replace(path)


def tidy(folder: Path, kept: Sequence[Example], most: int = MOST_BYTES) -> None:
    """Remove the files of tiles that were used longest ago, where those not needed now are more than so many bytes."""
    needed = {example.path.name for example in kept}
    for example in kept:
        example.path.touch()
    found = [(entry.stat(), entry) for entry in os.scandir(folder) if entry.name not in needed]
    found.sort(key=lambda pair: pair[0].st_mtime, reverse=True)
    total, now = 0, time.time()
    for status, entry in found:
        total += status.st_size
        stale = entry.name.startswith(".") and now - status.st_mtime > 3600
        if total > most or stale:
            Path(entry).unlink(missing_ok=True)

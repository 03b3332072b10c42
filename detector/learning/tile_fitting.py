"""Whether tiles would show the objects of a data set better, and which. No torch here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from detector.domain import Annotation, ImageSize
from detector.learning.fitting import Pictured, Size, by, scale_on, small_side
from detector.learning.sampling import Sample
from detector.pictures.tiling import Tiling, shown_on, some_to_learn_from

TOO_SMALL = 10.0  # canvas pixels that one box in ten is smaller than, though the canvas was enlarged for it
WANTED = 24.0  # canvas pixels that it shall have on a tile
GAIN = 1.5  # times larger than on a whole picture objects must get, else tiles are not worth their time
LARGE = 2.5  # sides of the large objects (one in twenty is larger) that a tile has at least
OVERLAP = 1.2  # of such a side, so that nearly all objects lie whole on a tile
MOST_TILES = 400  # of a picture
ASPECT = 4 / 3
STEP = 32  # pixels
LARGEST_OVERLAP = 0.5  # of the short side


@dataclass(frozen=True, slots=True)
class TilePicture:
    """A tile as the planner looks at it."""

    size: ImageSize
    annotations: tuple[Annotation, ...]


def fit_tiling(pictures: Sequence[Pictured], whole: Size, pixels: float) -> tuple[Tiling | None, str]:
    """The tiling that brings small objects into sight, or None where whole pictures show them; and why.

    Args:
        whole: the canvas that fits whole pictures.   pixels: of a canvas for tiles, about.
    """
    small = small_side(pictures, whole)
    if small >= TOO_SMALL:
        return None, f"Whole pictures show objects large enough: nine in ten are {small:.0f} pixels wide or more."
    sides = sorted(math.sqrt(a.box.area) for p in pictures for a in p.annotations)
    canvas = math.sqrt(pixels * ASPECT)
    side = max(canvas * max(1.0, sides[len(sides) // 10] / WANTED), LARGE * _large(pictures))
    tiling = tiling_of(STEP * math.ceil(side / STEP), pictures)
    while max(len(tiling.tiles(p.size)) for p in pictures) > MOST_TILES:
        side *= 1.25
        tiling = tiling_of(STEP * math.ceil(side / STEP), pictures)
    gain = canvas / tiling.width / median(scale_on(p, whole) for p in pictures)
    if gain < GAIN:
        return None, "Tiles would show the smallest objects hardly larger than whole pictures do."
    most = max(len(tiling.tiles(p.size)) for p in pictures)
    return tiling, (
        f"Small objects are {small:.0f} pixels wide on whole pictures. Tiles of {tiling.width} pixels, up to {most} "
        f"a picture, would show them at {small * gain:.0f}, but take much longer to learn from; "
        "set them in the expert settings."
    )


def tiling_of(width: int, pictures: Sequence[Pictured]) -> Tiling:
    """Tiles so many pixels wide, that overlap by what large objects need."""
    height = round(width / ASPECT)
    return Tiling(width, height, int(min(math.ceil(OVERLAP * _large(pictures)), LARGEST_OVERLAP * height)))


def tiles_said(tiling: Tiling | None) -> str:
    return "whole pictures" if tiling is None else f"{by((tiling.width, tiling.height))} pixels each"


def _large(pictures: Sequence[Pictured]) -> float:
    """The longer side that one box in twenty exceeds, in pixels of the picture."""
    longest = sorted(max(a.box.width, a.box.height) for p in pictures for a in p.annotations)
    return longest[len(longest) * 19 // 20]


def tile_sample(sample: Sample, tiling: Tiling, *, learn: bool) -> Sample:
    """The tiles of pictures, or with `learn` those that a run would learn from, standing for those of all pictures."""
    tiles = _tile_pictures(sample.pictures, tiling, learn=learn)
    boxes = Counter(a.label for tile in tiles for a in tile.annotations)
    whole = Counter(a.label for picture in sample.pictures for a in picture.annotations)
    shares = {label: sample.boxes[label] / looked_at for label, looked_at in whole.items()}
    of_all = {label: round(number * shares[label]) for label, number in sorted(boxes.items())}
    return Sample(tiles, sample.of_all(len(tiles)), of_all)


def _tile_pictures(pictures: Sequence[Pictured], tiling: Tiling, *, learn: bool) -> list[TilePicture]:
    """The tiles that a run would learn from, or all of them."""
    made = []
    for number, picture in enumerate(pictures):
        for tile in tiling.tiles(picture.size):
            shown = shown_on(tile, picture.annotations).annotations
            made.append((f"{number}/{tuple(tile)}", TilePicture(tile.size, shown)))
    if not learn:
        return [picture for _, picture in made]
    return [made[i][1] for i in some_to_learn_from([(key, bool(tile.annotations)) for key, tile in made])]

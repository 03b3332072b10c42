"""Which canvas and which smallest anchor fit the pictures and the boxes of a data set. No torch here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Protocol

from detector.domain import Annotation, ImageSize, LabelSet
from detector.geometry import Letterbox, canvas_for

STEP = 32  # sides of the canvas are multiples of it, so that strides 8..32 divide it
LEAST_SIDE = 64
LONGEST_ASPECT = 4.0  # a longer strip would leave the coarse levels without cells
SMALL_OBJECT = 12.0  # canvas pixels; under it a box covers little more than one cell of the finest level
MOST_ENLARGED = 4.0  # times the usual number of pixels, for the sake of small objects
SMALLEST_ANCHOR, LARGEST_ANCHOR = 8.0, 32.0  # canvas pixels; one cell of the finest level, and COCO's
ANCHOR_SHARE = 0.75  # of the usual side of the smallest class, as the finest level covers up to twice its anchor
MATCHING_IOU = 0.5  # of targets.py: below it no anchor is held to show a box
RATIOS = (0.5, 1.0, 2.0)  # height / width of anchors, and
OCTAVES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))  # sizes on one level, as in architectures/anchors.py, which needs torch
NEAR = math.log(1.16)  # how far a canvas may be from the number of pixels that was asked for
PER_NEARNESS = 0.5  # what a canvas loses for being off that number, in shares of wasted pixels

# A lineage is outgrown where a fresh start would take so many times its pixels or its smallest anchor, or where such a
# share of the boxes is too small for it.
OUTGROWN_PIXELS, OUTGROWN_ANCHOR, OUTGROWN_SMALL = 1.5, 1.4, 0.05

Size = tuple[int, int]


class Pictured(Protocol):
    """What is looked at: a picture's size and its boxes. `dataset.Example` is one."""

    @property
    def size(self) -> ImageSize: ...
    @property
    def annotations(self) -> tuple[Annotation, ...]: ...


def fit_canvas(pictures: Iterable[Pictured], pixels: float) -> Size:
    """`(width, height)` of about this many pixels, in multiples of 32, that wastes least on the pictures' margins.

    Each picture is letterboxed, so one of another aspect than the canvas covers only a part of it. The canvas is the
    one with the smallest mean of 1 / covered part: how much larger the canvas would have to be to show the picture as
    large as one of its own aspect. It is never much larger than the largest picture.

    It lies or stands as most pictures do; for the others it is turned, so that only long and short sides count.
    """
    sizes = Counter((picture.size.width, picture.size.height) for picture in pictures)
    upright = sum(number * ((height > width) - (height < width)) for (width, height), number in sizes.items()) > 0
    pixels = min(pixels, float(max(width * height for width, height in sizes)))
    aspects: Counter[float] = Counter()
    for (width, height), number in sizes.items():
        aspects[round(abs(math.log(width / height)), 2)] += number  # to 1 %, so that many sizes cost little

    def loss(size: Size) -> float:
        own = math.log(size[0] / size[1])
        wasted = sum(number * math.exp(abs(own - aspect)) for aspect, number in aspects.items()) / sizes.total()
        return wasted + PER_NEARNESS * _off(size, pixels)

    long, short = min(_candidates(pixels), key=loss)
    return (short, long) if upright else (long, short)


def _candidates(pixels: float) -> list[Size]:
    """Canvases that lie, of about this many pixels; where there is none, the nearest."""
    longest = math.sqrt(pixels * LONGEST_ASPECT) * math.exp(NEAR)
    sides = range(LEAST_SIDE, max(LEAST_SIDE, int(longest)) + 1, STEP)
    # what counts first is the aspect, then the number of pixels: no size comes twice
    found = [(w, h) for w in sides for h in sides if 1 <= w / h <= LONGEST_ASPECT]
    near = [size for size in found if _off(size, pixels) <= NEAR]
    return near or [min(found, key=lambda size: _off(size, pixels))]


def _off(size: Size, pixels: float) -> float:
    return abs(math.log(size[0] * size[1] / pixels))


def scale_on(picture: Pictured, size: Size) -> float:
    """Canvas pixels for one pixel of the picture, on the canvas as it stands for it."""
    return Letterbox.fit(picture.size, canvas_for(picture.size, ImageSize(*size))).scale


def turned(pictures: Iterable[Pictured], size: Size) -> int:
    """For how many pictures the canvas is turned."""
    canvas = ImageSize(*size)
    return sum(canvas_for(picture.size, canvas) != canvas for picture in pictures)


def small_side(pictures: Sequence[Pictured], size: Size) -> float:
    """The geometric side, in pixels of the canvas, that one box in ten is smaller than."""
    sides = sorted(
        math.sqrt(a.box.area) * scale for p in pictures if (scale := scale_on(p, size)) for a in p.annotations
    )
    return sides[len(sides) // 10]


def enlargement(small: float) -> float:
    """How many times the pixels bring objects of this side (canvas pixels) up to what can be found; 1 or more."""
    return min(MOST_ENLARGED, max(1.0, (SMALL_OBJECT / small) ** 2))


def smallest_class_side(pictures: Sequence[Pictured], size: Size) -> float:
    """The median geometric side, in canvas pixels, of the class with the smallest boxes: it may be a rare one."""
    sides: dict[int, list[float]] = {}
    for picture in pictures:
        scale = scale_on(picture, size)
        for a in picture.annotations:
            sides.setdefault(a.label, []).append(math.sqrt(a.box.area) * scale)
    return min(median(of_class) for of_class in sides.values())


def ideal_anchor(pictures: Sequence[Pictured], size: Size) -> float:
    """Side of the smallest anchor, in canvas pixels, before it is rounded."""
    return min(LARGEST_ANCHOR, max(SMALLEST_ANCHOR, ANCHOR_SHARE * smallest_class_side(pictures, size)))


def fit_anchor(pictures: Sequence[Pictured], size: Size) -> float:
    """Side of the smallest anchor in canvas pixels, a multiple of 4."""
    return float(4 * round(ideal_anchor(pictures, size) / 4))


def small_boxes(pictures: Iterable[Pictured], size: Size, anchor: float) -> dict[int, int]:
    """How many boxes of each label are too small on this canvas for any anchor: none reaches an IoU of 0.5 with them.

    Where anchor and box share a centre, that is; what no size would help (a box many times as long as it is wide) is
    not counted.

    Args:
        anchor: side of the smallest anchor in canvas pixels.
    """
    shapes = [(anchor * octave / math.sqrt(r), anchor * octave * math.sqrt(r)) for octave in OCTAVES for r in RATIOS]
    found: Counter[int] = Counter()
    for picture in pictures:
        scale = scale_on(picture, size)
        for a in picture.annotations:
            width, height = a.box.width * scale, a.box.height * scale
            if width * height < anchor**2 and _best_iou(width, height, shapes) < MATCHING_IOU:
                enlarged = anchor / math.sqrt(width * height)
                found[a.label] += _best_iou(width * enlarged, height * enlarged, shapes) >= MATCHING_IOU
    return {label: number for label, number in sorted(found.items()) if number}


def small_box_warnings(
    pictures: Sequence[Pictured], boxes: Mapping[int, int], labels: LabelSet, size: Size, anchor: float
) -> list[str]:
    """One sentence for each class with boxes that are too small to be matched.

    Args:
        boxes: by label, on all pictures; `pictures` may be some that stand for them.
    """
    looked_at = _boxes_by_label(pictures)
    least = math.ceil(anchor * math.sqrt(MATCHING_IOU))  # side of the smallest square that is matched
    warnings = []
    for label, found in small_boxes(pictures, size, anchor).items():
        number, about = found, ""
        if looked_at[label] < boxes[label]:
            number, about = max(1, round(found / looked_at[label] * boxes[label])), "about "
        warnings.append(
            f"{labels.names[label]}: {about}{number:,} of {count(boxes[label], 'box', 'boxes')} "
            f"{'is' if number == 1 else 'are'} smaller than about {least} pixels at the input size {by(size)}, "
            "too small to be found reliably."
        )
    return warnings


def outgrown(pictures: Sequence[Pictured], size: Size, anchor: float, fresh: Size, name: str) -> str | None:
    """Why boxes want another canvas or other anchors than a model has, in a sentence; None where they do not.

    Args:
        size, anchor: the model's.   name: what a person calls it.   fresh: the canvas that fits today's pictures.
    """
    ideal = ideal_anchor(pictures, size)
    missed = sum(small_boxes(pictures, size, anchor).values()) / _boxes_by_label(pictures).total()
    if fresh[0] * fresh[1] > OUTGROWN_PIXELS * size[0] * size[1]:
        return f"Your boxes have outgrown {name}'s input size of {by(size)}: {by(fresh)} would fit them now."
    if max(ideal / anchor, anchor / ideal) > OUTGROWN_ANCHOR:
        return f"Your boxes have outgrown {name}'s anchors from {anchor:g} pixels: {ideal:.0f} would fit them now."
    if missed > OUTGROWN_SMALL:
        return f"Your boxes have outgrown {name}'s input size: {missed:.0%} of them are too small for it."
    return None


def by(size: Size) -> str:
    """`384x288`."""
    return f"{size[0]}x{size[1]}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 image`, `2,341 boxes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _boxes_by_label(pictures: Iterable[Pictured]) -> Counter[int]:
    return Counter(a.label for picture in pictures for a in picture.annotations)


def _best_iou(width: float, height: float, shapes: Iterable[tuple[float, float]]) -> float:
    best = 0.0
    for w, h in shapes:
        shared = min(width, w) * min(height, h)
        best = max(best, shared / (width * height + w * h - shared))
    return best

"""Where to drag a rectangle so that it takes in what is wanted and leaves out what is not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from detector.domain import Box

Point = tuple[float, float]
Weighed = tuple[Point, float]
MOST = 12  # wanted points; of more, those that come first
ROOM = 4.0  # pixels that a drag goes further than the points, as nobody aims better


def best_area(wanted: Sequence[Weighed], unwanted: Sequence[Weighed]) -> tuple[float, Box] | None:
    """The rectangle that gains most, or None where there is nothing to gain.

    Args:
        wanted: points with what each brings.   unwanted: points with what each costs.

    Returns:
        What it brings less what it costs, and the rectangle, in pixels.
    """
    points = wanted[:MOST]
    spans = [_spans([point[axis] for point, _ in points]) for axis in (0, 1)]
    best: tuple[float, Box] | None = None
    for (left, right), (top, bottom) in product(*spans):
        area = Box(max(0.0, left - ROOM), max(0.0, top - ROOM), right + ROOM, bottom + ROOM)
        gain = _sum(wanted, area) - _sum(unwanted, area)
        if gain > 0 and (best is None or gain > best[0]):
            best = (gain, area)
    return best


def _spans(places: Sequence[float]) -> list[tuple[float, float]]:
    return [(low, high) for low in sorted(set(places)) for high in sorted(set(places)) if high >= low]


def _sum(points: Sequence[Weighed], area: Box) -> float:
    return sum(value for point, value in points if contains(area, point))


def contains(area: Box, point: Point) -> bool:
    return area.x1 <= point[0] <= area.x2 and area.y1 <= point[1] <= area.y2


def middle(box: Box) -> Point:
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2

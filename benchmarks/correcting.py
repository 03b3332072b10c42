"""In which turn a person corrects a model's boxes on the page, so that each act takes hold of what it is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from benchmarks.areas import best_area, contains, middle
from detector.domain import Box

ROOM = 4.0  # pixels of the image round what a drag shall take in, as nobody aims better
REACH = 8.0  # pixels of the image round a handle and a box; the page's are a little less
APART = 3.0  # pixels of the image from which the nearer one of two handles is a safe choice


def rejected_together(false: Sequence[Box], others: Sequence[Box]) -> tuple[list[Box], list[Box]]:
    """Areas that hold several false boxes, by their middles, and none of the others.

    Args:
        false: what the model has found where nothing is.   others: all else that it shows.

    Returns:
        The areas in pixels, each worth one drag, and the false boxes in none of them.
    """
    areas: list[Box] = []
    left = list(false)
    kept = [(middle(box), float("inf")) for box in others]
    while (found := best_area([(middle(box), 1.0) for box in left], kept)) is not None and found[0] > 1:
        area = _grown(found[1])
        if any(contains(area, point) for point, _ in kept):
            break
        areas.append(area)
        left = [box for box in left if not contains(area, middle(box))]
    return areas, left


def pulled_in_turn(off: Sequence[tuple[Box, Box]], shown: Sequence[Box]) -> tuple[list[int], list[int]]:
    """Which of the model's boxes to pull right by their lower right corners, one after the other.

    A corner can be taken hold of while no box of the person lies there, and no other handle.

    Args:
        off: boxes of the model, each with what is true.   shown: all boxes that the model shows.

    Returns:
        Places in `off` to pull, in this order, and those that cannot be pulled.
    """
    order: list[int] = []
    left = list(range(len(off)))
    while True:
        own = [off[place][1] for place in order]
        free = next((place for place in left if _can_be_pulled(off[place][0], own, shown)), None)
        if free is None:
            return order, left
        order.append(free)
        left.remove(free)


def _can_be_pulled(box: Box, own: Sequence[Box], shown: Sequence[Box]) -> bool:
    corner = (box.x2, box.y2)
    if any(contains(_grown(one, REACH), corner) for one in own):
        return False
    near = [max(abs(x - box.x2), abs(y - box.y2)) for one in shown if one != box for x, y in _handles(one)]
    return min(near, default=APART) >= APART


def _handles(box: Box) -> list[tuple[float, float]]:
    x, y = middle(box)
    points = product((box.x1, x, box.x2), (box.y1, y, box.y2))
    return [point for point in points if point != (x, y)]


def _grown(box: Box, by: float = ROOM) -> Box:
    return Box(max(0.0, box.x1 - by), max(0.0, box.y1 - by), box.x2 + by, box.y2 + by)

"""Which of a model's boxes are right: each object is found once, by the surest of the boxes on it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.box_columns import Found, Truths

SAME_OBJECT = 0.5  # IoU from which a box of the model is right
PAIRS_AT_ONCE = 500_000  # of a found and a true box, so that crowded pictures need no more than some 100 MB

Places = NDArray[np.intp]
Reals = NDArray[np.float64]


def hits(truths: Truths, found: Found, least: float = SAME_OBJECT) -> NDArray[np.bool_]:
    """[len(found)] whether a box takes an object of its class that no better box of its picture has taken.

    COCO's rule: boxes choose in the order of their scores, each the object that it overlaps most. So what is right
    does not depend on the threshold from which boxes are shown.

    Args:
        truths, found: of the same pictures.   least: IoU from which a box may take an object.
    """
    box, truth, overlap = _overlapping(truths, found, least)
    turn = _turns(found, box)
    order = np.lexsort((-overlap, box, turn))
    box, truth, turn = box[order], truth[order], turn[order]
    hit, taken = np.zeros(len(found), bool), np.zeros(len(truths), bool)
    ends = np.searchsorted(turn, np.arange(turn.max(initial=-1) + 2))
    for first, end in pairwise(ends):  # boxes of one turn never want the same object
        free = np.flatnonzero(~taken[truth[first:end]]) + first
        chosen, best = np.unique(box[free], return_index=True)
        hit[chosen] = True
        taken[truth[free[best]]] = True
    return hit


def _turns(found: Found, box: Places) -> Places:
    """[len(box)] which turn the box of each pair has among those of its picture and class that overlap an object.

    Args:
        box: rows of `found`, ascending, as often as they have an object to choose.
    """
    choosing, pairs = np.unique(box, return_counts=True)
    image, label = found.image[choosing], found.label[choosing]
    grouped = np.lexsort((choosing, label, image))
    is_first = np.ones(len(choosing), bool)
    is_first[1:] = (np.diff(image[grouped]) != 0) | (np.diff(label[grouped]) != 0)
    firsts = np.flatnonzero(is_first)
    turns = np.empty(len(choosing), np.intp)
    turns[grouped] = np.arange(len(choosing)) - np.repeat(firsts, np.diff([*firsts, len(choosing)]))
    return np.repeat(turns, pairs)


def _overlapping(truths: Truths, found: Found, least: float) -> tuple[Places, Places, Reals]:
    """Rows of `found`, ascending, and of `truths` that are of one picture and class and overlap, and by how much."""
    parts = list(_parts_of_overlapping(truths, found, least))
    if not parts:
        nothing = np.zeros(0, np.intp)
        return nothing, nothing, np.zeros(0)
    box, truth, overlap = (np.concatenate(column) for column in zip(*parts, strict=True))
    return box, truth, overlap


def _parts_of_overlapping(truths: Truths, found: Found, least: float) -> Iterator[tuple[Places, Places, Reals]]:
    labels = 1 + max(truths.label.max(initial=0), found.label.max(initial=0))
    key = truths.image.astype(np.int64) * labels + truths.label
    by_key = np.argsort(key, kind="stable")
    wanted = found.image.astype(np.int64) * labels + found.label
    first = np.searchsorted(key[by_key], wanted, "left")
    many = np.searchsorted(key[by_key], wanted, "right") - first
    part = np.cumsum(many) // PAIRS_AT_ONCE
    for number in np.unique(part[many > 0]):
        rows = np.flatnonzero((part == number) & (many > 0))
        box = np.repeat(rows, many[rows])
        within = np.arange(len(box)) - np.repeat(np.cumsum(many[rows]) - many[rows], many[rows])
        truth = by_key[first[box] + within]
        overlap = _iou(found.box[box], truths.box[truth])
        kept = overlap >= least
        yield box[kept], truth[kept], overlap[kept]


def _iou(a: Reals, b: Reals) -> Reals:
    """[N, 4] and [N, 4] -> [N], row by row."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=1)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    overlap: Reals = shared / (areas[0] + areas[1] - shared)
    return overlap

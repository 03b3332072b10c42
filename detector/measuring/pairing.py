"""Which boxes of an image overlap, and which of them belong together; over all images at once, in columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hotcoco.primitives import bbox_iou
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of a first and of a second set of boxes that overlap, by image.   iou: [P], 0..1."""

    first: Ints
    second: Ints
    iou: Floats

    def where(self, wanted: NDArray[np.bool_] | Ints) -> Pairs:
        return Pairs(self.first[wanted], self.second[wanted], self.iou[wanted])

    def __len__(self) -> int:
        return len(self.iou)


def overlapping(
    images: tuple[NDArray[np.int32], NDArray[np.int32]], boxes: tuple[Floats, Floats], least: float
) -> Pairs:
    """The pairs of a first and a second set with an IoU from `least` on, ascending by first, then by second.

    The IoU is COCO's to the last digit.

    Args:
        images: [N] and [M], the image of each box, ascending.   boxes: [N, 4] and [M, 4] xyxy in pixels.
    """
    shared = np.intersect1d(*images)
    starts, ends = ([np.searchsorted(column, shared, side).tolist() for column in images] for side in ("left", "right"))
    sides = [xywh(one) for one in boxes]
    no_crowds = np.zeros(len(boxes[1]), np.bool_)
    parts: list[tuple[Ints, Ints, Floats]] = []
    for a, a_end, b, b_end in zip(starts[0], ends[0], starts[1], ends[1], strict=True):
        iou = bbox_iou(sides[0][a:a_end], sides[1][b:b_end], no_crowds[b:b_end])
        rows, columns = np.divmod(np.flatnonzero(iou >= least), b_end - b)
        parts.append((rows + a, columns + b, iou[rows, columns]))
    if not parts:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def xywh(box: Floats) -> Floats:
    """[N, 4] x1, y1, x2, y2 -> x, y, width, height, as COCO has it."""
    return np.concatenate((box[:, :2], box[:, 2:] - box[:, :2]), axis=1)


def one_to_one(pairs: Pairs, weight: Floats) -> Pairs:
    """The heaviest pair, then the heaviest of those left that share no box with it, and so on.

    In rounds: whoever is the first choice of both sides stays, which comes to the same.
    """
    order = np.lexsort((pairs.second, pairs.first, -weight))
    first, second = pairs.first[order], pairs.second[order]
    chosen: list[Ints] = []
    left = np.arange(len(order))
    taken = tuple(np.zeros(int(column.max(initial=-1)) + 1, bool) for column in (first, second))
    while len(left):
        best = np.zeros(len(left), np.int64)
        for column in (first, second):
            best[np.unique(column[left], return_index=True)[1]] += 1
        now = left[best == 2]
        chosen.append(now)
        taken[0][first[now]] = True
        taken[1][second[now]] = True
        left = left[~(taken[0][first[left]] | taken[1][second[left]])]
    rows = order[np.sort(np.concatenate(chosen))] if chosen else order
    return Pairs(pairs.first[rows], pairs.second[rows], pairs.iou[rows])

"""Which true box each box of a model takes, as COCO pairs them: those of its class, where it is to be right.

A true box is taken once. The better score chooses first, and takes the free true box that it overlaps
most (Lin et al. 2014, pycocotools 2.0: `COCOeval.evaluateImg`). So what a box takes does not depend on any box that is
worth less, and one pairing holds for every threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hotcoco.primitives import bbox_iou
from numpy.typing import NDArray

from detector.box_columns import Found, Truths
from detector.coco_figures import xywh

SAME_OBJECT = 0.5  # IoU from which a box of the model is right
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
_ALMOST_ONE = 1 - 1e-10  # as pycocotools has it, for boxes that are exactly the true ones


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Boxes in one picture that lie upon each other, whatever their classes.

    Attributes:
        found, truth: [P] rows of the columns.   iou: [P] of the two boxes.
            By `found` ascending; of one found box the pair that it prefers comes last.
    """

    found: Rows
    truth: Rows
    iou: NDArray[np.float64]

    def of_one_class(self, truths: Truths, found: Found) -> Pairs:
        """Those of two boxes of the same class."""
        same = found.label[self.found] == truths.label[self.truth]
        return Pairs(self.found[same], self.truth[same], self.iou[same])


def pairs(truths: Truths, found: Found, images: int, least: float = SAME_OBJECT) -> Pairs:
    """All pairs of an IoU of at least `least` in 0..1, of pictures 0..`images`-1."""
    ends = np.arange(images + 1)
    truth_starts = np.searchsorted(truths.image, ends).tolist()
    found_starts = np.searchsorted(found.image, ends).tolist()
    true_boxes, found_boxes = xywh(truths.box), xywh(found.box)  # as COCO: the same IoU to the last digit
    no_crowds = np.zeros(len(truths), np.bool_)
    parts: list[tuple[Rows, Rows, NDArray[np.float64]]] = []
    for image in range(images):
        t, t_end = truth_starts[image], truth_starts[image + 1]
        f, f_end = found_starts[image], found_starts[image + 1]
        if t == t_end or f == f_end:
            continue
        iou = bbox_iou(found_boxes[f:f_end], true_boxes[t:t_end], no_crowds[t:t_end])
        rows, columns = np.divmod(np.flatnonzero(iou >= min(least, _ALMOST_ONE)), t_end - t)
        parts.append((rows + f, columns + t, iou[rows, columns]))
    if not parts:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    of_found, of_truth, iou = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((iou, of_found))  # stable: of equal ones the last true box comes last, as COCO prefers it
    return Pairs(of_found[order], of_truth[order], iou[order])


def taken(pairs: Pairs, boxes: int, truths: int, least: float = SAME_OBJECT) -> Rows:
    """[`boxes`] the row of the true box that each found one takes, -1 for none.

    Args:
        boxes, truths: how many found and true ones there are.
        least: IoU from which a true box may be taken; not under that of the pairs.
    """
    taken_by = np.full(boxes, -1, np.int64)
    near = pairs.iou >= min(least, _ALMOST_ONE)
    found, truth = pairs.found[near], pairs.truth[near]
    first = np.empty(truths, np.int64)
    free = np.ones(truths, np.bool_)
    while found.size:
        # A box takes what it prefers once no better one could still want that. The best of all always can.
        first[truth[::-1]] = found[::-1]  # the lowest row is written last
        preferred = np.flatnonzero(np.append(found[1:] != found[:-1], True))
        sure = preferred[first[truth[preferred]] == found[preferred]]
        taken_by[found[sure]] = truth[sure]
        free[truth[sure]] = False
        left = free[truth] & (taken_by[found] < 0)
        found, truth = found[left], truth[left]
    return taken_by


def place_in_class(found: Found) -> Rows:
    """[N] how many better boxes of its class each box has in its picture."""
    order = np.lexsort((found.label, found.image))  # stable, so best score first
    image, label = found.image[order], found.label[order]
    begins = np.append(True, (image[1:] != image[:-1]) | (label[1:] != label[:-1]))[: len(found)]
    starts = np.flatnonzero(begins)
    within = np.arange(len(found)) - np.repeat(starts, np.diff(np.append(starts, len(found))))
    place = np.empty(len(found), np.int64)
    place[order] = within
    return place

"""Which true box each box of a model takes, and which of its boxes are right, as COCO pairs them.

A true box is taken once. The better score chooses first, and takes the free true box that it overlaps most (Lin et al.
2014, pycocotools 2.0: `COCOeval.evaluateImg`). So what a box takes does not depend on any box that is worth less, and
one pairing holds for every threshold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.domain import SAME_OBJECT
from detector.measuring.box_columns import Found, Truths
from detector.measuring.pairing import Ints, Pairs, overlapping

_ALMOST_ONE = 1 - 1e-10  # as pycocotools has it, for boxes that are exactly the true ones


def hits(truths: Truths, found: Found, least: float = SAME_OBJECT) -> NDArray[np.bool_]:
    """[len(found)] whether a box takes an object of its class that no better box of its picture has taken.

    Args:
        truths, found: of the same pictures.   least: IoU from which a box may take an object.
    """
    near = of_one_class(near_truths(truths, found, least), truths, found)
    return taken(near, len(found), len(truths), least) >= 0


def near_truths(truths: Truths, found: Found, least: float = SAME_OBJECT) -> Pairs:
    """Found boxes (the first) and true ones, of any class, with an IoU of at least `least`.

    By found box ascending; of one found box the pair that it prefers comes last.
    """
    pairs = overlapping((found.image, truths.image), (found.box, truths.box), min(least, _ALMOST_ONE))
    order = np.lexsort((pairs.iou, pairs.first))  # stable: of equal ones the last true box comes last, as in COCO
    return pairs.where(order)


def of_one_class(near: Pairs, truths: Truths, found: Found) -> Pairs:
    """Those of two boxes of the same class."""
    return near.where(found.label[near.first] == truths.label[near.second])


def taken(near: Pairs, boxes: int, truths: int, least: float = SAME_OBJECT) -> Ints:
    """[`boxes`] the row of the true box that each found one takes, -1 for none.

    Args:
        boxes, truths: how many found and true ones there are.
        least: IoU from which a true box may be taken; no less than that of the pairs.
    """
    taken_by = np.full(boxes, -1, np.int64)
    enough = near.iou >= min(least, _ALMOST_ONE)
    found, truth = near.first[enough], near.second[enough]
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


def place_in_class(found: Found) -> Ints:
    """[N] how many better boxes of its class each box has in its picture."""
    order = np.lexsort((found.label, found.image))  # stable, so best score first
    image, label = found.image[order], found.label[order]
    begins = np.append(True, (image[1:] != image[:-1]) | (label[1:] != label[:-1]))[: len(found)]
    starts = np.flatnonzero(begins)
    within = np.arange(len(found)) - np.repeat(starts, np.diff(np.append(starts, len(found))))
    place = np.empty(len(found), np.int64)
    place[order] = within
    return place

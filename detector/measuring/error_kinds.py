"""What is right and what is wrong with each box: the kinds of mistakes of TIDE (Bolya et al. 2020, arXiv 2008.08115).

A model's boxes take the truths of their class greedily, best score first, each the free one that they overlap most, if
by the IoU that is asked for. Which truth a box gets therefore depends on better boxes only, and its kind on no score
threshold: a threshold only says which boxes are looked at. A truth is missed where neither a box that is looked at has
taken it nor a mistake about it would be right once corrected; so of each truth the best box of either sort is enough to
tell at any threshold. Everything is worked out for several IoUs at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Real, Truths, Whole
from detector.measuring.hits import taken
from detector.measuring.pairing import Ints, Pairs, overlapping

IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))  # COCO's, 0.50 to 0.95
BACKGROUND_IOU = 0.1  # up to which a box overlaps nothing, as in the paper
NONE = -1


class MistakeKind(IntEnum):
    """What a prediction is; MISSED is said of truths."""

    RIGHT = 0
    WRONG_CLASS = 1  # it overlaps an object of another class by the IoU asked for
    BADLY_PLACED = 2  # right class, too little overlap
    BOTH = 3  # another class, and too little overlap
    DUPLICATE = 4  # a better box has taken the object
    BACKGROUND = 5  # there is nothing
    MISSED = 6


@dataclass(frozen=True, slots=True, eq=False)
class ErrorKinds:
    """Kinds of N predictions, and what became of M truths, at T IoUs.

    Attributes:
        ious: [T] ascending.
        kind: uint8 [T, N], a MistakeKind.
        matched: int32 [T, N] the truth that a right prediction has taken, -1 for every other one.
        same_truth, cross_truth: int32 [N] the truth of its own and of another class that it overlaps most, by at least
            the background's IoU; -1 where there is none.
        found_by: int32 [T, M] the prediction that has taken the truth, -1 for none.
        covered_by: int32 [T, M] the best prediction that only needs another class or place to be right about it, -1 for
            none.
    """

    ious: Real
    kind: NDArray[np.uint8]
    matched: Whole
    same_truth: Whole
    cross_truth: Whole
    found_by: Whole
    covered_by: Whole

    def about(self, row: int) -> Whole:
        """[N] the truth that a prediction has taken or that its mistake is about; -1 for background."""
        kind = self.kind[row]
        of_same = (kind == MistakeKind.BADLY_PLACED) | (kind == MistakeKind.DUPLICATE)
        of_cross = (kind == MistakeKind.WRONG_CLASS) | (kind == MistakeKind.BOTH)
        wrong = np.where(of_same, self.same_truth, np.where(of_cross, self.cross_truth, NONE))
        return np.where(kind == MistakeKind.RIGHT, self.matched[row], wrong).astype(np.int32)

    def missed(self, row: int, found: Found, threshold: float = 0.0) -> NDArray[np.bool_]:
        """[M] truths that no prediction from the threshold up has found, or would find if it were corrected."""
        scores = np.append(found.score, -np.inf)  # of -1, which is nobody
        best = np.maximum(scores[self.found_by[row]], scores[self.covered_by[row]])
        return np.asarray(best < threshold)


def error_kinds(
    truths: Truths, found: Found, ious: Sequence[float] = IOUS, background: float = BACKGROUND_IOU
) -> ErrorKinds:
    """Sort every prediction and every truth into kinds, at each of the IoUs.

    Of truths that a prediction overlaps alike it takes the last one, as COCO's evaluation does.

    Raises:
        ValueError: no IoUs, or ones that do not ascend between the background's and 1.
    """
    levels = np.array(ious, np.float64)
    if not len(levels) or not background > 0 or (np.diff([background, *levels, 1.0]) <= 0).any():
        raise ValueError(f"IoUs must ascend from above {background} to below 1, got {list(ious)}")
    pairs = overlapping((found.image, truths.image), (found.box, truths.box), background)
    is_same = found.label[pairs.first] == truths.label[pairs.second]
    same, cross = pairs.where(is_same), pairs.where(~is_same)
    same_truth, same_iou = _most(same, len(found))
    cross_truth, cross_iou = _most(cross, len(found))
    preferred_last = same.where(np.lexsort((same.iou, same.first)))
    matched = np.stack([taken(preferred_last, len(found), len(truths), level) for level in levels]).astype(np.int32)

    level = levels[:, None]
    places = [
        (matched >= 0, MistakeKind.RIGHT),
        ((same_truth >= 0) & (same_iou <= level), MistakeKind.BADLY_PLACED),
        (cross_iou >= level, MistakeKind.WRONG_CLASS),
        (np.broadcast_to(same_truth >= 0, matched.shape), MistakeKind.DUPLICATE),
        (np.broadcast_to(cross_iou <= background, matched.shape), MistakeKind.BACKGROUND),
    ]
    kind = np.select([where for where, _ in places], [np.uint8(name) for _, name in places], np.uint8(MistakeKind.BOTH))
    mends = np.where(
        kind == MistakeKind.BADLY_PLACED, same_truth, np.where(kind == MistakeKind.WRONG_CLASS, cross_truth, NONE)
    )
    best_first = np.argsort(-found.score, kind="stable")
    return ErrorKinds(
        levels,
        kind,
        matched,
        same_truth,
        cross_truth,
        _best_about(matched, best_first, len(truths)),
        _best_about(mends, best_first, len(truths)),
    )


def _most(pairs: Pairs, count: int) -> tuple[Whole, Real]:
    """[N] the truth that each prediction, the first of a pair, overlaps most (of equals the first, -1 for none), and
    by how much (0 for none).
    """
    truth, iou = np.full(count, NONE, np.int32), np.zeros(count)
    if len(pairs):
        starts, lengths = _runs(pairs.first)
        most = np.maximum.reduceat(pairs.iou, starts)
        places = np.where(pairs.iou == np.repeat(most, lengths), np.arange(len(pairs)), len(pairs))
        owner = pairs.first[starts]
        truth[owner] = pairs.second[np.minimum.reduceat(places, starts)]
        iou[owner] = most
    return truth, iou


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Where each run of equal values begins, and how long it is."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    return starts, np.diff(np.append(starts, len(values)))


def _best_about(truth: Whole, best_first: Ints, count: int) -> Whole:
    """[T, M] of all predictions that name a truth [T, N] the one with the best score, -1 for none."""
    best = np.full((len(truth), count), NONE, np.int32)
    worst_first = best_first[::-1]  # a better one is written over a worse one
    for row, of_row in zip(best, truth[:, worst_first], strict=True):
        named = of_row >= 0
        row[of_row[named]] = worst_first[named]
    return best

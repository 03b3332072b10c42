"""How much average precision each kind of mistake costs, after TIDE (Bolya et al. 2020, arXiv 2008.08115, section 3.2).

Average precision is COCO's: of each class the best 100 boxes of a picture count. To put a mistake right means that

- a box of a wrong class or at a wrong place becomes right, if its object is free and no better box of either sort is
  about that object; if not, it goes;
- one that is wrong in both, a second one, or one where nothing is goes;
- an object that was missed is no object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths, Whole
from detector.measuring.coco_figures import LIMIT
from detector.measuring.error_kinds import IOUS, ErrorKinds, MistakeKind, error_kinds
from detector.measuring.hits import place_in_class

OF_BOXES: list[MistakeKind] = [k for k in MistakeKind if k not in (MistakeKind.RIGHT, MistakeKind.MISSED)]
RECALLS = np.linspace(0, 1, 101)
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ErrorCosts:
    """At one IoU: the AP as it is, and by how much it would rise if all mistakes of a kind were put right.

    Each kind is looked at alone, so that the gains do not add up to what is lacking.
    """

    iou: float
    ap: float
    by_kind: dict[MistakeKind, float]


def error_costs(truths: Truths, found: Found, classes: int, ious: Sequence[float] = IOUS) -> list[ErrorCosts]:
    """What the kinds cost at each of the IoUs.

    Args:
        classes: how many there are; the labels are 0..classes-1.

    Returns:
        One for each IoU; none where there is no truth, as there is no precision to lose then.
    """
    if not len(truths):
        return []
    counted = found.where(place_in_class(found) < LIMIT)
    kinds = error_kinds(truths, counted, ious)
    best_first = np.argsort(-counted.score, kind="stable")
    boxes = np.bincount(truths.label, minlength=classes)
    return [_at(_Ranked.of(truths, counted, kinds, row, best_first, boxes), iou) for row, iou in enumerate(ious)]


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """Boxes of a model, best score first, at one IoU.

    Attributes:
        label, kind: [N].   mended: [N] the label that a box has once its mistake is put right, -1 if it goes.
        boxes, missed: [K] true ones.
    """

    label: Whole
    kind: NDArray[np.uint8]
    mended: Whole
    boxes: Counts
    missed: Counts

    @classmethod
    def of(
        cls, truths: Truths, found: Found, kinds: ErrorKinds, row: int, best_first: Counts, boxes: Counts
    ) -> _Ranked:
        free = np.flatnonzero((kinds.found_by[row] < 0) & (kinds.covered_by[row] >= 0))
        mended = np.full(len(found), -1, np.int32)
        mended[kinds.covered_by[row][free]] = truths.label[free]
        missed = np.bincount(truths.label[kinds.missed(row, found)], minlength=len(boxes))
        return cls(found.label[best_first], kinds.kind[row][best_first], mended[best_first], boxes, missed)

    def without(self, kind: MistakeKind) -> tuple[Whole, Flags]:
        """Labels, and which boxes are right, once all mistakes of a kind are put right."""
        is_wrong = self.kind == kind
        stays = ~is_wrong | (self.mended >= 0)
        label = np.where(is_wrong, self.mended, self.label)
        return label[stays], (is_wrong | (self.kind == MistakeKind.RIGHT))[stays]


def _at(ranked: _Ranked, iou: float) -> ErrorCosts:
    boxes, there = ranked.boxes, ranked.boxes > 0
    as_it_is = ranked.label, ranked.kind == MistakeKind.RIGHT
    ap = _mean_precision(*as_it_is, boxes, there)
    mended = {kind: _mean_precision(*ranked.without(kind), boxes, there) for kind in OF_BOXES}
    mended[MistakeKind.MISSED] = _mean_precision(*as_it_is, boxes - ranked.missed, there)
    return ErrorCosts(iou, ap, {kind: value - ap for kind, value in mended.items()})


def _mean_precision(label: Whole, right: Flags, boxes: Counts, there: Flags) -> float:
    """AP over the classes that are `there` [K].

    Args:
        label, right: [N] of boxes, best score first.   boxes: [K] how many are to be found.
    """
    order = np.argsort(label.astype(np.uint16), kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=len(boxes)))[:-1]
    parts = np.split(right[order], ends)
    every = [_precision(part, count) for part, count in zip(parts, boxes.tolist(), strict=True)]
    return float(np.mean(np.array(every)[there]))


def _precision(right: Flags, boxes: int) -> float:
    """The mean over RECALLS of the best precision from there on, as COCO interpolates; 0 where nothing is right."""
    places = np.flatnonzero(right)
    if not len(places):
        return 0.0
    so_far = np.arange(1, len(places) + 1)
    best = np.maximum.accumulate((so_far / (places + 1))[::-1])[::-1]
    reached = np.searchsorted(so_far / boxes, RECALLS)
    return float(np.append(best, 0.0)[reached].mean())

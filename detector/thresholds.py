"""From which score a model's boxes are worth showing: by its figures, or by the work that people had with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.domain import Annotation, Box, Prediction

SAME_OBJECT = 0.5  # IoU from which a box of the model is right
FEWEST = 10  # true boxes of a class, below which its own threshold would be chance
STEPS = 100
WRONG = 0.6  # of the work of adding a box, as one drag rejects several

Bins = NDArray[np.float64]  # [STEPS], of score
Goodness = Callable[[Bins, Bins, int], Bins]  # of right and shown boxes from each score up, and how many there are


@dataclass(frozen=True, slots=True)
class Advice:
    """Thresholds in hundredths of 1.

    Attributes:
        overall: for all classes together; None where nothing was found or to be found.
        by_label: for classes with enough true boxes to tell.
    """

    overall: float | None
    by_label: dict[int, float]


def advise(truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]]) -> Advice:
    """The thresholds with the highest F1 at IoU 0.5, over pictures that are known all over.

    F1 of all classes together counts every box alike. Where several thresholds are equally good the middle one is
    taken: the next picture is not quite like these.

    Args:
        truths, predictions: of the same pictures, in the same order; all scores, not only high ones.
    """
    return _advised(truths, predictions, _f1)


def with_fewest_corrections(
    truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]]
) -> Advice:
    """The thresholds at which the fewest boxes have to be rejected or added, at IoU 0.5, over finished pictures.

    A wrong box that is shown costs WRONG of what an object costs that is not. Arguments as of `advise`.
    """
    return _advised(truths, predictions, _uncorrected)


def _advised(
    truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]], good: Goodness
) -> Advice:
    right: defaultdict[int, Bins] = defaultdict(lambda: np.zeros(STEPS))  # boxes by label
    shown: defaultdict[int, Bins] = defaultdict(lambda: np.zeros(STEPS))
    boxes: defaultdict[int, int] = defaultdict(int)
    for truth, found in zip(truths, predictions, strict=True):
        for annotation in truth:
            boxes[annotation.label] += 1
        for label in {p.label for p in found}:
            theirs = sorted((p for p in found if p.label == label), key=lambda p: -p.score)
            bins = np.minimum([int(p.score * STEPS) for p in theirs], STEPS - 1)
            hit = _hits([a.box for a in truth if a.label == label], [p.box for p in theirs])
            np.add.at(shown[label], bins, 1)
            np.add.at(right[label], bins[hit], 1)
    by_label = {
        label: best
        for label in sorted(boxes)
        if boxes[label] >= FEWEST and (best := _best(right[label], shown[label], boxes[label], good)) is not None
    }
    return Advice(_best(_sum(right.values()), _sum(shown.values()), sum(boxes.values()), good), by_label)


def _f1(right: Bins, shown: Bins, boxes: int) -> Bins:
    f1: Bins = 2 * right / (shown + boxes)
    return f1


def _uncorrected(right: Bins, shown: Bins, boxes: int) -> Bins:
    """Less is to be done by hand: minus wrong boxes shown, minus objects not shown."""
    return right - boxes - WRONG * (shown - right)


def _sum(bins: Iterable[Bins]) -> Bins:
    return sum(bins, start=np.zeros(STEPS))


def _best(right: Bins, shown: Bins, boxes: int, good: Goodness) -> float | None:
    """The middle of the first best run of thresholds 0.01 .. 0.99."""
    if not right.any():
        return None
    from_here_up = [np.cumsum(bins[::-1])[::-1][1:] for bins in (right, shown)]
    goodness = good(from_here_up[0], from_here_up[1], boxes)
    first = int(goodness.argmax())
    others = np.flatnonzero(goodness[first:] < goodness[first])
    last = first + (int(others[0]) if others.size else STEPS - 1 - first) - 1
    return (1 + (first + last) // 2) / STEPS


def _hits(truths: Sequence[Box], found: Sequence[Box]) -> NDArray[np.bool_]:
    """Which found boxes, best first, take a true one that no better box has taken."""
    hit = np.zeros(len(found), bool)
    if not truths:
        return hit
    overlap = _iou(np.array([b.as_tuple() for b in found]), np.array([b.as_tuple() for b in truths]))
    for place in np.flatnonzero((overlap >= SAME_OBJECT).any(axis=1)):
        best = int(overlap[place].argmax())
        if overlap[place, best] >= SAME_OBJECT:
            hit[place] = True
            overlap[:, best] = 0.0
    return hit


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N, 4] and [M, 4] -> [N, M]."""
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    found: NDArray[np.float64] = shared / (areas[0][:, None] + areas[1] - shared)
    return found

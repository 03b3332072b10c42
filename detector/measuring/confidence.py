"""What a model's scores are worth: precision, recall and F1 from each score up, and how often a score is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.measuring.curves import THRESHOLDS, Curves

BINS = 10


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a threshold brings, at IoU 0.5 and without COCO's limit of 100 boxes, as nobody sees that limit on a page.

    Attributes:
        thresholds: 0.01, 0.02 .. 0.99.
        precision: share of the boxes shown that are right; None where none is shown.
        recall: share of the true boxes that are found, and f1 of the two; None without true boxes.
    """

    thresholds: tuple[float, ...]
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]
    f1: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Boxes with a score from `low` to under `high` (the last bin: to 1): their mean score, and how many are right."""

    low: float
    high: float
    boxes: int
    score: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether boxes with a score of 0.8 are right 8 times out of 10.

    Attributes:
        error: expected calibration error, the mean distance of score and share right over all boxes found, in 0..1
            (Naeini et al. 2015); None where nothing was found.
    """

    error: float | None
    bins: tuple[CalibrationBin, ...]


def confidence(curves: Curves, label: int | None = None) -> Confidence:
    """Of one class, or of all together, where every box counts alike."""
    of = curves.together() if label is None else curves
    row = 0 if label is None else curves.labels.index(label)
    right, shown, boxes = of.right[row], of.shown[row], of.boxes[row]
    return Confidence(
        tuple(THRESHOLDS.tolist()),
        shares(right, shown),
        shares(right, np.full(len(THRESHOLDS), boxes)),
        shares(2 * right, (shown + boxes) * (boxes > 0)),
    )


def calibration(score: NDArray[np.float64], hit: NDArray[np.bool_]) -> Calibration:
    """Of boxes with a score in 0..1, and whether each takes a true box."""
    bins = np.minimum(np.searchsorted(np.arange(BINS) / BINS, score, side="right") - 1, BINS - 1)
    boxes = np.bincount(bins, minlength=BINS)
    scores, rights = (np.bincount(bins, weights=column, minlength=BINS) for column in (score, hit))
    mean_score, mean_right = shares(scores, boxes), shares(rights, boxes)
    error = float(np.abs(scores - rights).sum() / boxes.sum()) if boxes.any() else None
    return Calibration(
        error,
        tuple(
            CalibrationBin(n / BINS, (n + 1) / BINS, int(boxes[n]), mean_score[n], mean_right[n]) for n in range(BINS)
        ),
    )


def shares(part: NDArray[np.generic], whole: NDArray[np.generic]) -> tuple[float | None, ...]:
    """Part of the whole, each; None where the whole is nothing."""
    known = np.asarray(whole) > 0
    values = np.divide(part, whole, out=np.zeros(len(known)), where=known)
    return tuple(value if is_known else None for value, is_known in zip(values.tolist(), known.tolist(), strict=True))

"""What a person sees from a threshold up: right and wrong boxes, mix-ups, and how far counts are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths
from detector.measuring.confidence import shares

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CountError:
    """Boxes shown minus true boxes in an image, over all images; for people who count things.

    Attributes:
        mean: above 0 where too many are counted.  mean_absolute: how far off an image is.
        exact: share of the images that are counted exactly, in 0..1.
    """

    mean: float
    mean_absolute: float
    exact: float


@dataclass(frozen=True, slots=True)
class ShownCounts:
    """Boxes from a threshold up, at IoU 0.5.

    Attributes:
        threshold: in 0..1; None over classes that have different ones.
        boxes: true ones.  shown: of the model.  right: of those, the ones that take a true box of their class.
        precision: right of shown; None where nothing is shown.
        recall: right of boxes, and f1 of the two; None without true boxes.
        count: None without images.
    """

    threshold: float | None
    boxes: int
    shown: int
    right: int
    precision: float | None
    recall: float | None
    f1: float | None
    count: CountError | None


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What is seen from thresholds up.

    Attributes:
        all: over all classes.  per_class: by label.
        confusion: [K+1][K+1] how many boxes of which true class (rows) were found as which class (columns). The last
            row are boxes where nothing is, the last column what was not found. Classes play no part in the pairing.
    """

    all: ShownCounts
    per_class: tuple[ShownCounts, ...]
    confusion: tuple[tuple[int, ...], ...]


def at_threshold(
    truths: Truths,
    found: Found,
    hit: NDArray[np.bool_],
    taken: Whole,
    images: int,
    thresholds: Sequence[float],
) -> AtThreshold:
    """Look from a threshold of each label up.

    Args:
        hit: [N] whether each found box takes a true one of its class.
        taken: [N] the row of the true box of any class that each takes, -1 for none. What a box takes does not depend
            on the threshold, as those with less never take anything from it.
    """
    labels = len(thresholds)
    seen = found.shown(thresholds)
    shown = found.where(seen)
    true_counts, shown_counts, right_counts = (
        counts(image, label, images, labels)
        for image, label in (
            (truths.image, truths.label),
            (shown.image, shown.label),
            (shown.image[hit[seen]], shown.label[hit[seen]]),
        )
    )
    one = thresholds[0] if len(set(thresholds)) == 1 else None
    every = (column.sum(axis=1) for column in (true_counts, shown_counts, right_counts))
    return AtThreshold(
        _shown(one, *every),
        tuple(
            _shown(threshold, true_counts[:, k], shown_counts[:, k], right_counts[:, k])
            for k, threshold in enumerate(thresholds)
        ),
        tuple(tuple(row) for row in _confusion(truths, shown, taken[seen], labels).tolist()),
    )


def _confusion(truths: Truths, shown: Found, taken: Whole, labels: int) -> Whole:
    """[K+1, K+1] true classes by found ones; the last row is nothing, the last column not found."""
    missed = np.ones(len(truths), np.bool_)
    missed[taken[taken >= 0]] = False
    side = labels + 1
    true = np.append(truths.label, labels).astype(np.int64)  # a row of -1 reads the last: nothing is there
    cells = np.concatenate((true[taken] * side + shown.label, true[:-1][missed] * side + labels))
    return np.bincount(cells, minlength=side**2).reshape(side, side)


def counts(image: NDArray[np.int32], label: NDArray[np.int32], images: int, labels: int) -> Whole:
    """[images, labels] how many boxes there are."""
    place = image.astype(np.int64) * labels + label
    return np.bincount(place, minlength=images * labels).reshape(images, labels)


def _shown(threshold: float | None, truth: Whole, shown: Whole, right: Whole) -> ShownCounts:
    """From [images] counts."""
    boxes, seen, hits = int(truth.sum()), int(shown.sum()), int(right.sum())
    [precision, recall, f1] = shares(
        np.array([hits, hits, 2 * hits]), np.array([seen, boxes, (seen + boxes) * (boxes > 0)])
    )
    return ShownCounts(threshold, boxes, seen, hits, precision, recall, f1, _count_error(shown - truth))


def _count_error(off: Whole) -> CountError | None:
    if not off.size:
        return None
    return CountError(float(off.mean()), float(np.abs(off).mean()), float((off == 0).mean()))

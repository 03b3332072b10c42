"""How many of a model's boxes are right, and how many are shown at all, counted from every threshold up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = np.arange(1, 100) / 100  # a box is shown from its threshold up

Reals = NDArray[np.float64]
Whole = NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """How many boxes are right and how many are shown from each of THRESHOLDS up.

    Attributes:
        labels: [K] ascending.   right, shown: [K, 99] counts.   boxes: [K] true ones.
        images: how many were looked at.
    """

    labels: tuple[int, ...]
    right: Reals
    shown: Reals
    boxes: Reals
    images: int

    @classmethod
    def of(
        cls, labels: Whole, label: Whole, score: Reals, right: NDArray[np.bool_], boxes: Whole, images: int
    ) -> Curves:
        """Count boxes.

        Args:
            labels, boxes: [K] the classes that are counted, ascending, and how many true boxes each has.
            label, score, right: [N] of the boxes found, and whether each takes a true one.
        """
        reached = np.searchsorted(THRESHOLDS, score, "right")  # how many thresholds a box is shown at
        place = np.searchsorted(labels, label) * (len(THRESHOLDS) + 1) + reached
        hits, shown = (_from_here_up(one, len(labels)) for one in (place[right], place))
        return cls(tuple(labels.tolist()), hits, shown, boxes.astype(np.float64), images)

    @property
    def wrong(self) -> Reals:
        """[K, 99]"""
        return self.shown - self.right

    def together(self) -> Curves:
        """All classes as one, which has the label -1."""
        right, shown, boxes = (counts.sum(axis=0, keepdims=True) for counts in (self.right, self.shown, self.boxes))
        return Curves((-1,), right, shown, boxes, self.images)

    def shrunk(self, more: float) -> Curves:
        """As if `more` boxes of each class had been there for which the model does as well as on all boxes.

        So a class of n boxes counts n / (n + more) by itself, and one of few boxes does as all do.
        """
        everything = self.together()
        share = more / everything.boxes.sum()
        added = (share * everything.right, share * everything.shown)
        return Curves(self.labels, self.right + added[0], self.shown + added[1], self.boxes + more, self.images)


def _from_here_up(place: Whole, labels: int) -> Reals:
    """[K, 99] how many boxes reached each threshold, from their rows and how many thresholds each reached, in one."""
    steps = len(THRESHOLDS) + 1
    counts = np.bincount(place, minlength=labels * steps).reshape(labels, steps)
    sums: Reals = np.cumsum(counts[:, :0:-1], axis=1)[:, ::-1].astype(np.float64)
    return sums

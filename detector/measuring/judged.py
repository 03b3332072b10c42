"""Which of a model's boxes are right, counted from every threshold up: thresholds are chosen and priced by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths
from detector.measuring.hits import hits

THRESHOLDS = np.arange(1, 100) / 100  # a box is shown from its threshold up

Reals = NDArray[np.float64]
Whole = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a threshold comes to: `found` of so many true `boxes`, and `wrong` ones shown beside them."""

    boxes: int
    found: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Of all classes together and of each, on so many images, `images_with_wrong` of which show a wrong box."""

    all: Cost
    by_label: dict[int, Cost]
    images: int
    images_with_wrong: int


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """How many boxes are right and how many are shown from each of THRESHOLDS up.

    Attributes:
        labels: [K] those that were found or to be found, ascending.
        right, shown: [K, 99] counts.   boxes: [K] true ones.   images: how many were looked at.
    """

    labels: tuple[int, ...]
    right: Reals
    shown: Reals
    boxes: Reals
    images: int

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


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a model found on some pictures, each box right or not at IoU 0.5.

    Attributes:
        image, label, score, right: [N] of the found boxes, by picture.
        truth_image, truth_label: [M] of the true boxes.   images: how many pictures there are, those without boxes too.
    """

    image: Whole
    label: Whole
    score: Reals
    right: NDArray[np.bool_]
    truth_image: Whole
    truth_label: Whole
    images: int

    @classmethod
    def of(cls, truths: Truths, found: Found, images: int) -> Self:
        return cls(found.image, found.label, found.score, hits(truths, found), truths.image, truths.label, images)

    def curves(self) -> Curves:
        labels = np.unique(np.concatenate([self.label, self.truth_label]))
        row = np.searchsorted(labels, self.label)
        reached = np.searchsorted(THRESHOLDS, self.score, "right")  # how many thresholds a box is shown at
        right, shown = np.zeros((2, len(labels), len(THRESHOLDS) + 1))
        np.add.at(shown, (row, reached), 1)
        np.add.at(right, (row[self.right], reached[self.right]), 1)
        boxes = np.bincount(np.searchsorted(labels, self.truth_label), minlength=len(labels)).astype(np.float64)
        return Curves(tuple(labels.tolist()), _from_here_up(right), _from_here_up(shown), boxes, self.images)

    def costs(self, overall: float, by_label: Mapping[int, float]) -> Costs:
        """Where boxes are shown from the threshold of their label up, of `overall` for a label that has none."""
        labels = np.unique(np.concatenate([self.label, self.truth_label]))
        least = np.array([by_label.get(label, overall) for label in labels.tolist()])
        shown = self.score >= least[np.searchsorted(labels, self.label)]
        wrong, found = shown & ~self.right, shown & self.right
        return Costs(
            Cost(len(self.truth_label), int(found.sum()), int(wrong.sum())),
            {
                label: Cost(
                    int((self.truth_label == label).sum()),
                    int((self.label[found] == label).sum()),
                    int((self.label[wrong] == label).sum()),
                )
                for label in labels.tolist()
            },
            self.images,
            len(np.unique(self.image[wrong])),
        )


def _from_here_up(counts: Reals) -> Reals:
    """[K, 100] by how many thresholds were reached -> [K, 99] how many reached each."""
    sums: Reals = np.cumsum(counts[:, :0:-1], axis=1)[:, ::-1]
    return sums

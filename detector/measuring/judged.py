"""Which of a model's boxes are right: thresholds are chosen and priced by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths
from detector.measuring.curves import Curves, Reals
from detector.measuring.hits import hits

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
        """Of the labels that were found or to be found."""
        labels = np.unique(np.concatenate([self.label, self.truth_label]))
        boxes = np.bincount(np.searchsorted(labels, self.truth_label), minlength=len(labels))
        return Curves.of(labels, self.label, self.score, self.right, boxes, self.images)

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

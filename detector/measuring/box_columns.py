"""Boxes of many pictures as columns, for what is computed of all of them at once.

A hundred boxes on each of two thousand pictures are six arrays here instead of two hundred thousand objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.domain import Annotation, Prediction

Whole = NDArray[np.int32]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """Boxes that are held to be true.

    Attributes:
        image: [N] the place of the picture, 0..I-1, ascending.
        label: [N] 0..K-1.
        box: [N, 4] x1, y1, x2, y2 in pixels of the picture.

    Raises:
        ValueError: columns of different lengths, or pictures out of order.
    """

    image: Whole
    label: Whole
    box: Real

    def __post_init__(self) -> None:
        _check(self.image, self.label, self.box)

    def __len__(self) -> int:
        return len(self.image)

    @classmethod
    def of(cls, pictures: Sequence[Sequence[Annotation]]) -> Self:
        """From the boxes of each picture."""
        every = [annotation for boxes in pictures for annotation in boxes]
        return cls(_places(pictures), _labels(every), _boxes(every))

    def where(self, kept: NDArray[np.bool_]) -> Self:
        """Those rows for which `kept` [N] is true."""
        return type(self)(self.image[kept], self.label[kept], self.box[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Boxes that a model believes in: as Truths, with `score` [N] in 0..1, best first within a picture."""

    image: Whole
    label: Whole
    box: Real
    score: Real

    def __post_init__(self) -> None:
        _check(self.image, self.label, self.box, self.score)
        falls = self.score[1:] <= self.score[:-1]
        if not (falls | (np.diff(self.image) > 0)).all():
            raise ValueError("the boxes of a picture must come best score first")

    def __len__(self) -> int:
        return len(self.image)

    @classmethod
    def of(cls, pictures: Sequence[Sequence[Prediction]]) -> Self:
        """From the boxes of each picture, in any order."""
        ordered = [sorted(boxes, key=lambda prediction: -prediction.score) for boxes in pictures]
        every = [prediction for boxes in ordered for prediction in boxes]
        scores = np.array([prediction.score for prediction in every], np.float64)
        return cls(_places(ordered), _labels(every), _boxes(every), scores)

    def where(self, kept: NDArray[np.bool_]) -> Self:
        """Those rows for which `kept` [N] is true."""
        return type(self)(self.image[kept], self.label[kept], self.box[kept], self.score[kept])

    def shown(self, thresholds: Sequence[float]) -> NDArray[np.bool_]:
        """[N] which boxes have a score from the threshold of their label up."""
        return np.asarray(self.score >= np.asarray(thresholds, np.float64)[self.label])


def _check(image: Whole, label: Whole, box: Real, *others: Real) -> None:
    lengths = {len(image), len(label), *(len(column) for column in others)}
    if len(lengths) > 1 or box.shape != (len(image), 4):
        raise ValueError(f"columns of one length are needed, got {sorted(lengths)} and boxes of shape {box.shape}")
    if (np.diff(image) < 0).any():
        raise ValueError("the rows must ascend by picture")


def _places(pictures: Sequence[Sequence[object]]) -> Whole:
    return np.repeat(np.arange(len(pictures), dtype=np.int32), [len(boxes) for boxes in pictures])


def _labels(boxes: Sequence[Annotation] | Sequence[Prediction]) -> Whole:
    return np.array([one.label for one in boxes], np.int32)


def _boxes(boxes: Sequence[Annotation] | Sequence[Prediction]) -> Real:
    return np.array([one.box.as_tuple() for one in boxes], np.float64).reshape(-1, 4)

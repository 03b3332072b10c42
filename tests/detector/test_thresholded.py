from __future__ import annotations

import numpy as np
import pytest

from detector.box_columns import Found, Truths
from detector.domain import Annotation, Box, ImageSize, Prediction
from detector.matching import pairs, taken
from detector.thresholded import AtThreshold, at_threshold
from tests.detector.coco_reference import labels_of

HERE, THERE, FAR = Box(0, 0, 40, 40), Box(100, 0, 140, 40), Box(200, 100, 240, 140)
TRUTHS = Truths.of([[Annotation(HERE, 0), Annotation(THERE, 1)], [Annotation(HERE, 0)], []])
FOUND = Found.of(
    [
        [Prediction(HERE, 0, 0.9), Prediction(THERE, 0, 0.8)],  # the second one is of the other class
        [Prediction(FAR, 1, 0.7), Prediction(HERE, 0, 0.3)],
        [Prediction(FAR, 1, 0.6)],
    ]
)


def seen_from(threshold: float) -> AtThreshold:
    hit = taken(pairs(TRUTHS, FOUND, 3), len(FOUND), len(TRUTHS)) >= 0
    return at_threshold(TRUTHS, FOUND, hit, [ImageSize(300, 200)] * 3, labels_of(2), [threshold] * 2)


def test_what_is_shown_and_right_depends_on_the_threshold() -> None:
    low, high = seen_from(0.2).all, seen_from(0.5).all
    assert (low.boxes, low.shown, low.right) == (3, 5, 2)
    assert (high.boxes, high.shown, high.right) == (3, 4, 1)
    assert (high.precision, high.recall, high.f1) == pytest.approx((1 / 4, 1 / 3, 2 / 7))


def test_the_confusion_has_a_row_for_what_is_not_there_and_a_column_for_what_was_missed() -> None:
    assert np.array_equal(seen_from(0.5).confusion, [[1, 0, 1], [1, 0, 0], [0, 2, 0]])


def test_counts_are_off_by_what_is_shown_too_much_or_too_little() -> None:
    both = seen_from(0.5)
    every, first, second = both.all.count, both.per_class[0].count, both.per_class[1].count
    assert every and first and second
    assert (every.mean, every.mean_absolute, every.exact) == pytest.approx((1 / 3, 1 / 3, 2 / 3))  # 0, 0, +1
    assert (first.mean, first.mean_absolute, first.exact) == pytest.approx((0, 2 / 3, 1 / 3))  # +1, -1, 0
    assert (second.mean, second.mean_absolute, second.exact) == pytest.approx((1 / 3, 1, 0))  # -1, +1, +1

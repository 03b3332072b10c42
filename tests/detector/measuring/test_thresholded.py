from __future__ import annotations

import numpy as np
import pytest
from hotcoco import COCO, COCOeval

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.hits import near_truths, of_one_class, taken
from detector.measuring.pairing import xywh
from detector.measuring.thresholded import AtThreshold, at_threshold
from tests.detector.coco_reference import scene

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
    return looked_at(TRUTHS, FOUND, 3, [threshold] * 2)


def looked_at(truths: Truths, found: Found, images: int, thresholds: list[float]) -> AtThreshold:
    near = near_truths(truths, found)
    hit = taken(of_one_class(near, truths, found), len(found), len(truths)) >= 0
    return at_threshold(truths, found, hit, taken(near, len(found), len(truths)), images, thresholds)


def test_what_is_shown_and_right_depends_on_the_threshold() -> None:
    low, high = seen_from(0.2).all, seen_from(0.5).all
    assert (low.boxes, low.shown, low.right) == (3, 5, 2)
    assert (high.boxes, high.shown, high.right) == (3, 4, 1)
    assert (high.precision, high.recall, high.f1) == pytest.approx((1 / 4, 1 / 3, 2 / 7))


def test_the_confusion_has_a_row_for_what_is_not_there_and_a_column_for_what_was_missed() -> None:
    assert np.array_equal(seen_from(0.5).confusion, [[1, 0, 1], [1, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("threshold", [0.0, 0.6])
def test_the_confusion_is_that_of_hotcoco(seed: int, threshold: float) -> None:
    truths, found = scene(seed, images=12, most=40, classes=3)
    ours = looked_at(truths, found, 12, [threshold] * 3).confusion

    size = {"width": 640, "height": 480}
    truth = COCO.from_arrays(
        [{"id": n, **size} for n in range(1, 13)],
        [{"id": n, "name": str(n)} for n in range(1, 4)],
        truths.image + 1,
        truths.label + 1,
        xywh(truths.box),
    )
    rows = np.column_stack((found.image + 1, xywh(found.box), found.score, found.label + 1))
    theirs = COCOeval(truth, truth.load_res(rows), "bbox").confusion_matrix(max_det=1000, min_score=threshold)

    assert np.array_equal(ours, theirs["matrix"])


def test_counts_are_off_by_what_is_shown_too_much_or_too_little() -> None:
    both = seen_from(0.5)
    every, first, second = both.all.count, both.per_class[0].count, both.per_class[1].count
    assert every and first and second
    assert (every.mean, every.mean_absolute, every.exact) == pytest.approx((1 / 3, 1 / 3, 2 / 3))  # 0, 0, +1
    assert (first.mean, first.mean_absolute, first.exact) == pytest.approx((0, 2 / 3, 1 / 3))  # +1, -1, 0
    assert (second.mean, second.mean_absolute, second.exact) == pytest.approx((1 / 3, 1, 0))  # -1, +1, +1

from __future__ import annotations

import numpy as np
import pytest

from detector.measuring.confidence import calibration, confidence, shares
from detector.measuring.curves import Curves


def scored(*rows: tuple[int, float, bool], boxes: tuple[int, ...]) -> Curves:
    label, score, hit = (np.array(column) for column in zip(*rows, strict=True))
    labels = np.arange(len(boxes))
    return Curves.of(labels, label.astype(np.int32), score.astype(np.float64), hit.astype(bool), np.array(boxes), 1)


def test_from_each_threshold_up_precision_recall_and_f1_are_those_of_the_boxes_shown() -> None:
    rows = [(0, 0.29, True), (0, 0.5, False), (0, 0.9, True), (1, 0.995, False)]
    found = scored(*rows, boxes=(4, 1))

    mine, every = confidence(found, 0), confidence(found)

    at = {t: n for n, t in enumerate(mine.thresholds)}
    assert (mine.thresholds[0], mine.thresholds[-1]) == (0.01, 0.99)
    for threshold in (0.01, 0.29, 0.3, 0.5, 0.51, 0.9):
        shown = [(label, hit) for label, score, hit in rows if score >= threshold]
        for curve, label, boxes in ((mine, 0, 4), (every, None, 5)):
            theirs = [hit for of, hit in shown if label in (None, of)]
            n = at[threshold]
            assert curve.precision[n] == pytest.approx(sum(theirs) / len(theirs))
            assert curve.recall[n] == pytest.approx(sum(theirs) / boxes)
            assert curve.f1[n] == pytest.approx(2 * sum(theirs) / (len(theirs) + boxes))


def test_where_nothing_is_shown_precision_is_unknown_and_recall_nothing() -> None:
    curve = confidence(scored((0, 0.2, True), boxes=(2,)), 0)
    assert (curve.precision[50], curve.recall[50], curve.f1[50]) == (None, 0.0, 0.0)


def test_a_class_without_true_boxes_has_a_precision_only() -> None:
    curve = confidence(scored((0, 0.8, False), boxes=(0,)), 0)
    assert (curve.precision[9], curve.recall[9], curve.f1[9]) == (0.0, None, None)


def test_scores_that_come_true_have_no_calibration_error_and_boasts_have_one() -> None:
    honest = calibration(np.array([0.75] * 4), np.array([True, True, True, False]))
    boasting = calibration(np.array([0.9, 0.9, 1.0, 0.2]), np.array([True, False, False, False]))

    assert honest.error == pytest.approx(0.0)
    [full] = [one for one in honest.bins if one.boxes]
    assert (full.low, full.high, full.score, full.right) == (0.7, 0.8, pytest.approx(0.75), pytest.approx(0.75))
    # three of the last bin at a mean of 0.933, of which a third is right, and one at 0.2 that is wrong
    assert boasting.error == pytest.approx((3 * (2.8 / 3 - 1 / 3) + 0.2) / 4)
    assert boasting.bins[-1].boxes == 3


def test_a_share_of_nothing_is_unknown() -> None:
    assert shares(np.array([1, 0]), np.array([2, 0])) == (0.5, None)

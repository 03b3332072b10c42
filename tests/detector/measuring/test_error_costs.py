"""What each kind of mistake costs in AP."""

from __future__ import annotations

import pytest

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_costs import error_costs
from detector.measuring.error_kinds import IOUS, MistakeKind


def box(x: float) -> Box:
    return Box(x, 0, x + 10, 10)


TRUTHS = Truths.of([[Annotation(box(0), 0), Annotation(box(40), 0)], [Annotation(box(0), 0), Annotation(box(40), 0)]])


def test_the_kind_that_was_made_costs_what_is_lacking_and_the_others_nothing() -> None:
    right = [Prediction(box(0), 0, 0.9), Prediction(box(40), 0, 0.8)]
    found = Found.of([right, [Prediction(box(0), 0, 0.7), Prediction(box(45), 0, 0.6)]])
    costs = error_costs(TRUTHS, found, classes=1)
    assert [one.iou for one in costs] == list(IOUS)
    at_half = costs[0]
    assert at_half.ap == pytest.approx(0.75, abs=0.01)
    assert at_half.by_kind.pop(MistakeKind.BADLY_PLACED) == pytest.approx(1 - at_half.ap)
    assert set(at_half.by_kind.values()) == {0.0}


def test_missed_objects_cost_although_no_box_tells_of_them() -> None:
    found = Found.of([[Prediction(box(0), 0, 0.9), Prediction(box(40), 0, 0.8)], []])
    (at_half,) = error_costs(TRUTHS, found, classes=1, ious=[0.5])
    assert at_half.by_kind[MistakeKind.MISSED] == pytest.approx(1 - at_half.ap)


def test_all_is_missed_by_a_model_that_found_nothing() -> None:
    (at_half,) = error_costs(TRUTHS, Found.of([[], []]), classes=1, ious=[0.5])
    assert at_half.ap == 0.0


def test_where_nothing_is_true_there_is_nothing_to_lose() -> None:
    assert error_costs(Truths.of([[]]), Found.of([[Prediction(box(0), 0, 0.9)]]), classes=1) == []

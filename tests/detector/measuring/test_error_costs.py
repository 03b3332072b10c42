"""What each kind of mistake costs in AP."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hotcoco import COCO, COCOeval

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_costs import ErrorCosts, error_costs
from detector.measuring.error_kinds import BACKGROUND_IOU, IOUS, MistakeKind
from detector.measuring.pairing import xywh
from tests.detector.kind_counts import TIDE


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


def by_hotcoco(truths: Truths, found: Found, classes: int) -> list[ErrorCosts]:
    images = [{"id": place + 1} for place in range(PICTURES)]
    categories = [{"id": label + 1, "name": str(label)} for label in range(classes)]
    truth = COCO.from_arrays(images, categories, truths.image + 1, truths.label + 1, xywh(truths.box))
    rows = np.column_stack([found.image + 1.0, xywh(found.box), found.score, found.label + 1.0])
    run = COCOeval(truth, truth.load_res(rows), "bbox")
    run.evaluate()
    told = [run.tide_errors(iou, BACKGROUND_IOU) for iou in IOUS]
    return [
        ErrorCosts(iou, one["ap_base"], {kind: one["delta_ap"][name] for name, kind in TIDE.items()})
        for iou, one in zip(IOUS, told, strict=True)
    ]


PICTURES = 4


def some_boxes(random: np.random.Generator, most: int) -> list[tuple[Box, int]]:
    corners = random.integers(0, 60, (int(random.integers(0, most)), 2))
    sides = random.integers(8, 40, corners.shape)
    rows = np.concatenate([corners, corners + sides], axis=1).tolist()
    return [(Box(*row), int(random.integers(0, 3))) for row in rows]


def near(random: np.random.Generator, truths: Sequence[Annotation]) -> list[tuple[Box, int]]:
    """Several boxes about each object, some with another label."""
    moved = []
    for truth in truths:
        for _ in range(int(random.integers(0, 4))):
            x1, y1, x2, y2 = (side + int(random.integers(0, 8)) for side in truth.box.as_tuple())
            label = truth.label if random.random() < 0.7 else int(random.integers(0, 3))
            moved.append((Box(x1, y1, x2 + 8, y2 + 8), label))
    return moved


@pytest.mark.parametrize("seed", range(40))
def test_the_costs_are_those_of_hotcoco(seed: int) -> None:
    random = np.random.default_rng(seed)
    truths = [[Annotation(*one) for one in some_boxes(random, 9)] for _ in range(PICTURES)]
    seen = [near(random, of) + some_boxes(random, 6) for of in truths]
    found = [[Prediction(*one, round(random.random(), 2)) for one in boxes] for boxes in seen]
    columns = Truths.of(truths), Found.of(found), 3
    for ours, theirs in zip(error_costs(*columns), by_hotcoco(*columns), strict=True):
        assert ours.ap == pytest.approx(theirs.ap, abs=1e-9)
        assert ours.by_kind == pytest.approx(theirs.by_kind, abs=1e-9)


def test_of_a_class_the_best_hundred_boxes_of_a_picture_count() -> None:
    truths = Truths.of([[Annotation(box(0), 0)], *[[]] * (PICTURES - 1)])
    wrong = [Prediction(Box(0, 50 + n, 9, 59 + n), 0, 0.9 - n / 1000) for n in range(100)]
    found = Found.of([[*wrong, Prediction(box(0), 0, 0.1)], *[[]] * (PICTURES - 1)])
    (at_half, *_) = error_costs(truths, found, classes=1)
    assert at_half.ap == 0.0
    assert at_half.by_kind == pytest.approx(by_hotcoco(truths, found, 1)[0].by_kind)

from __future__ import annotations

import pytest
import torch

from detector.architectures.anchors import make_anchors
from detector.domain import ImageSize
from detector.errors import InvalidBox
from detector.learning.targets import assign

ANCHORS, _ = make_anchors(ImageSize(128, 96), 16.0, 9)


def boxes(*rows: tuple[float, float, float, float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def test_a_box_gets_the_anchors_that_overlap_it_and_its_own_label() -> None:
    found = assign(ANCHORS, boxes((10, 10, 40, 40), (60, 30, 100, 70)), torch.tensor([1, 0]))
    assert set(found.labels.tolist()) == {0, 1}
    assert len(found.positive) == len(found.boxes) == len(found.labels)
    assert not set(found.positive.tolist()) & set(found.ignored.tolist())


def test_a_box_outside_of_every_anchor_makes_no_anchor_positive() -> None:
    found = assign(ANCHORS, boxes((9000, 9000, 9010, 9010)), torch.tensor([0]))
    assert len(found.positive) == 0


def test_a_tiny_box_still_gets_its_best_anchor() -> None:
    found = assign(ANCHORS, boxes((50, 50, 53, 53)), torch.tensor([0]))
    assert 0 < len(found.positive) < 0.1 * len(ANCHORS)


@pytest.mark.parametrize("bad", [(float("nan"), 0, 5, 5), (5, 5, 5, 9), (9, 5, 5, 9)])
def test_a_box_that_is_none_stops_the_run(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(InvalidBox):
        assign(ANCHORS, boxes(bad), torch.tensor([0]))


def test_a_picture_without_boxes_has_no_positives_and_ignores_nothing() -> None:
    found = assign(ANCHORS, boxes(), torch.zeros(0, dtype=torch.int64))
    assert len(found.positive) == len(found.ignored) == 0
    assert found.boxes.shape == (0, 4)


def test_too_many_positives_are_refused() -> None:
    same = torch.tensor([[0.0, 0, 10, 10]]).repeat(1000, 1)
    with pytest.raises(InvalidBox, match="positive"):
        assign(same, boxes((0, 0, 10, 10)), torch.tensor([0]))

from __future__ import annotations

from pathlib import Path

import pytest

from detector.domain import Annotation, Box, ImageSize
from detector.learning.judging import ap50_to_beat, is_flattering
from detector.pictures.dataset import Example


def example(boxes: int, by_models: int) -> Example:
    annotations = tuple(Annotation(Box(n, 0, n + 1, 1), 0) for n in range(boxes))
    return Example(Path("x"), ImageSize(100, 100), annotations, "x", by_models)


@pytest.mark.parametrize(("boxes", "by_models", "flattering"), [(20, 2, False), (20, 3, True), (0, 0, False)])
def test_a_tenth_of_the_boxes_may_be_a_models(boxes: int, by_models: int, flattering: bool) -> None:
    assert is_flattering(boxes, by_models) is flattering


def test_what_is_to_be_beaten_is_a_little_less_than_the_parent_found() -> None:
    assert ap50_to_beat([example(10, 0), example(10, 5)], 0.8) == pytest.approx(0.79)
    assert ap50_to_beat([example(10, 0), example(10, 1)], 0.8) is None

"""A box that is none is refused with what is wrong with it."""

from __future__ import annotations

import math

import pytest

from detector.domain import Box
from detector.errors import InvalidBox

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("corners", "fault"),
    [
        ((NAN, 0, 1, 1), "four finite numbers"),
        ((0, 0, 1, NAN), "four finite numbers"),
        ((0, 0, INF, 1), "four finite numbers"),
        ((0, -INF, 1, 1), "four finite numbers"),
        ((-0.1, 0, 1, 1), "left of or above"),
        ((0, -3, 1, 1), "left of or above"),
        ((5, 0, 5, 1), "x1 < x2 and y1 < y2"),
        ((0, 2, 1, 1), "x1 < x2 and y1 < y2"),
    ],
)
def test_what_is_no_box_is_refused(corners: tuple[float, float, float, float], fault: str) -> None:
    with pytest.raises(InvalidBox, match=fault):
        Box(*corners)


@pytest.mark.parametrize("corners", [(0, 0, 1, 1), (-0.0, 0.0, 5e-324, 1e300), (1.5, 2.25, 1.75, 1000)])
def test_what_has_an_area_and_no_negative_corner_is_a_box(corners: tuple[float, float, float, float]) -> None:
    assert Box(*corners).as_tuple() == corners

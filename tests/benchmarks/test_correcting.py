"""A drag takes in what it is meant for and nothing else, and a corner is pulled while it can be reached."""

from __future__ import annotations

from benchmarks.correcting import pulled_in_turn, rejected_together
from detector.domain import Box


def at(x: float, y: float, side: float = 20.0) -> Box:
    return Box(x, y, x + side, y + side)


def test_false_boxes_side_by_side_go_together_and_one_behind_a_right_box_goes_alone() -> None:
    together = [at(10, 10), at(40, 10)]
    alone = at(200, 10)
    areas, single = rejected_together([*together, alone], [at(120, 10)])
    assert len(areas) == 1
    assert single == [alone]
    assert rejected_together(together, [at(25, 10)]) == ([], together)


def test_a_corner_under_a_box_put_right_before_is_pulled_before_it_or_not_at_all() -> None:
    large, small, apart = (
        (at(10, 10, 80), at(10, 10, 100)),
        (at(30, 30), at(30, 30, 25)),
        (at(300, 10), at(300, 10, 25)),
    )
    shown = [large[0], small[0], apart[0]]
    assert pulled_in_turn([small, large, apart], shown) == ([0, 1, 2], [])
    assert pulled_in_turn([large, small, apart], shown) == ([0, 2], [1])


def test_a_corner_that_another_handle_hides_is_not_pulled() -> None:
    one, other = (at(10, 10), at(10, 10, 25)), at(30, 30)
    assert pulled_in_turn([one], [one[0], other]) == ([], [0])

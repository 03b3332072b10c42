"""Presses are counted as the rules say, and every rule of a rival names its source."""

from __future__ import annotations

import pytest

from benchmarks.effort_rivals import CVAT_SINGLE_SHAPE, CVAT_STANDARD, MAKESENSE_AI, OURS, RIVALS, Way, Work, presses

CELLS = Work(("red", "red", "white"))
FAULTY = Work(("white",), rejected=1, relabelled=1, adjusted=1)


@pytest.mark.parametrize(
    ("way", "work", "expected"),
    [
        pytest.param(OURS, [CELLS], 3 + 1 + 1, id="three drags, one other class, done"),
        pytest.param(OURS, [CELLS, CELLS], 2 * 5, id="the second image begins with the class that is set"),
        pytest.param(CVAT_STANDARD, [CELLS], 1 + 6 + 1 + 1, id="a key before each box, and one to save"),
        pytest.param(CVAT_SINGLE_SHAPE, [CELLS], 1 + 3 + 2 + 1, id="two clicks for another class"),
        pytest.param(MAKESENSE_AI, [FAULTY], 1 + 1 + 2 + 2 + 1 + 1, id="click, then a key"),
        pytest.param(OURS, [Work()], 1, id="nothing to do is one press"),
    ],
)
def test_presses_are_the_fewest_that_the_rules_allow(way: Way, work: list[Work], expected: int) -> None:
    assert presses(way, work, "red") == expected


@pytest.mark.parametrize("way", RIVALS, ids=lambda way: way.name)
def test_every_act_of_a_rival_says_where_it_is_written(way: Way) -> None:
    assert all("github.com/" in cost.source and cost.how for cost in way.costs.values())

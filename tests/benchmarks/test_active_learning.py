"""The figures of `benchmarks.active_learning`, from courses made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.active_learning import figures, interval, needed


def course(way: str, seed: int, *reached: float) -> dict[str, Any]:
    rounds = [{"images": 10 * n, "boxes": 100 * n, "test_ap50": ap50} for n, ap50 in enumerate(reached, start=1)]
    return {"way": way, "seed": seed, "rounds": rounds}


def test_labels_needed_lie_between_two_rounds_in_proportion() -> None:
    rounds = course("random", 0, 0.5, 0.7, 0.9, 0.8)["rounds"]
    assert needed(rounds, 0.8, "images") == pytest.approx(25)
    assert needed(rounds, 0.8, "boxes") == pytest.approx(250)
    assert needed(rounds, 0.4, "images") == 10
    assert needed(rounds, 0.95, "images") is None


def test_an_interval_is_students() -> None:
    assert interval([1.0, 2.0, 3.0]) == (-0.5, 4.5)
    assert interval([1.0]) is None


def test_savings_are_those_against_random_with_the_same_seed() -> None:
    courses = {
        "advised": {
            0: course("advised", 0, 0.5, 0.9, 0.9),
            1: course("advised", 1, 0.9, 0.9),
            2: course("advised", 2, 0.1),
        },
        "random": {0: course("random", 0, 0.5, 0.5, 0.9), 1: course("random", 1, 0.5, 0.8)},
    }
    told = figures(courses, {0: 1.0, 1: 1.0})
    assert told["ap50_to_reach"] == {"0.9": 0.9, "0.95": 0.95}
    rows = [row for row in told["needed"] if row["share"] == 0.9]
    [images] = [row for row in rows if row["way"] == "advised" and row["labels"] == "images"]
    assert images["by seed"] == [20, 10, None]
    assert (images["fewer than random"], images["95 %"]) == (10, (10, 10)), "one that never got there took all it had"
    above = told["ap50_over_rounds"][0]
    assert (above["way"], above["points above random"]) == ("advised", pytest.approx(15))
    [chance] = [row for row in rows if row["way"] == "random" and row["labels"] == "boxes"]
    assert (chance["mean"], chance["by seed"], chance["fewer than random"]) == (300, [300, None], None)
    assert told["mean_ap50"] == {"advised": {"10": 0.5}, "random": {"10": 0.5, "20": 0.65}}

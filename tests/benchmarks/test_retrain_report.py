"""The figures of `benchmarks.retrain`, from runs made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import retrain_report


def curve(*marks: tuple[float, float]) -> list[dict[str, Any]]:
    return [{"seconds": seconds, "test_ap50": ap50, "test_ap": ap50 / 2} for seconds, ap50 in marks]


def peer(*marks: tuple[float, float], kept: float, seconds: float) -> dict[str, Any]:
    return {"seconds": seconds, "final": {"ap": kept / 2, "ap50": kept}, "curve": curve(*marks)}


def ours(*marks: tuple[float, float], seconds: float, cancelled: bool = False) -> dict[str, Any]:
    return {"seconds": seconds, "cancelled": cancelled, "curve": curve(*marks)}


R = {
    0: peer((100, 0.7), (400, 0.887), (700, 0.89), kept=0.89, seconds=700),
    1: peer((100, 0.7), (600, 0.9), (700, 0.91), kept=0.91, seconds=720),
}


def test_the_time_to_an_ap50_is_that_of_the_first_mark_that_has_it() -> None:
    marks = curve((1, 0.4), (2, 0.6), (3, 0.5), (4, 0.7))
    assert retrain_report.seconds_to(marks, 0.5) == 2
    assert retrain_report.seconds_to(marks, 0.8) is None


def test_ours_is_timed_to_the_mean_of_what_the_peer_ends_with_less_a_little() -> None:
    cold = {0: ours((10, 0.6), (40, 0.896), seconds=300), 1: ours((9, 0.5), (60, 0.9), seconds=300)}
    said = retrain_report.against({"R": R, "cold": cold}, "R")
    assert said["test_ap50_to_reach"] == pytest.approx(0.895)
    assert said["peer_seconds_until_reached"] == pytest.approx((400 + 700) / 2)
    assert said["peer_seconds_until_end"] == pytest.approx(710)
    (row,) = said["ours"]
    assert row["seconds"] == 50
    assert row["sooner_than_peer_reaches_it"] == 11
    assert row["sooner_than_peer_ends"] == 14.2


def test_a_seed_that_never_gets_there_leaves_no_ratio() -> None:
    cold = {0: ours((40, 0.896), seconds=300), 1: ours((60, 0.8), seconds=300)}
    (row,) = retrain_report.against({"R": R, "cold": cold}, "R")["ours"]
    assert row["seconds"] is None
    assert row["sooner_than_peer_ends"] is None
    assert row["got_there"] == "1 of 2"


def test_a_run_that_was_cancelled_says_nothing_about_where_it_ends() -> None:
    runs = {"R": R, "warm": {0: ours((10, 0.6), seconds=200, cancelled=True)}, "cold": {0: ours((9, 0.7), seconds=300)}}
    rows = {row["what"]: row for row in retrain_report.finals(runs)}
    assert set(rows) == {"R", "cold"}
    assert rows["R"]["ap50"] == pytest.approx(0.9)
    assert rows["R"]["ap_by_seed"] == [0.445, 0.455]
    assert rows["cold"]["ap50"] == 0.7


def test_limited_runs_stand_by_their_minutes() -> None:
    limited = {
        "limit 10": {0: {"ap": 0.5, "ap50": 0.9, "seconds": 601.0}},
        "limit 1.5": {0: {"ap": 0.4, "ap50": 0.8, "seconds": 91.0}, 1: {"ap": 0.4, "ap50": 0.9, "seconds": 92.0}},
    }
    rows = retrain_report.figures({**limited, "cold": {0: ours((9, 0.7), seconds=300)}})["limited"]
    assert [row["minutes"] for row in rows] == [1.5, 10]
    assert rows[0]["ap50"] == pytest.approx(0.85)

from __future__ import annotations

import pytest

from detector.learning.pacing import EARLIER_SHARE, LONGEST_RESERVE, WORTH_IT, Pace
from detector.learning.staging import Stage
from detector.runs import Scope


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


HEAD = Stage("head", Scope.HEAD, 10, 1e-3, "", seconds=20.0)
DEEP = Stage("deep", Scope.DEEP, 30, 1e-3, "", seconds=90.0)


def pace(limit: float | None, used: float = 0.0, reached: int = 0) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace((HEAD, DEEP), limit, clock.now, used, clock, reached), clock


def test_the_first_stage_gets_at_most_its_share_of_the_limit_and_the_last_one_the_rest() -> None:
    run, clock = pace(100.0)
    run.enter(0, 0)
    clock.now += 100 * EARLIER_SHARE - 0.1
    assert not run.stage_is_over()
    clock.now += 0.2
    assert run.stage_is_over()
    assert not run.time_is_up()
    run.enter(1, 0)
    assert not run.stage_is_over()
    clock.now = 1000 + 99.9
    assert not run.time_is_up()
    clock.now += 0.2
    assert run.stage_is_over()
    assert run.time_is_up()


def test_what_ending_takes_is_kept_free_but_never_most_of_the_time() -> None:
    run, clock = pace(100.0)
    run.enter(1, 0)
    run.reserve = 8.0
    clock.now += 91.9
    assert not run.time_is_up()
    clock.now += 0.2
    assert run.time_is_up()
    run.reserve = 80.0
    clock.now = 1000 + 100 * (1 - LONGEST_RESERVE) - 0.1
    assert not run.time_is_up()
    clock.now += 0.2
    assert run.time_is_up()


@pytest.mark.parametrize(("limit", "names"), [(None, 2), (WORTH_IT * 20 + 1, 2), (WORTH_IT * 20 - 1, 1), (0.001, 1)])
def test_with_little_time_the_second_stage_is_left_out(limit: float | None, names: int) -> None:
    run, _ = pace(limit)
    assert len(run.stages) == names


def test_the_only_stage_left_gets_all_of_the_time() -> None:
    run, clock = pace(10.0)
    run.enter(0, 0)
    clock.now += 9.9
    assert not run.stage_is_over()


def test_a_stage_that_was_reached_is_never_left_out() -> None:
    """A run may go on with less time than it began with."""
    run, _ = pace(1.0, used=50.0, reached=1)
    assert [stage.name for stage in run.stages] == ["head", "deep"]
    run.enter(1, 3)
    assert run.time_is_up()


def test_what_was_used_before_a_break_counts() -> None:
    run, clock = pace(100.0, used=70.0)
    assert run.seconds() == 70.0
    run.enter(1, 2)
    clock.now += 31
    assert run.time_is_up()


def test_without_a_limit_only_epochs_count() -> None:
    run, clock = pace(None)
    run.enter(0, 0)
    clock.now += 1e6
    assert not run.stage_is_over()
    assert not run.time_is_up()
    assert run.share_done(2.5) == 0.25
    assert run.share_done(11) == 1.0


def test_the_rate_has_fallen_when_the_time_is_up() -> None:
    """By the clock where that is ahead of the epochs, from the first step on: what came before was getting ready."""
    run, clock = pace(100.0)
    run.enter(0, 0)
    clock.now += 20
    run.first_step()
    assert run.share_done(0.0) == 0.0
    clock.now += 20
    assert run.share_done(0.1) == pytest.approx(0.5)
    assert run.share_done(9.0) == 0.9
    clock.now += 20
    assert run.share_done(0.2) == pytest.approx(1.0)
    assert run.stage_is_over()


def test_the_time_left_is_guessed_from_the_epochs_so_far_and_never_past_the_limit() -> None:
    run, clock = pace(None)
    run.enter(0, 0)
    run.first_step()
    assert run.seconds_left(0) is None
    clock.now += 8  # two epochs, at twice the time that was guessed
    assert run.seconds_left(2) == pytest.approx(8 * 4 + 2 * 90)
    run.enter(1, 0)
    clock.now += 3
    assert run.seconds_left(1) == pytest.approx(29 * 3)
    limited, clock = pace(60.0)
    limited.enter(0, 0)
    assert limited.seconds_left(0) == 60.0
    clock.now += 8
    assert limited.seconds_left(2) == pytest.approx(52)


def test_epochs_before_a_break_do_not_make_the_others_look_quick() -> None:
    run, clock = pace(None, used=500.0)
    run.enter(1, 10)
    run.first_step()
    clock.now += 6
    assert run.seconds_left(12) == pytest.approx(18 * 3)

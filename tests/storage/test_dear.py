"""Dear counts: a small one is always fresh, a large one is given at once and counted anew beside."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.dear import LONGEST, OLDEST, TIMES, Dear


class Counter:
    """Counts how often it was asked; each time takes so many seconds of its clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 100.0
        self.asked = 0

    def clock(self) -> float:
        return self.now

    def count(self) -> int:
        self.asked += 1
        self.now += self.seconds
        return self.asked


class Later:
    """Keeps what shall be done beside until the test lets it happen."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def __call__(self, work: Callable[[], object]) -> None:
        self.waiting.append(work)

    def happen(self) -> None:
        while self.waiting:
            self.waiting.pop()()


def always(_: int) -> bool:
    return True


@pytest.fixture
def later() -> Later:
    return Later()


def test_a_small_count_is_always_fresh_however_long_it_took(later: Later) -> None:
    slow = Counter(1.0)
    dear: Dear[int] = Dear(lambda answer: answer > 3, later, slow.clock)
    assert [dear.get(1, slow.count) for _ in range(5)] == [1, 2, 3, 4, 4]
    assert not later.waiting


@pytest.mark.parametrize(("took", "holds"), [(0.1, 0.1 * TIMES), (9.0, LONGEST)])
def test_a_large_count_is_given_for_a_while_then_at_once_too_but_renewed_beside(
    took: float, holds: float, later: Later
) -> None:
    slow = Counter(took)
    dear: Dear[int] = Dear(always, later, slow.clock)
    assert dear.get(1, slow.count) == 1
    slow.now += holds - 0.01
    assert dear.get(1, slow.count) == 1
    assert not later.waiting
    slow.now += 0.02
    assert [dear.get(1, slow.count) for _ in range(3)] == [1, 1, 1]
    assert len(later.waiting) == 1  # once, whoever asks meanwhile
    later.happen()
    assert dear.get(1, slow.count) == 2
    assert not later.waiting


def test_a_large_count_that_nobody_asked_for_in_a_long_time_is_counted_before_it_is_given(later: Later) -> None:
    slow = Counter(0.1)
    dear: Dear[int] = Dear(always, later, slow.clock)
    dear.get(1, slow.count)
    assert dear.get(2, slow.count) == 2  # another project
    slow.now += OLDEST
    assert dear.get(1, slow.count) == 3
    assert not later.waiting


def test_a_project_that_has_become_small_is_fresh_again(later: Later) -> None:
    slow = Counter(1.0)
    dear: Dear[int] = Dear(lambda answer: answer == 1, later, slow.clock)
    dear.get(1, slow.count)
    slow.now += LONGEST
    assert dear.get(1, slow.count) == 1
    later.happen()
    assert [dear.get(1, slow.count) for _ in range(2)] == [3, 4]


def test_a_count_that_began_earlier_and_ends_later_does_not_replace_a_newer_one(later: Later) -> None:
    clock = Counter(0.1)
    dear: Dear[int] = Dear(always, later, clock.clock)

    def slow() -> int:
        clock.now += OLDEST * 2  # until then the answer that we replace was too old, and somebody counted himself
        assert dear.get(1, clock.count) == 2
        return -1

    assert dear.get(1, clock.count) == 1
    clock.now += LONGEST
    dear.get(1, slow)
    later.happen()
    assert dear.get(1, clock.count) == 2


def test_an_error_is_passed_on_and_not_kept(later: Later) -> None:
    dear: Dear[int] = Dear(always, later)

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        dear.get(1, fail)
    assert dear.get(1, lambda: 4) == 4


def test_an_error_beside_leaves_the_answer_and_lets_it_be_tried_again(later: Later) -> None:
    slow = Counter(0.1)
    dear: Dear[int] = Dear(always, later, slow.clock)
    assert dear.get(1, slow.count) == 1
    slow.now += LONGEST

    def fail() -> int:
        raise LookupError

    assert dear.get(1, fail) == 1
    with pytest.raises(LookupError):
        later.happen()
    assert dear.get(1, slow.count) == 1
    assert len(later.waiting) == 1


def test_those_who_ask_at_the_same_moment_wait_for_one_count(later: Later) -> None:
    slow = Counter(1.0)
    dear: Dear[int] = Dear(always, later, slow.clock)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: dear.get(1, slow.count), range(4))) == [1, 1, 1, 1]

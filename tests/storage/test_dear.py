"""Dear counts: a small one is always fresh, a large one is given again for a moment, in proportion to what it took."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.dear import LONGEST, TIMES, Dear


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


def always(_: int) -> bool:
    return True


def test_a_small_count_is_always_fresh_however_long_it_took() -> None:
    slow = Counter(1.0)
    dear: Dear[int] = Dear(lambda answer: answer > 3, slow.clock)
    assert [dear.get(1, slow.count) for _ in range(5)] == [1, 2, 3, 4, 4]


@pytest.mark.parametrize(("took", "holds"), [(0.1, 0.1 * TIMES), (9.0, LONGEST + 9.0)])
def test_a_dear_count_is_given_again_for_a_while(took: float, holds: float) -> None:
    slow = Counter(took)
    dear: Dear[int] = Dear(always, slow.clock)
    start = slow.now
    assert dear.get(1, slow.count) == 1
    assert dear.get(2, slow.count) == 2  # another project
    slow.now = start + min(holds, LONGEST) - 0.01
    assert dear.get(1, slow.count) == (1 if slow.now < start + LONGEST else 3)
    slow.now = start + holds + took + 0.02
    assert dear.get(1, slow.count) == 3


def test_an_error_is_passed_on_and_not_kept() -> None:
    dear: Dear[int] = Dear(always)

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        dear.get(1, fail)
    assert dear.get(1, lambda: 4) == 4


def test_those_who_ask_at_the_same_moment_wait_for_one_count() -> None:
    slow = Counter(1.0)
    dear: Dear[int] = Dear(always, slow.clock)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: dear.get(1, slow.count), range(4))) == [1, 1, 1, 1]

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from detector.threads import PERIOD, TRIAL, ThreadTuner


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(tuner: ThreadTuner, steps: int, seconds: dict[int, float]) -> list[int]:
    used = []
    for _ in range(steps):
        used.append(torch.get_num_threads())
        tuner.step_took(seconds[torch.get_num_threads()])
    return used


def test_fewer_threads_are_used_while_they_are_clearly_quicker_and_more_again_later() -> None:
    torch.set_num_threads(2)
    tuner = ThreadTuner(2)
    busy = run(tuner, PERIOD, {2: 1.7, 1: 0.7})
    assert busy[:TRIAL] == [2] * TRIAL
    assert set(busy[TRIAL:]) == {1}
    quiet = run(tuner, PERIOD, {2: 0.2, 1: 0.3})
    assert quiet[-1] == 2
    tuner.restore()
    assert torch.get_num_threads() == 2


def test_a_trial_that_brings_little_changes_nothing() -> None:
    torch.set_num_threads(2)
    used = run(ThreadTuner(2), PERIOD, {2: 1.0, 1: 0.95})
    assert used.count(1) == TRIAL
    assert used[-1] == 2


@pytest.mark.parametrize(("most", "active"), [(1, True), (2, False)])
def test_there_may_be_nothing_to_choose(most: int, active: bool) -> None:
    torch.set_num_threads(most)
    assert set(run(ThreadTuner(most, active), 2 * PERIOD, {most: 1.0})) == {most}

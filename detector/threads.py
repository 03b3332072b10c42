"""How many CPU threads a run really uses.

When other programs are busy, torch's threads wait for each other at every layer: measured on 2 cores with two busy
neighbours, a training step took 1.7 s with two threads and 0.7 s with one. So a run tries fewer threads now and then.
"""

from __future__ import annotations

from statistics import median

import torch

PERIOD = 60  # steps from one trial to the next
TRIAL = 4  # steps of a trial; the first of them is not counted, as it warms up
CLEARLY = 0.9  # fewer threads, or more again, must need less than this share of the time


class ThreadTuner:
    """Told the seconds of each step, sets torch's thread count to the quicker of two.

    Args:
        most: threads the run may use.   active: False leaves the count alone.
    """

    def __init__(self, most: int, active: bool = True) -> None:
        self.counts = (most, max(1, most // 2))
        self.active = active and most > 1
        self.current = 0  # index into counts
        self._steps = 0
        self._trial: list[float] = []
        self._usual: list[float] = []

    def step_took(self, seconds: float) -> None:
        """Take note of a step that was computed with the present count, and set the count of the next."""
        if not self.active:
            return
        place = self._steps % PERIOD
        self._steps += 1
        if place < TRIAL:
            self._usual.append(seconds)
        elif place < 2 * TRIAL:
            self._trial.append(seconds)
        if place == TRIAL - 1:
            self._use(1 - self.current)
        elif place == 2 * TRIAL - 1:
            if median(self._trial[1:]) > CLEARLY * median(self._usual[1:]):
                self._use(1 - self.current)
            self._trial, self._usual = [], []

    def restore(self) -> None:
        self._use(0)

    def _use(self, index: int) -> None:
        self.current = index
        torch.set_num_threads(self.counts[index])

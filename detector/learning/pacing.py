"""The clock of a run: how far a stage is, by its epochs or by the time limit, and how long the run will yet take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from detector.learning.staging import Stage

EARLIER_SHARE = 0.6  # of the time limit, for all stages before the last
LONGEST_RESERVE = 0.3  # of the time limit, kept for the validation at its end
WORTH_IT = 1.4  # times what the first stage needs must be there, so that a second one is begun


class Pace:
    """Counts from the first moment of the run.

    Args:
        limit: wall clock seconds of the whole run, or None.
        used: seconds that the run had taken before it was broken off.   reached: index of the stage that it was in.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        limit: float | None,
        began: float,
        used: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        reached: int = 0,
    ) -> None:
        self._clock = clock
        self._began = began - used
        self.limit = limit
        # A first stage cut short and a second one that hardly begins are worse than the first one alone.
        both = limit is None or reached > 0 or limit >= WORTH_IT * stages[0].seconds
        self.stages = tuple(stages if both else stages[:1])
        self.reserve = 0.0  # seconds that ending takes, as far as is known
        self._stage = 0
        self._stage_began = self.seconds()
        self._first_epoch = 0.0

    def seconds(self) -> float:
        """Wall clock since the run began."""
        return self._clock() - self._began

    def enter(self, stage: int, epochs_done: int) -> None:
        """A stage begins, or goes on after this many epochs of it."""
        self._stage, self._stage_began, self._first_epoch = stage, self.seconds(), float(epochs_done)

    def first_step(self) -> None:
        """What came before was getting ready, and says nothing of how long an epoch takes."""
        self._stage_began = self.seconds()

    def stage_is_over(self) -> bool:
        """Whether the time of the stage at hand is up."""
        limit = self._stage_limit()
        return limit is not None and self.seconds() + self._reserved() >= limit

    def time_is_up(self) -> bool:
        return self.limit is not None and self.seconds() + self._reserved() >= self.limit

    def share_done(self, epochs: float) -> float:
        """0..1: how much of the stage is done after this many epochs of it, by epochs or by the clock."""
        share = epochs / self.stages[self._stage].epochs
        limit = self._stage_limit()
        if limit is not None:
            begun = self._stage_began
            share = max(share, (self.seconds() - begun) / max(1e-6, limit - self._reserved() - begun))
        return min(1.0, share)

    def seconds_left(self, epochs: float) -> float | None:
        """A guess after this many epochs of the stage; None before there is one. Never past the limit."""
        left = self._by_epochs(epochs)
        if self.limit is not None:
            until = max(0.0, self.limit - self.seconds())
            left = until if left is None else min(left, until)
        return left

    def _by_epochs(self, epochs: float) -> float | None:
        done = epochs - self._first_epoch
        if done <= 0:
            return None
        stage = self.stages[self._stage]
        each = (self.seconds() - self._stage_began) / done
        slower = each * stage.epochs / stage.seconds if stage.seconds else 1.0  # than was guessed beforehand
        later = sum(later.seconds for later in self.stages[self._stage + 1 :])
        return each * (stage.epochs - epochs) + slower * later

    def _stage_limit(self) -> float | None:
        if self.limit is None:
            return None
        return self.limit if self._stage == len(self.stages) - 1 else EARLIER_SHARE * self.limit

    def _reserved(self) -> float:
        return min(self.reserve, LONGEST_RESERVE * self.limit) if self.limit is not None else 0.0

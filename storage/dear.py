"""Counts over a whole project that many pages ask for: of a large project they are given again for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

TIMES = 10  # it is given again for so many times as long as it took: a tenth of one core goes into it at most
LONGEST = 5.0  # seconds


class Dear(Generic[Answer]):
    """Answers by project. That of a small project is counted anew each time, however slow the machine is just now.

    Threads may share it; those who ask at the same moment wait for one count.

    Args:
        is_large: whether an answer is that of a large project.
        clock: seconds that never go back.
    """

    def __init__(self, is_large: Callable[[Answer], bool], clock: Callable[[], float] = time.perf_counter) -> None:
        self._is_large = is_large
        self._clock = clock
        self._locks: dict[int, Lock] = {}
        self._known: dict[int, tuple[Answer, float]] = {}  # with the moment until which it holds

    def get(self, project_id: int, count: Callable[[], Answer]) -> Answer:
        """The answer of a moment ago, else that of `count`, whose errors are passed on."""
        with self._locks.setdefault(project_id, Lock()):
            answer, until = self._known.get(project_id, (None, float("-inf")))
            start = self._clock()
            if answer is not None and start < until:
                return answer
            fresh = count()
            self._known.pop(project_id, None)
            if self._is_large(fresh):
                took = self._clock() - start
                self._known[project_id] = (fresh, start + min(took * TIMES, LONGEST))
            return fresh

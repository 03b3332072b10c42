"""Counts over a whole project that many pages ask for: of a large project they are those of a moment ago, at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

TIMES = 10  # it is given again for so many times as long as it took: a tenth of one core goes into it at most
LONGEST = 5.0  # seconds after which it is counted anew, however long that takes
OLDEST = 10.0  # seconds; an answer that is older is given to nobody


@dataclass(frozen=True, slots=True)
class _Known(Generic[Answer]):
    """An answer, the moment from which it is, the one from which on it is counted anew, and the last to give it."""

    answer: Answer
    at: float
    renewed_from: float
    until: float


class Dear(Generic[Answer]):
    """Answers by project. That of a small project is counted anew each time, however slow the machine is just now.

    That of a large one is given for a while, and then once more at once while it is counted anew beside. Nobody gets
    one that is older than OLDEST seconds and what it took to count. Threads may share it; of those who have to wait one
    counts for all.

    Args:
        is_large: whether an answer is that of a large project.
        beside: has something done without waiting for it (storage.beside), before the database is closed.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        is_large: Callable[[Answer], bool],
        beside: Callable[[Callable[[], object]], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._is_large = is_large
        self._beside = beside
        self._clock = clock
        self._counting: dict[int, Lock] = {}
        self._guard = Lock()
        self._known: dict[int, _Known[Answer]] = {}
        self._renewing: set[int] = set()

    def get(self, project_id: int, count: Callable[[], Answer]) -> Answer:
        """The answer of a moment ago, else that of `count`, whose errors are passed on.

        Args:
            count: may be called later, in another thread: it opens its own transaction.
        """
        if (known := self._recent(project_id)) is None:
            with self._counting.setdefault(project_id, Lock()):
                known = self._recent(project_id)  # somebody may have counted while we waited
                if known is None:
                    return self._count(project_id, count)
        if self._clock() >= known.renewed_from:
            self._renew(project_id, count)
        return known.answer

    def _recent(self, project_id: int) -> _Known[Answer] | None:
        with self._guard:
            known = self._known.get(project_id)
        return known if known is not None and self._clock() < known.until else None

    def _count(self, project_id: int, count: Callable[[], Answer]) -> Answer:
        start = self._clock()
        answer = count()
        end = self._clock()
        with self._guard:
            before = self._known.get(project_id)
            if before is None or before.at <= start:  # else a later one has ended sooner
                self._known.pop(project_id, None)
                if self._is_large(answer):
                    self._known[project_id] = _Known(
                        answer, start, end + min((end - start) * TIMES, LONGEST), end + OLDEST
                    )
        return answer

    def _renew(self, project_id: int, count: Callable[[], Answer]) -> None:
        """Have it counted beside, unless somebody has asked for that already."""
        with self._guard:
            if project_id in self._renewing:
                return
            self._renewing.add(project_id)

        def renew() -> None:
            try:
                self._count(project_id, count)
            finally:
                with self._guard:
                    self._renewing.discard(project_id)

        self._beside(renew)

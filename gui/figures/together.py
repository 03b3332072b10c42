"""Figures that several people ask for at once are computed once, and those of many images one after another."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from threading import Lock
from typing import Any, TypeVar, cast

from storage.image_filter import ImageFilter
from storage.store import Store

LARGE = 20_000  # images, from which on figures take up to 2 GB while they are computed: one of them at a time
Answer = TypeVar("Answer")


class Together:
    """Answers questions, each by one of those who asked it; the others wait for that. Threads may share it.

    Who asks while an answer is being computed waits for the next one, since boxes may have been saved since it was
    begun. So as many as ever ask for the same at once, it is computed twice at most. Never ask while answering.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._coming: dict[Hashable, Future[Any]] = {}  # what has not begun
        self._last: dict[Hashable, Future[Any]] = {}  # of those who come one after another, the one who came last

    def get(self, project_id: int, wanted: ImageFilter, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """What `answer` returns, or raises, when somebody computes it after this call.

        Args:
            project_id, wanted: the images that the answer is about; more than 20,000 of them wait for others as large.
            question: the same for all who may share an answer about these images.
        """
        key = (project_id, wanted, question)
        queue = "large" if self._store.pages.count(project_id, wanted) > LARGE else key
        mine: Future[Any] = Future()
        with self._lock:
            if (coming := self._coming.get(key)) is None:
                self._coming[key] = mine
                before = self._last.get(queue)
                self._last[queue] = mine
        if coming is not None:
            return cast(Answer, coming.result())
        if before is not None:
            wait([before])
            del before  # and with it what it found, which may be large
        with self._lock:
            del self._coming[key]
        try:
            mine.set_result(found := answer())
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                if self._last.get(queue) is mine:
                    del self._last[queue]
        return found

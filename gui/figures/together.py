"""Figures that several people ask for at once are computed once, and those of many images one after another."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from typing import Any, TypeVar, cast

from gui import asker
from gui.messages import ManyWait, NobodyWaits
from storage.image_filter import ImageFilter
from storage.store import Store

LARGE = 20_000  # images, from which on figures take 0.2 to 1 GB while they are computed: one of them at a time
MOST_AT_ONCE = 32  # who wait or answer, each in one of the server's 40 threads: the others are for all else, as saving
LOOK_SECONDS = 0.5  # after which those who wait look whether they still have to
Answer = TypeVar("Answer")


@dataclass(eq=False)
class _Question:
    """One that somebody waits for.

    Attributes:
        line: the questions that are answered one after another, this one among them, the first being next.
        askers: how many wait for it.
    """

    line: Hashable
    askers: int = 0
    begun: bool = False
    answer: Future[Any] = field(default_factory=Future)


class Together:
    """Answers questions, each by one of those who asked it; the others wait for that. Threads may share it.

    Who asks while an answer is being computed waits for the next one, since boxes may have been saved since it was
    begun. So as many as ever ask for the same at once, it is computed twice at most. A question is dropped before its
    turn once all pages that asked it have gone, or have asked for something else. Never ask while answering.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = Condition()
        self._coming: dict[Hashable, _Question] = {}  # what has not begun
        self._lines: dict[Hashable, list[_Question]] = {}  # what is being answered, and after it what has not begun

    def get(self, project_id: int, wanted: ImageFilter, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """What `answer` returns, or raises, when somebody computes it after this call.

        Args:
            project_id, wanted: the images that the answer is about; more than 20,000 of them wait for others as large.
            question: the same for all who may share an answer about these images.

        Raises:
            NobodyWaits: who asked has gone before the answer was there (see gui.asker).
            ManyWait: there are too many already.
        """
        key = (project_id, wanted, question)
        asked = self._ask(key, "large" if self._store.pages.count(project_id, wanted) > LARGE else key)
        try:
            while not asked.answer.done():
                if self._begins(key, asked):
                    self._answer(asked, answer)
                elif not asked.answer.done() and asker.is_gone():
                    raise NobodyWaits("Nobody waits for this answer any more.")
        finally:
            self._leave(key, asked)  # also where asking fails: a question without askers would hold up its line
        return cast(Answer, asked.answer.result())

    def _ask(self, key: Hashable, line: Hashable) -> _Question:
        with self._changed:
            if sum(one.askers for each in self._lines.values() for one in each) >= MOST_AT_ONCE:
                raise ManyWait("Many pages wait for figures just now. Try again in a moment.")
            asked = self._coming.get(key)
            if asked is None:
                asked = self._coming[key] = _Question(line)
                self._lines.setdefault(line, []).append(asked)
            asked.askers += 1
            return asked

    def _begins(self, key: Hashable, asked: _Question) -> bool:
        """Wait a while for its answer or its turn; whether it is for the caller to answer it."""

        def is_next() -> bool:
            return not asked.begun and self._lines[asked.line][0] is asked

        with self._changed:
            self._changed.wait_for(lambda: asked.answer.done() or is_next(), LOOK_SECONDS)
            if begins := is_next():
                asked.begun = True
                del self._coming[key]
            return begins

    def _answer(self, asked: _Question, answer: Callable[[], object]) -> None:
        try:
            asked.answer.set_result(answer())
        except BaseException as error:
            asked.answer.set_exception(error)
            raise
        finally:
            self._forget(asked)

    def _leave(self, key: Hashable, asked: _Question) -> None:
        with self._changed:
            asked.askers -= 1
            if not asked.askers and not asked.begun:
                del self._coming[key]
                self._forget(asked)

    def _forget(self, asked: _Question) -> None:
        with self._changed:
            line = self._lines[asked.line]
            line.remove(asked)
            if not line:
                del self._lines[asked.line]
            self._changed.notify_all()

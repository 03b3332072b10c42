from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock

import pytest

from gui.figures import together
from gui.figures.together import Together
from gui.services import Services
from storage.image_filter import ImageFilter
from tests.gui.labelled_project import LabelledProject
from tests.gui.waiting import until

EVERY = ImageFilter()


class Slow:
    """An answer that takes until it is told to end; counts how often it was computed, and how often at once."""

    def __init__(self) -> None:
        self.begun, self.at_once, self.most = 0, 0, 0
        self.end = Event()
        self._lock = Lock()

    def __call__(self) -> int:
        with self._lock:
            self.begun += 1
            self.at_once += 1
            self.most, mine = max(self.most, self.at_once), self.begun
        self.end.wait(60)
        with self._lock:
            self.at_once -= 1
        return mine


@pytest.fixture
def asking(services: Services) -> Together:
    return Together(services.store)


def test_ten_who_ask_for_the_same_at_once_wait_for_one_answer(
    asking: Together, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, waiting = Slow(), list[int]()

    class Counted(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            waiting.append(1)
            return super().result(timeout)

    monkeypatch.setattr(together, "Future", Counted)
    with ThreadPoolExecutor(11) as people:

        def ask() -> Future[int]:
            return people.submit(asking.get, made.project_id, EVERY, "figures", slow)

        first = ask()
        until(lambda: slow.begun == 1, "the first answer is being computed")
        others = [ask() for _ in range(10)]
        until(lambda: len(waiting) == 9, "one of the others stands for all of them")
        slow.end.set()
        assert first.result() == 1
        assert {one.result() for one in others} == {2}, "none is told what was read before it asked"
    assert slow.most == 1 and asking._coming == {} and asking._last == {}


def test_an_error_reaches_all_who_wait_for_it_and_is_not_kept(asking: Together, made: LabelledProject) -> None:
    slow = Slow()

    def fails() -> int:
        slow()
        raise ValueError("no such thing")

    with ThreadPoolExecutor(4) as people:
        first = people.submit(asking.get, made.project_id, EVERY, "figures", fails)
        until(lambda: slow.begun == 1, "the first answer is being computed")
        others = [people.submit(asking.get, made.project_id, EVERY, "figures", fails) for _ in range(3)]
        until(lambda: len(asking._coming) == 1, "the others wait")
        slow.end.set()
        for one in (first, *others):
            with pytest.raises(ValueError, match="no such thing"):
                one.result(60)
    assert asking._coming == {} and asking._last == {}
    assert asking.get(made.project_id, EVERY, "figures", lambda: 7) == 7


@pytest.mark.parametrize(("large", "at_once"), [(4, 1), (100, 2)])
def test_answers_about_many_images_are_computed_one_after_another(
    asking: Together, made: LabelledProject, monkeypatch: pytest.MonkeyPatch, large: int, at_once: int
) -> None:
    monkeypatch.setattr(together, "LARGE", large)
    slow = Slow()
    with ThreadPoolExecutor(2) as people:
        asked = [people.submit(asking.get, made.project_id, EVERY, question, slow) for question in ("a", "b")]
        until(lambda: len(asking._coming) + slow.begun == 2, "both have been asked")
        if at_once == 2:
            until(lambda: slow.begun == 2, "both are being computed")
        slow.end.set()
        for one in asked:
            one.result()
    assert slow.most == at_once

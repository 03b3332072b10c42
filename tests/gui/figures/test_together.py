from __future__ import annotations

import weakref
from collections.abc import Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock, Thread
from typing import Any

import anyio
import pytest

from gui import asker
from gui.figures import together
from gui.figures.together import Together
from gui.messages import ManyWait, NobodyWaits
from gui.services import Services
from storage.image_filter import ImageFilter
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of
from tests.gui.waiting import until
from tests.gui.web import ADDRESS, PORT, Web

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


def test_ten_who_ask_for_the_same_at_once_wait_for_one_answer(asking: Together, made: LabelledProject) -> None:
    slow = Slow()
    with ThreadPoolExecutor(11) as people:

        def ask() -> Future[int]:
            return people.submit(asking.get, made.project_id, EVERY, "figures", slow)

        first = ask()
        until(lambda: slow.begun == 1, "the first answer is being computed")
        others = [ask() for _ in range(10)]
        until(lambda: [one.askers for one in asking._coming.values()] == [10], "the others wait for one answer")
        slow.end.set()
        assert first.result() == 1
        assert {one.result() for one in others} == {2}, "none is told what was read before it asked"
    assert slow.most == 1 and asking._coming == {} and asking._lines == {}


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
    assert asking._coming == {} and asking._lines == {}
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


class Figures:
    """Stands for some that take much memory."""


def test_figures_are_let_go_of_while_the_next_ones_are_computed(asking: Together, made: LabelledProject) -> None:
    slow, large = Slow(), list[weakref.ref[Figures]]()

    def compute() -> Figures:
        slow()
        large.append(weakref.ref(found := Figures()))
        return found

    first = Thread(target=lambda: asking.get(made.project_id, EVERY, "figures", compute))
    first.start()
    until(lambda: slow.begun == 1, "the first answer is being computed")

    def is_held() -> bool:
        first.join()
        return large[0]() is not None

    with ThreadPoolExecutor(1) as people:
        second = people.submit(asking.get, made.project_id, EVERY, "figures", is_held)
        until(lambda: len(asking._coming) == 1, "the second waits")
        slow.end.set()
        assert not second.result(60)


class Pages:
    """Those who ask, each in a thread of its own; any of them may go."""

    def __init__(self, people: ThreadPoolExecutor, asking: Together, project_id: int) -> None:
        self._people, self._asking, self._project_id = people, asking, project_id

    def ask(self, question: str, slow: Slow) -> tuple[Future[int], Event]:
        """The answer to come, and what to set when the page has gone."""
        gone = Event()

        def asked() -> int:
            asker.follow(gone.is_set)
            return self._asking.get(self._project_id, EVERY, question, slow)

        return self._people.submit(asked), gone


@pytest.fixture
def pages(asking: Together, made: LabelledProject, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    monkeypatch.setattr(together, "LARGE", 4)
    monkeypatch.setattr(together, "LOOK_SECONDS", 0.01)
    with ThreadPoolExecutor(8) as people:
        yield Pages(people, asking, made.project_id)


def test_a_question_that_nobody_waits_for_any_more_is_dropped_before_its_turn(pages: Pages, asking: Together) -> None:
    slow, stale, last = Slow(), Slow(), Slow()
    first, _ = pages.ask("a", slow)
    until(lambda: slow.begun == 1, "the first answer is being computed")
    moved = [pages.ask(question, stale) for question in ("b", "c", "d")]
    newest, _ = pages.ask("e", last)
    until(lambda: len(asking._coming) == 4, "four more wait")
    for answer, gone in moved:
        gone.set()
        with pytest.raises(NobodyWaits):
            answer.result(60)
    assert len(asking._coming) == 1, "only the newest is left, while the first is still being computed"
    for one in (slow, last):
        one.end.set()
    assert (first.result(60), newest.result(60), stale.begun) == (1, 1, 0)
    assert asking._coming == {} and asking._lines == {}


def test_a_question_stays_for_those_who_still_wait_for_it(pages: Pages, asking: Together) -> None:
    slow, shared = Slow(), Slow()
    first, _ = pages.ask("a", slow)
    until(lambda: slow.begun == 1, "the first answer is being computed")
    asked_first, gone = pages.ask("b", shared)
    until(lambda: len(asking._coming) == 1, "the second question is asked")
    [question] = asking._coming.values()
    stays, _ = pages.ask("b", shared)
    until(lambda: question.askers == 2, "two wait for the second question")
    gone.set()
    with pytest.raises(NobodyWaits):
        asked_first.result(60)
    for one in (slow, shared):
        one.end.set()
    assert (first.result(60), stays.result(60)) == (1, 1)


def test_who_leaves_during_the_answer_does_not_stop_it_for_others(pages: Pages, asking: Together) -> None:
    slow = Slow()
    computing, gone = pages.ask("a", slow)
    until(lambda: slow.begun == 1, "the answer is being computed")
    gone.set()
    slow.end.set()
    assert computing.result(60) == 1
    assert asking._coming == {} and asking._lines == {}


def test_where_it_cannot_be_told_whether_a_page_waits_its_question_holds_up_nobody(
    pages: Pages, asking: Together, made: LabelledProject
) -> None:
    def unknown() -> bool:
        raise RuntimeError("the server is being shut down")

    def asked() -> int:
        asker.follow(unknown)
        return asking.get(made.project_id, EVERY, "b", Slow())

    slow = Slow()
    first, _ = pages.ask("a", slow)
    until(lambda: slow.begun == 1, "the first answer is being computed")
    with ThreadPoolExecutor(1) as people, pytest.raises(RuntimeError, match="shut down"):
        people.submit(asked).result(60)
    assert asking._coming == {}, "nobody is left who would answer it in its turn"
    slow.end.set()
    assert first.result(60) == 1
    assert asking._lines == {}


def test_those_who_wait_leave_threads_for_others(
    pages: Pages, asking: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST_AT_ONCE", 3)
    slow = Slow()
    first, _ = pages.ask("a", slow)
    until(lambda: slow.begun == 1, "the first answer is being computed")
    second, gone = pages.ask("b", slow)
    third, _ = pages.ask("b", slow)
    until(lambda: [one.askers for one in asking._coming.values()] == [2], "two wait")
    with pytest.raises(ManyWait):
        pages.ask("b", slow)[0].result(60)
    gone.set()
    with pytest.raises(NobodyWaits):
        second.result(60)
    fourth, _ = pages.ask("c", slow)
    until(lambda: len(asking._coming) == 2, "there is room again")
    slow.end.set()
    assert sorted(one.result(60) for one in (first, third, fourth)) == [1, 2, 3]
    assert asking._coming == {} and asking._lines == {}


def test_a_page_that_closes_its_request_is_not_answered(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LARGE", 4)
    monkeypatch.setattr(together, "LOOK_SECONDS", 0.01)
    made = labelled_project(web.store)
    model_of(made)
    slow, asking = Slow(), web.services.together
    told: list[MutableMapping[str, Any]] = []
    with ThreadPoolExecutor(2) as people:
        first = people.submit(asking.get, made.project_id, EVERY, "a", slow)
        until(lambda: slow.begun == 1, "another answer is being computed")
        path = f"/api/projects/{made.project_id}/mistakes"
        closed = people.submit(anyio.run, _closed_request, web, path, told)
        closed.result(60)
        assert [one["status"] for one in told if "status" in one] == [NobodyWaits.status]
        slow.end.set()
        assert first.result(60) == 1
    assert slow.begun == 1 and asking._coming == {}


async def _closed_request(web: Web, path: str, told: list[MutableMapping[str, Any]]) -> None:
    """As a server hands it on: the request, and when it has come as far as the line, that the page has closed it."""
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> MutableMapping[str, Any]:
        if (message := next(messages, None)) is not None:
            return message
        while not web.services.together._coming:
            await anyio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"state=done",
        "headers": [(b"host", ADDRESS.removeprefix("http://").encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", PORT),
    }
    await web.app(scope, receive, send)

"""What is done beside: in order, without anybody waiting, and never after the database is closed."""

from __future__ import annotations

from threading import Event, current_thread, enumerate, main_thread

import pytest

from storage import projects
from storage.beside import Beside
from storage.store import Store
from tests.storage.samples import new_image


def test_work_is_done_in_order_in_another_thread_which_ends() -> None:
    beside, queued, done = Beside(), Event(), []
    beside.do(lambda: queued.wait(60))
    for number in range(3):
        beside.do(lambda number=number: done.append((number, current_thread() is main_thread())))  # type: ignore[misc]
    queued.set()
    assert beside.settle(60)
    assert done == [(0, False), (1, False), (2, False)]
    assert "beside" not in [thread.name for thread in enumerate()]


def test_an_error_is_logged_and_the_next_work_is_done(caplog: pytest.LogCaptureFixture) -> None:
    beside, done = Beside(), Event()

    def fail() -> None:
        raise LookupError("of the test")

    beside.do(fail)
    beside.do(done.set)
    assert beside.settle(60)
    assert done.is_set()
    assert "of the test" in caplog.text


def test_closing_waits_for_what_has_begun_and_leaves_the_rest() -> None:
    beside, begun, ended, never = Beside(), Event(), Event(), Event()

    def long() -> None:
        begun.set()
        beside.closed.wait(60)
        ended.set()

    beside.do(long)
    beside.do(never.set)
    assert begun.wait(60)
    assert not beside.settle(0.01)
    beside.close()
    assert ended.is_set()
    beside.do(never.set)
    assert beside.settle(60)
    assert not never.is_set()


def test_counts_of_a_large_project_are_renewed_beside_and_closing_waits_for_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "MANY_IMAGES", 1)
    monkeypatch.setattr("storage.dear.TIMES", 0)  # renewed as soon as it is asked for again
    monkeypatch.setattr("storage.dear.OLDEST", 3600.0)  # however slow the machine is
    project = store.projects.create("Street").id
    store.images.add_many(project, [new_image(1)])
    assert store.projects.counts(project).images == 1
    store.images.add_many(project, [new_image(2)])
    assert store.projects.counts(project).images == 1
    assert store.database.beside.settle(60)
    assert store.projects.counts(project).images == 2
    store.close()
    assert "beside" not in [thread.name for thread in enumerate()]

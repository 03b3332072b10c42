"""A worker that waits takes the next job at once, and leaves when it is time, alone, and with its server."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event

import pytest
from filelock import FileLock

from detector.runs import JobKind
from gui.waiting import Waiting, end_of, somebody_waits
from storage.store import Store


class Passing:
    """A clock on which each look takes a second, and something happens at one of them."""

    def __init__(self, happens: dict[int, object] | None = None) -> None:
        self.now = -1
        self.happens = happens or {}

    def __call__(self) -> float:
        self.now += 1
        event = self.happens.get(self.now)
        if callable(event):
            event()
        return float(self.now)


def waiting(clock: Passing, seconds: float = 10.0, **more: object) -> Waiting:
    return Waiting(seconds, clock=clock, ask_seconds=0.0, **more)  # type: ignore[arg-type]


def test_the_job_that_comes_while_it_waits_is_claimed_at_the_next_look(store: Store) -> None:
    project = store.projects.create("p")
    clock = Passing({4: lambda: store.jobs.enqueue(project.id, JobKind.TRAIN, {})})
    job = waiting(clock).next_job(store, os.getpid(), Event())
    assert job is not None
    assert (job.kind, job.pid) == (JobKind.TRAIN, os.getpid())
    assert clock.now == 4
    assert not somebody_waits(store.workspace)


def test_it_ends_when_nothing_came_in_time(store: Store) -> None:
    clock = Passing()
    assert waiting(clock, seconds=7).next_job(store, 1, Event()) is None
    assert clock.now == 7


def test_it_ends_with_its_server_and_leaves_what_waits_to_others(store: Store) -> None:
    store.jobs.enqueue(store.projects.create("p").id, JobKind.TRAIN, {})
    assert waiting(Passing(), server_gone=lambda: True).next_job(store, 1, Event()) is None
    assert store.jobs.claimable()


def test_it_ends_when_it_is_told_to(store: Store) -> None:
    stop = Event()
    clock = Passing({3: stop.set})
    assert waiting(clock).next_job(store, 1, stop) is None
    assert clock.now == 3


def test_one_waits_at_a_time_and_everybody_can_see_it(store: Store) -> None:
    assert not somebody_waits(store.workspace)
    seen: list[bool] = []

    def look() -> None:
        seen.append(somebody_waits(store.workspace))
        seen.append(waiting(Passing()).next_job(store, 2, Event()) is None)

    assert waiting(Passing({2: look})).next_job(store, 1, Event()) is None
    assert seen == [True, True]
    assert not somebody_waits(store.workspace)


def test_somebody_who_only_looks_does_not_keep_a_worker_from_waiting(store: Store) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, JobKind.PREDICT, {})
    look = FileLock(store.workspace.waiting_lock)
    look.acquire()
    looked = waiting(Passing({0: look.release}))
    assert looked.next_job(store, 1, Event()) is not None


def test_a_server_is_gone_once_its_process_is() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as server:
        gone = end_of(server.pid)
        assert not gone()
        server.kill()
    assert gone()
    assert end_of(server.pid)()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no processes that are dead and still listed")
def test_a_server_that_nobody_has_buried_yet_is_gone_as_well() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as server:
        gone = end_of(server.pid)
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
        assert gone()

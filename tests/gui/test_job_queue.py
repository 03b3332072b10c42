"""When a worker is started: at once where none works, and for a run beside long work of another kind."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from detector.runs import JobKind, RunState
from gui.job_queue import PATIENCE, JobQueue
from storage.records import Job
from storage.store import Store
from tests.gui.stand_ins import Bench


class Clock:
    """The time of day, and what a test adds to it."""

    later = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def queue(store: Store, bench: Bench, clock: Clock) -> JobQueue:
    return JobQueue(store, bench, clock)


@pytest.fixture
def project(store: Store) -> int:
    return store.projects.create("Street").id


def at_work(queue: JobQueue, store: Store, bench: Bench, project: int, kind: JobKind) -> Job:
    """A job that a worker has taken; the notes of workers that were started are empty again."""
    job = queue.enqueue(project, kind, {})
    bench.pids.add(os.getpid())
    claimed = store.jobs.claim(job.id, os.getpid())
    assert claimed is not None
    bench.started.clear()
    return claimed


def test_a_run_waits_a_moment_for_predictions_and_then_gets_a_worker_of_its_own(
    queue: JobQueue, store: Store, bench: Bench, clock: Clock, project: int
) -> None:
    at_work(queue, store, bench, project, JobKind.PREDICT)
    waiting = queue.enqueue(project, JobKind.PREDICT, {})
    run = queue.enqueue(project, JobKind.TRAIN, {})
    clock.later = PATIENCE / 2
    queue.tend()
    assert bench.started == []
    clock.later = PATIENCE
    queue.tend()
    assert bench.started == [run.id]
    assert run.id > waiting.id


def test_other_work_never_gets_a_second_worker_however_long_it_waits(
    queue: JobQueue, store: Store, bench: Bench, clock: Clock, project: int
) -> None:
    at_work(queue, store, bench, project, JobKind.PREDICT)
    queue.enqueue(project, JobKind.PREDICT, {})
    clock.later = PATIENCE * 100
    queue.tend()
    assert bench.started == []


def test_a_run_that_waits_for_another_run_gets_no_worker(
    queue: JobQueue, store: Store, bench: Bench, clock: Clock, project: int
) -> None:
    first = at_work(queue, store, bench, project, JobKind.TRAIN)
    at_work(queue, store, bench, project, JobKind.PREDICT)
    second = queue.enqueue(project, JobKind.TRAIN, {})
    clock.later = PATIENCE
    queue.tend()
    assert bench.started == []
    store.jobs.finish(first.id, RunState.SUCCEEDED, "Done.")
    queue.tend()
    assert bench.started == [second.id]


def test_a_worker_that_is_about_to_take_the_run_is_enough(
    queue: JobQueue, store: Store, bench: Bench, clock: Clock, project: int
) -> None:
    at_work(queue, store, bench, project, JobKind.PREDICT)
    bench.pids.add(-1)  # has just been started, and has not claimed anything yet
    queue.enqueue(project, JobKind.TRAIN, {})
    clock.later = PATIENCE
    queue.tend()
    assert bench.started == []

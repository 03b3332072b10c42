"""A worker takes what waits, says how it goes, stops when asked, and never dies of a job."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread

import pytest

from detector.runs import JobKind, RunState
from gui.jobs.context import Heartbeat, JobContext, Outcome
from gui.settings import Settings
from gui.waiting import Waiting
from gui.worker import Worker
from storage.engine import open_database
from storage.jobs import JobStore
from storage.records import Job
from storage.store import Store
from tests.gui.waiting import until

DONE = Outcome(RunState.SUCCEEDED, "Done.", {"seen": 1})


def worker(store: Store, work: Callable[[JobContext], Outcome], stop: Event | None = None) -> Worker:
    return Worker(store, Settings(workspace=store.workspace.root, threads=1), stop or Event(), work)


def context_of(store: Store, job: Job, clock: Callable[[], float] = time.monotonic) -> JobContext:
    return JobContext(store, job, Settings(workspace=store.workspace.root), Event(), threads=1, clock=clock)


def test_a_worker_does_the_named_job_first_and_then_all_that_wait(store: Store) -> None:
    project = store.projects.create("p")
    jobs = [store.jobs.enqueue(project.id, JobKind.PREDICT, {}) for _ in range(3)]
    order: list[int] = []

    def work(context: JobContext) -> Outcome:
        order.append(context.job.id)
        return DONE

    assert worker(store, work).drain(jobs[1].id) == 3
    assert order == [jobs[1].id, jobs[0].id, jobs[2].id]
    assert {store.jobs.get(job.id).state for job in jobs} == {RunState.SUCCEEDED}
    assert store.jobs.get(jobs[0].id).result == {"seen": 1}


def test_a_job_that_fails_says_why_and_the_next_one_is_done(store: Store) -> None:
    project = store.projects.create("p")
    bad, good = (store.jobs.enqueue(project.id, JobKind.EXPORT, {}) for _ in range(2))

    def work(context: JobContext) -> Outcome:
        if context.job.id == bad.id:
            raise RuntimeError("the tea is cold")
        return DONE

    worker(store, work).drain()

    failed = store.jobs.get(bad.id)
    assert failed.state is RunState.FAILED
    assert "the tea is cold" in failed.message
    assert "Traceback" not in failed.message
    assert "Traceback" in store.workspace.log(bad.id).read_text("utf-8")
    assert store.jobs.get(good.id).state is RunState.SUCCEEDED


def test_the_end_of_a_job_is_recorded_once_a_busy_database_is_free_again(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    project = store.projects.create("p")
    job = store.jobs.enqueue(project.id, JobKind.EXPORT, {})
    impatient = open_database(store.workspace, busy_seconds=0.05)
    store.jobs = JobStore(impatient)
    with closing(sqlite3.connect(store.workspace.database, isolation_level=None, check_same_thread=False)) as other:

        def work(context: JobContext) -> Outcome:
            context.finish_pause = 0.05
            other.execute("BEGIN IMMEDIATE")
            return DONE

        busy = Thread(target=worker(store, work).drain)
        busy.start()
        until(lambda: "was not recorded yet" in caplog.text, "the worker has met the lock")
        other.execute("ROLLBACK")
        busy.join()
    impatient.close()
    assert store.jobs.get(job.id).state is RunState.SUCCEEDED


def test_each_job_has_a_log_of_its_own(store: Store) -> None:
    project = store.projects.create("p")
    first, second = (store.jobs.enqueue(project.id, JobKind.EXPORT, {}) for _ in range(2))
    worker(store, lambda context: Outcome(RunState.SUCCEEDED, f"I was {context.job.id}.")).drain()
    assert f"I was {first.id}." in store.workspace.log(first.id).read_text("utf-8")
    assert f"I was {first.id}." not in store.workspace.log(second.id).read_text("utf-8")


def test_a_cancel_in_the_table_is_seen_by_the_job(store: Store) -> None:
    project = store.projects.create("p")
    job = store.jobs.enqueue(project.id, JobKind.PREDICT, {})

    def work(context: JobContext) -> Outcome:
        assert not context.should_stop()
        store.jobs.request_cancel(job.id)
        until(context.should_stop, "the cancel is seen")
        return Outcome(RunState.CANCELLED, "Stopped.")

    worker(store, work).drain()
    assert store.jobs.get(job.id).state is RunState.CANCELLED


def test_a_signal_stops_the_job_and_leaves_the_rest_waiting(store: Store) -> None:
    project = store.projects.create("p")
    first, second = (store.jobs.enqueue(project.id, JobKind.PREDICT, {}) for _ in range(2))
    stop = Event()

    def work(context: JobContext) -> Outcome:
        stop.set()
        assert context.should_stop()
        return Outcome(RunState.CANCELLED, "Stopped.")

    assert worker(store, work, stop).drain() == 1
    assert store.jobs.get(first.id).state is RunState.CANCELLED
    assert store.jobs.get(second.id).state is RunState.QUEUED


def test_reports_of_a_quick_loop_are_thinned_to_two_a_second(store: Store) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, JobKind.PREDICT, {})
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    now = 100.0
    context = context_of(store, job, clock=lambda: now)
    seen = []
    for step in range(20):
        now = 100.0 + step * 0.125
        context.report({"done": step})
        seen.append(store.jobs.get(job.id).progress["done"])
    assert sorted(set(seen)) == [0, 4, 8, 12, 16]
    context.report({"done": 99}, now=True)
    assert store.jobs.get(job.id).progress == {"done": 99}


def test_the_heart_beats_while_a_job_works_and_tells_when_the_job_was_lost(store: Store) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, JobKind.PREDICT, {})
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    context = context_of(store, job)
    with Heartbeat(context, seconds=0.02):
        until(lambda: store.jobs.get(job.id).beat_at != job.beat_at, "it beats")
        assert not context.should_stop()
        store.jobs.finish(job.id, RunState.INTERRUPTED, "Somebody thought it was dead.")
        until(context.lost.is_set, "the loss is noticed")
    assert context.should_stop()
    context.finish(DONE)
    assert store.jobs.get(job.id).state is RunState.INTERRUPTED


# A worker that stays


class Passing:
    """A clock on which each look takes a second, and something happens at one of them."""

    def __init__(self, happens: dict[int, Callable[[], object]]) -> None:
        self.now = -1
        self.happens = happens

    def __call__(self) -> float:
        self.now += 1
        self.happens.get(self.now, lambda: None)()
        return float(self.now)


def staying(store: Store, work: Callable[[JobContext], Outcome], clock: Passing, seconds: float) -> Worker:
    settings = Settings(workspace=store.workspace.root, threads=1)
    return Worker(store, settings, Event(), work, Waiting(seconds, clock=clock, ask_seconds=0.0))


@pytest.mark.parametrize("kind", [JobKind.TRAIN, JobKind.PREDICT, JobKind.FEATURES])
def test_a_worker_that_has_loaded_torch_stays_for_what_comes_next(store: Store, kind: JobKind) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, kind, {})
    done: list[JobKind] = []

    def work(context: JobContext) -> Outcome:
        done.append(context.job.kind)
        return DONE

    clock = Passing({5: lambda: store.jobs.enqueue(project.id, JobKind.TRAIN, {})})
    assert staying(store, work, clock, seconds=9).drain() == 2
    assert done == [kind, JobKind.TRAIN]
    assert clock.now == 6 + 9, "the last job begins the time anew"


def test_a_worker_that_has_only_moved_files_goes_at_once(store: Store) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, JobKind.EXPORT, {})
    clock = Passing({})
    assert staying(store, lambda _: DONE, clock, seconds=9).drain() == 1
    assert clock.now == -1


def test_a_worker_that_is_told_to_stop_does_not_stay(store: Store) -> None:
    project = store.projects.create("p")
    store.jobs.enqueue(project.id, JobKind.PREDICT, {})
    clock, stop = Passing({}), Event()

    def work(_: JobContext) -> Outcome:
        stop.set()
        return DONE

    settings = Settings(workspace=store.workspace.root)
    Worker(store, settings, stop, work, Waiting(9, clock=clock, ask_seconds=0.0)).drain()
    assert clock.now == -1

"""A worker takes what waits, says how it goes, stops when asked, and never dies of a job."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event, Thread

import psutil
import pytest

from detector.checkpoints import read_meta
from detector.runs import EpochReport, JobKind, RunState, TrainConfig
from gui.device_lookup import DeviceLookup
from gui.evaluating import evaluate_split
from gui.job_queue import JobQueue
from gui.jobs.context import Heartbeat, JobContext, Outcome
from gui.jobs.train import run_folder
from gui.looking import Looking
from gui.process import WorkerLauncher
from gui.services import Services
from gui.settings import Settings
from gui.waiting import Waiting, somebody_waits
from gui.worker import Worker
from storage.engine import open_database
from storage.jobs import JobStore
from storage.records import Job, Split
from storage.store import Store
from tests.gui.labelled_project import labelled_project

DEADLINE = 120.0
TINY = TrainConfig(epochs=2, image_size=(128, 96), batch_size=2)
DONE = Outcome(RunState.SUCCEEDED, "Done.", {"seen": 1})


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    pause = Event()
    while not condition():
        assert time.monotonic() < end, f"gave up waiting until {what}"
        pause.wait(0.02)


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


# From here on the real thing: real processes, real pictures, real training.


@pytest.fixture
def services(store: Store) -> Iterator[Services]:
    launcher = WorkerLauncher(store.workspace, threads=1)
    services = Services(store, Settings(workspace=store.workspace.root, threads=1), launcher, DeviceLookup())
    yield services
    launcher.terminate()
    assert launcher.wait(60)


def drained(services: Services) -> None:
    until(lambda: all(job.state.is_finished for job in services.jobs()), "all jobs have ended")


@pytest.mark.training
def test_a_run_gives_an_active_model_and_predicts_every_image(services: Services) -> None:
    made = labelled_project(services.store)
    seen: list[Job] = []

    job = services.wait(services.train(made.project_id, TINY).id, seen.append)

    assert job.state is RunState.SUCCEEDED, job.message + services.log_tail(job.id)
    model = services.model(made.project_id)
    assert services.store.projects.get(made.project_id).active_model_id == model.id == job.result["model_version_id"]
    assert [m.id for m in services.models(made.project_id)] == [model.id], "it stands in for those before"
    assert model.job_id == job.id
    assert job.message.startswith("Model v1 is ready")
    meta = read_meta(services.store.workspace.model(model.folder))
    assert meta.snapshot_digest == model.snapshot_digest == services.store.snapshots.take(made.project_id).digest
    assert meta.labels.ids == made.class_ids
    assert [report.epoch for report in services.epochs(job.id)] == [1, 2]
    assert "Epoch 2 of 2" in services.log_tail(job.id)
    assert not run_folder(services.store, job.id).exists()
    assert any(one.progress.get("epoch") for one in seen)
    drained(services)
    [predicting] = services.jobs(made.project_id, JobKind.PREDICT)
    assert predicting.state is RunState.SUCCEEDED, predicting.message
    assert predicting.result["predicted"] == 10
    assert services.store.predictions.missing(model.id) == []
    figures = evaluate_split(services.store, model.id, Split.VAL).figures
    assert figures.ap == pytest.approx(model.metrics["ap"], abs=0.02)


@pytest.mark.training
def test_a_worker_killed_in_mid_run_is_noticed_and_the_run_goes_on_from_its_last_epoch(services: Services) -> None:
    made = labelled_project(services.store)
    job = services.train(made.project_id, TrainConfig(epochs=40, image_size=(128, 96), batch_size=2, patience=40))
    until(lambda: len(services.epochs(job.id)) >= 2, "two epochs are done")
    pid = services.job(job.id).pid
    assert pid is not None
    assert psutil.Process(pid).nice() >= 10 or os.name == "nt"
    os.kill(pid, signal.SIGKILL)

    until(lambda: (services.tend(), services.job(job.id).state is RunState.INTERRUPTED)[1], "the run is interrupted")
    before = services.epochs(job.id)
    snapshot = services.store.snapshots.take(made.project_id).digest
    assert "resumed" in services.job(job.id).message
    services.store.images.delete([made.images[0].id])  # the run goes on with the data it began with
    services.resume(job.id)

    ended = services.wait(job.id)
    assert ended.state is RunState.SUCCEEDED, ended.message + services.log_tail(job.id)
    assert ended.attempts == 2
    assert services.model(made.project_id).snapshot_digest == snapshot
    epochs: list[EpochReport] = services.epochs(job.id)
    assert [report.epoch for report in epochs] == list(range(1, 41))
    assert epochs[0] == before[0], "what was done before the kill was not done again"
    drained(services)


@pytest.mark.training
def test_stopping_a_run_keeps_its_best_model(services: Services) -> None:
    made = labelled_project(services.store, unlabelled=0)
    job = services.train(made.project_id, TrainConfig(epochs=400, image_size=(128, 96), batch_size=2, patience=400))
    until(lambda: any(report.ap is not None for report in services.epochs(job.id)), "an epoch was validated")
    pid = services.job(job.id).pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)

    until(lambda: services.job(job.id).state.is_finished, "the run has ended")
    ended = services.job(job.id)
    assert ended.state is RunState.CANCELLED, ended.message + services.log_tail(job.id)
    model = services.model(made.project_id)
    assert f"best model so far is v{model.number}" in ended.message
    assert model.id == ended.result["model_version_id"]


@pytest.mark.training
def test_a_deadline_ends_a_run_in_time_with_success(services: Services) -> None:
    made = labelled_project(services.store, unlabelled=0)
    config = TrainConfig(epochs=10_000, image_size=(128, 96), batch_size=2, patience=10_000)

    job = services.wait(services.train(made.project_id, config, deadline=time.time() + 15).id)

    assert job.state is RunState.SUCCEEDED, job.message + services.log_tail(job.id)
    assert "the time was up" in job.message
    assert job.finished_at is not None
    assert job.finished_at.timestamp() - job.created_at.timestamp() < 35
    drained(services)


@pytest.mark.training
def test_a_run_gives_out_models_on_its_way_and_ends_with_one(services: Services) -> None:
    made = labelled_project(services.store)
    Looking(services.store.workspace).note(made.project_id, made.images[-1].id)
    config = TrainConfig(epochs=6, image_size=(128, 96), batch_size=2)
    numbers: set[int | None] = set()

    job = services.wait(
        services.train(made.project_id, config).id, lambda now: numbers.add(now.progress.get("model_number"))
    )

    assert job.state is RunState.SUCCEEDED, job.message + services.log_tail(job.id)
    given = services.store.models.of_job(job.id, deleted=True)
    assert [m.id for m in services.models(made.project_id)] == [given[-1].id] == [job.result["model_version_id"]]
    assert "can be used, mAP" in services.log_tail(job.id)
    assert services.store.workspace.features.is_dir()
    drained(services)
    [predicting] = services.jobs(made.project_id, JobKind.PREDICT)
    assert predicting.state is RunState.SUCCEEDED
    assert services.store.predictions.missing(given[-1].id) == []


@pytest.mark.training
def test_a_second_run_starts_from_the_first_and_says_so_when_nothing_got_better(services: Services) -> None:
    made = labelled_project(services.store)
    services.wait(services.train(made.project_id, TINY).id)
    drained(services)
    first = services.model(made.project_id)
    hopeless = TrainConfig(epochs=1, learning_rate=1e-12)

    job = services.wait(services.train(made.project_id, hopeless).id)

    assert job.state is RunState.SUCCEEDED, job.message + services.log_tail(job.id)
    assert job.params["config"]["start_from"] == first.folder
    said = re.fullmatch(r"Nothing got better than v1 \(mAP (0\.\d\d)\), so v1 stays\.", job.message)
    assert said is not None, job.message
    assert float(said[1]) == pytest.approx(first.metrics["ap"], abs=0.02)  # another stage rounds otherwise
    assert job.result["kept_model_id"] == first.id
    assert [m.id for m in services.models(made.project_id)] == [first.id]
    assert not run_folder(services.store, job.id).exists()


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_a_worker_stays_for_its_server_takes_the_next_job_and_ends_with_the_server(store: Store) -> None:
    made = labelled_project(store, labelled=0, unlabelled=1)

    class OfServer(WorkerLauncher):
        def command(self, job_id: int | None = None) -> list[str]:
            return [*super().command(job_id)[:-1], str(server.pid)]

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as server:
        launcher = OfServer(store.workspace, threads=1, linger=600.0)
        services = Services(store, Settings(workspace=store.workspace.root), launcher)
        first = services.queue.enqueue(made.project_id, JobKind.FEATURES, {})
        until(lambda: store.jobs.get(first.id).state.is_finished, "the first job is done")
        until(lambda: somebody_waits(store.workspace), "the worker waits")
        [pid] = launcher.alive()
        stranger = JobQueue(store, WorkerLauncher(store.workspace))  # a command beside the server
        second = stranger.enqueue(made.project_id, JobKind.FEATURES, {})
        until(lambda: store.jobs.get(second.id).state.is_finished, "the second job is done")
        assert store.jobs.get(second.id).pid == store.jobs.get(first.id).pid == pid
        assert store.jobs.get(second.id).state is RunState.SUCCEEDED
        until(lambda: somebody_waits(store.workspace), "the worker waits again")
        server.kill()
    until(lambda: launcher.dead() == {pid}, "the worker has gone with its server")

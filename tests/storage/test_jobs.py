from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from detector.runs import EpochReport, JobKind, RunState
from storage.clock import now
from storage.errors import IllegalTransition, NotFound, StorageError
from storage.records import Job, Project
from storage.store import Store
from storage.tables import JobRow

ROOT = Path(__file__).parents[2]


def queue(store: Store, project: Project, kind: JobKind = JobKind.PREDICT, **params: Any) -> Job:
    return store.jobs.enqueue(project.id, kind, params)


def running(store: Store, project: Project, kind: JobKind = JobKind.PREDICT) -> Job:
    job = store.jobs.claim(queue(store, project, kind).id, pid=1)
    assert job is not None
    return job


def let_beat_be(store: Store, job: Job, seconds_ago: float) -> None:
    """Move the last beat back by the clock of the database."""
    with store.database.transaction() as connection:
        moved = now(connection) - timedelta(seconds=seconds_ago)
        connection.execute(update(JobRow).where(JobRow.id == job.id).values(beat_at=moved))


def epoch(number: int, ap: float | None = None) -> EpochReport:
    return EpochReport(number, 9, number * 10, 1.5, None, 0.5, 0.25, ap, ap, 1e-3, notes=("a note",))


def test_a_job_goes_from_queued_to_succeeded(store: Store, project: Project) -> None:
    job = queue(store, project, model_id=7)
    assert (job.state, job.params, job.attempts, job.pid) == (RunState.QUEUED, {"model_id": 7}, 0, None)

    claimed = store.jobs.claim(job.id, pid=42)
    assert claimed is not None
    assert (claimed.state, claimed.pid, claimed.attempts) == (RunState.RUNNING, 42, 1)
    assert claimed.started_at is not None and claimed.beat_at is not None
    store.jobs.report(job.id, {"done": 3}, "3 of 9")
    assert (store.jobs.get(job.id).progress, store.jobs.get(job.id).message) == ({"done": 3}, "3 of 9")

    ended = store.jobs.finish(job.id, RunState.SUCCEEDED, "Done.", {"images": 9})
    assert (ended.state, ended.message, ended.result) == (RunState.SUCCEEDED, "Done.", {"images": 9})
    assert ended.finished_at is not None and ended.finished_at >= claimed.started_at


def test_a_job_is_claimed_once(store: Store, project: Project) -> None:
    job = queue(store, project)
    assert store.jobs.claim(job.id, 1) is not None
    assert store.jobs.claim(job.id, 2) is None
    assert store.jobs.get(job.id).pid == 1


def test_of_many_threads_each_job_goes_to_one(store: Store, project: Project) -> None:
    wanted = [queue(store, project).id for _ in range(12)]
    gate = threading.Barrier(6)
    got: list[int] = []

    def take(pid: int) -> None:
        gate.wait()
        while (job := store.jobs.claim_next(pid)) is not None:
            got.append(job.id)

    threads = [threading.Thread(target=take, args=(pid,)) for pid in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == wanted


def test_of_several_processes_one_gets_the_job(store: Store, project: Project) -> None:
    job = queue(store, project, JobKind.TRAIN)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from storage.store import Store\nfrom storage.workspace import Workspace\n"
        "with Store(Workspace(Path(sys.argv[1]))) as store:\n"
        "    print('ready', flush=True)\n    sys.stdin.readline()\n"
        "    print(store.jobs.claim(int(sys.argv[2]), 1) is not None)\n"
    )
    command = [sys.executable, "-c", code, str(store.workspace.root), str(job.id)]
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    for child in children:  # all stand at the line, now let them go
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60)[0].strip() for child in children]
    assert sorted(answers) == ["False", "False", "True"]


def test_one_training_job_runs_at_a_time_in_a_workspace(store: Store, project: Project) -> None:
    elsewhere = store.projects.create("Other")
    first = queue(store, project, JobKind.TRAIN)
    second = queue(store, elsewhere, JobKind.TRAIN)
    assert store.jobs.claim(first.id, 1) is not None
    assert store.jobs.claim(second.id, 2) is None
    assert not store.jobs.claimable()

    store.jobs.request_cancel(first.id)
    assert store.jobs.claim(second.id, 2) is None  # until the worker has really stopped

    predict = queue(store, project)
    assert store.jobs.claimable()
    taken = store.jobs.claim_next(3)
    assert taken is not None and taken.id == predict.id  # passes the waiting training job

    store.jobs.finish(first.id, RunState.CANCELLED, "Cancelled.")
    taken = store.jobs.claim_next(2)
    assert taken is not None and taken.id == second.id


def test_the_database_itself_refuses_a_second_training_run(store: Store, project: Project) -> None:
    running(store, project, JobKind.TRAIN)
    second = queue(store, project, JobKind.TRAIN)
    with pytest.raises(StorageError), store.database.transaction() as connection:
        connection.execute(update(JobRow).where(JobRow.id == second.id).values(state="running"))
    assert store.jobs.get(second.id).state is RunState.QUEUED


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_asked(store: Store, project: Project) -> None:
    waiting, busy = queue(store, project), running(store, project)
    assert store.jobs.request_cancel(waiting.id).state is RunState.CANCELLED
    assert store.jobs.claim(waiting.id, 1) is None
    assert not store.jobs.is_cancelling(busy.id)
    assert store.jobs.request_cancel(busy.id).state is RunState.CANCELLING
    assert store.jobs.request_cancel(busy.id).state is RunState.CANCELLING
    assert store.jobs.is_cancelling(busy.id)
    store.jobs.report(busy.id, {"epoch": 3})  # it may still tell how far it got
    assert store.jobs.finish(busy.id, RunState.CANCELLED, "The best so far is kept.").state is RunState.CANCELLED


@pytest.mark.parametrize("end", [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED])
def test_a_finished_job_stays_as_it_is(store: Store, project: Project, end: RunState) -> None:
    job = running(store, project)
    ended = store.jobs.finish(job.id, end, "The end.")
    refused = [
        lambda: store.jobs.finish(job.id, RunState.SUCCEEDED, "again"),
        lambda: store.jobs.report(job.id, {"x": 1}),
        lambda: store.jobs.add_epoch(job.id, epoch(1)),
        lambda: store.jobs.request_cancel(job.id),
    ]
    for change in refused:
        with pytest.raises(IllegalTransition, match=end.value):
            change()
    assert store.jobs.claim(job.id, 2) is None
    assert not store.jobs.beat(job.id)
    assert store.jobs.get(job.id) == ended


def test_a_queued_job_cannot_finish_and_no_job_can_finish_as_running(store: Store, project: Project) -> None:
    with pytest.raises(IllegalTransition, match="queued"):
        store.jobs.finish(queue(store, project).id, RunState.SUCCEEDED, "")
    with pytest.raises(IllegalTransition, match="running"):
        store.jobs.finish(running(store, project).id, RunState.RUNNING, "")


def test_a_worker_that_vanished_is_noticed_by_the_clock_of_the_database(store: Store, project: Project) -> None:
    gone, alive = running(store, project, JobKind.TRAIN), running(store, project)
    waiting = queue(store, project)
    let_beat_be(store, gone, seconds_ago=31)
    let_beat_be(store, alive, seconds_ago=20)

    ended = store.jobs.interrupt_stale(after_seconds=30)

    assert [job.id for job in ended] == [gone.id]
    assert store.jobs.get(gone.id).state is RunState.INTERRUPTED
    assert store.jobs.get(gone.id).finished_at is not None
    assert store.jobs.get(alive.id).state is RunState.RUNNING
    assert store.jobs.get(waiting.id).state is RunState.QUEUED
    assert store.jobs.interrupt_stale(after_seconds=30) == []


def test_a_beat_keeps_a_job_alive(store: Store, project: Project) -> None:
    job = running(store, project)
    let_beat_be(store, job, seconds_ago=100)
    assert store.jobs.beat(job.id)
    assert store.jobs.interrupt_stale() == []


def test_a_job_that_was_asked_to_stop_and_whose_worker_vanished_is_cancelled(store: Store, project: Project) -> None:
    job = running(store, project)
    store.jobs.request_cancel(job.id)
    let_beat_be(store, job, seconds_ago=31)
    assert [j.state for j in store.jobs.interrupt_stale()] == [RunState.CANCELLED]


def test_an_interrupted_job_runs_again_with_its_params_and_epochs(store: Store, project: Project) -> None:
    job = store.jobs.claim(queue(store, project, JobKind.TRAIN, epochs=9).id, 1)
    assert job is not None
    for number in (1, 2, 3):
        store.jobs.add_epoch(job.id, epoch(number, 0.1))
    let_beat_be(store, job, seconds_ago=31)
    store.jobs.interrupt_stale()

    assert store.jobs.requeue(job.id).state is RunState.QUEUED
    again = store.jobs.claim_next(2)

    assert again is not None
    assert (again.id, again.params, again.attempts, again.pid) == (job.id, {"epochs": 9}, 2, 2)
    assert again.started_at == job.started_at
    assert len(store.jobs.epochs(job.id)) == 3
    store.jobs.add_epoch(job.id, epoch(2, 0.7))  # resumed from the checkpoint of epoch 1
    assert [(e.epoch, e.ap) for e in store.jobs.epochs(job.id)] == [(1, 0.1), (2, 0.7)]


def test_a_worker_that_was_replaced_cannot_write_any_more(store: Store, project: Project) -> None:
    old = running(store, project)
    let_beat_be(store, old, seconds_ago=31)
    store.jobs.interrupt_stale()
    store.jobs.requeue(old.id)
    new = store.jobs.claim(old.id, pid=2)
    assert new is not None

    assert not store.jobs.beat(old.id, attempt=old.attempts)
    with pytest.raises(IllegalTransition, match="another worker"):
        store.jobs.finish(old.id, RunState.SUCCEEDED, "", attempt=old.attempts)
    assert store.jobs.beat(new.id, attempt=new.attempts)
    assert store.jobs.finish(new.id, RunState.SUCCEEDED, "", attempt=new.attempts).state is RunState.SUCCEEDED


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.CANCELLED])
def test_what_ended_well_or_by_wish_is_not_resumed(store: Store, project: Project, state: RunState) -> None:
    job = running(store, project)
    store.jobs.finish(job.id, state, "")
    with pytest.raises(IllegalTransition, match=state.value):
        store.jobs.requeue(job.id)


def test_epochs_come_back_as_they_were_reported(store: Store, project: Project) -> None:
    job = running(store, project, JobKind.TRAIN)
    store.jobs.add_epoch(job.id, epoch(1))
    store.jobs.add_epoch(job.id, epoch(2, 0.625))
    assert store.jobs.epochs(job.id) == [epoch(1), epoch(2, 0.625)]


def test_the_list_is_newest_first_and_filtered(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    one, two = queue(store, project), queue(store, project, JobKind.TRAIN)
    three = queue(store, other)
    assert [job.id for job in store.jobs.list()] == [three.id, two.id, one.id]
    assert [job.id for job in store.jobs.list(project.id)] == [two.id, one.id]
    assert [job.id for job in store.jobs.list(project.id, JobKind.PREDICT)] == [one.id]
    assert [job.id for job in store.jobs.list(None, limit=1)] == [three.id]


def test_jobs_of_a_project_in_the_bin_do_not_run(store: Store, project: Project) -> None:
    busy, waiting = running(store, project), queue(store, project)
    store.projects.delete(project.id)
    assert store.jobs.get(waiting.id).state is RunState.CANCELLED
    assert store.jobs.is_cancelling(busy.id)
    assert not store.jobs.claimable()
    with pytest.raises(NotFound):
        queue(store, project)


def test_an_unknown_job_is_not_found(store: Store) -> None:
    calls = (store.jobs.get, store.jobs.beat, store.jobs.epochs, store.jobs.is_cancelling, store.jobs.requeue)
    for call in calls:
        with pytest.raises(NotFound, match="no job 99"):
            call(99)
    with pytest.raises(NotFound):
        store.jobs.claim(99, 1)


def test_features_are_built_only_while_there_is_nothing_else_to_do(store: Store, project: Project) -> None:
    features, elsewhere = queue(store, project, JobKind.FEATURES), queue(store, project, JobKind.FEATURES)
    assert not store.jobs.idle()
    assert not store.jobs.other_work()
    predicting = queue(store, project)
    assert store.jobs.other_work()
    assert store.jobs.claim(features.id, pid=1) is None

    first = store.jobs.claim_next(pid=1)
    assert first is not None and first.id == predicting.id, "although it came later"
    assert not store.jobs.claimable(), "what is worked on counts, too"
    store.jobs.finish(predicting.id, RunState.SUCCEEDED, "Done.")

    building = store.jobs.claim_next(pid=1)
    assert building is not None and building.id == features.id
    assert not store.jobs.claimable(), "one at a time"
    store.jobs.finish(features.id, RunState.SUCCEEDED, "Done.")
    store.jobs.request_cancel(elsewhere.id)
    assert store.jobs.idle()


def test_what_waits_in_the_bin_keeps_nobody_busy(store: Store, project: Project) -> None:
    queue(store, project)
    store.projects.delete(project.id)
    assert store.jobs.idle()
    assert not store.jobs.other_work()


def test_jobs_that_left_nothing_are_forgotten_but_the_newest(store: Store, project: Project) -> None:
    run = running(store, project, JobKind.TRAIN)
    store.jobs.finish(run.id, RunState.SUCCEEDED, "Done.")
    done = []
    for _ in range(3):
        done.append(running(store, project, JobKind.FEATURES))
        store.jobs.finish(done[-1].id, RunState.SUCCEEDED, "Done.")
    waiting = queue(store, project, JobKind.FEATURES)

    assert store.jobs.forget_finished(project.id, JobKind.FEATURES) == [done[1].id, done[0].id]

    assert [job.id for job in store.jobs.list(project.id)] == [waiting.id, done[2].id, run.id]

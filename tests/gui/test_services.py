"""The use cases on a real store: what they do, what they refuse, and what they say then."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest
from filelock import FileLock

from detector.runs import JobKind, RunState, TrainConfig
from gui.messages import BadRequest, NotAllowed
from gui.services import LOG_TAIL_BYTES, Services
from gui.settings import Settings
from storage.errors import IllegalTransition, NotFound
from storage.records import Split
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, model_of
from tests.gui.stand_ins import Bench, OnCpu


def test_train_queues_a_run_with_its_config_and_starts_a_worker_for_it(
    services: Services, made: LabelledProject, bench: Bench
) -> None:
    job = services.train(made.project_id, TrainConfig(epochs=3), deadline=123.0)
    assert job.state is RunState.QUEUED
    assert TrainConfig.from_json(job.params["config"]) == TrainConfig(epochs=3)
    assert job.params["deadline"] == 123.0
    assert bench.started == [job.id]


def test_no_second_worker_is_started_while_one_is_starting(
    services: Services, made: LabelledProject, bench: Bench
) -> None:
    bench.pids = {4242}
    services.export(made.project_id, "voc")
    assert bench.started == []


def test_a_run_does_not_hold_up_an_export_but_a_second_run_waits(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    run = services.train(made.project_id)
    store.jobs.claim(run.id, os.getpid())
    waiting = services.train(made.project_id)
    assert bench.started == [run.id]
    export = services.export(made.project_id, "coco")
    assert bench.started == [run.id, export.id]
    store.jobs.claim(export.id, os.getpid())
    services.tend()
    assert bench.started == [run.id, export.id]
    assert services.job(waiting.id).state is RunState.QUEUED


def test_a_job_whose_worker_was_seen_to_end_is_interrupted_at_once_and_can_be_resumed(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    job = services.train(made.project_id)
    store.jobs.claim(job.id, 4242)
    bench.gone = {4242}
    services.tend()
    assert services.job(job.id).state is RunState.INTERRUPTED
    assert services.resume(job.id).state is RunState.QUEUED
    assert bench.started == [job.id, job.id]


def test_a_job_that_was_being_stopped_when_its_worker_ended_is_cancelled(
    services: Services, made: LabelledProject, bench: Bench, store: Store
) -> None:
    job = services.train(made.project_id)
    store.jobs.claim(job.id, 4242)
    assert services.cancel(job.id).state is RunState.CANCELLING
    bench.gone = {4242}
    services.tend()
    assert services.job(job.id).state is RunState.CANCELLED
    with pytest.raises(IllegalTransition):
        services.resume(job.id)


def test_waiting_follows_a_job_to_its_end_and_cancels_it_on_a_signal(services: Services, made: LabelledProject) -> None:
    job = services.train(made.project_id)
    seen: list[RunState] = []
    interrupted = Event()
    interrupted.set()
    ended = services.wait(job.id, lambda now: seen.append(now.state), interrupted)
    assert ended.state is RunState.CANCELLED
    assert seen == [RunState.QUEUED, RunState.CANCELLED]


def test_the_top_bar_shows_a_run_before_other_work(services: Services, made: LabelledProject, store: Store) -> None:
    assert services.running_job(made.project_id) is None
    export = services.export(made.project_id, "voc")
    assert services.running_job(made.project_id) == export
    run = services.train(made.project_id)
    shown = services.running_job(made.project_id)
    assert shown is not None
    assert shown.id == run.id
    store.jobs.claim(export.id, 1)
    shown = services.running_job(made.project_id)
    assert shown is not None
    assert shown.id == export.id, "what runs comes before what waits"


def test_deleting_a_project_stops_its_jobs(services: Services, made: LabelledProject) -> None:
    job = services.train(made.project_id)
    services.delete_project(made.project_id)
    assert services.job(job.id).state is RunState.CANCELLED


def test_the_tail_of_a_log_is_its_end_from_the_start_of_a_line(services: Services, store: Store) -> None:
    assert services.log_tail(7) == ""
    text = "".join(f"line {number}\n" for number in range(10_000))
    store.workspace.log(7).write_text(text, "utf-8")
    tail = services.log_tail(7)
    assert tail.startswith("line ")
    assert tail.endswith("line 9999\n")
    assert text.endswith(tail)
    assert LOG_TAIL_BYTES - 20 < len(tail) <= LOG_TAIL_BYTES


def test_a_folder_of_this_machine_may_be_imported_by_who_sits_at_it(
    services: Services, made: LabelledProject, tmp_path: Path
) -> None:
    job = services.import_folder(made.project_id, tmp_path, "images", Split.TEST)
    assert job.kind is JobKind.IMPORT
    assert job.params == {"path": str(tmp_path.resolve()), "format": "images", "split": "test"}
    with pytest.raises(BadRequest, match="no folder"):
        services.import_folder(made.project_id, tmp_path / "nothing", "images")
    with pytest.raises(BadRequest, match="Choose one of"):
        services.import_folder(made.project_id, tmp_path, "papyrus")
    with pytest.raises(BadRequest, match="Choose one of"):
        services.export(made.project_id, "papyrus")


def test_with_a_login_in_force_only_named_roots_may_be_imported(
    store: Store, bench: Bench, made: LabelledProject, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    (root / "set").mkdir(parents=True)
    (root / "way-out").symlink_to(tmp_path)
    settings = Settings(workspace=store.workspace.root, auth_file=tmp_path / "users", import_roots=(root,))
    services = Services(store, settings, bench, OnCpu())
    services.import_folder(made.project_id, root / "set", "images")
    for outside in (tmp_path, root / "set" / ".." / "..", root / "way-out", Path("/")):
        with pytest.raises(NotAllowed, match="--import-root"):
            services.import_folder(made.project_id, outside, "images")


def test_a_project_that_is_not_there_is_answered_with_those_that_are(services: Services, made: LabelledProject) -> None:
    assert services.project_named("shapes").id == made.project_id
    with pytest.raises(NotFound, match="there are: shapes"):
        services.project_named("shpaes")
    assert services.find_or_create_project("shapes").id == made.project_id
    assert services.find_or_create_project("new").name == "new"


@pytest.mark.parametrize("path", ["zero\0byte", "~nobody-of-that-name/x", "x" * 5000, "\ud800"])
def test_a_folder_that_cannot_even_be_looked_for_is_a_bad_request(
    services: Services, made: LabelledProject, path: str
) -> None:
    with pytest.raises(BadRequest):
        services.import_folder(made.project_id, Path(path), "images")


def test_features_are_built_unseen(services: Services, made: LabelledProject) -> None:
    services.store.jobs.enqueue(made.project_id, JobKind.FEATURES, {})
    assert services.running_job(made.project_id) is None
    run = services.store.jobs.enqueue(made.project_id, JobKind.TRAIN, {})
    assert services.running_job(made.project_id) == run


def test_a_worker_of_another_process_that_waits_takes_the_job(
    services: Services, bench: Bench, made: LabelledProject
) -> None:
    with FileLock(services.store.workspace.waiting_lock):
        job = services.predict(made.project_id, model_of(made).id)
    assert bench.started == []
    services.queue.tend()
    assert bench.started == [None]
    assert services.job(job.id).state is RunState.QUEUED


def test_a_worker_that_waits_is_not_doubled_and_one_that_is_busy_is_not_waited_for(
    services: Services, bench: Bench, made: LabelledProject
) -> None:
    bench.pids = {11}
    run = services.train(made.project_id)
    assert bench.started == [], "the one that waits takes it"
    assert services.store.jobs.claim(run.id, 11) is not None
    services.export(made.project_id, "voc")
    assert len(bench.started) == 1, "an export does not wait for the run"

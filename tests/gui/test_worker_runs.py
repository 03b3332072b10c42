"""Workers as a server starts them: real processes, real pictures, real training."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import psutil
import pytest

from detector.models.checkpoints import read_meta
from detector.runs import EpochReport, JobKind, RunState, TrainConfig
from gui.device_lookup import DeviceLookup
from gui.figures.examining import of_split
from gui.job_queue import JobQueue
from gui.jobs.train import run_folder
from gui.looking import Looking
from gui.process import WorkerLauncher
from gui.services import Services
from gui.settings import Settings
from gui.waiting import somebody_waits
from storage.records import ImageState, Job, Split, StoredBox
from storage.store import Store
from tests.gui.labelled_project import labelled_project
from tests.gui.waiting import until

TINY = TrainConfig(epochs=2, image_size=(128, 96), batch_size=2)


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
    figures = services.evaluating.of(model.id, of_split(Split.VAL)).figures
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


@pytest.mark.training
def test_a_run_after_classes_were_renamed_removed_and_added_starts_from_what_the_model_knows(
    services: Services,
) -> None:
    made = labelled_project(services.store)
    services.wait(services.train(made.project_id, TINY).id)
    drained(services)
    first = services.model(made.project_id)
    dark, red = made.class_ids
    services.classes.rename(red, "crimson")
    pale = services.classes.add(made.project_id, "pale")
    for image in made.images[:8]:  # what was dark is pale from now on
        now = services.store.annotations.get(image.id)
        boxes = [StoredBox(b.id, pale.id if b.class_id == dark else b.class_id, b.box) for b in now.boxes]
        services.save(image.id, revision=now.revision, boxes=boxes, state=ImageState.DONE, key=uuid.uuid4().hex)
    services.classes.delete(dark)

    job = services.wait(services.train(made.project_id, TINY).id)

    assert job.state is RunState.SUCCEEDED, job.message + services.log_tail(job.id)
    assert job.params["config"]["start_from"] == first.folder
    second = services.model(made.project_id)
    assert second.parent_id == first.id
    meta = read_meta(services.store.workspace.model(second.folder))
    assert dict(zip(meta.labels.ids, meta.labels.names, strict=True)) == {red: "crimson", pale.id: "pale"}
    drained(services)
    assert services.store.predictions.missing(second.id) == []


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

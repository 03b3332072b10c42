"""The four kinds of jobs, done in this process on a real store: what they leave behind and what they say."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch
from PIL import Image

from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build
from detector.domain import ImageSize, LabelSet
from detector.models.checkpoints import Meta, save_model, update_meta
from detector.runs import JobKind, Preset, RunState, TrainConfig
from gui.jobs.predict import in_order
from gui.jobs.register import model_name, register
from gui.jobs.train import run_folder
from storage.records import ImageState, Job, ModelVersion, Source, Split
from storage.store import Store
from tests.gui.doing import do
from tests.gui.labelled_project import LabelledProject, draw, labelled_project
from tests.storage.samples import save


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=4, unlabelled=2)


def claimed(store: Store, project_id: int, kind: JobKind, params: dict[str, Any]) -> Job:
    store.jobs.enqueue(project_id, kind, params)
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    return job


def untrained(folder: Path, labels: LabelSet, metrics: dict[str, float] | None = None) -> Path:
    """A model folder with random weights."""
    torch.manual_seed(0)
    spec = NetworkSpec(Preset.LITE, len(labels), ImageSize(128, 96), 16.0)
    save_model(build(spec), Meta(spec, labels, metrics=metrics or {}), folder)
    return folder


def stored_model(
    made: LabelledProject, metrics: dict[str, float] | None = None, parent: str | None = None
) -> tuple[ModelVersion, str]:
    """A run that is registered with its model, and what is said about it; `parent` is the folder of the one before."""
    store = made.store
    job = claimed(store, made.project_id, JobKind.TRAIN, {})
    best = untrained(store.workspace.temporary(), LabelSet(made.class_ids, ("dark", "red")), metrics)
    update_meta(best, parent=parent)
    snapshot = store.snapshots.take(made.project_id)
    model, said = register(store, job, snapshot, TrainConfig(), best)
    store.jobs.finish(job.id, RunState.SUCCEEDED, "")
    return model, said


def test_an_import_brings_pictures_and_tells_of_what_it_could_not_read(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(3):
        (folder / f"{seed}.png").write_bytes(draw(seed)[0])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    project = store.projects.create("p")
    job = claimed(store, project.id, JobKind.IMPORT, {"path": str(folder), "format": "images", "split": "test"})

    outcome = do(store, job)

    assert outcome.state is RunState.SUCCEEDED
    assert outcome.message.startswith("3 images added")
    assert "1 could not be read" in outcome.message
    assert (outcome.result["added"], outcome.result["skipped_total"]) == (3, 1)
    assert "broken.png" in outcome.result["skipped"][0]["file"]
    assert {image.split for image in store.images.page(project.id).items} == {Split.TEST}


def test_an_import_that_is_stopped_keeps_what_it_has_and_says_so(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "0.png").write_bytes(draw(0)[0])
    project = store.projects.create("p")
    job = claimed(store, project.id, JobKind.IMPORT, {"path": str(folder), "format": "images", "split": None})
    stop = Event()
    stop.set()
    outcome = do(store, job, stop)
    assert outcome.state is RunState.CANCELLED
    assert outcome.message.startswith("Stopped: 0 images added")


def test_an_export_is_a_zip_of_the_done_images_only(store: Store, made: LabelledProject) -> None:
    outcome = do(store, claimed(store, made.project_id, JobKind.EXPORT, {"format": "voc"}))

    assert outcome.state is RunState.SUCCEEDED
    assert outcome.message.startswith("4 images with 8 boxes as VOC, ")
    path = store.workspace.exports / outcome.result["file"]
    with zipfile.ZipFile(path) as archive:
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pictures) == 4
        for name in pictures:
            assert Image.open(io.BytesIO(archive.read(name))).size == (128, 96)
    assert outcome.result["bytes"] == path.stat().st_size


def test_an_export_that_is_stopped_leaves_nothing_behind(store: Store, made: LabelledProject) -> None:
    stop = Event()
    stop.set()
    outcome = do(store, claimed(store, made.project_id, JobKind.EXPORT, {"format": "coco"}), stop)
    assert outcome.state is RunState.CANCELLED
    assert list(store.workspace.exports.iterdir()) == []


def test_predicting_begins_with_the_image_that_is_open_and_goes_on_from_there() -> None:
    assert list(in_order([5, 1, 9, 3], lambda: None)) == [[1], [3, 5, 9]]
    assert list(in_order([5, 1, 9, 3], lambda: 5)) == [[5], [9], [1, 3]]
    assert list(in_order([5, 1, 9, 3], lambda: 4)) == [[5], [9], [1, 3]]
    assert list(in_order([5, 1, 9, 3], lambda: 10)) == [[1], [3, 5, 9]]
    assert [len(batch) for batch in in_order(range(30), lambda: None, size=16)] == [1, 4, 16, 9]


def test_the_order_of_predicting_follows_whoever_walks_through_the_images() -> None:
    places = iter([20, 40, 3, 3])
    batches = in_order(range(50), lambda: next(places), size=2)
    assert [next(batches) for _ in range(4)] == [[20], [40, 41], [3, 4], [5, 6]]


def test_predicting_fills_what_is_missing_and_a_bad_file_does_not_stop_it(store: Store, made: LabelledProject) -> None:
    model, _ = stored_model(made)
    bad = made.images[1]
    store.workspace.original(bad.sha256).write_bytes(b"spoilt")
    [queued] = store.jobs.list(made.project_id, JobKind.PREDICT)
    job = store.jobs.claim(queued.id, os.getpid())
    assert job is not None

    outcome = do(store, job)

    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert (outcome.result["predicted"], len(outcome.result["skipped"])) == (5, 1)
    assert outcome.result["skipped"][0]["name"] == bad.name
    assert store.predictions.missing(model.id) == [bad.id]
    assert "1 image could not be read" in outcome.message


def test_predicting_again_finds_nothing_to_do(store: Store, made: LabelledProject) -> None:
    model, _ = stored_model(made)
    for _ in range(2):
        outcome = do(store, claimed(store, made.project_id, JobKind.PREDICT, {"model_version_id": model.id}))
    assert outcome.result["predicted"] == 0
    assert outcome.message == "v1 has looked at every image already."


def test_predicting_that_is_stopped_says_how_far_it_came(store: Store, made: LabelledProject) -> None:
    model, _ = stored_model(made)
    stop = Event()
    stop.set()
    outcome = do(store, claimed(store, made.project_id, JobKind.PREDICT, {"model_version_id": model.id}), stop)
    assert outcome.state is RunState.CANCELLED
    assert "0 images of 6" in outcome.message


def test_a_finished_run_becomes_a_version_in_place_with_predicting_queued(store: Store, made: LabelledProject) -> None:
    model, said = stored_model(made, {"ap": 0.4})
    assert (model.number, model.folder, said) == (1, f"p{made.project_id}-run{model.job_id}", "")
    assert (store.workspace.model(model.folder) / "model.safetensors").is_file()
    assert model.metrics["ap"] == 0.4
    assert model.metrics["train_images"] + model.metrics["val_images"] == 4
    assert store.projects.get(made.project_id).active_model_id == model.id
    [job] = store.jobs.list(made.project_id, JobKind.PREDICT)
    assert job.params["model_version_id"] == model.id


def test_a_model_that_is_worse_on_the_same_images_does_not_become_active(store: Store, made: LabelledProject) -> None:
    first, _ = stored_model(made, {"ap": 0.5})
    second, said = stored_model(made, {"ap": 0.3})
    assert store.projects.get(made.project_id).active_model_id == first.id
    assert said == "v1 stays active, as it is better on the same validation images (mAP 0.50)."
    about_equal, said = stored_model(made, {"ap": 0.495})
    assert (store.projects.get(made.project_id).active_model_id, said) == (about_equal.id, "")
    assert [second.number, about_equal.number] == [2, 3]


def test_figures_on_other_validation_images_count_only_where_they_are_far_worse(
    store: Store, made: LabelledProject
) -> None:
    stored_model(made, {"ap": 0.5})
    val = store.images.page(made.project_id, split=Split.VAL).items[0]
    standing = store.annotations.get(val.id)
    store.annotations.save(
        val.id, revision=standing.revision, boxes=standing.boxes[:1], state=ImageState.DONE, key="changed"
    )
    second, said = stored_model(made, {"ap": 0.43})
    assert (store.projects.get(made.project_id).active_model_id, said) == (second.id, "")
    _, said = stored_model(made, {"ap": 0.02})
    assert store.projects.get(made.project_id).active_model_id == second.id
    assert said == "v2 stays active, as it is better on the same validation images (mAP 0.43)."


def test_where_a_model_drew_the_validation_boxes_what_is_found_counts_and_not_its_edges(
    store: Store, made: LabelledProject
) -> None:
    first, _ = stored_model(made, {"ap": 0.5, "ap50": 0.8})
    for val in store.images.page(made.project_id, split=Split.VAL).items:
        standing = store.annotations.get(val.id)
        boxes = [replace(box, source=Source.MODEL, model_version_id=first.id, score=0.9) for box in standing.boxes]
        save(store, val.id, boxes, ImageState.DONE)
    second, said = stored_model(made, {"ap": 0.3, "ap50": 0.81})
    assert (store.projects.get(made.project_id).active_model_id, said) == (second.id, "")
    _, said = stored_model(made, {"ap": 0.6, "ap50": 0.5})
    assert store.projects.get(made.project_id).active_model_id == second.id


def test_a_model_that_has_beaten_its_parent_today_is_not_held_against_the_parents_luck_of_its_time(
    store: Store, made: LabelledProject
) -> None:
    first, _ = stored_model(made, {"ap": 0.6})
    val = store.images.page(made.project_id, split=Split.VAL).items[0]
    save(store, val.id, list(store.annotations.get(val.id).boxes[:1]), ImageState.DONE)
    child, said = stored_model(made, {"ap": 0.4}, parent=first.folder)
    assert (store.projects.get(made.project_id).active_model_id, said) == (child.id, "")
    _, said = stored_model(made, {"ap": 0.2}, parent=first.folder)
    assert store.projects.get(made.project_id).active_model_id == child.id, "its parent is not the active one any more"


def test_a_run_that_was_stopped_early_does_not_replace_a_good_model(store: Store, made: LabelledProject) -> None:
    first, _ = stored_model(made, {"ap": 0.43})
    val = store.images.page(made.project_id, split=Split.VAL).items[0]
    standing = store.annotations.get(val.id)
    store.annotations.save(
        val.id, revision=standing.revision, boxes=standing.boxes[:1], state=ImageState.DONE, key="changed"
    )
    _, said = stored_model(made, {"ap": 0.02})
    assert store.projects.get(made.project_id).active_model_id == first.id
    assert said == "v1 stays active, as it was far better on the validation images of its time (mAP 0.43)."


def test_a_run_whose_worker_died_while_registering_is_registered_once(store: Store, made: LabelledProject) -> None:
    snapshot = store.snapshots.take(made.project_id)
    store.snapshots.save(snapshot)
    job = claimed(store, made.project_id, JobKind.TRAIN, {"config": TrainConfig().to_json()})
    folder = store.workspace.tmp / f"run-{job.id}"
    store.workspace.write(folder / "run.json", f'{{"snapshot": "{snapshot.digest}"}}'.encode())
    labels = LabelSet(made.class_ids, ("dark", "red"))
    untrained(store.workspace.model(model_name(job)), labels, {"ap": 0.25, "ap50": 0.5})

    outcome = do(store, job)

    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert outcome.message.startswith("Model v1 is ready, mAP 0.25")
    [model] = store.models.list(made.project_id)
    assert outcome.result["model_version_id"] == model.id
    assert not folder.exists()


def test_a_run_whose_worker_died_after_cleaning_up_is_not_trained_again(store: Store, made: LabelledProject) -> None:
    snapshot = store.snapshots.take(made.project_id)
    store.snapshots.save(snapshot)
    store.annotations.save(
        made.images[0].id,
        revision=made.images[0].revision,
        boxes=[],
        state=ImageState.DONE,
        key="labelled on",
    )
    job = claimed(store, made.project_id, JobKind.TRAIN, {"config": TrainConfig().to_json()})
    best = untrained(store.workspace.temporary(), LabelSet(made.class_ids, ("dark", "red")), {"ap": 0.25})
    model, _ = register(store, job, snapshot, TrainConfig(), best)

    outcome = do(store, job)

    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert outcome.result["model_version_id"] == model.id
    assert outcome.result["snapshot"] == snapshot.digest == model.snapshot_digest
    assert store.models.list(made.project_id) == [model]


def test_a_run_that_ends_in_the_bin_can_be_resumed_once_its_project_is_restored(
    store: Store, made: LabelledProject
) -> None:
    snapshot = store.snapshots.take(made.project_id)
    store.snapshots.save(snapshot)
    job = claimed(store, made.project_id, JobKind.TRAIN, {"config": TrainConfig().to_json()})
    folder = run_folder(store, job.id)
    store.workspace.write(folder / "run.json", f'{{"snapshot": "{snapshot.digest}"}}'.encode())
    untrained(store.workspace.model(model_name(job)), LabelSet(made.class_ids, ("dark", "red")), {"ap": 0.25})
    store.projects.delete(made.project_id)

    outcome = do(store, job)

    assert outcome.state is RunState.FAILED
    assert "in the bin" in outcome.message
    assert "Restore" in outcome.message
    store.projects.restore(made.project_id)
    store.jobs.requeue(job.id)
    again = store.jobs.claim(job.id, os.getpid())
    assert again is not None
    assert do(store, again).state is RunState.SUCCEEDED
    assert [m.number for m in store.models.list(made.project_id)] == [1]

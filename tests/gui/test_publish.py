"""A run gives out what it has learned while it goes on, and ends with one version, wherever its worker may die."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch

from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build
from detector.domain import ImageSize, LabelSet
from detector.models.checkpoints import Meta, read_meta, save_model
from detector.models.model_folder import read_description
from detector.runs import JobKind, Preset, RunState, TrainConfig
from gui.jobs.context import JobContext, Outcome
from gui.jobs.publish import Publisher
from gui.jobs.register import model_name, register
from gui.jobs.train import run_folder
from gui.looking import Looking
from gui.settings import Settings
from gui.worker import run_job
from storage.model_versions import ModelStore
from storage.projects import ProjectStore
from storage.records import Job, ModelVersion, Project
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, labelled_project

CHOSEN = {"wish": {"kind": "misses", "value": 5}, "all": 0.2, "by_class": {}}


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=4, unlabelled=4)


@pytest.fixture
def job(store: Store, made: LabelledProject) -> Job:
    store.jobs.enqueue(made.project_id, JobKind.TRAIN, {"config": TrainConfig().to_json()})
    claimed = store.jobs.claim_next(os.getpid())
    assert claimed is not None
    return claimed


def best_of(store: Store, made: LabelledProject, job: Job, seed: int, ap: float) -> Path:
    """What the run has found best, as it lies in its folder; random weights by the seed."""
    folder = run_folder(store, job.id) / "best"
    torch.manual_seed(seed)
    spec = NetworkSpec(Preset.LITE, 2, ImageSize(128, 96), 16.0)
    labels = LabelSet(made.class_ids, ("dark", "red"))
    save_model(build(spec), Meta(spec, labels, metrics={"ap": ap, "ap50": ap}), folder)
    return folder


def context_of(store: Store, job: Job) -> JobContext:
    return JobContext(store, job, Settings(workspace=store.workspace.root), Event(), threads=1)


def publisher_of(store: Store, job: Job, clock: Callable[[], float] = lambda: 0.0) -> Publisher:
    return Publisher(context_of(store, job), store.snapshots.take(job.project_id), TrainConfig(), clock)


def finish(store: Store, job: Job, best: Path) -> ModelVersion:
    return register(store, job, store.snapshots.take(job.project_id), TrainConfig(), best)[0]


def said_in_folder(store: Store, model: ModelVersion) -> object:
    return read_description(store.workspace.model(model.folder)).get("chosen_thresholds")


def live(store: Store, job: Job) -> list[ModelVersion]:
    return store.models.list(job.project_id)


def active(store: Store, job: Job) -> int | None:
    return store.projects.get(job.project_id).active_model_id


def test_each_model_that_may_be_used_is_a_version_and_stands_in_for_the_one_before(
    store: Store, made: LabelledProject, job: Job
) -> None:
    publish = publisher_of(store, job)
    publish(best_of(store, made, job, 1, 0.2), 0.2)
    [first] = live(store, job)
    assert (first.number, first.folder, first.metrics["ap"]) == (1, f"{model_name(job)}-1", 0.2)
    assert active(store, job) == first.id
    assert first.snapshot_digest == read_meta(store.workspace.model(first.folder)).snapshot_digest

    publish(best_of(store, made, job, 2, 0.3), 0.3)

    [second] = live(store, job)
    assert (second.number, second.folder) == (1, f"{model_name(job)}-2")
    assert active(store, job) == second.id
    assert publish.model == second
    assert store.models.get(first.id, deleted=True).superseded_by == second.id
    assert [folder.name for folder in store.workspace.models.iterdir()] == [second.folder]
    assert store.jobs.list(kind=JobKind.PREDICT) == [], "its run has not ended"


def test_the_folder_says_the_thresholds_that_a_version_takes_over(
    store: Store, made: LabelledProject, job: Job
) -> None:
    publish = publisher_of(store, job)
    publish(best_of(store, made, job, 1, 0.2), 0.2)
    store.models.set_thresholds(live(store, job)[0].id, CHOSEN)
    publish(best_of(store, made, job, 2, 0.3), 0.3)
    [second] = live(store, job)
    assert second.thresholds == CHOSEN == said_in_folder(store, second)
    last = finish(store, job, best_of(store, made, job, 3, 0.4))
    assert last.thresholds == CHOSEN == said_in_folder(store, last)


def test_what_was_given_out_stays_whole_while_the_run_goes_on(store: Store, made: LabelledProject, job: Job) -> None:
    publisher_of(store, job)(best_of(store, made, job, 1, 0.2), 0.2)
    weights = store.workspace.model(live(store, job)[0].folder) / "model.safetensors"
    before = weights.read_bytes()
    best = best_of(store, made, job, 2, 0.3)
    assert (best / "model.safetensors").read_bytes() != before
    shutil.rmtree(best)
    assert weights.read_bytes() == before


def test_a_model_that_is_the_last_one_given_out_is_not_registered_again(
    store: Store, made: LabelledProject, job: Job
) -> None:
    best = best_of(store, made, job, 1, 0.2)
    publisher_of(store, job)(best, 0.2)
    [given] = live(store, job)
    assert finish(store, job, best) == given
    assert live(store, job) == [given]
    [predicting] = store.jobs.list(kind=JobKind.PREDICT)
    assert predicting.params["model_version_id"] == given.id


def test_a_run_that_ends_with_a_better_model_leaves_that_one_only(
    store: Store, made: LabelledProject, job: Job
) -> None:
    publisher_of(store, job)(best_of(store, made, job, 1, 0.2), 0.2)
    last = finish(store, job, best_of(store, made, job, 2, 0.4))
    assert (last.number, last.folder) == (1, model_name(job))
    assert [folder.name for folder in store.workspace.models.iterdir()] == [last.folder]
    assert live(store, job) == [last]
    assert active(store, job) == last.id


@pytest.mark.parametrize("said", ["note", "name", "pin"])
def test_a_version_that_somebody_has_a_use_for_stays(store: Store, made: LabelledProject, job: Job, said: str) -> None:
    publish = publisher_of(store, job)
    publish(best_of(store, made, job, 1, 0.2), 0.2)
    kept = live(store, job)[-1]
    if said == "pin":
        store.models.set_pinned(kept.id, True)
    else:
        {"note": store.models.set_note, "name": store.models.set_name}[said](kept.id, "the first that knew red")
    publish(best_of(store, made, job, 2, 0.3), 0.3)
    publish(best_of(store, made, job, 3, 0.35), 0.35)
    last = finish(store, job, best_of(store, made, job, 4, 0.4))
    assert [(m.number, m.metrics["ap"]) for m in live(store, job)] == [(1, 0.2), (2, 0.4)]
    assert {folder.name for folder in store.workspace.models.iterdir()} == {kept.folder, last.folder}


def test_an_older_model_that_is_better_stays_active_and_the_run_keeps_its_newest(
    store: Store, made: LabelledProject, job: Job
) -> None:
    before = finish(store, job, best_of(store, made, job, 9, 0.6))
    store.jobs.finish(job.id, RunState.SUCCEEDED, "")
    store.jobs.enqueue(made.project_id, JobKind.TRAIN, {})
    later = store.jobs.claim_next(os.getpid())
    while later is not None and later.kind is not JobKind.TRAIN:
        store.jobs.finish(later.id, RunState.SUCCEEDED, "")
        later = store.jobs.claim_next(os.getpid())
    assert later is not None
    publish = publisher_of(store, later)
    publish(best_of(store, made, later, 1, 0.2), 0.2)
    publish(best_of(store, made, later, 2, 0.3), 0.3)
    assert active(store, later) == before.id
    assert [(m.number, m.metrics["ap"]) for m in live(store, later)] == [(1, 0.6), (2, 0.3)]


def test_a_full_disk_or_a_project_in_the_bin_does_not_stop_the_run(
    store: Store, made: LabelledProject, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    publish = publisher_of(store, job)
    store.projects.delete(made.project_id)
    publish(best_of(store, made, job, 1, 0.2), 0.2)
    assert "could not be given out" in caplog.text
    store.projects.restore(made.project_id)
    assert live(store, job) == []
    assert list(store.workspace.tmp.glob("*[!0-9]")) == [], "no copy is left behind"


def test_a_run_that_somebody_else_has_gives_out_nothing(store: Store, made: LabelledProject, job: Job) -> None:
    context = context_of(store, job)
    context.lost.set()
    Publisher(context, store.snapshots.take(job.project_id), TrainConfig())(best_of(store, made, job, 1, 0.2), 0.2)
    assert live(store, job) == []


# The first look


def test_a_new_model_has_looked_at_the_open_image_before_anybody_hears_of_it(
    store: Store, made: LabelledProject, job: Job
) -> None:
    opened = made.images[5]
    Looking(store.workspace).note(made.project_id, opened.id)
    seen: list[tuple[int, list[int]]] = []

    class Watched(ProjectStore):
        def set_active_model(self, project_id: int, model_id: int | None, author: str | None = None) -> Project:
            assert model_id is not None
            seen.append((model_id, store.predictions.missing(model_id)))
            return super().set_active_model(project_id, model_id)

    store.projects = Watched(store.database)
    publisher_of(store, job)(best_of(store, made, job, 1, 0.2), 0.2)

    [(model_id, missing)] = seen
    assert missing == [image.id for image in made.images if image.id != opened.id]
    assert store.predictions.missing(model_id) == [], "and then at the others, as there was time"


def test_the_look_takes_two_seconds_and_begins_where_somebody_is(store: Store, made: LabelledProject, job: Job) -> None:
    Looking(store.workspace).note(made.project_id, made.images[5].id)
    times = iter([0.0, 0.5, 1.0, 2.5])  # begin, open image, the next one, time is up
    publisher_of(store, job, lambda: next(times))(best_of(store, made, job, 1, 0.2), 0.2)
    missing = store.predictions.missing(live(store, job)[0].id)
    assert missing == [image.id for image in made.images if image not in made.images[5:7]]


def test_an_open_image_of_another_project_is_passed_over(store: Store, made: LabelledProject, job: Job) -> None:
    other = labelled_project(store, labelled=0, unlabelled=1, name="other")
    Looking(store.workspace).note(made.project_id, other.images[0].id)
    publisher_of(store, job)(best_of(store, made, job, 1, 0.2), 0.2)
    [model] = live(store, job)
    assert active(store, job) == model.id
    assert store.predictions.missing(model.id) == []


def test_nobody_there_costs_no_time_and_looking_changes_no_random_number(
    store: Store, made: LabelledProject, job: Job
) -> None:
    best = best_of(store, made, job, 1, 0.2)
    publish = publisher_of(store, job)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    publish(best, 0.2)
    assert store.predictions.count(live(store, job)[0].id) == 0
    Looking(store.workspace).note(made.project_id)
    publish(best, 0.2)
    assert store.predictions.count(live(store, job)[0].id) == 8
    assert torch.equal(torch.rand(3), expected)


# Crashes


class Died(BaseException):
    """The worker's process ended here."""


class DyingModels(ModelStore):
    def __init__(self, store: Store, at: str) -> None:
        super().__init__(store.database)
        self._at = at

    def _step(self, step: str) -> None:
        if step == self._at:
            raise Died

    def add(self, *args: Any, **kwargs: Any) -> ModelVersion:
        self._step("before it is recorded")
        added = super().add(*args, **kwargs)
        self._step("before it is active")
        return added

    def supersede(self, earlier_id: int, later_id: int) -> ModelVersion:
        self._step("before it stands in for the last one")
        later = super().supersede(earlier_id, later_id)
        self._step("at the end")
        return later


@pytest.mark.parametrize(
    "step",
    ["before it is recorded", "before it is active", "before it stands in for the last one", "at the end"],
)
@pytest.mark.parametrize("in_the_end", [True, False])
def test_wherever_the_worker_dies_the_resumed_run_ends_with_one_whole_version(
    store: Store, made: LabelledProject, job: Job, step: str, in_the_end: bool
) -> None:
    publisher_of(store, job)(best_of(store, made, job, 1, 0.2), 0.2)
    store.models.set_thresholds(live(store, job)[0].id, CHOSEN)
    best = best_of(store, made, job, 2, 0.3)
    store.models = DyingModels(store, step)
    with pytest.raises(Died):
        if in_the_end:
            finish(store, job, best)
        else:
            publisher_of(store, job)(best, 0.3)
    store.models = ModelStore(store.database)
    for model in live(store, job):
        assert read_meta(store.workspace.model(model.folder)).metrics["ap"] == model.metrics["ap"]
    assert active(store, job) in [m.id for m in live(store, job)]

    if not in_the_end:
        publisher_of(store, job)(best, 0.3)
    last = finish(store, job, best)

    assert live(store, job) == [last]
    assert (last.number, last.metrics["ap"]) == (1, 0.3)
    assert active(store, job) == last.id
    assert [folder.name for folder in store.workspace.models.iterdir()] == [last.folder]
    assert last.thresholds == CHOSEN == said_in_folder(store, last)


def outcome_of(store: Store, job: Job) -> Outcome:
    context = context_of(store, job)
    outcome = run_job(context)
    context.finish(outcome)
    return outcome


def test_a_run_that_had_given_out_its_last_model_and_cleaned_up_is_not_trained_again(
    store: Store, made: LabelledProject, job: Job
) -> None:
    snapshot = store.snapshots.take(made.project_id)
    store.snapshots.save(snapshot)
    best = best_of(store, made, job, 1, 0.25)
    publisher_of(store, job)(best, 0.25)
    given = finish(store, job, best)
    shutil.rmtree(run_folder(store, job.id))

    outcome = outcome_of(store, job)

    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert outcome.message.startswith("Model v1 is ready, mAP 0.25")
    assert outcome.result["model_version_id"] == given.id
    assert live(store, job) == [given]


def test_predicting_with_a_model_that_was_replaced_meanwhile_is_no_failure(
    store: Store, made: LabelledProject, job: Job
) -> None:
    publish = publisher_of(store, job)
    publish(best_of(store, made, job, 1, 0.2), 0.2)
    first = live(store, job)[0]
    asked = store.jobs.enqueue(made.project_id, JobKind.PREDICT, {"model_version_id": first.id})
    publish(best_of(store, made, job, 2, 0.3), 0.3)
    claimed = store.jobs.claim(asked.id, os.getpid())
    assert claimed is not None
    outcome = outcome_of(store, claimed)
    assert (outcome.state, outcome.result) == (RunState.SUCCEEDED, {"predicted": 0})
    assert outcome.message == "A better v1 looks at the images instead."


def test_predicting_with_a_model_in_the_bin_is_no_failure(store: Store, made: LabelledProject, job: Job) -> None:
    model = finish(store, job, best_of(store, made, job, 1, 0.2))
    store.projects.set_active_model(made.project_id, None)
    store.models.delete(model.id)
    [asked] = store.jobs.list(kind=JobKind.PREDICT)
    claimed = store.jobs.claim(asked.id, os.getpid())
    assert claimed is not None
    outcome = outcome_of(store, claimed)
    assert (outcome.state, outcome.result) == (RunState.SUCCEEDED, {"predicted": 0})
    assert outcome.message == "v1 lies in the bin, so it looks at nothing."

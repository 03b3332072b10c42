"""The features job fills the cache for training and predicting, gives way at once, and never alarms anybody."""

from __future__ import annotations

import os

import pytest

from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build_pretrained
from detector.domain import ImageSize, LabelSet
from detector.features.feature_cache import FeatureCache
from detector.features.views import view_key
from detector.models.checkpoints import Meta, save_model
from detector.models.precision import quicker_precision
from detector.pictures.dataset import change_for
from detector.runs import JobKind, Preset, RunState, TrainConfig
from gui.jobs import features
from gui.jobs.examples import examples_of
from gui.training_plan import labels_of
from storage.records import Job, Split
from storage.store import Store
from tests.gui.doing import do
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project

SMALL = TrainConfig(image_size=(128, 96))


@pytest.fixture
def made(store: Store) -> LabelledProject:
    """With a run in the past, so that the input is small and the tests are quick."""
    made = labelled_project(store, labelled=4, unlabelled=2)
    asked = store.jobs.enqueue(made.project_id, JobKind.TRAIN, {"config": SMALL.to_json()})
    store.jobs.request_cancel(asked.id)
    return made


def claimed(store: Store, project_id: int) -> Job:
    store.jobs.enqueue(project_id, JobKind.FEATURES, {})
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    return job


def kept(store: Store) -> int:
    return sum(1 for path in store.workspace.features.rglob("*.features") if path.is_file())


def test_the_plain_view_of_every_image_and_others_of_those_learned_from_are_kept(
    store: Store, made: LabelledProject
) -> None:
    outcome = do(store, claimed(store, made.project_id))

    assert outcome.state is RunState.SUCCEEDED, outcome.message
    train = sum(image.split is Split.TRAIN for image in store.snapshots.ahead(made.project_id).images)
    assert outcome.result == {"made": 6 + train * (features.MOST_VIEWS - 1), "complete": True}
    assert kept(store) == outcome.result["made"]
    assert [store.images.get(image.id).split for image in made.images] == [None] * 6, "looking ahead fixes no split"


def test_what_is_there_is_not_made_again_and_a_new_image_is(store: Store, made: LabelledProject) -> None:
    do(store, claimed(store, made.project_id))
    assert do(store, claimed(store, made.project_id)).result["made"] == 0
    gone = next(path for path in store.workspace.features.rglob("*.features"))
    gone.unlink()
    assert do(store, claimed(store, made.project_id)).result["made"] == 1


def test_a_cache_that_somebody_deleted_is_made_anew(store: Store, made: LabelledProject) -> None:
    first = do(store, claimed(store, made.project_id))
    for path in sorted(store.workspace.features.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store.workspace.features.rmdir()
    assert do(store, claimed(store, made.project_id)).result == first.result


def test_a_run_from_the_active_model_finds_its_views_ready(store: Store, made: LabelledProject) -> None:
    labels = LabelSet(made.class_ids, ("dark", "red"))
    spec = NetworkSpec(Preset.LITE, 2, ImageSize(160, 96), 16.0)
    network = build_pretrained(spec, labels)
    save_model(network, Meta(spec, labels), store.workspace.model("m1"))
    add_model(store, made.project_id, active=True)

    do(store, claimed(store, made.project_id))

    cache = FeatureCache(store.workspace.features)
    network.precision = quicker_precision(network.device)
    snapshot = store.snapshots.take(made.project_id)
    digest = network.frozen_digest()
    for example in examples_of(store, snapshot, Split.TRAIN, labels_of(snapshot)):
        for view in range(4):
            assert view_key(network, digest, example, change_for(example, view, seed=0)) in cache


def test_it_gives_way_as_soon_as_there_is_other_work(store: Store, made: LabelledProject) -> None:
    job = claimed(store, made.project_id)
    waiting = store.jobs.enqueue(made.project_id, JobKind.PREDICT, {})

    outcome = do(store, job)

    assert outcome.state is RunState.CANCELLED
    assert outcome.result["again"]
    assert outcome.result["made"] == kept(store) == 0
    next_one = store.jobs.claim_next(os.getpid())
    assert next_one is not None and next_one.id == waiting.id


def test_a_person_can_stop_it_for_good(store: Store, made: LabelledProject) -> None:
    job = claimed(store, made.project_id)
    store.jobs.request_cancel(job.id)
    outcome = do(store, job)
    assert outcome.state is RunState.CANCELLED
    assert "again" not in outcome.result


def test_without_a_box_there_is_nothing_to_plan_a_network_by(store: Store) -> None:
    empty = labelled_project(store, labelled=0, unlabelled=4)
    outcome = do(store, claimed(store, empty.project_id))
    assert (outcome.state, outcome.result) == (RunState.SUCCEEDED, {"made": 0})
    assert "first boxes" in outcome.message


def test_a_picture_that_cannot_be_read_is_left_out(store: Store, made: LabelledProject) -> None:
    store.workspace.original(made.images[5].sha256).write_bytes(b"spoilt")
    outcome = do(store, claimed(store, made.project_id))
    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert outcome.result["complete"]

"""The next job: a queue of what to label next from what a model found, or at random, and when it is made anew."""

from __future__ import annotations

import os
from threading import Event

import pytest

from detector.advising.embeddings import EmbeddingStore
from detector.domain import Box, LabelSet
from detector.runs import JobKind, RunState
from gui.jobs.context import Outcome
from gui.messages import NotYet
from gui.queues import next_images
from gui.queues.next_images import AT_RANDOM, LIKE_NOTHING, NextImagesActs, Way, reasons
from gui.services import Services
from storage.queues import NEXT
from storage.records import ImageState, ModelVersion, ObjectClass, StoredPrediction
from storage.store import Store
from tests.gui.doing import do as done
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.test_jobs import untrained
from tests.storage.samples import add_image, save

HERE, THERE = Box(2, 2, 30, 30), Box(60, 40, 90, 80)


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=4, unlabelled=6)


@pytest.fixture
def model(made: LabelledProject) -> ModelVersion:
    """Active, with weights; it is unsure of nothing but of one image, and sees the rarer class on another."""
    untrained(made.store.workspace.model("m1"), LabelSet(made.class_ids, ("dark", "red")))
    model = add_model(made.store, made.project_id, active=True)
    dark, red = made.class_ids
    sure = [StoredPrediction(dark, HERE, 0.99)]
    rows = [(image.id, sure, False) for image in made.images]
    rows[6] = (made.images[6].id, [StoredPrediction(dark, HERE, 0.5), StoredPrediction(red, THERE, 0.45)], False)
    made.store.predictions.put_many(model.id, rows)
    return model


def do(store: Store, project_id: int, stop: Event | None = None, **params: object) -> Outcome:
    store.jobs.enqueue(project_id, JobKind.NEXT, dict(params))
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    return done(store, job, stop)


def queued(store: Store, project_id: int) -> list[int]:
    return [item.image_id for item in store.queues.page(project_id, NEXT)]


def test_what_the_model_is_unsure_of_comes_first_and_every_image_to_label_is_there(
    store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    outcome = do(store, made.project_id)
    assert (outcome.state, outcome.result) == (RunState.SUCCEEDED, {"images": 6}), outcome.message
    assert "v1 chose 6 images" in outcome.message
    assert queued(store, made.project_id)[0] == made.images[6].id
    assert sorted(queued(store, made.project_id)) == [image.id for image in made.images[4:]]
    [top] = store.queues.page(made.project_id, NEXT, limit=1)
    assert top.details["in_doubt"] == 2 and top.details["seen"]
    head = store.queues.head(made.project_id, NEXT)
    assert head is not None
    assert head.details == {"way": "advised", "model_version_id": model.id, "newest_image_id": made.images[-1].id}


def test_what_images_look_like_is_kept_for_the_next_time(
    store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    do(store, made.project_id)
    [file] = store.workspace.embeddings.iterdir()
    assert EmbeddingStore(store.workspace.embeddings).load(file.stem).keys() == {i.sha256 for i in made.images}
    first = queued(store, made.project_id)
    file.write_bytes(b"spoilt")
    do(store, made.project_id)
    assert queued(store, made.project_id) == first


def test_a_model_whose_weights_are_gone_still_advises_by_what_it_found(
    store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    for path in sorted(store.workspace.model("m1").iterdir()):
        path.unlink()
    assert do(store, made.project_id).state is RunState.SUCCEEDED
    assert queued(store, made.project_id)[0] == made.images[6].id


def test_images_that_a_model_has_not_looked_at_are_in_the_queue_and_say_so(
    store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    late = add_model(store, made.project_id, "m2")
    store.predictions.put_many(late.id, [(made.images[5].id, [StoredPrediction(made.class_ids[0], HERE, 0.5)], False)])
    do(store, made.project_id, model_version_id=late.id)
    seen = {item.image_id: item.details["seen"] for item in store.queues.page(made.project_id, NEXT)}
    assert [image_id for image_id, is_seen in seen.items() if is_seen] == [made.images[5].id]
    assert len(seen) == 6


def test_at_random_needs_no_model_and_advice_without_one_is_random(store: Store, made: LabelledProject) -> None:
    asked = do(store, made.project_id, way="random")
    assert "6 images at random" in asked.message
    head = store.queues.head(made.project_id, NEXT)
    assert head is not None and head.details["way"] == "random"
    assert "no model yet" in do(store, made.project_id, way="advised").message
    assert sorted(queued(store, made.project_id)) == [image.id for image in made.images[4:]]


def test_where_nothing_is_left_to_label_the_queue_is_empty(store: Store, model: ModelVersion) -> None:
    project = model.project_id
    for image in store.images.page(project).items:
        save(store, image.id, [], ImageState.DONE)
    assert "Nothing is left" in do(store, project).message
    assert queued(store, project) == []


def test_a_queue_that_was_stopped_stays_as_it_was(store: Store, made: LabelledProject, model: ModelVersion) -> None:
    do(store, made.project_id, way="random")
    before = queued(store, made.project_id)
    stop = Event()
    stop.set()
    assert do(store, made.project_id, stop, way="advised").state is RunState.CANCELLED
    assert queued(store, made.project_id) == before


def test_a_new_queue_follows_a_run_in_the_way_that_was_chosen_last(
    store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    do(store, made.project_id, way="random")
    next_images.queue_after_run(store, model)
    [newest, *_] = store.jobs.list(made.project_id, JobKind.NEXT)
    assert (newest.state, newest.params["way"]) == (RunState.QUEUED, "random")
    store.jobs.request_cancel(newest.id)
    other = add_model(store, made.project_id, "m2")
    next_images.queue_after_run(store, other)
    assert store.jobs.list(made.project_id, JobKind.NEXT)[0].id == newest.id, "it is not the active one"


@pytest.mark.parametrize("seen_before", [False, True])
def test_looking_at_all_images_after_a_run_is_followed_by_choosing(
    store: Store, made: LabelledProject, model: ModelVersion, seen_before: bool
) -> None:
    fresh = add_model(store, made.project_id, "m3", active=True)
    untrained(store.workspace.model("m3"), LabelSet(made.class_ids, ("dark", "red")))
    if seen_before:  # while its run went on
        store.predictions.put_many(fresh.id, [(image.id, [], False) for image in made.images])
    params = {"model_version_id": fresh.id, "after_job": 1}
    store.jobs.enqueue(made.project_id, JobKind.PREDICT, params)
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    done(store, job)
    following = store.jobs.claim_next(os.getpid())
    assert following is not None and following.kind is JobKind.NEXT


def test_asking_twice_makes_it_once_and_advice_needs_a_model(
    services: Services, store: Store, made: LabelledProject
) -> None:
    acts: NextImagesActs = services.next_images
    with pytest.raises(NotYet, match="no model yet"):
        acts.start(made.project_id, Way.ADVISED)
    first = acts.start(made.project_id, Way.RANDOM)
    assert acts.start(made.project_id, Way.RANDOM).id == first.id


def test_a_queue_of_another_model_than_the_active_one_is_called_old(
    services: Services, store: Store, made: LabelledProject, model: ModelVersion
) -> None:
    assert services.next_images.show(made.project_id).made_at is None
    do(store, made.project_id)
    shown = services.next_images.show(made.project_id)
    assert (shown.stale, shown.left, shown.to_label, shown.model) == ("", 6, 6, model)
    add_model(store, made.project_id, "m2", active=True)
    assert "v2 is active now" in services.next_images.show(made.project_id).stale
    add_image(store, made.project_id, "late")
    assert "Images were added" in services.next_images.show(made.project_id).stale
    save(store, shown.items[0].image_id, [], ImageState.DONE)
    again = services.next_images.show(made.project_id)
    assert again.left == 5 and again.items == shown.items[1:]


def a_class(number: int, name: str, boxes: int) -> ObjectClass:
    return ObjectClass(number, 1, name, "#000000", number, boxes)


def test_reasons_are_said_in_words_with_the_counts_of_today() -> None:
    classes = {1: a_class(1, "WBC", 9), 2: a_class(2, "Platelets", 0)}
    assert reasons({}, classes) == [AT_RANDOM]
    told = reasons({"in_doubt": 14, "unlike": True, "may_hold": [1], "seen": True}, classes)
    assert told == ["may hold WBC (you have 9)", LIKE_NOTHING, "14 boxes that the model is unsure of"]
    assert reasons({"in_doubt": 1, "may_hold": [2], "seen": True}, classes) == [
        "may hold Platelets (you have none yet)",
        "1 box that the model is unsure of",
    ]
    assert reasons({"may_hold": [2, 1]}, classes) == ["may hold Platelets (you have none yet) and WBC (you have 9)"]
    assert reasons({"in_doubt": 0, "seen": False, "may_hold": [99]}, classes) == ["the model has not looked at it yet"]
    assert reasons({"in_doubt": 0, "seen": True}, classes) == [next_images.DIFFERENT]

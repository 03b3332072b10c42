"""The check job on a real store with a tiny network: what it queues, what it leaves out, and how it gives way."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from detector.advising import crossing
from detector.advising.suspects import ErrorKind
from detector.domain import LabelSet, Prediction
from detector.learning.starting import Start
from detector.measuring.box_columns import Found
from detector.pictures.dataset import Example
from detector.runs import JobKind, RunState, Scope, TrainConfig
from gui.job_queue import JobQueue
from gui.jobs import check_labels
from gui.queues.checking import Checking
from storage import emptying
from storage.emptying import empty_bin
from storage.queues import CHECK
from storage.records import ImageState, Job, Source, StoredBox
from storage.store import Store
from tests.detector.tiny_network import tiny_start
from tests.detector.tiny_runs import tiny_models
from tests.gui.doing import do
from tests.gui.labelled_project import LabelledProject, labelled_project
from tests.gui.stand_ins import Bench

IMAGES = 12


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=IMAGES, unlabelled=1)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A network that learns nothing in no time."""

    def start(examples: Sequence[Example], labels: LabelSet, config: TrainConfig, **_: object) -> Start:
        wanted = TrainConfig(scope=Scope.HEAD, epochs=1, batch_size=4, image_size=(128, 96))
        return tiny_start(list(examples[2:]), list(examples[:2]), wanted, labels=labels)

    monkeypatch.setattr(check_labels, "start_for", start)
    with tiny_models():
        yield


@pytest.fixture
def sharp(monkeypatch: pytest.MonkeyPatch, made: LabelledProject) -> None:
    """In the place of training: models that see the truth, which the tests then label wrongly."""
    truth = {image.sha256: made.store.annotations.get(image.id).boxes for image in made.images}
    label_of = {class_id: label for label, class_id in enumerate(made.class_ids)}

    def cross(examples: Sequence[Example], *_: object, **__: object) -> Found:
        return Found.of([[Prediction(b.box, label_of[b.class_id], 0.95) for b in truth[e.key]] for e in examples])

    monkeypatch.setattr(check_labels, "cross", cross)
    monkeypatch.setattr(check_labels, "start_for", lambda *_, **__: None)


def claimed(store: Store, project_id: int) -> Job:
    store.jobs.enqueue(project_id, JobKind.CHECK, {})
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    return job


def relabel(store: Store, image_id: int, boxes: Sequence[StoredBox]) -> None:
    revision = store.annotations.get(image_id).revision
    store.annotations.save(image_id, revision=revision, boxes=boxes, state=ImageState.DONE, key=uuid.uuid4().hex)


def test_folds_are_learnt_and_a_queue_is_made(store: Store, made: LabelledProject, tiny: None) -> None:
    outcome = do(store, claimed(store, made.project_id))
    assert outcome.state is RunState.SUCCEEDED, outcome.message
    head = store.queues.head(made.project_id, CHECK)
    assert head is not None
    assert (head.details["images"], head.details["boxes"]) == (IMAGES, 2 * IMAGES)
    assert not (store.workspace.tmp / f"check-{made.project_id}").exists()


@pytest.mark.usefixtures("sharp")
def test_planted_errors_are_queued_with_what_stands_against_them(store: Store, made: LabelledProject) -> None:
    dark, red = made.class_ids
    swapped, dropped, invented = (image.id for image in made.images[:3])
    [first, second] = store.annotations.get(swapped).boxes
    relabel(store, swapped, [StoredBox(first.id, red, first.box, Source.PERSON), second])
    [gone, stays] = store.annotations.get(dropped).boxes
    relabel(store, dropped, [stays])
    outcome = do(store, claimed(store, made.project_id))
    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert "expected to be wrong" in outcome.message
    by_image = {one.image_id: one for one in Checking(store, JobQueue(store, Bench(store))).state(made.project_id).open}
    item = by_image[swapped].item
    assert (item.kind, item.class_id, item.box_id, item.other_class_id) == (ErrorKind.CLASS, red, first.id, dark)
    missing = by_image[dropped].item
    assert (missing.kind, missing.box_id, missing.other_class_id) == (ErrorKind.MISSING, None, gone.class_id)
    assert missing.other_box == gone.box
    assert invented not in by_image


@pytest.mark.usefixtures("sharp")
def test_what_was_kept_is_not_queued_again(store: Store, made: LabelledProject) -> None:
    [gone, stays] = store.annotations.get(made.images[0].id).boxes
    relabel(store, made.images[0].id, [stays])
    checking = Checking(store, JobQueue(store, Bench(store)))
    do(store, claimed(store, made.project_id))
    [suspect] = checking.state(made.project_id).open
    class_id, box = suspect.item.subject
    kept = checking.keep(suspect.image_id, suspect.item.kind, class_id, box, drawn=False)
    assert checking.state(made.project_id).open == ()
    do(store, claimed(store, made.project_id))
    assert checking.state(made.project_id).total == 0
    checking.ask_again(suspect.image_id, kept.id)
    do(store, claimed(store, made.project_id))
    assert [one.item.other_box for one in checking.state(made.project_id).open] == [gone.box]


def test_it_goes_back_to_the_queue_for_a_run_and_goes_on_after_its_finished_folds(
    store: Store, made: LabelledProject, tiny: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[int] = []
    real = crossing.fit

    def fit(train: Sequence[Example], *args: object, **more: object) -> object:
        learnt.append(len(train))
        if len(learnt) == 2:
            store.jobs.enqueue(made.project_id, JobKind.TRAIN, {"config": TrainConfig(image_size=(128, 128)).to_json()})
        return real(train, *args, **more)  # type: ignore[arg-type]

    sizes: list[object] = []
    real_start = check_labels.start_for

    def start(examples: Sequence[Example], labels: LabelSet, config: TrainConfig, **more: str) -> Start:
        sizes.append(config.image_size)
        return real_start(examples, labels, config, device=more["device"])

    monkeypatch.setattr(check_labels, "start_for", start)
    monkeypatch.setattr(crossing, "fit", fit)
    monkeypatch.setattr(check_labels, "ASK_SECONDS", 0.0)
    job = claimed(store, made.project_id)
    outcome = do(store, job)
    assert outcome.state is RunState.QUEUED
    assert store.jobs.get(job.id).state is RunState.QUEUED
    run = store.jobs.claim_next(os.getpid())
    assert run is not None and run.kind is JobKind.TRAIN
    store.jobs.finish(run.id, RunState.SUCCEEDED, "")
    again = store.jobs.claim_next(os.getpid())
    assert again is not None and again.id == job.id
    relabel(store, made.images[0].id, [])  # the job goes on with the labels that it began with
    assert do(store, again).state is RunState.SUCCEEDED
    folds = 5
    assert len(learnt) == folds + 1, "the first fold was not learnt again"
    assert sizes == [None, None], "nor with the settings of the run between"


def test_a_check_that_waits_begins_anew_where_one_of_its_images_was_deleted_for_good(
    store: Store, made: LabelledProject, tiny: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = check_labels.find_twins

    def meanwhile(*args: object, **more: object) -> np.ndarray:  # type: ignore[type-arg]
        store.jobs.enqueue(made.project_id, JobKind.TRAIN, {})
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(check_labels, "find_twins", meanwhile)
    monkeypatch.setattr(check_labels, "ASK_SECONDS", 0.0)
    job = claimed(store, made.project_id)
    assert do(store, job).state is RunState.QUEUED
    monkeypatch.setattr(check_labels, "find_twins", real)
    run = store.jobs.claim_next(os.getpid())
    assert run is not None and run.kind is JobKind.TRAIN
    store.jobs.finish(run.id, RunState.SUCCEEDED, "")

    in_bin, gone = made.images[:2]
    monkeypatch.setattr(emptying, "SETTLED", -1.0)
    store.images.delete([gone.id])
    assert empty_bin(store.database, made.project_id).images == 1
    assert not store.workspace.original(gone.sha256).exists()
    store.images.delete([in_bin.id])
    again = store.jobs.claim_next(os.getpid())
    assert again is not None and again.id == job.id

    outcome = do(store, again)
    assert outcome.state is RunState.SUCCEEDED, outcome.message
    assert outcome.result["images"] == IMAGES - 2


def test_a_check_that_is_stopped_leaves_the_queue_as_it_was(store: Store, made: LabelledProject, tiny: None) -> None:
    stop = Event()
    stop.set()
    outcome = do(store, claimed(store, made.project_id), stop)
    assert (outcome.state, outcome.message) == (RunState.CANCELLED, "Stopped; what was found before stays.")
    assert store.queues.head(made.project_id, CHECK) is None


def test_a_label_that_was_changed_while_it_was_checked_is_left_out(
    store: Store, made: LabelledProject, sharp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, second] = store.annotations.get(made.images[0].id).boxes
    relabel(store, made.images[0].id, [StoredBox(first.id, made.class_ids[1], first.box, Source.PERSON), second])
    real = check_labels.find_twins

    def meanwhile(*args: object, **more: object) -> np.ndarray:  # type: ignore[type-arg]
        relabel(store, made.images[0].id, [first, second])
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(check_labels, "find_twins", meanwhile)
    outcome = do(store, claimed(store, made.project_id))
    assert outcome.result["suspects"] == 0
    assert outcome.message == f"None of {2 * IMAGES} labels looks wrong."


def test_a_label_whose_class_was_merged_while_it_was_checked_is_asked_about_as_the_other_class(
    store: Store, made: LabelledProject, sharp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost = store.classes.ensure(made.project_id, ["ghost"])["ghost"].id
    [first, second] = store.annotations.get(made.images[0].id).boxes
    other = next(one for one in made.class_ids if one != first.class_id)
    relabel(store, made.images[0].id, [StoredBox(first.id, ghost, first.box, Source.PERSON), second])
    real = check_labels.find_twins

    def meanwhile(*args: object, **more: object) -> np.ndarray:  # type: ignore[type-arg]
        store.classes.merge([ghost], other)
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(check_labels, "find_twins", meanwhile)
    do(store, claimed(store, made.project_id))
    [suspect] = Checking(store, JobQueue(store, Bench(store))).state(made.project_id).open
    assert (suspect.item.class_id, suspect.item.other_class_id) == (other, first.class_id)


def test_twins_that_disagree_on_a_class_are_asked_about_one_at_a_time(
    store: Store, made: LabelledProject, sharp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = made.images[:2]
    dark, red = made.class_ids
    [first, second] = store.annotations.get(one.id).boxes
    mine = StoredBox(uuid.uuid4().hex, red, first.box, Source.PERSON)
    relabel(store, other.id, [mine, StoredBox(uuid.uuid4().hex, red, second.box, Source.PERSON)])

    def as_labelled(examples: Sequence[Example], *_: object, **__: object) -> Found:
        return Found.of([[Prediction(a.box, a.label, 0.95) for a in e.annotations] for e in examples])

    def twins(sources: Sequence[Path], *_: object) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([sorted(next(n for n, s in enumerate(sources) if i.sha256 in s.name) for i in (one, other))])

    monkeypatch.setattr(check_labels, "cross", as_labelled)
    monkeypatch.setattr(check_labels, "find_twins", twins)
    do(store, claimed(store, made.project_id))
    checking = Checking(store, JobQueue(store, Bench(store)))
    [suspect] = checking.state(made.project_id).open
    label, against = {one.id: (first, other.id), other.id: (mine, one.id)}[suspect.image_id]
    assert (suspect.item.kind, suspect.item.box_id) == (ErrorKind.TWIN, label.id)
    assert (suspect.item.other_class_id, suspect.item.other_image) == (dark + red - label.class_id, against)
    checking.keep(suspect.image_id, ErrorKind.TWIN, label.class_id, label.box, drawn=True)
    [turned] = checking.state(made.project_id).open
    assert (turned.image_id, turned.item.other_class_id) == (against, label.class_id), "then the other one may be wrong"
    relabel(store, one.id, [StoredBox(first.id, red, first.box, Source.PERSON), second])
    assert checking.state(made.project_id).open == ()


def test_too_few_images_are_refused_with_what_to_do(store: Store) -> None:
    few = labelled_project(store, labelled=3, name="few")
    outcome = do(store, claimed(store, few.project_id))
    assert outcome.state is RunState.FAILED
    assert "at least 10 images that are done; there are 3" in outcome.message

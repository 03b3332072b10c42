from __future__ import annotations

from datetime import datetime

import pytest

from detector.domain import Box
from detector.runs import JobKind, RunState
from storage.clock import now
from storage.errors import NotFound
from storage.records import ImageState, ModelVersion, Project, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_images, add_model, save

PLACE = Box(10.25, 20.5, 40.25, 60.5)


@pytest.fixture
def cell(store: Store, project: Project) -> int:
    return store.classes.add(project.id, "cell").id


def found(class_id: int, score: float) -> StoredPrediction:
    return StoredPrediction(class_id, PLACE, score)


def run_and_model(store: Store, project: Project, folder: str) -> ModelVersion:
    """A model of a run that begins now."""
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    store.jobs.claim(job.id, 1)
    model = add_model(store, project.id, folder, job_id=job.id)
    store.jobs.finish(job.id, RunState.SUCCEEDED, "")
    return model


def test_done_images_come_newest_first_with_what_the_model_had_found(store: Store, project: Project, cell: int) -> None:
    model = add_model(store, project.id)
    images = add_images(store, project.id, 4)
    for n, image in enumerate(images):
        store.predictions.put(model.id, image.id, [found(cell, 0.2 + n / 10)], False)
    for image in images[:3]:
        save(store, image.id, [a_box(cell)], ImageState.DONE)
    save(store, images[3].id, [a_box(cell)])
    finished = store.corrections.last_finished(project.id)
    assert [one.image_id for one in finished] == [image.id for image in (images[2], images[1], images[0])]
    assert [one.boxes for one in finished] == [((cell, PLACE),)] * 3
    assert [one.found[0].score for one in finished] == pytest.approx([0.4, 0.3, 0.2])
    assert [one.image_id for one in store.corrections.last_finished(project.id, 1)] == [images[2].id]


def test_what_a_model_says_that_has_learnt_from_the_image_does_not_count(
    store: Store, project: Project, cell: int
) -> None:
    [image] = add_images(store, project.id, 1)
    before = run_and_model(store, project, "before")
    store.predictions.put(before.id, image.id, [found(cell, 0.3)], False)
    wait_for_another_moment(store)
    save(store, image.id, [a_box(cell)], ImageState.DONE)
    wait_for_another_moment(store)
    after = run_and_model(store, project, "after")
    store.predictions.put(after.id, image.id, [found(cell, 0.9)], False)
    save(store, image.id, [a_box(cell, 50)])  # looked at once more
    [finished] = store.corrections.last_finished(project.id)
    assert finished.found[0].score == pytest.approx(0.3)
    assert finished.boxes[0][1].x1 == 50


def wait_for_another_moment(store: Store) -> None:
    """Moments are whole milliseconds."""

    def moment() -> datetime:
        with store.database.reading() as connection:
            return now(connection)

    then = moment()
    while moment() == then:
        pass


def test_images_that_no_model_had_seen_and_imported_ones_are_left_out(
    store: Store, project: Project, cell: int
) -> None:
    unseen, brought = add_images(store, project.id, 2)
    model = add_model(store, project.id)
    store.predictions.put(model.id, brought.id, [found(cell, 0.3)], False)
    save(store, unseen.id, [a_box(cell)], ImageState.DONE)
    store.annotations.save_imported(project.id, [(brought.id, [(cell, PLACE)])])
    assert store.corrections.last_finished(project.id) == []
    with pytest.raises(NotFound):
        store.corrections.last_finished(99)

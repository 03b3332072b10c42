from __future__ import annotations

import pytest

from detector.domain import Box
from detector.errors import InvalidBox
from detector.runs import JobKind
from storage.errors import InvalidValue, NotFound
from storage.records import ModelVersion, ObjectClass, Project, Rejection, StoredImage
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, save


@pytest.fixture
def cell(store: Store, project: Project) -> ObjectClass:
    return store.classes.add(project.id, "cell")


@pytest.fixture
def image(store: Store, project: Project) -> StoredImage:
    return add_image(store, project.id)


@pytest.fixture
def model(store: Store, project: Project) -> ModelVersion:
    return add_model(store, project.id)


def rejection(class_id: int, model_id: int, x1: float = 10.5, score: float = 0.75) -> Rejection:
    return Rejection(class_id, Box(x1, 20, x1 + 30, 60), score, model_id)


def test_rejections_are_saved_with_the_boxes_and_kept_in_the_history(
    store: Store, cell: ObjectClass, image: StoredImage, model: ModelVersion
) -> None:
    turned_down = rejection(cell.id, model.id)
    saved = save(store, image.id, [a_box(cell.id)], rejected=[turned_down])
    assert saved.rejected == store.annotations.get(image.id).rejected == (turned_down,)
    save(store, image.id, [], rejected=[])
    assert store.annotations.get(image.id).rejected == ()
    assert [entry.rejected for entry in store.annotations.history(image.id)] == [(turned_down,), ()]


def test_a_save_that_does_not_speak_of_rejections_leaves_them(
    store: Store, cell: ObjectClass, image: StoredImage, model: ModelVersion
) -> None:
    save(store, image.id, [], rejected=[rejection(cell.id, model.id)])
    saved = save(store, image.id, [a_box(cell.id)])
    assert saved.rejected == (rejection(cell.id, model.id),)
    assert store.annotations.history(image.id)[-1].rejected == saved.rejected


def test_a_repeated_save_answers_with_the_rejections_of_its_time(
    store: Store, cell: ObjectClass, image: StoredImage, model: ModelVersion
) -> None:
    first = save(store, image.id, [], rejected=[rejection(cell.id, model.id)], key="once")
    save(store, image.id, [], rejected=[])
    assert save(store, image.id, [], rejected=[], key="once").rejected == first.rejected
    assert store.annotations.get(image.id).rejected == ()


def test_what_is_no_rejection_is_refused_and_nothing_is_saved(
    store: Store, cell: ObjectClass, image: StoredImage, model: ModelVersion
) -> None:
    for wrong, error in (
        (rejection(cell.id, 99), NotFound),
        (rejection(cell.id, model.id, x1=5000), InvalidBox),
        (rejection(cell.id, model.id, score=1.5), InvalidValue),
    ):
        with pytest.raises(error):
            save(store, image.id, [], rejected=[wrong])
    assert store.annotations.get(image.id).revision == 0


def test_a_class_that_was_removed_does_not_keep_others_from_being_saved(
    store: Store, project: Project, cell: ObjectClass, image: StoredImage, model: ModelVersion
) -> None:
    gone = store.classes.add(project.id, "gone")
    both = [rejection(gone.id, model.id), rejection(cell.id, model.id)]
    save(store, image.id, [], rejected=both)
    store.classes.delete(gone.id)
    assert save(store, image.id, [], rejected=both).rejected == (both[1],)


def test_a_rejection_counts_for_its_model_and_all_that_descend_from_it_but_for_no_other(
    store: Store, project: Project, cell: ObjectClass
) -> None:
    parent = add_model(store, project.id, "parent")
    child = add_model(store, project.id, "child", parent_id=parent.id)
    grandchild = add_model(store, project.id, "grandchild", parent_id=child.id)
    unrelated = add_model(store, project.id, "unrelated")
    store.models.delete(child.id)
    one, other = add_images(store, project.id, 2)
    save(store, one.id, [], rejected=[rejection(cell.id, parent.id)])
    assert store.rejections.counting_for(parent.id, [one.id, other.id]).keys() == {one.id}
    assert store.rejections.counting_for(grandchild.id, [one.id]).keys() == {one.id}
    assert store.rejections.counting_for(unrelated.id, [one.id]) == {}
    save(store, one.id, [], rejected=[rejection(cell.id, grandchild.id)])
    assert store.rejections.counting_for(parent.id, [one.id]) == {}, "a parent has not learned from its child"


def test_what_a_run_gave_out_on_its_way_counts_for_its_last_model(store: Store, project: Project) -> None:
    start = add_model(store, project.id, "start")
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    early = add_model(store, project.id, "early", parent_id=start.id, job_id=job.id)
    last = add_model(store, project.id, "last", parent_id=start.id, job_id=job.id)
    store.models.supersede(early.id, last.id)
    assert store.rejections.lineage(last.id) == {start.id, early.id, last.id}
    assert store.rejections.lineage(early.id) == {start.id, early.id}
    with pytest.raises(NotFound):
        store.rejections.lineage(99)

from __future__ import annotations

import pytest

from detector.domain import Box
from storage.errors import NotFound
from storage.records import Project, Source, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_images, add_model, save


@pytest.fixture
def classes(store: Store, project: Project) -> tuple[int, int]:
    made = store.classes.ensure(project.id, ["cell", "ghost"])
    return made["cell"].id, made["ghost"].id


def test_boxes_of_people_come_by_image_with_who_drew_them(
    store: Store, project: Project, classes: tuple[int, int]
) -> None:
    cell, ghost = classes
    first, empty, last = add_images(store, project.id, 3)
    drawn = [a_box(cell, 50), a_box(ghost, 5, source=Source.MODEL, score=0.5)]
    save(store, first.id, drawn)
    save(store, last.id, [a_box(cell, 7)])
    found = store.columns.annotations([last.id, empty.id, first.id])
    assert found.image_id.tolist() == [first.id, first.id, last.id]
    assert found.class_id.tolist() == [cell, ghost, cell]
    assert found.box.tolist() == [[50, 20.5, 80, 60.5], [5, 20.5, 35, 60.5], [7, 20.5, 37, 60.5]]
    assert found.by_model.tolist() == [False, True, False]


def test_predictions_come_by_image_best_first_and_name_the_images_seen(
    store: Store, project: Project, classes: tuple[int, int]
) -> None:
    cell, ghost = classes
    model = add_model(store, project.id)
    first, nothing, unseen = add_images(store, project.id, 3)
    place = Box(1, 2, 3.5, 4)
    store.predictions.put(
        model.id, first.id, [StoredPrediction(ghost, place, 0.25), StoredPrediction(cell, place, 0.5)], False
    )
    store.predictions.put(model.id, nothing.id, [], False)
    found = store.columns.predictions(model.id, [unseen.id, nothing.id, first.id])
    assert found.image_id.tolist() == [first.id, first.id]
    assert found.class_id.tolist() == [cell, ghost]
    assert found.score.tolist() == [0.5, 0.25]
    assert found.box.tolist() == [[1, 2, 3.5, 4]] * 2
    assert found.seen == {first.id, nothing.id}


def test_merged_classes_are_one_and_archived_ones_are_left_out(
    store: Store, project: Project, classes: tuple[int, int]
) -> None:
    cell, ghost = classes
    model = add_model(store, project.id)
    [image] = add_images(store, project.id, 1)
    save(store, image.id, [a_box(ghost), a_box(cell, 200)])
    here, there = Box(1, 2, 30, 40), Box(100, 100, 130, 140)
    store.predictions.put(
        model.id,
        image.id,
        [StoredPrediction(ghost, here, 0.5), StoredPrediction(cell, here, 0.75), StoredPrediction(ghost, there, 0.25)],
        False,
    )
    store.classes.merge([ghost], cell)
    assert store.columns.annotations([image.id]).class_id.tolist() == [cell, cell]
    found = store.columns.predictions(model.id, [image.id])
    assert (found.class_id.tolist(), found.score.tolist()) == ([cell, cell], [0.75, 0.25])
    other = store.classes.add(project.id, "other").id
    save(store, image.id, [a_box(other), a_box(cell, 200)])
    store.classes.set_archived(cell, True)
    kept = store.columns.annotations([image.id])
    assert kept.class_id.tolist() == [other]
    assert store.columns.predictions(model.id, [image.id]).image_id.tolist() == []


def test_boxes_of_a_class_that_was_deleted_meanwhile_are_left_out(
    store: Store, project: Project, classes: tuple[int, int]
) -> None:
    cell, ghost = classes
    model = add_model(store, project.id)
    [image] = add_images(store, project.id, 1)
    place = Box(1, 2, 3.5, 4)
    found = [StoredPrediction(ghost, place, 0.75), StoredPrediction(cell, place, 0.5)]
    store.predictions.put(model.id, image.id, found, False)
    store.classes.delete(ghost)
    columns = store.columns.predictions(model.id, [image.id])
    assert (columns.image_id.tolist(), columns.class_id.tolist(), columns.score.tolist()) == ([image.id], [cell], [0.5])


def test_images_without_boxes_and_unknown_models(store: Store, project: Project) -> None:
    assert store.columns.annotations([]).box.shape == (0, 4)
    model = add_model(store, project.id)
    assert store.columns.predictions(model.id, []).box.shape == (0, 4)
    with pytest.raises(NotFound):
        store.columns.predictions(model.id + 1, [])

"""The use cases around models: predicting, taking their boxes over as labels, and measuring them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest

from detector.domain import Box
from gui.messages import BadRequest, NotYet
from gui.services import Services
from storage.errors import NotFound
from storage.records import ImageState, ModelVersion, Rejection, Source, StoredBox, StoredPrediction
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project, model_of


def test_without_a_model_predicting_says_to_train_first(services: Services, made: LabelledProject) -> None:
    with pytest.raises(NotYet, match="Train one first"):
        services.predict(made.project_id)


def test_the_active_model_is_meant_where_none_is_named(services: Services, made: LabelledProject) -> None:
    first, second = model_of(made, "m1"), model_of(made, "m2")
    assert services.model(made.project_id) == second
    services.versions.activate(first.id)
    assert services.model(made.project_id) == first


def test_asking_twice_for_predictions_queues_them_once(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    job = services.predict(made.project_id, model.id, first_image_id=made.images[3].id)
    assert services.predict(made.project_id) == job
    assert job.params == {"model_version_id": model.id, "first_image_id": made.images[3].id}


def test_a_model_of_another_project_is_not_found(services: Services, made: LabelledProject, store: Store) -> None:
    other = labelled_project(store, labelled=0, unlabelled=0, name="other")
    with pytest.raises(NotFound):
        services.model(other.project_id, model_of(made).id)


def put(made: LabelledProject, model: ModelVersion, index: int, *found: tuple[int, Box, float]) -> None:
    predictions = [StoredPrediction(made.class_ids[kind], box, score) for kind, box, score in found]
    made.store.predictions.put(model.id, made.images[index].id, predictions, False)


def test_accepting_copies_boxes_over_the_threshold_and_names_their_model(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    put(made, model, 8, (0, Box(1, 1, 30, 30), 0.9), (1, Box(60, 1, 90, 30), 0.4), (1, Box(60, 50, 90, 80), 0.2))

    done = services.accept(
        made.project_id, model_id=model.id, threshold=0.3, image_ids=[made.images[8].id], mark_done=True
    )

    assert (done.accepted, done.images, done.conflicts) == (2, 1, ())
    standing = made.store.annotations.get(made.images[8].id)
    assert standing.state is ImageState.DONE
    assert [(b.class_id, b.box, b.source, b.model_version_id) for b in standing.boxes] == [
        (made.class_ids[0], Box(1, 1, 30, 30), Source.MODEL, model.id),
        (made.class_ids[1], Box(60, 1, 90, 30), Source.MODEL, model.id),
    ]
    assert [b.score for b in standing.boxes] == pytest.approx([0.9, 0.4])


def test_a_box_on_an_object_that_stands_there_is_passed_over(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    [dark, _] = made.store.annotations.get(made.images[0].id).boxes
    near = replace(dark.box, x2=dark.box.x2 + 2)
    put(made, model, 0, (0, near, 0.9), (1, near, 0.8))

    done = services.accept(made.project_id, model_id=model.id, threshold=0.1, image_ids=[made.images[0].id])

    assert done.accepted == 1, "the one of the other class is another object"
    again = services.accept(made.project_id, model_id=model.id, threshold=0.1, image_ids=[made.images[0].id])
    assert again.accepted == 0
    assert dark in made.store.annotations.get(made.images[0].id).boxes


def test_a_rejected_box_is_accepted_neither_from_its_model_nor_from_its_child(
    services: Services, made: LabelledProject
) -> None:
    model, unrelated = model_of(made), model_of(made, "m2")
    child = add_model(made.store, made.project_id, "m3", parent_id=model.id)
    image, place = made.images[8], Box(1, 1, 30, 30)
    for one in (model, unrelated, child):
        put(made, one, 8, (0, replace(place, x2=place.x2 + one.id), 0.9))
    turned_down = Rejection(made.class_ids[0], place, 0.9, model.id)
    services.save(image.id, revision=0, boxes=[], state=None, key="x", rejected=[turned_down])

    def accepted(one: ModelVersion) -> int:
        return services.accept(made.project_id, model_id=one.id, threshold=0.5, image_ids=[image.id]).accepted

    assert [accepted(model), accepted(child), accepted(unrelated)] == [0, 0, 1]


def test_a_class_with_a_threshold_of_its_own_is_accepted_from_there_up(
    services: Services, made: LabelledProject
) -> None:
    model, (dark, red), image = model_of(made), made.class_ids, made.images[8].id
    put(made, model, 8, (0, Box(1, 1, 30, 30), 0.4), (1, Box(60, 1, 90, 30), 0.4), (1, Box(60, 50, 90, 80), 0.2))
    given: dict[str, Any] = {"model_id": model.id, "threshold": 0.5, "image_ids": [image]}
    done = services.accept(made.project_id, **given, thresholds={red: 0.3})
    assert [(b.class_id, b.score) for b in made.store.annotations.get(image).boxes] == [(red, pytest.approx(0.4))]
    assert done.accepted == 1
    with pytest.raises(BadRequest):
        services.accept(made.project_id, **given, thresholds={dark: 2})


def test_only_the_wanted_classes_are_accepted(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    put(made, model, 9, (0, Box(1, 1, 30, 30), 0.9), (1, Box(60, 1, 90, 30), 0.9))
    done = services.accept(
        made.project_id,
        model_id=model.id,
        threshold=0.0,
        image_ids=[made.images[9].id],
        class_ids=[made.class_ids[1]],
    )
    assert done.accepted == 1
    [box] = made.store.annotations.get(made.images[9].id).boxes
    assert box.class_id == made.class_ids[1]


def test_accepting_while_somebody_saves_loses_nothing_of_theirs(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    image = made.images[8]
    boxes = [Box(4 * i, 0, 4 * i + 3, 3) for i in range(25)]
    put(made, model, 8, *((0, box, 0.9) for box in boxes))
    mine = StoredBox("mine", made.class_ids[1], Box(50, 50, 90, 90))
    conflicts: list[int] = []

    def accept() -> None:
        done = services.accept(made.project_id, model_id=model.id, threshold=0.5, image_ids=[image.id])
        conflicts.extend(done.conflicts)

    thread = Thread(target=accept)
    thread.start()
    saved = False
    while not saved:
        standing = made.store.annotations.get(image.id)
        try:
            services.save(
                image.id, revision=standing.revision, boxes=[*standing.boxes, mine], state=None, key=uuid.uuid4().hex
            )
            saved = True
        except Exception as error:  # noqa: BLE001
            assert type(error).__name__ == "StaleRevision"
    thread.join()

    standing = made.store.annotations.get(image.id)
    assert mine in standing.boxes
    assert len(standing.boxes) == (1 if conflicts else 26)


def test_boxes_of_a_version_that_its_run_has_replaced_can_still_be_accepted(
    services: Services, made: LabelledProject
) -> None:
    model = model_of(made)
    image = made.images[-1]
    found = [StoredPrediction(made.class_ids[0], Box(5, 5, 30, 30), 0.9)]
    services.store.predictions.put(model.id, image.id, found, limit_reached=False)
    services.versions.delete(model.id)
    taken = services.accept(made.project_id, model_id=model.id, threshold=0.5, image_ids=[image.id])
    assert taken.accepted == 1
    with pytest.raises(NotFound):
        services.model(made.project_id, model.id)


def test_a_threshold_outside_0_to_1_is_refused(services: Services, made: LabelledProject) -> None:
    with pytest.raises(BadRequest, match=r"1\.5"):
        services.accept(made.project_id, model_id=model_of(made).id, threshold=1.5, image_ids=[])

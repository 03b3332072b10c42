from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.domain import Box
from detector.runs import JobKind
from storage.records import ImageState, Project, Rejection, StoredBox, StoredPrediction
from storage.review import forget
from storage.store import Store
from tests.storage.samples import add_image, add_images, add_model, save

PLACES = [Box(10.0 * n, 0, 10.0 * n + 20, 20) for n in range(4)]  # neighbours overlap by a third


def found(place: int, score: float, class_id: int) -> StoredPrediction:
    return StoredPrediction(class_id, PLACES[place], score)


def drawn(place: int, class_id: int) -> StoredBox:
    return StoredBox(str(uuid.uuid4()), class_id, PLACES[place])


def total(store: Store, model_id: int, threshold: float = 0.0) -> int:
    return sum(sum(bins[round(threshold * 100) :]) for bins in store.review.histogram(model_id).values())


def test_what_is_left_is_neither_covered_by_a_box_of_its_class_nor_rejected_and_on_an_image_that_is_not_done(
    store: Store, project: Project
) -> None:
    cell, other = (store.classes.add(project.id, name).id for name in ("cell", "other"))
    model, image = add_model(store, project.id), add_image(store, project.id)
    store.predictions.put(model.id, image.id, [found(n, 0.9 - n / 4, cell) for n in (0, 2)], False)
    assert (total(store, model.id), total(store, model.id, 0.5)) == (2, 1)
    save(store, image.id, [drawn(0, other)])
    assert total(store, model.id) == 2, "a box of another class covers nothing"
    save(store, image.id, [drawn(0, cell)], rejected=[Rejection(cell, PLACES[2], 0.4, model.id)])
    assert (total(store, model.id), store.review.of_images(model.id, [image.id], 0.0)) == (0, {image.id: 0})
    save(store, image.id, [], rejected=[])
    assert store.review.of_images(model.id, [image.id], 0.5) == {image.id: 1}
    assert store.review.of_images(model.id, [image.id], 0.5, {cell: 0.3}) == {image.id: 2}
    for state, left in ((ImageState.DONE, 0), (ImageState.SKIPPED, 0), (ImageState.IN_DOUBT, 2)):
        save(store, image.id, [], state)
        assert (total(store, model.id), store.review.of_images(model.id, [image.id], 0.0)) == (left, {image.id: left})


def test_a_child_has_nothing_to_review_where_its_parents_box_was_rejected_but_an_unrelated_model_has(
    store: Store, project: Project
) -> None:
    cell, image = store.classes.add(project.id, "cell").id, add_image(store, project.id)
    parent = add_model(store, project.id, "parent")
    child = add_model(store, project.id, "child", parent_id=parent.id)
    unrelated = add_model(store, project.id, "unrelated")
    store.predictions.put(parent.id, image.id, [found(0, 0.9, cell)], False)
    save(store, image.id, [], rejected=[Rejection(cell, PLACES[0], 0.9, parent.id)])
    moved = replace(found(0, 0.8, cell), box=Box(1, 1, 21, 21))
    for model in (parent, child, unrelated):
        store.predictions.put(model.id, image.id, [moved], False)
    assert [total(store, model.id) for model in (parent, child, unrelated)] == [0, 0, 1]


def test_a_new_models_histogram_is_kept_from_its_first_box_on_and_only_few_models_have_one(
    store: Store, project: Project
) -> None:
    cell, image = store.classes.add(project.id, "cell").id, add_image(store, project.id)
    models = [add_model(store, project.id, f"m{n}") for n in range(4)]
    store.projects.set_active_model(project.id, models[0].id)
    for model in models:
        store.predictions.put(model.id, image.id, [found(0, 0.9, cell)], False)
    assert kept(store) == {models[0].id, models[3].id}
    assert total(store, models[1].id) == 1
    assert kept(store) == {models[0].id, models[1].id}


def test_merged_classes_are_reviewed_as_one_and_archived_ones_not_at_all(store: Store, project: Project) -> None:
    cell, other, third = (store.classes.add(project.id, name).id for name in ("cell", "other", "third"))
    model, image = add_model(store, project.id), add_image(store, project.id)
    boxes = [found(0, 0.9, cell), found(0, 0.8, other), found(2, 0.7, other), found(3, 0.6, third)]
    store.predictions.put(model.id, image.id, boxes, False)
    store.classes.merge([other], cell)
    assert {c: sum(bins) for c, bins in store.review.histogram(model.id).items()} == {cell: 2, third: 1}
    store.classes.set_archived(third, True)
    save(store, image.id, [drawn(2, cell)])
    in_step = store.review.histogram(model.id)
    assert {c: sum(bins) for c, bins in in_step.items()} == {cell: 1}
    store.classes.unmerge(other)
    assert {c: sum(bins) for c, bins in store.review.histogram(model.id).items()} == {cell: 1, other: 2}


def test_a_superseded_model_leaves_no_histogram(store: Store, project: Project) -> None:
    job, image = store.jobs.enqueue(project.id, JobKind.TRAIN, {}), add_image(store, project.id)
    early, late = (add_model(store, project.id, name, job_id=job.id) for name in ("early", "late"))
    store.predictions.put(early.id, image.id, [], False)
    store.models.supersede(early.id, late.id)
    assert kept(store) == set()


def kept(store: Store) -> set[int]:
    with store.database.reading() as connection:
        return {row[0] for row in connection.exec_driver_sql("SELECT model_version_id FROM review_histograms")}


place, score = st.integers(0, 3), st.sampled_from([0.01, 0.29, 0.5, 0.57, 0.99, 1.0])
found_there = st.lists(st.tuples(place, score), max_size=4)
which, one_of_two = st.integers(0, 2), st.integers(0, 1)
chosen_state = st.sampled_from([None, *ImageState])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("predict"), which, one_of_two, found_there),
        st.tuples(st.just("draw"), which, st.lists(place, max_size=3), chosen_state),
        st.tuples(st.just("reject"), which, st.lists(place, max_size=2), one_of_two),
        st.tuples(st.sampled_from(["import", "bin", "restore", "again"]), which, st.none(), st.none()),
    ),
    max_size=12,
)
names = count()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_after_whatever_was_done_the_histograms_are_what_a_count_from_scratch_finds(store: Store, done: list) -> None:  # type: ignore[type-arg]
    project = store.projects.create(f"project {next(names)}").id
    cell = store.classes.add(project, "cell").id
    images = [image.id for image in add_images(store, project, 3)]
    parent = add_model(store, project, f"p{project}")
    models = [parent.id, add_model(store, project, f"c{project}", parent_id=parent.id).id]
    store.projects.set_active_model(project, models[0])
    for model in models:
        store.predictions.put_many(model, [(image, [found(0, 0.5, cell)], False) for image in images])
    for what, place_of_image, one, two in done:
        image = images[place_of_image]
        binned = store.images.get(image, deleted=True).deleted_at is not None
        if what == "predict":
            store.predictions.put(models[one], image, [found(n, s, cell) for n, s in two], False)
        elif what == "bin":
            store.images.delete([image])
        elif what == "restore":
            store.images.restore([image])
        elif what == "again":
            add_images(store, project, place_of_image + 1)
        elif binned:
            continue
        elif what == "draw":
            save(store, image, [drawn(n, cell) for n in one], two)
        elif what == "reject":
            boxes = list(store.annotations.get(image).boxes)
            save(store, image, boxes, rejected=[Rejection(cell, PLACES[n], 0.5, models[two]) for n in one])
        elif what == "import":
            store.annotations.save_imported(project, [(image, [(cell, PLACES[3])])])
    in_step = [store.review.histogram(model) for model in models]
    with store.database.transaction() as connection:
        forget(connection, project)
    assert [store.review.histogram(model) for model in models] == in_step
    for model, bins in zip(models, in_step, strict=True):
        for threshold in (0.01, 0.29, 0.57):
            per_image = store.review.of_images(model, [i for i in images if i in live(store, project)], threshold)
            wanted = sum(int(np.sum(row[round(threshold * 100) :])) for row in bins.values())
            assert sum(per_image.values()) == pytest.approx(wanted)


def live(store: Store, project: int) -> set[int]:
    return set(store.images.ids(project))

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import Box
from storage.errors import NotFound
from storage.packing import RECORD, Histogram, pack, unpack
from storage.records import Project, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, save


def found(class_id: int = 1, score: float = 0.5, x1: float = 1.5) -> StoredPrediction:
    return StoredPrediction(class_id, Box(x1, 2.25, x1 + 10, 20.0), score)


def test_predictions_come_back_best_first(store: Store, project: Project) -> None:
    model, image = add_model(store, project.id), add_image(store, project.id)
    low, high = found(score=0.25), found(2, score=0.75)
    store.predictions.put(model.id, image.id, [low, high], limit_reached=True)
    got = store.predictions.get(model.id, image.id)
    assert got is not None
    assert (got.image_id, got.model_version_id, got.predictions, got.limit_reached) == (
        image.id,
        model.id,
        (high, low),
        True,
    )


def test_nothing_found_is_not_the_same_as_not_asked(store: Store, project: Project) -> None:
    model = add_model(store, project.id)
    asked, not_asked, binned = add_images(store, project.id, 3)
    store.predictions.put(model.id, asked.id, [], limit_reached=False)
    store.images.delete([binned.id])
    assert store.predictions.get(model.id, not_asked.id) is None
    assert store.predictions.of_images(model.id, [asked.id, not_asked.id]).keys() == {asked.id}
    assert store.predictions.missing(model.id) == [not_asked.id]
    assert store.predictions.count(model.id) == 1


def test_predictions_never_touch_the_boxes_of_people(store: Store, project: Project) -> None:
    cell, image = store.classes.add(project.id, "cell"), add_image(store, project.id)
    saved = save(store, image.id, [a_box(cell.id)])
    store.predictions.put(add_model(store, project.id).id, image.id, [found(cell.id)], limit_reached=False)
    assert store.annotations.get(image.id) == saved


def test_each_model_has_its_own(store: Store, project: Project) -> None:
    one, two = add_model(store, project.id, "a"), add_model(store, project.id, "b")
    image = add_image(store, project.id)
    store.predictions.put(one.id, image.id, [found()], limit_reached=False)
    assert store.predictions.get(two.id, image.id) is None
    store.models.delete(one.id)
    assert store.predictions.get(one.id, image.id) is not None  # an accepted box may still ask for it


def test_an_image_of_another_project_is_refused(store: Store, project: Project) -> None:
    model, mine = add_model(store, project.id), add_image(store, project.id)
    theirs = add_image(store, store.projects.create("Other").id)
    with pytest.raises(NotFound, match=f"no image {theirs.id}"):
        store.predictions.put_many(model.id, [(mine.id, [found()], False), (theirs.id, [], False)])
    assert store.predictions.get(model.id, mine.id) is None
    with pytest.raises(NotFound, match="no model 99"):
        store.predictions.put(99, mine.id, [], limit_reached=False)


def test_the_histogram_follows_what_is_stored_and_what_is_in_the_bin(store: Store, project: Project) -> None:
    model = add_model(store, project.id)
    a, b = add_images(store, project.id, 2)
    assert store.predictions.histogram(model.id) == {}
    store.predictions.put(model.id, a.id, [found(1, 0.505), found(1, 0.508), found(2, 1.0)], limit_reached=False)
    store.predictions.put(model.id, b.id, [found(1, 0.015)], limit_reached=False)

    histogram = store.predictions.histogram(model.id)
    assert {b: n for b, n in enumerate(histogram[1]) if n} == {1: 1, 50: 2}
    assert {b: n for b, n in enumerate(histogram[2]) if n} == {99: 1}
    assert len(histogram[1]) == 100

    store.predictions.put(model.id, a.id, [found(1, 0.505)], limit_reached=False)  # predicted anew
    assert {b: n for b, n in enumerate(store.predictions.histogram(model.id)[1]) if n} == {1: 1, 50: 1}
    assert 2 not in store.predictions.histogram(model.id)

    store.images.delete([a.id])
    assert {b: n for b, n in enumerate(store.predictions.histogram(model.id)[1]) if n} == {1: 1}
    store.predictions.put(model.id, a.id, [found(1, 0.905)], limit_reached=False)
    assert {b: n for b, n in enumerate(store.predictions.histogram(model.id)[1]) if n} == {1: 1}
    store.images.restore([a.id])
    assert {b: n for b, n in enumerate(store.predictions.histogram(model.id)[1]) if n} == {1: 1, 90: 1}


def test_a_threshold_of_hundredths_counts_the_same_as_comparing(store: Store, project: Project) -> None:
    scores = [float(np.float32(n / 1000)) for n in range(10, 1001)]
    packed = pack([found(score=score) for score in scores])
    histogram = Histogram()
    histogram.add(packed, +1)
    bins = histogram.bins()[1]
    for hundredths in range(1, 101):
        if hundredths < 100:
            assert sum(bins[hundredths:]) == sum(score >= hundredths / 100 for score in scores), hundredths


def test_a_row_takes_24_bytes_a_box() -> None:
    assert RECORD.itemsize == 24
    assert len(pack([found()] * 300)) == 7200


SIDES = st.floats(0, 4000, allow_nan=False).filter(lambda v: v < 4000)


@settings(max_examples=200, deadline=None)
@given(SIDES, SIDES, st.floats(1e-12, 50), st.floats(1e-12, 50), st.floats(0.01, 1))
def test_rounding_never_empties_a_box_nor_pushes_it_out(
    x1: float, y1: float, width: float, height: float, score: float
) -> None:
    x2, y2 = min(x1 + width, 4000.0), min(y1 + height, 4000.0)
    if x1 >= x2 or y1 >= y2:
        return
    [back] = unpack(pack([StoredPrediction(3, Box(x1, y1, x2, y2), score)]))  # Box itself refuses an empty one
    assert back.box.x2 <= 4000 and back.box.y2 <= 4000
    assert all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
        for a, b in zip(back.box.as_tuple(), (x1, y1, x2, y2), strict=True)
    )


def test_a_box_at_the_corner_keeps_an_area() -> None:
    [back] = unpack(pack([StoredPrediction(1, Box(0, 0, 1e-60, 1e-60), 0.5)]))
    assert back.box.area >= 0 and back.box.x1 == 0

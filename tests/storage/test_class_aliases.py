"""Merged and archived classes, through every door by which boxes are read or written."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from detector.domain import Box
from storage.errors import IllegalTransition, InUse, InvalidValue, NameTaken
from storage.records import ImageState, ObjectClass, Project, Rejection, Split, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_images, add_model, save


@dataclass(frozen=True)
class Fleet:
    """Two done images with a car and a van each; a model that found both at one place and a van elsewhere."""

    store: Store
    project: int
    car: ObjectClass
    van: ObjectClass
    images: tuple[int, ...]
    model: int

    def classes_on(self, image: int) -> list[int]:
        return [box.class_id for box in self.store.annotations.get(image).boxes]


@pytest.fixture
def fleet(store: Store, project: Project) -> Fleet:
    car, van = store.classes.add(project.id, "car"), store.classes.add(project.id, "van")
    images = tuple(image.id for image in add_images(store, project.id, 2, Split.TRAIN))
    for image in images:
        save(store, image, [a_box(car.id), a_box(van.id, 200)], ImageState.DONE)
    model = add_model(store, project.id).id
    here, there = Box(10, 20, 40, 60), Box(300, 20, 340, 60)
    found = [StoredPrediction(car.id, here, 0.6), StoredPrediction(van.id, here, 0.9)]
    found += [StoredPrediction(van.id, there, 0.5), StoredPrediction(van.id, Box(302, 20, 340, 60), 0.3)]
    store.predictions.put(model, images[0], found, False)
    return Fleet(store, project.id, car, van, images, model)


def test_everybody_who_reads_sees_the_class_that_was_merged_into(fleet: Fleet) -> None:
    store, car, van = fleet.store, fleet.car.id, fleet.van.id
    store.classes.merge([van], car)
    image = fleet.images[0]
    assert fleet.classes_on(image) == [car, car]
    assert [box.class_id for box in store.annotations.boxes_of([image])[image]] == [car, car]
    assert [box.class_id for box in store.annotations.history(image)[0].boxes] == [car, car]
    assert [(c.name, c.boxes) for c in store.classes.list(fleet.project)] == [("car", 4)]
    assert [(c.name, c.boxes) for c in store.classes.list(fleet.project, merged=True)] == [("car", 4), ("van", 2)]
    assert store.projects.done_boxes(fleet.project) == {car: 4}
    for asked in (car, van):  # a link to the merged class still finds its boxes
        assert store.images.page(fleet.project, class_id=asked).total == 2
    assert store.classes.successors(fleet.project) == {van: car}
    assert store.annotations.get(image).revision == 1


def test_a_snapshot_after_a_merge_has_one_class_and_another_digest(fleet: Fleet) -> None:
    before = fleet.store.snapshots.take(fleet.project)
    merged = fleet.store.classes.merge([fleet.van.id], fleet.car.id)
    after = fleet.store.snapshots.take(fleet.project)
    assert after.classes == ((fleet.car.id, "car"),)
    assert {class_id for image in after.images for class_id, _ in image.boxes} == {fleet.car.id}
    assert after.digest != before.digest
    assert merged.activity_id is not None
    fleet.store.classes.undo(merged.activity_id)
    assert fleet.store.snapshots.take(fleet.project) == before


def test_a_model_of_both_classes_shows_one_box_where_it_found_one_object_as_both(fleet: Fleet) -> None:
    fleet.store.classes.merge([fleet.van.id], fleet.car.id)
    found = fleet.store.predictions.get(fleet.model, fleet.images[0])
    assert found is not None
    assert [(p.class_id, round(p.score, 2)) for p in found.predictions] == [
        (fleet.car.id, 0.9),
        (fleet.car.id, 0.5),
        (fleet.car.id, 0.3),  # both from the van: the model itself took them for two
    ]
    bins = fleet.store.predictions.histogram(fleet.model)
    assert list(bins) == [fleet.car.id]
    assert sum(bins[fleet.car.id]) == 4


def test_saving_after_a_merge_keeps_the_stored_class_so_that_undoing_is_exact(fleet: Fleet) -> None:
    store, image = fleet.store, fleet.images[0]
    merged = store.classes.merge([fleet.van.id], fleet.car.id)
    first, second = store.annotations.get(image).boxes
    saved = save(store, image, [first, second, a_box(fleet.car.id, 400)])
    assert [box.class_id for box in saved.boxes] == [fleet.car.id] * 3
    assert merged.activity_id is not None
    store.classes.undo(merged.activity_id)
    assert fleet.classes_on(image) == [fleet.car.id, fleet.van.id, fleet.car.id]
    assert [[box.class_id for box in entry.boxes] for entry in store.annotations.history(image)] == [
        [fleet.car.id, fleet.van.id],
        [fleet.car.id, fleet.van.id, fleet.car.id],
    ]


def test_rejections_count_for_the_merged_class_and_come_back_as_they_were(fleet: Fleet) -> None:
    store, image = fleet.store, fleet.images[0]
    turned_down = Rejection(fleet.van.id, Box(300, 20, 340, 60), 0.5, fleet.model)
    boxes = list(store.annotations.get(image).boxes)
    save(store, image, boxes, rejected=[turned_down])
    store.classes.merge([fleet.van.id], fleet.car.id)
    [seen] = store.annotations.get(image).rejected
    assert seen.class_id == fleet.car.id
    assert store.rejections.counting_for(fleet.model, [image]) == {image: (seen,)}
    assert save(store, image, boxes, rejected=[seen]).rejected == (seen,)
    store.classes.unmerge(fleet.van.id)
    assert store.annotations.get(image).rejected == (turned_down,)
    assert [entry.rejected for entry in store.annotations.history(image)][1:] == [(turned_down,)] * 2


def test_a_box_given_another_class_after_a_merge_takes_that_one(fleet: Fleet) -> None:
    store, image = fleet.store, fleet.images[0]
    bus = store.classes.add(fleet.project, "bus")
    store.classes.merge([fleet.van.id], fleet.car.id)
    boxes = store.annotations.get(image).boxes
    moved = [boxes[0], a_box(bus.id, 200)]
    moved[1] = type(moved[1])(boxes[1].id, bus.id, boxes[1].box)
    save(store, image, moved)
    store.classes.unmerge(fleet.van.id)
    assert fleet.classes_on(image) == [fleet.car.id, bus.id]


def test_chains_are_followed_and_cycles_refused(fleet: Fleet) -> None:
    store, bus = fleet.store, fleet.store.classes.add(fleet.project, "bus")
    store.classes.merge([fleet.van.id], fleet.car.id)
    with pytest.raises(InvalidValue, match="'van' was merged into 'car'"):
        store.classes.merge([fleet.car.id], fleet.van.id)
    with pytest.raises(InvalidValue, match="itself"):
        store.classes.merge([fleet.car.id], fleet.car.id)
    store.classes.merge([fleet.car.id], bus.id)
    assert fleet.classes_on(fleet.images[0]) == [bus.id, bus.id]
    assert store.classes.successors(fleet.project) == {fleet.van.id: bus.id, fleet.car.id: bus.id}
    with pytest.raises(InvalidValue, match="merged into 'bus'"):
        store.classes.merge([fleet.van.id], fleet.car.id)
    store.classes.unmerge(fleet.car.id)
    assert fleet.classes_on(fleet.images[0]) == [fleet.car.id, fleet.car.id]


def test_classes_of_another_project_are_not_merged(fleet: Fleet) -> None:
    other = fleet.store.classes.add(fleet.store.projects.create("Other").id, "car")
    with pytest.raises(Exception, match=f"no class {other.id}"):
        fleet.store.classes.merge([other.id], fleet.car.id)


def test_an_archived_class_is_shown_but_neither_learned_nor_proposed(fleet: Fleet) -> None:
    store, car, van = fleet.store, fleet.car.id, fleet.van.id
    archived = store.classes.set_archived(van, True)
    assert [c.archived for c in store.classes.list(fleet.project)] == [False, True]
    assert fleet.classes_on(fleet.images[0]) == [car, van]
    assert store.snapshots.take(fleet.project).classes == ((car, "car"),)
    found = store.predictions.get(fleet.model, fleet.images[0])
    assert found is not None
    assert [p.class_id for p in found.predictions] == [car]
    assert list(store.predictions.histogram(fleet.model)) == [car]
    with pytest.raises(InvalidValue, match="archived"):
        store.classes.merge([car], van)
    assert archived.activity_id is not None
    store.classes.undo(archived.activity_id)
    assert len(store.snapshots.take(fleet.project).classes) == 2


def test_names_of_merged_and_archived_classes_lead_to_them(fleet: Fleet) -> None:
    store = fleet.store
    store.classes.merge([fleet.van.id], fleet.car.id)
    with pytest.raises(NameTaken, match="'van' was merged into 'car'"):
        store.classes.add(fleet.project, "van")
    got = store.classes.ensure(fleet.project, ["van", "bus"])
    assert (got["van"].id, got["van"].boxes) == (fleet.car.id, 4)
    store.classes.set_archived(got["bus"].id, True)
    with pytest.raises(NameTaken, match="'bus' is archived"):
        store.classes.rename(fleet.car.id, "bus")
    assert store.classes.ensure(fleet.project, ["bus"])["bus"].archived


def test_splits_count_merged_classes_as_one_and_archived_ones_not_at_all(store: Store, project: Project) -> None:
    one, two = store.classes.add(project.id, "one"), store.classes.add(project.id, "two")
    images = add_images(store, project.id, 10)
    for number, image in enumerate(images):
        save(store, image.id, [a_box((one if number % 2 else two).id)], ImageState.DONE)
    store.classes.set_archived(one.id, True)
    store.classes.set_archived(two.id, True)
    store.images.fix_splits(project.id)  # no class to spread, and none in the way
    assert store.projects.counts(project.id).by_split[Split.VAL] == 2


def test_a_class_goes_only_with_all_that_were_merged_into_it(fleet: Fleet) -> None:
    store = fleet.store
    bus, tram = store.classes.add(fleet.project, "bus"), store.classes.add(fleet.project, "tram")
    store.classes.merge([bus.id], tram.id)
    store.classes.merge([fleet.van.id], fleet.car.id)
    with pytest.raises(InUse, match="'car' is on 4 boxes"):
        store.classes.delete(fleet.car.id)
    with pytest.raises(InUse, match="'van' is on 2 boxes"):
        store.classes.delete(fleet.van.id)
    gone = store.classes.delete(tram.id)
    assert [c.name for c in store.classes.list(fleet.project, merged=True)] == ["car", "van"]
    assert gone.activity_id is not None
    store.classes.undo(gone.activity_id)
    back = {c.id: c for c in store.classes.list(fleet.project, merged=True)}
    assert (back[bus.id].merged_into, back[tram.id].name) == (tram.id, "tram")
    with pytest.raises(IllegalTransition, match="back already"):
        store.classes.undo(gone.activity_id)

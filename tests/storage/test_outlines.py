"""An outline says what a snapshot would hold, and reads the boxes of only some of its images."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from storage.errors import NotFound
from storage.records import ImageState, Project, Source, Split
from storage.store import Store
from tests.storage.samples import a_box, add_images, add_model, save


@pytest.fixture
def street(store: Store, project: Project) -> dict[str, int]:
    """50 images, 40 of them done, with boxes of six classes; "van" is seen as "car", "old" is archived, "elk" rare."""
    dice = random.Random(2)
    names = ("bus", "car", "van", "dog", "old", "unused", "elk")
    classes = {name: store.classes.add(project.id, name).id for name in names}
    usual = [classes[name] for name in names[:5]]
    images = add_images(store, project.id, 50)
    model = add_model(store, project.id).id
    for place, image in enumerate(images[:44]):
        boxes = [a_box(class_id, 10.0 + i) for i, class_id in enumerate(dice.choices(usual, k=dice.randrange(5)))]
        if place % 4 == 0:
            boxes.append(a_box(classes["dog"], source=Source.MODEL, model_version_id=model, score=0.5))
        if place in (3, 31):
            boxes.append(a_box(classes["elk"]))
        save(store, image.id, boxes, ImageState.DONE if place < 40 else ImageState.IN_PROGRESS)
    store.images.set_split([image.id for image in images[:6]], Split.TRAIN)
    store.images.set_split([image.id for image in images[6:9]], Split.VAL)
    store.images.set_split([image.id for image in images[9:12]], Split.TEST)
    store.classes.merge([classes["van"]], classes["car"])
    store.classes.set_archived(classes["old"], True)
    store.images.delete([images[-1].id])
    return classes


def all_of_them(total: int) -> range:
    return range(total)


@pytest.mark.parametrize("given", [True, False])
def test_an_outline_is_that_of_the_snapshot_to_come(
    given: bool, store: Store, project: Project, street: dict[str, int]
) -> None:
    if given:
        store.images.fix_splits(project.id)
    snapshot = store.snapshots.ahead(project.id)
    outline = store.outlines.ahead(project.id, all_of_them, rare=0)

    of = {split: [image for image in snapshot.images if image.split is split] for split in Split}
    assert outline.images == {split: len(images) for split, images in of.items()}
    assert outline.boxes == {split: Counter(c for image in of[split] for c, _ in image.boxes) for split in Split}
    assert outline.classes == snapshot.classes
    assert outline.left_out == snapshot.left_out == 9
    assert outline.looked_at == {split: tuple(of[split]) for split in (Split.TRAIN, Split.VAL)}


def test_where_val_is_drawn_from_train_the_boxes_are_counted_there(
    store: Store, project: Project, street: dict[str, int]
) -> None:
    ids = store.images.ids(project.id)
    store.images.set_split(ids, Split.TRAIN)
    snapshot = store.snapshots.ahead(project.id)
    outline = store.outlines.ahead(project.id, all_of_them, rare=0)
    assert outline.images == {Split.TRAIN: 32, Split.VAL: 8, Split.TEST: 0}
    for split in Split:
        boxes = [c for image in snapshot.images if image.split is split for c, _ in image.boxes]
        assert outline.boxes[split] == Counter(boxes)


def test_only_some_images_are_looked_at_and_those_of_rare_classes(
    store: Store, project: Project, street: dict[str, int]
) -> None:
    store.images.fix_splits(project.id)
    whole = store.outlines.ahead(project.id, all_of_them, rare=0).looked_at
    some = store.outlines.ahead(project.id, lambda total: range(0, total, 5), rare=0).looked_at
    assert some == {split: images[::5] for split, images in whole.items()}

    with_rare = store.outlines.ahead(project.id, lambda total: range(0, total, 5), rare=1).looked_at
    elks = {i.image_id for i in whole[Split.TRAIN] if street["elk"] in [c for c, _ in i.boxes]}
    assert elks - {image.image_id for image in some[Split.TRAIN]}
    assert {i.image_id for i in with_rare[Split.TRAIN]} == elks | {i.image_id for i in some[Split.TRAIN]}
    assert with_rare[Split.VAL] == some[Split.VAL]


def test_an_empty_project_and_none(store: Store, project: Project) -> None:
    outline = store.outlines.ahead(project.id, all_of_them, rare=5)
    assert (sum(outline.images.values()), outline.classes, outline.left_out) == (0, (), 0)
    with pytest.raises(NotFound):
        store.outlines.ahead(project.id + 1, all_of_them, rare=5)

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.domain import Box
from detector.runs import JobKind, RunState
from storage.bulk import FEW
from storage.emptying import empty_bin
from storage.errors import InUse, NotFound
from storage.records import ImageState, Project, Split, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, new_image, save


def states_of(store: Store, ids: list[int]) -> list[ImageState]:
    found = store.images.get_many(ids)
    return [found[image_id].state for image_id in ids]


def test_a_split_is_given_to_many_and_tells_what_was_before(store: Store, project: Project) -> None:
    a, b, c = (image.id for image in add_images(store, project.id, 3))
    store.images.set_split([a], Split.TEST)
    store.images.set_split([b], Split.VAL)
    assert store.bulk.set_split([a, b, c, 999], Split.VAL) == {Split.TEST: [a], None: [c]}
    assert store.bulk.set_split([a, b], None) == {Split.VAL: [a, b]}
    assert [image.split for image in store.images.get_many([a, b, c]).values()] == [None, None, Split.VAL]


@pytest.mark.parametrize("images", [4, FEW + 4])
def test_a_state_of_many_is_saved_as_each_save_is(store: Store, project: Project, images: int) -> None:
    cell = store.classes.add(project.id, "cell").id
    ids = [image.id for image in add_images(store, project.id, images)]
    boxed, done, untouched, binned = ids[:4]
    drawn = save(store, boxed, [a_box(cell)], ImageState.DONE)
    save(store, done, [], ImageState.DONE)
    store.images.delete([binned])
    changes = store.bulk.set_state(ids, ImageState.SKIPPED, "ada")
    assert {(c.image_id, c.before, c.revision) for c in changes} >= {
        (boxed, ImageState.DONE, 2), (done, ImageState.DONE, 2), (untouched, ImageState.NEW, 1)
    }  # fmt: skip
    assert len(changes) == images - 1
    history = store.annotations.history(boxed)
    assert [(e.revision, e.state, e.author) for e in history][-1] == (2, ImageState.SKIPPED, "ada")
    assert history[-1].boxes == drawn.boxes == store.annotations.get(boxed).boxes
    assert store.annotations.history(untouched)[0].boxes == ()
    assert store.images.get(boxed).saved_by == "ada" and store.images.get(boxed).boxes == 1
    assert store.bulk.set_state(ids, ImageState.SKIPPED) == [], "nothing to save twice"

    save(store, done, [], ImageState.IN_DOUBT)
    back = store.bulk.take_back_state(changes, "ada")
    assert done not in {c.image_id for c in back}, "somebody has saved it since"
    assert states_of(store, [boxed, done, untouched]) == [ImageState.DONE, ImageState.IN_DOUBT, ImageState.NEW]


def test_an_image_with_boxes_never_becomes_new(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell").id
    boxed, empty = (image.id for image in add_images(store, project.id, 2))
    save(store, boxed, [a_box(cell)], ImageState.DONE)
    save(store, empty, [], ImageState.SKIPPED)
    store.bulk.set_state([boxed, empty], ImageState.NEW)
    assert states_of(store, [boxed, empty]) == [ImageState.IN_PROGRESS, ImageState.NEW]


@pytest.mark.parametrize("images", [2, FEW + 2])
def test_what_is_left_to_review_stays_right_after_acts_on_many(store: Store, project: Project, images: int) -> None:
    cell = store.classes.add(project.id, "cell").id
    model = add_model(store, project.id).id
    store.projects.set_active_model(project.id, model)
    ids = [image.id for image in add_images(store, project.id, images)]
    store.predictions.put_many(model, [(i, [StoredPrediction(cell, Box(1, 1, 9, 9), 0.5)], False) for i in ids])

    def left() -> int:
        return sum(store.review.histogram(model).get(cell, ()))

    assert left() == images
    store.bulk.set_state(ids, ImageState.DONE)
    assert left() == 0
    store.bulk.set_state(ids, ImageState.NEW)
    assert left() == images
    assert list(store.bulk.move(ids, to_bin=True)) == ids
    assert left() == 0 and sum(store.predictions.histogram(model).get(cell, ())) == 0
    assert list(store.bulk.move(ids[:1], to_bin=False)) == ids[:1]
    assert left() == 1


def test_what_was_labelled_since_it_came_out_of_the_bin_does_not_go_back(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell").id
    ids = [image.id for image in add_images(store, project.id, 3)]
    store.bulk.move(ids, to_bin=True)
    restored = store.bulk.move(ids, to_bin=False)
    save(store, ids[1], [a_box(cell)])
    assert list(store.bulk.take_back_move(restored, to_bin=True)) == [ids[0], ids[2]]
    assert [store.images.get_many(ids).get(i) is not None for i in ids] == [False, True, False]


def with_files(store: Store, number: int) -> list[Path]:
    """The files of an image as if they had been put there a while ago."""
    place, digest = store.workspace, new_image(number).sha256
    files = [place.original(digest), place.thumb(digest), place.view(digest, "png")]
    for path in files:
        place.write(path, b"12345")
        os.utime(path, (1e9, 1e9))
    return files


def test_an_emptied_bin_leaves_nothing_but_what_others_use(store: Store, project: Project) -> None:
    cell, model = store.classes.add(project.id, "cell").id, add_model(store, project.id).id
    other = store.projects.create("Other").id
    kept, shared, gone = (image.id for image in add_images(store, project.id, 3))
    add_image(store, other, 1)
    files = [with_files(store, number) for number in range(3)]
    for image_id in (kept, shared, gone):
        save(store, image_id, [a_box(cell)], ImageState.DONE)
        store.predictions.put(model, image_id, [StoredPrediction(cell, Box(1, 1, 9, 9), 0.5)], False)
        store.tags.put_on(store.tags.ensure(project.id, "night").id, [image_id])
    store.images.delete([shared, gone])
    assert empty_bin(store.database, project.id, "ada") == (2, 15)
    with pytest.raises(NotFound):
        store.images.get(gone, deleted=True)
    assert store.images.ids(project.id) == [kept] and store.annotations.get(kept).revision == 1
    assert [[path.exists() for path in paths] for paths in files] == [[True] * 3, [True] * 3, [False] * 3]
    assert store.activity.list(project.id).items[0].details == {"images": 2, "bytes": 15}
    assert empty_bin(store.database, project.id) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (JobKind.TRAIN, "run 1 may be learning from"),
        (JobKind.CHECK, "a check of the labels (job 1) may be looking at"),
        (JobKind.EXPORT, "an export (job 1) may be copying"),
    ],
)
def test_a_bin_is_not_emptied_under_who_reads_its_pictures(
    store: Store, project: Project, kind: JobKind, said: str
) -> None:
    gone = add_image(store, project.id).id
    store.images.delete([gone])
    job = store.jobs.enqueue(project.id, kind, {})
    assert store.jobs.claim(job.id, 1) is not None
    with pytest.raises(InUse) as refused:
        empty_bin(store.database, project.id)
    assert str(refused.value) == f"{said} these images; empty the bin when it has ended, or stop it first"
    assert store.images.get(gone, deleted=True).id == gone
    store.jobs.finish(job.id, RunState.SUCCEEDED, "")
    assert empty_bin(store.database, project.id).images == 1

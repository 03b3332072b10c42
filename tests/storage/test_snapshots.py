from __future__ import annotations

import gc

import pytest

from detector.domain import Box
from storage.errors import NotFound, StorageError
from storage.records import ImageState, Project, Source, Split, StoredBox
from storage.store import Store
from tests.storage.samples import a_box, add_images, add_model, save, sha


def test_a_snapshot_holds_the_done_images_with_their_boxes_and_splits(store: Store, project: Project) -> None:
    unused, cell = store.classes.add(project.id, "unused"), store.classes.add(project.id, "cell")
    done, empty, begun, skipped, binned, given = add_images(store, project.id, 6)
    box = StoredBox("b", cell.id, Box(0.1, 1 / 3, 100.7, 200.9))
    save(store, done.id, [box], ImageState.DONE)
    save(store, empty.id, [], ImageState.DONE)
    save(store, begun.id, [a_box(unused.id)])
    save(store, skipped.id, [], ImageState.SKIPPED)
    save(store, binned.id, [a_box(cell.id)], ImageState.DONE)
    save(store, given.id, [], ImageState.DONE)
    store.images.set_split([given.id], Split.TEST)
    store.images.delete([binned.id])

    snapshot = store.snapshots.take(project.id)

    assert [image.image_id for image in snapshot.images] == [done.id, empty.id, given.id]
    assert snapshot.images[0].boxes == ((cell.id, box.box),)
    assert snapshot.images[1].boxes == ()  # "nothing here" is a fact
    assert snapshot.images[2].split is Split.TEST
    assert snapshot.classes == ((cell.id, "cell"),)
    assert snapshot.left_out == 2
    assert store.images.get(done.id).split is snapshot.images[0].split
    assert store.images.get(begun.id).split is None


def test_a_look_ahead_is_the_snapshot_to_come_and_writes_nothing(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    images = add_images(store, project.id, 10)
    for image in images[:9]:
        save(store, image.id, [a_box(cell.id)], ImageState.DONE)
    store.images.set_split([images[0].id], Split.TEST)
    before = store.images.page(project.id).items

    ahead = store.snapshots.ahead(project.id)

    assert store.images.page(project.id).items == before
    assert {image.split for image in ahead.images} == set(Split)
    assert store.snapshots.take(project.id) == ahead
    assert store.snapshots.ahead(project.id) == ahead


def test_equal_data_have_equal_digests_and_any_change_another(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    images = add_images(store, project.id, 4)
    for image in images:
        save(store, image.id, [StoredBox("b", cell.id, Box(1, 1, 9, 9))], ImageState.DONE)
    first = store.snapshots.take(project.id)
    assert store.snapshots.take(project.id) == first

    digests = {first.digest}
    save(store, images[0].id, [StoredBox("b", cell.id, Box(1, 1, 9, 9.0000001))], ImageState.DONE)
    digests.add(store.snapshots.take(project.id).digest)
    store.classes.rename(cell.id, "Zelle")
    digests.add(store.snapshots.take(project.id).digest)
    store.images.set_split([images[1].id], Split.TEST)
    digests.add(store.snapshots.take(project.id).digest)
    store.images.delete([images[2].id])
    digests.add(store.snapshots.take(project.id).digest)
    assert len(digests) == 5


def test_a_saved_snapshot_never_changes(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "Zelle 細胞")
    [image] = add_images(store, project.id, 1)
    save(store, image.id, [StoredBox("b", cell.id, Box(0.1, 1 / 3, 100.7, 200.9))], ImageState.DONE)
    taken = store.snapshots.take(project.id)
    path = store.snapshots.save(taken)
    written = path.read_bytes()

    save(store, image.id, [])
    store.classes.rename(cell.id, "other")

    assert store.snapshots.load(taken.digest) == taken
    assert store.snapshots.save(taken) == path == store.workspace.snapshot(taken.digest)
    assert path.read_bytes() == written


def test_a_snapshot_says_how_many_boxes_models_drew_but_equal_boxes_are_equal_data(
    store: Store, project: Project
) -> None:
    cell = store.classes.add(project.id, "cell")
    [image] = add_images(store, project.id, 1)
    model = add_model(store, project.id)
    taken_over = a_box(cell.id, 50, source=Source.MODEL, model_version_id=model.id, score=0.9)
    save(store, image.id, [a_box(cell.id), taken_over], ImageState.DONE)
    taken = store.snapshots.take(project.id)
    assert [one.by_models for one in taken.images] == [1]
    store.snapshots.save(taken)
    assert store.snapshots.load(taken.digest) == taken
    save(store, image.id, [a_box(cell.id), a_box(cell.id, 50)])
    assert store.snapshots.take(project.id).digest == taken.digest


def test_a_snapshot_that_is_missing_or_was_changed_is_refused(store: Store, project: Project) -> None:
    taken = store.snapshots.take(project.id)
    path = store.snapshots.save(taken)
    with pytest.raises(NotFound):
        store.snapshots.load(sha("another"))
    with pytest.raises(StorageError, match="sha256"):
        store.snapshots.load("../boxloop")
    text = path.read_text("utf-8")
    path.write_text(text.replace(f'"project_id": {project.id}', '"project_id": 99'), "utf-8")
    with pytest.raises(StorageError, match="was changed"):
        store.snapshots.load(taken.digest)
    path.write_text(text[:20], "utf-8")
    with pytest.raises(StorageError, match="cannot be read"):
        store.snapshots.load(taken.digest)


def test_an_empty_project_makes_an_empty_snapshot(store: Store, project: Project) -> None:
    snapshot = store.snapshots.take(project.id)
    assert (snapshot.images, snapshot.classes, snapshot.left_out) == ((), (), 0)


def test_the_collector_of_garbage_rests_only_while_a_snapshot_is_read(store: Store, project: Project) -> None:
    taken = store.snapshots.take(project.id)
    with pytest.raises(NotFound):
        store.snapshots.take(project.id + 1)
    with pytest.raises(NotFound):
        store.snapshots.load(sha("another"))
    assert gc.isenabled()
    gc.disable()
    try:
        assert store.snapshots.ahead(project.id) == taken
        assert not gc.isenabled(), "it stays as it was found"
    finally:
        gc.enable()

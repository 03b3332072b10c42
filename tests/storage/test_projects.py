from __future__ import annotations

import pytest

from storage.errors import NameTaken, NotFound, StorageError
from storage.records import ImageState, Project, Split
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, save, sha


def test_a_project_is_made_found_and_renamed(store: Store) -> None:
    project = store.projects.create("  Zellen 細胞 ")
    assert project.name == "Zellen 細胞"
    assert store.projects.get(project.id) == project == store.projects.find("Zellen 細胞")
    assert store.projects.rename(project.id, "Zellen").name == "Zellen"
    assert store.projects.rename(project.id, "Zellen").name == "Zellen"
    assert store.projects.find("Zellen 細胞") is None
    assert [p.name for p in store.projects.list()] == ["Zellen"]


def test_names_are_unique_however_they_are_composed(store: Store, project: Project) -> None:
    store.projects.create("Zo\u00eb")
    with pytest.raises(NameTaken, match="Zoë"):
        store.projects.create("Zoe\u0308")
    with pytest.raises(NameTaken):
        store.projects.rename(project.id, "Zoë")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\x00b", "\ud800"])
def test_a_name_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(StorageError):
        store.projects.create(name)
    assert store.projects.list() == []


def test_the_bin_hides_a_project_and_all_in_it_and_gives_it_back(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    saved = save(store, image.id, [a_box(cell.id)])
    store.projects.delete(project.id)

    hidden = (
        lambda: store.projects.get(project.id),
        lambda: store.projects.counts(project.id),
        lambda: store.images.get(image.id),
        lambda: store.images.page(project.id),
        lambda: store.annotations.get(image.id),
        lambda: store.classes.rename(cell.id, "other"),
        lambda: store.snapshots.take(project.id),
    )
    for look in hidden:
        with pytest.raises(NotFound):
            look()
    assert store.images.get_many([image.id]) == {}
    assert store.projects.list() == []
    assert [p.id for p in store.projects.list(deleted=True)] == [project.id]
    assert store.projects.get(project.id, deleted=True).deleted_at is not None

    store.projects.restore(project.id)
    assert store.projects.get(project.id) == project
    assert store.annotations.get(image.id) == saved


def test_a_name_is_free_again_while_its_project_lies_in_the_bin(store: Store, project: Project) -> None:
    store.projects.delete(project.id)
    second = store.projects.create(project.name)
    with pytest.raises(NameTaken):
        store.projects.restore(project.id)
    store.projects.rename(second.id, "Second")
    assert store.projects.restore(project.id).name == project.name


def test_counts_tell_images_by_state_and_split_and_boxes(store: Store, project: Project) -> None:
    red, white = store.classes.add(project.id, "red"), store.classes.add(project.id, "white")
    a, b, c, d = add_images(store, project.id, 4)
    add_images(store, store.projects.create("Other").id, 3)
    save(store, a.id, [a_box(red.id), a_box(red.id), a_box(white.id)], ImageState.DONE)
    save(store, b.id, [a_box(red.id)])
    save(store, c.id, [], ImageState.SKIPPED)
    store.images.set_split([a.id, b.id], Split.TRAIN)

    counts = store.projects.counts(project.id)

    assert counts.images == 4
    assert counts.by_state == {
        ImageState.NEW: 1,
        ImageState.IN_PROGRESS: 1,
        ImageState.DONE: 1,
        ImageState.SKIPPED: 1,
        ImageState.IN_DOUBT: 0,
    }
    assert counts.by_split == {Split.TRAIN: 2, Split.VAL: 0, Split.TEST: 0, None: 2}
    assert counts.boxes == 4
    assert store.projects.done_boxes(project.id) == {red.id: 2, white.id: 1}
    assert d.state is ImageState.NEW


def test_an_empty_project_counts_nothing(store: Store, project: Project) -> None:
    counts = store.projects.counts(project.id)
    assert (counts.images, counts.boxes) == (0, 0)
    assert set(counts.by_state.values()) == {0}


def test_the_disk_that_a_project_uses(store: Store, project: Project) -> None:
    place = store.workspace
    add_image(store, project.id, "a")  # 1000 bytes, as said when it was added
    model = add_model(store, project.id)
    place.write(place.thumb(sha("a")), b"t" * 30)
    place.write(place.model(model.folder) / "model.safetensors", b"w" * 500)
    place.write(place.thumb(sha("somebody else's")), b"x" * 7777)
    assert store.projects.disk_bytes(project.id) == 1530


def test_the_active_model_is_one_of_the_project(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    mine, theirs = add_model(store, project.id, "a"), add_model(store, other.id, "b")
    assert store.projects.set_active_model(project.id, mine.id).active_model_id == mine.id
    with pytest.raises(NotFound):
        store.projects.set_active_model(project.id, theirs.id)
    with pytest.raises(NotFound):
        store.projects.set_active_model(project.id, 99)
    assert store.projects.set_active_model(project.id, None).active_model_id is None

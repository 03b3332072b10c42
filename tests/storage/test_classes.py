from __future__ import annotations

import pytest

from storage.class_values import PALETTE
from storage.errors import IllegalTransition, InUse, InvalidValue, NameTaken, NotFound, StorageError
from storage.records import Project
from storage.store import Store
from tests.storage.samples import a_box, add_images, save


def test_classes_keep_their_order_and_get_colours_of_their_own(store: Store, project: Project) -> None:
    made = [store.classes.add(project.id, f"class {n}") for n in range(20)]
    assert [c.position for c in made] == list(range(20))
    assert [c.color for c in made] == list(PALETTE)
    assert len(set(PALETTE)) == 20
    assert store.classes.add(project.id, "one more").color == PALETTE[0]
    assert [c.name for c in store.classes.list(project.id)][:2] == ["class 0", "class 1"]


def test_a_name_is_taken_within_its_project_only(store: Store, project: Project) -> None:
    store.classes.add(project.id, " Zelle ")
    with pytest.raises(NameTaken, match="Zelle"):
        store.classes.add(project.id, "Zelle")
    assert store.classes.add(project.id, "zelle").name == "zelle"  # data sets do tell them apart
    assert store.classes.add(store.projects.create("Other").id, "Zelle").name == "Zelle"


def test_renaming_and_recolouring_leave_the_id_and_the_boxes(store: Store, project: Project) -> None:
    cell, other = store.classes.add(project.id, "cell", "#ABCDEF"), store.classes.add(project.id, "other")
    [image] = add_images(store, project.id, 1)
    saved = save(store, image.id, [a_box(cell.id)])

    assert store.classes.rename(cell.id, "<b>Zelle</b>").classes[0].name == "<b>Zelle</b>"
    assert store.classes.recolor(cell.id, "#112233").classes[0].color == "#112233"

    assert cell.color == "#abcdef"
    assert store.classes.get(cell.id).id == cell.id
    assert store.annotations.get(image.id) == saved
    with pytest.raises(NameTaken):
        store.classes.rename(other.id, "<b>Zelle</b>")


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", "#12345g", "#123456\n", 'red";x'])
def test_a_colour_that_is_none_is_refused(store: Store, project: Project, color: str) -> None:
    with pytest.raises(StorageError, match="colour"):
        store.classes.add(project.id, "cell", color)
    assert store.classes.list(project.id) == []


def test_a_class_with_boxes_cannot_be_deleted_even_if_they_lie_in_the_bin(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    [image] = add_images(store, project.id, 1)
    save(store, image.id, [a_box(cell.id), a_box(cell.id)])
    with pytest.raises(InUse, match="on 2 boxes;"):
        store.classes.delete(cell.id)
    store.images.delete([image.id])
    with pytest.raises(InUse, match="2 of them on images in the bin"):
        store.classes.delete(cell.id)
    store.images.restore([image.id])
    save(store, image.id, [])

    store.classes.delete(cell.id)

    with pytest.raises(NotFound):
        store.classes.get(cell.id)
    assert store.classes.add(project.id, "new").id > cell.id  # ids are never used twice


def test_boxes_are_counted_on_images_outside_the_bin(store: Store, project: Project) -> None:
    cell, none = store.classes.add(project.id, "cell"), store.classes.add(project.id, "none")
    one, two = add_images(store, project.id, 2)
    save(store, one.id, [a_box(cell.id)])
    save(store, two.id, [a_box(cell.id), a_box(cell.id)])
    assert [c.boxes for c in store.classes.list(project.id)] == [3, 0]
    store.images.delete([two.id])
    assert store.classes.get(cell.id).boxes == 1
    assert store.classes.get(none.id).boxes == 0


def test_ensure_makes_what_is_missing(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    got = store.classes.ensure(project.id, ["new", "cell", " cell "])
    assert got["cell"] == got[" cell "] == cell
    assert got["new"].position == 1
    assert [c.name for c in store.classes.list(project.id)] == ["cell", "new"]


def test_each_change_can_be_undone_and_the_undoing_too(store: Store, project: Project) -> None:
    cell, other = store.classes.add(project.id, "cell", "#112233"), store.classes.add(project.id, "other")
    changes = [
        store.classes.rename(cell.id, "Zelle", author="Ada"),
        store.classes.recolor(cell.id, "#445566"),
        store.classes.set_hotkey(cell.id, "Q"),
        store.classes.reorder(project.id, [other.id, cell.id]),
        store.classes.set_archived(other.id, True),
    ]
    changed = store.classes.list(project.id)
    assert [(c.name, c.color, c.hotkey, c.archived) for c in changed][1] == ("Zelle", "#445566", "q", False)
    undone = []
    for change in reversed(changes):
        assert change.activity_id is not None
        undone.append(store.classes.undo(change.activity_id, author="Grace").activity_id)
    assert store.classes.list(project.id) == [cell, other]
    for activity_id in reversed(undone):
        assert activity_id is not None
        store.classes.undo(activity_id)
    assert store.classes.list(project.id) == changed
    first, last = changes[0].activity_id, undone[-1]
    assert first is not None
    assert last is not None
    entry, undoing = store.activity.get(first), store.activity.get(last)
    assert (entry.kind, entry.author) == ("class_renamed", "Ada")
    assert (undoing.kind, undoing.author, undoing.details["undoes"]) == ("class_renamed", "Grace", first)


def test_what_was_changed_again_since_is_not_undone(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    first = store.classes.rename(cell.id, "one").activity_id
    store.classes.rename(cell.id, "two")
    assert first is not None
    with pytest.raises(IllegalTransition, match="changed again since"):
        store.classes.undo(first)
    assert store.classes.rename(cell.id, "two").activity_id is None  # nothing changed, nothing to undo


def test_a_deleted_class_comes_back_as_it_was(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell", "#112233")
    store.classes.set_hotkey(cell.id, "c")
    kept = store.classes.get(cell.id)
    gone = store.classes.delete(cell.id).activity_id
    store.classes.add(project.id, "next")
    assert gone is not None
    store.classes.undo(gone)
    assert store.classes.get(cell.id) == kept
    gone = store.classes.delete(cell.id).activity_id
    store.classes.add(project.id, "cell")
    assert gone is not None
    with pytest.raises(NameTaken, match="rename that one first"):
        store.classes.undo(gone)


@pytest.mark.parametrize("key", ["", "ab", " ", "\t", "Enter", "\x07"])
def test_a_key_is_one_character_that_can_be_typed(store: Store, project: Project, key: str) -> None:
    cell = store.classes.add(project.id, "cell")
    with pytest.raises(InvalidValue, match="one letter, digit or sign"):
        store.classes.set_hotkey(cell.id, key)


def test_a_key_belongs_to_one_class(store: Store, project: Project) -> None:
    one, two = store.classes.add(project.id, "one"), store.classes.add(project.id, "two")
    store.classes.set_hotkey(one.id, "ß")
    with pytest.raises(NameTaken, match="belongs to 'one'"):
        store.classes.set_hotkey(two.id, "ß")
    taken = store.classes.set_hotkey(two.id, "ß", take=True)
    assert [c.hotkey for c in store.classes.list(project.id)] == [None, "ß"]
    assert taken.activity_id is not None
    store.classes.undo(taken.activity_id)
    assert [c.hotkey for c in store.classes.list(project.id)] == ["ß", None]


def test_a_class_back_from_the_archive_leaves_its_key_to_the_one_that_has_it(store: Store, project: Project) -> None:
    one, two = store.classes.add(project.id, "one"), store.classes.add(project.id, "two")
    store.classes.set_hotkey(one.id, "q")
    store.classes.set_archived(one.id, True)
    store.classes.set_hotkey(two.id, "q")
    store.classes.set_archived(one.id, False)
    assert [c.hotkey for c in store.classes.list(project.id)] == [None, "q"]


def test_classes_that_a_new_order_does_not_name_come_after(store: Store, project: Project) -> None:
    a, b, c = (store.classes.add(project.id, name) for name in "abc")
    store.classes.reorder(project.id, [c.id, a.id])
    assert [one.name for one in store.classes.list(project.id)] == ["c", "a", "b"]
    with pytest.raises(NotFound):
        store.classes.reorder(project.id, [b.id, 999])
    with pytest.raises(InvalidValue, match="twice"):
        store.classes.reorder(project.id, [b.id, b.id])

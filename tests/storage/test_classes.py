from __future__ import annotations

import pytest

from storage.classes import PALETTE
from storage.errors import InUse, NameTaken, NotFound, StorageError
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

    assert store.classes.rename(cell.id, "<b>Zelle</b>").name == "<b>Zelle</b>"
    assert store.classes.recolor(cell.id, "#112233").color == "#112233"

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

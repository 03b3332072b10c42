"""Boxes on many images get other classes as one act: what is kept of it, and what a crash in the middle leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from detector.domain import Box
from storage.bulk import FEW
from storage.errors import NotFound
from storage.records import ImageState, Project, StoredBox
from storage.store import Store
from tests.storage.samples import add_images, save

ROOT = Path(__file__).parents[2]


def classes_on(store: Store, image_id: int) -> dict[str, int]:
    return {box.id: box.class_id for box in store.annotations.get(image_id).boxes}


def named(class_id: int, name: str) -> StoredBox:
    return StoredBox(name, class_id, Box(10, 20, 40, 60))


@pytest.mark.parametrize("number", [3, FEW + 3])
def test_boxes_are_moved_by_a_save_of_each_image(store: Store, project: Project, number: int) -> None:
    cell, ring = (store.classes.add(project.id, name).id for name in ("cell", "ring"))
    ids = [image.id for image in add_images(store, project.id, number)]
    for image_id in ids:
        save(store, image_id, [named(cell, "a"), named(cell, "b"), named(ring, "c")], ImageState.DONE)
    wanted = {image_id: {"a": ring, "c": ring, "gone": ring} for image_id in ids}
    moved = store.class_moves.move(project.id, wanted, author="ada")
    assert [(one.image_id, one.revision, one.before) for one in moved] == [(i, 2, {"a": cell}) for i in ids]
    standing = store.annotations.get(ids[-1])
    assert classes_on(store, ids[-1]) == {"a": ring, "b": cell, "c": ring}
    assert (standing.revision, standing.state) == (2, ImageState.DONE)
    last = store.annotations.history(ids[-1])[-1]
    assert (last.revision, last.author, last.boxes) == (2, "ada", standing.boxes)
    assert store.images.get(ids[-1]).saved_by == "ada"
    assert [one.boxes for one in store.classes.list(project.id)] == [number, 2 * number]
    assert store.class_moves.move(project.id, wanted) == [], "they have that class"


def test_only_boxes_seen_as_a_class_on_images_at_their_revision_are_moved(store: Store, project: Project) -> None:
    cell, ring, disc = (store.classes.add(project.id, name).id for name in ("cell", "ring", "disc"))
    first, second, binned = (image.id for image in add_images(store, project.id, 3))
    for image_id in (first, second, binned):
        save(store, image_id, [named(cell, "a"), named(ring, "b")])
    save(store, second, [named(cell, "a")])
    store.images.delete([binned])
    store.classes.merge([ring], cell)
    wanted = {image_id: {"a": disc, "b": disc} for image_id in (first, second, binned, 10**6)}
    [moved] = store.class_moves.move(project.id, wanted, seen_as=cell, revisions={first: 1, second: 1, binned: 1})
    assert (moved.image_id, moved.before) == (first, {"a": cell, "b": ring}), "the classes that they were given"
    assert store.class_moves.move(project.id, {first: {"a": cell}}, seen_as=ring) == []
    with pytest.raises(NotFound, match="no class 999"):
        store.class_moves.move(project.id, {first: {"a": 999}})


CHILD = """
import sys
from pathlib import Path

from gui.class_acts import ClassActs
from storage.store import Store
from storage.workspace import Workspace

store = Store(Workspace(Path(sys.argv[1])))
chosen = {int(image): ["a"] for image in sys.argv[3].split(",")}


def stop(*_: object) -> int:
    print("in the middle", flush=True)
    sys.stdin.read()
    return 0


store.activity.add = stop  # the last that is written of a split
ClassActs(store).split(int(sys.argv[2]), chosen, new_name="darker")
"""


def test_a_split_that_is_killed_in_the_middle_has_changed_nothing(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell").id
    ids = [image.id for image in add_images(store, project.id, 3)]
    for image_id in ids:
        save(store, image_id, [named(cell, "a")])
    command = [sys.executable, "-c", CHILD, str(store.workspace.root), str(cell), ",".join(map(str, ids))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        child.kill()
        child.wait(30)
    assert [one.name for one in store.classes.list(project.id)] == ["cell"]
    assert [(store.annotations.get(i).revision, classes_on(store, i)) for i in ids] == [(1, {"a": cell})] * 3
    assert store.class_moves.move(project.id, {ids[0]: {"a": cell}}) == [], "its lock died with it"

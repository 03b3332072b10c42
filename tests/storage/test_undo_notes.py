"""Notes of how to take back acts on many images: as many as are kept, each used once."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from storage.records import Project
from storage.store import Store
from storage.undo_notes import KEPT_ACTS


def an_act(store: Store, project: Project) -> int:
    return store.activity.add(project.id, "images_split", "ada", {"images": 1})


def test_a_note_is_taken_once_and_the_last_part_of_an_act_comes_first(store: Store, project: Project) -> None:
    act, other = an_act(store, project), an_act(store, project)
    store.undo_notes.add(act, 3, {"ids": [1, 2, 3]})
    store.undo_notes.add(act, 1, {"ids": [4]})
    last, first = store.undo_notes.of(act)
    assert (last.images, first.images) == (1, 3)
    assert store.undo_notes.undoable([act, other]) == {act}
    assert store.undo_notes.take(last.id) == {"ids": [4]}
    assert store.undo_notes.take(last.id) is None
    assert store.undo_notes.of(act) == [first]
    with pytest.raises(NotFound):
        store.undo_notes.add(10**6, 1, {})


def test_only_the_last_acts_of_a_project_are_kept(store: Store, project: Project) -> None:
    elsewhere = store.projects.create("another")
    other = an_act(store, elsewhere)
    store.undo_notes.add(other, 1, {})
    acts = [an_act(store, project) for _ in range(KEPT_ACTS + 2)]
    for act in acts:
        for _ in range(2):
            store.undo_notes.add(act, 1, {})
    assert store.undo_notes.undoable([other, *acts]) == {other, *acts[2:]}
    assert store.undo_notes.count(project.id) == 2 * KEPT_ACTS


def test_what_is_done_and_how_it_is_undone_are_written_together_or_not_at_all(store: Store, project: Project) -> None:
    with pytest.raises(RuntimeError), store.database.together():
        act = an_act(store, project)
        store.undo_notes.add(act, 1, {})
        raise RuntimeError("the server ends here")
    assert [entry.kind for entry in store.activity.list(project.id).items] == ["project_created"]
    assert store.undo_notes.count(project.id) == 0

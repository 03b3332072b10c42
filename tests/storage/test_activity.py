from __future__ import annotations

import pytest

from storage import activity
from storage.errors import NotFound
from storage.records import Project
from storage.store import Store


def test_what_was_done_is_listed_newest_first_and_in_parts(store: Store, project: Project) -> None:
    ids = [store.activity.add(project.id, "class_renamed", "Ada", {"n": n}) for n in range(5)]
    newest = store.activity.list(project.id, limit=2)
    assert [(entry.id, entry.details) for entry in newest] == [(ids[4], {"n": 4}), (ids[3], {"n": 3})]
    older = store.activity.list(project.id, before=newest[-1].id)
    assert [entry.id for entry in older] == ids[2::-1]
    assert (older[0].kind, older[0].author) == ("class_renamed", "Ada")
    assert store.activity.get(ids[0]) == older[-1]
    assert store.activity.list(store.projects.create("Other").id) == []


def test_an_entry_goes_with_the_change_that_it_tells_of(store: Store, project: Project) -> None:
    with pytest.raises(NotFound), store.database.transaction() as connection:
        activity.record(connection, project.id, "class_renamed", "Ada", {})
        raise NotFound("the change failed")
    assert store.activity.list(project.id) == []

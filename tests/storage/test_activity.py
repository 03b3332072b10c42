from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from detector.domain import Box
from storage import activity
from storage.changes import changes_between
from storage.errors import InvalidValue, NotFound
from storage.past import ActivityEntry, Changes
from storage.records import (
    ImageState,
    Project,
)
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, save


def listed(store: Store, project: Project, **filters: object) -> list[ActivityEntry]:
    items = store.activity.list(project.id, **filters).items  # type: ignore[arg-type]
    return [entry for entry in items if entry.kind not in ("project_created", "class_added")]  # what every test needs


def said(entries: list[ActivityEntry]) -> list[tuple[str, str, str | None]]:
    return [(entry.kind, entry.author, entry.image_name) for entry in entries]


def earlier(store: Store, image_id: int, minutes: float) -> None:
    """Put all saves of an image back in time."""
    with store.database.transaction() as connection:
        shift = int(minutes * 60_000)
        connection.execute(
            text("UPDATE history SET saved_at = saved_at - :shift WHERE image_id = :image"),
            {"shift": shift, "image": image_id},
        )


def test_saves_of_one_image_in_a_row_are_one_entry_among_what_was_recorded(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell").id
    first, second = add_images(store, project.id, 2)
    boxes = [a_box(cell, x) for x in (10, 60, 110)]
    for n in range(1, 4):
        save(store, first.id, boxes[:n], author="Ada")
        save(store, second.id, boxes[:1], author="Ada")
    store.activity.add(project.id, "model_activated", "Bob", {"number": 3})
    save(store, first.id, boxes[1:], ImageState.DONE, author="Ada")
    save(store, first.id, boxes, author="Bob")
    entries = listed(store, project)
    assert said(entries) == [
        ("saved", "Bob", "cell 0.jpg"),
        ("saved", "Ada", "cell 0.jpg"),
        ("model_activated", "Bob", None),
        ("saved", "Ada", "cell 1.jpg"),
    ]
    hers = entries[1]
    assert hers.image_id == first.id and hers.since < hers.at
    changes = {"added": 2, "removed": 0, "moved": 0, "reclassed": 0, "rejected": 0, "accepted": {}}
    assert hers.details == {"revision": 4, "first_revision": 1, "state": "done", "state_before": "new"} | changes
    assert entries[2].details == {"number": 3}


def test_a_long_break_begins_a_new_entry(store: Store, project: Project) -> None:
    image = add_image(store, project.id)
    save(store, image.id, [], ImageState.SKIPPED, author="Ada")
    earlier(store, image.id, minutes=11)
    save(store, image.id, [], ImageState.DONE, author="Ada")
    assert [entry.details["first_revision"] for entry in listed(store, project)] == [2, 1]


def test_saves_that_are_part_of_one_act_on_many_images_are_not_listed(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell").id
    image, other = add_images(store, project.id, 2)
    store.annotations.save_imported(project.id, [(image.id, [(cell, Box(1, 2, 3, 4))])], author="Ada")
    save(store, other.id, [], ImageState.DONE, author="Ada", bulk="accept")
    assert listed(store, project) == []
    save(store, image.id, [], author="Ada")
    [entry] = listed(store, project)
    assert entry.details["first_revision"] == 2 and entry.details["removed"] == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_come_one_after_the_other_without_gap_or_repeat(store: Store, project: Project, limit: int) -> None:
    for image in add_images(store, project.id, 4):
        save(store, image.id, [], ImageState.DONE, author="Ada")
        store.activity.add(project.id, "images_tagged", "Bob", {"image": image.id})
    with store.database.transaction() as connection:  # all at one moment, so that only their ids tell them apart
        moment = "(SELECT max(saved_at) FROM history)"
        connection.execute(text(f"UPDATE activity SET at = {moment} WHERE kind <> 'project_created'"))
        connection.execute(text(f"UPDATE history SET saved_at = {moment}"))
    whole = listed(store, project)
    seen: list[ActivityEntry] = []
    cursor: str | None = None
    while True:
        page = store.activity.list(project.id, after=cursor, limit=limit)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen[:8] == whole and len(seen) == 9


def test_the_list_is_filtered_by_person_thing_and_time(store: Store, project: Project) -> None:
    image, other = add_images(store, project.id, 2)
    save(store, image.id, [], ImageState.DONE, author="Ada")
    earlier(store, image.id, minutes=60 * 24)
    save(store, other.id, [], ImageState.DONE, author="Bob")
    store.activity.add(project.id, "images_deleted", "Bob", {})
    store.activity.add(project.id, "imagesodd_kind", "Bob", {})
    everything = listed(store, project)
    assert said(listed(store, project, author="Ada")) == [("saved", "Ada", "cell 0.jpg")]
    assert said(listed(store, project, things=["images"])) == [("images_deleted", "Bob", None)]
    assert len(listed(store, project, things=["saved", "images"])) == 3
    yesterday = everything[-1].at + timedelta(hours=1)
    assert said(listed(store, project, until=yesterday)) == [("saved", "Ada", "cell 0.jpg")]
    assert len(listed(store, project, since=yesterday)) == 3
    assert store.activity.people(project.id) == ["", "Ada", "Bob"], "nobody was logged in who made the project"


def test_other_projects_and_images_in_the_bin_are_kept_apart(store: Store, project: Project) -> None:
    elsewhere = store.projects.create("Elsewhere")
    image = add_image(store, project.id)
    save(store, image.id, [], ImageState.DONE)
    store.images.delete([image.id])
    assert listed(store, elsewhere) == []
    [entry] = [entry for entry in listed(store, project) if entry.kind == "saved"]
    assert (entry.image_id, entry.image_name) == (None, "cell 0.jpg")
    with pytest.raises(NotFound):
        store.activity.list(10**6)
    with pytest.raises(InvalidValue, match="not a place"):
        store.activity.list(project.id, after="1-2")


def test_a_page_that_would_read_too_many_boxes_is_shorter(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image in add_images(store, project.id, 3):
        save(store, image.id, [], ImageState.DONE)
    monkeypatch.setattr(activity, "MOST_BYTES", 1)
    page = store.activity.list(project.id)
    assert len(page.items) == 1 and page.next_cursor is not None
    assert len(store.activity.list(project.id, after=page.next_cursor).items) == 1


def test_a_page_is_read_along_indexes(store: Store, project: Project) -> None:
    save(store, add_image(store, project.id).id, [], ImageState.DONE)
    asked: list[tuple[str, tuple[Any, ...]]] = []
    event.listen(
        store.database.engine, "before_cursor_execute", lambda _c, _cur, sql, values, *_: asked.append((sql, values))
    )
    store.activity.list(project.id, limit=3, after="9999999999999-0-9-9", author="")
    plans = []
    with store.database.reading() as connection:
        for sql, values in [(sql, values) for sql, values in asked if "FROM history" in sql or "FROM activity" in sql]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            plans += [row.detail for row in plan]
    assert any("ix_history_saves (project_id=? AND" in step for step in plans)
    assert not [step for step in plans if "SCAN" in step or "TEMP" in step]


def test_an_entry_goes_with_the_change_that_it_tells_of(store: Store, project: Project) -> None:
    with pytest.raises(NotFound), store.database.transaction() as connection:
        activity.record(connection, project.id, "class_renamed", "Ada", {})
        raise NotFound("the change failed")
    assert listed(store, project) == []


def test_boxes_are_told_apart_by_their_ids() -> None:
    before = [["a", 1, 0, 0, 9, 9, "person"], ["b", 1, 0, 0, 9, 9, "person"], ["c", 1, 0, 0, 9, 9, "person"]]
    after = [["a", 2, 0, 0, 9, 8, "person"], ["c", 1, 0, 0, 9, 9, "person"], ["d", 1, 0, 0, 9, 9, "person"]]
    assert changes_between(before, after) == Changes(added=1, removed=1, moved=1, reclassed=1)
    assert changes_between(after, after) == Changes()

"""Changes of classes as facts: what each class was before and is after, carried out, written down and taken back.

A change is a list of {id, name, before, after}; `before` is None for a class that was added, `after` for one that was
deleted, else both name the columns that changed. Undoing is the same change with the two exchanged, which is allowed
as long as what it left behind still stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage import activity
from storage.clock import now
from storage.errors import IllegalTransition, InUse, NameTaken
from storage.lookups import new_id
from storage.past import Activity
from storage.tables import AnnotationRow, ClassRow, ModelRow, ReviewRow

Change = Mapping[str, Any]
COLUMNS = ("name", "color", "position", "hotkey", "archived", "merged_into")
REVERSED = {"class_added": "class_deleted", "class_archived": "class_unarchived", "class_merged": "class_unmerged"}
REVERSED |= {after: before for before, after in REVERSED.items()}
KINDS = frozenset({*REVERSED, "class_renamed", "class_recoloured", "class_hotkey", "class_reordered"})


def carry_out(
    connection: Connection,
    project_id: int,
    kind: str,
    changes: Sequence[tuple[Row[Any] | None, Change | None]],
    author: str,
    **more: Any,
) -> int | None:
    """Change classes and write that down.

    Args:
        changes: the row as it stands (None: a new class) and the columns that change (None: it goes).
        more: what else a reader of the list of activities wants to know.

    Returns:
        The id of the entry by which it can be undone; None where nothing would change.
    """
    steps = [step for row, wanted in changes if (step := _step(row, wanted)) is not None]
    if not steps:
        return None
    _apply(connection, project_id, steps)
    return activity.record(connection, project_id, kind, author, {"classes": steps, **more})


def carry_out_undo(connection: Connection, entry: Activity, author: str) -> tuple[list[int], int]:
    """Take back the change of an entry. Returns the ids of the classes that it left behind, and its own entry.

    Raises:
        IllegalTransition: the classes were changed again since, or the entry is no change of classes.
        InUse: a class that was added is on boxes.   NameTaken: its name belongs to another class by now.
    """
    if entry.kind not in KINDS:
        raise IllegalTransition("this is no change of classes that can be undone")
    steps = [step | {"before": step["after"], "after": step["before"]} for step in entry.details["classes"]]
    for step in steps:
        _must_still_stand(connection, step)
    _apply(connection, entry.project_id, steps)
    more = {key: value for key, value in entry.details.items() if key not in ("classes", "undoes")}
    details = {"classes": steps, **more, "undoes": entry.id}
    undone = activity.record(connection, entry.project_id, REVERSED.get(entry.kind, entry.kind), author, details)
    return [step["id"] for step in steps if step["after"] is not None], undone


def forget_reviews(connection: Connection, project_id: int) -> None:
    """What is left to review depends on which class each box is seen as: it is counted anew when somebody asks."""
    theirs = select(ModelRow.id).where(ModelRow.project_id == project_id)
    connection.execute(delete(ReviewRow).where(ReviewRow.model_version_id.in_(theirs)))


def _step(row: Row[Any] | None, wanted: Change | None) -> dict[str, Any] | None:
    if row is None:
        assert wanted is not None
        return {"id": None, "name": wanted["name"], "before": None, "after": dict(wanted)}
    stands = _facts(row)
    if wanted is None:
        return {"id": row.id, "name": row.name, "before": stands, "after": None}
    after = {column: value for column, value in wanted.items() if stands[column] != value}
    if not after:
        return None
    return {"id": row.id, "name": row.name, "before": {column: stands[column] for column in after}, "after": after}


def _facts(row: Row[Any]) -> dict[str, Any]:
    facts = {column: getattr(row, column) for column in COLUMNS if column != "archived"}
    return facts | {"archived": row.archived_at is not None}


def _apply(connection: Connection, project_id: int, steps: Sequence[dict[str, Any]]) -> None:
    gone = [step["id"] for step in steps if step["after"] is None]
    if gone:
        _must_be_unused(connection, steps)
        mine = ClassRow.id.in_(gone)
        connection.execute(update(ClassRow).where(mine).values(merged_into=None))  # they may point at each other
        connection.execute(delete(ClassRow).where(mine))
    for step in steps:
        if step["before"] is None:
            _insert(connection, project_id, step)
    for step in steps:
        if step["after"] and step["id"] is not None:
            values = _values(connection, step["after"])
            connection.execute(update(ClassRow).where(ClassRow.id == step["id"]).values(values))
    _give_way(connection, project_id, [step["id"] for step in steps if step["after"]])
    if any({"merged_into", "archived"} & {*(step["before"] or ()), *(step["after"] or ())} for step in steps):
        forget_reviews(connection, project_id)


def _insert(connection: Connection, project_id: int, step: dict[str, Any]) -> None:
    """A new class gets an id, which is noted in the step; one that comes back gets its own."""
    values = _values(connection, step["after"]) | {"project_id": project_id, "merged_into": None}
    if step["id"] is not None:
        values["id"] = step["id"]
        named = select(ClassRow.id).where(ClassRow.project_id == project_id, ClassRow.name == values["name"])
        if connection.execute(named).scalar() is not None:
            raise NameTaken(f"there is another class named {values['name']!r} now; rename that one first")
    step["id"] = new_id(connection.execute(insert(ClassRow).values(values)))


def _values(connection: Connection, facts: Change) -> dict[str, Any]:
    values = {column: value for column, value in facts.items() if column != "archived"}
    if "archived" in facts:
        values["archived_at"] = now(connection) if facts["archived"] else None
    return values


def _must_be_unused(connection: Connection, steps: Sequence[dict[str, Any]]) -> None:
    for step in steps:
        if step["after"] is None:
            query = select(func.count()).select_from(AnnotationRow).where(AnnotationRow.class_id == step["id"])
            if boxes := connection.execute(query).scalar_one():
                raise InUse(f"{step['name']!r} is on {boxes} boxes; give those another class first")
            into = select(ClassRow.name).where(ClassRow.merged_into == step["id"])
            others = into.where(ClassRow.id.not_in([other["id"] for other in steps]))
            if (name := connection.execute(others).scalar()) is not None:
                raise InUse(f"{name!r} was merged into {step['name']!r}; undo that merge first")


def _must_still_stand(connection: Connection, step: dict[str, Any]) -> None:
    """Whether the class is as the change left it (`before` of the step that takes it back)."""
    row = connection.execute(select(ClassRow).where(ClassRow.id == step["id"])).one_or_none()
    if (row is None) != (step["before"] is None):
        raise IllegalTransition(f"{step['name']!r} {'is gone' if row is None else 'is back'} already")
    if row is None or step["after"] is None:
        return
    stands = _facts(row)
    if changed := [column for column, value in step["before"].items() if stands[column] != value]:
        what = {"color": "colour", "merged_into": "merging", "hotkey": "key", "position": "place"}
        raise IllegalTransition(
            f"{row.name!r} was changed again since ({what.get(changed[0], changed[0])}); undo the later change first"
        )
    if (renamed := step["after"].get("name")) is not None:
        named = select(ClassRow.id).where(ClassRow.project_id == row.project_id, ClassRow.name == renamed)
        if connection.execute(named).scalar() not in (None, row.id):
            raise NameTaken(f"there is another class named {renamed!r} now; rename that one first")


def _give_way(connection: Connection, project_id: int, class_ids: Sequence[int]) -> None:
    """A class that comes back from the archive or from a merge leaves its key to the one that has it by now."""
    active = (ClassRow.project_id == project_id, ClassRow.archived_at.is_(None), ClassRow.merged_into.is_(None))
    keyed = select(ClassRow.id, ClassRow.hotkey).where(*active, ClassRow.hotkey.is_not(None))
    rows = connection.execute(keyed).all()
    settled = {row.hotkey for row in rows if row.id not in class_ids}
    for row in rows:
        if row.id in class_ids and row.hotkey in settled:
            connection.execute(update(ClassRow).where(ClassRow.id == row.id).values(hotkey=None))

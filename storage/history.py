"""What was saved of an image, revision by revision, and where undo and redo lead from each.

A revision is either an edit of the one before, and then says nothing, or it brings back what stood earlier: then its
`step` names what it is the same as, and where redo leads. So undo goes on where a page left off, days later and in
another browser, from nothing but these rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import Connection, Row, String, select, type_coerce

from storage.changes import changes_between
from storage.engine import Database
from storage.errors import InvalidValue, NotFound
from storage.lookups import need_image
from storage.past import Revision, RevisionPage, Step, StepBack
from storage.records import (
    ImageState,
)
from storage.tables import HistoryRow, ModelRow

MOST_BYTES = 4_000_000  # of boxes read for one page of the list; where they are more, the page is shorter
AT_ONCE = 10  # rows read in one go
Way = Literal["undo", "redo"]


class HistoryStore:
    """The revisions of each image. Methods raise NotFound for an image that is not there or lies in the bin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, image_id: int, *, before: int | None = None, limit: int = 50) -> RevisionPage:
        """Revisions, newest first, each with what changed in it; those below `before`, if that is given."""
        with self._database.reading() as connection:
            image = need_image(connection, image_id)
            top = image.revision if before is None else min(before - 1, image.revision)
            found: list[Revision] = []
            read = 0
            after: Row[Any] | None = None
            for row in _rows_down(connection, image_id, top):
                if after is not None:
                    found.append(_revision(after, row))
                after = row
                read += len(row.boxes)
                if len(found) == limit or (found and read > MOST_BYTES):
                    break
            else:
                if after is not None:
                    found.append(_revision(after, None))
            more = bool(found) and found[-1].revision > 1
            return RevisionPage(tuple(found), _numbers(connection, found), more)

    def step_from(self, image_id: int, revision: int, way: Way, author: str) -> StepBack:
        """Where undo or redo leads from a revision, for the person who asks: only one's own steps are undone.

        Raises:
            NotFound: the image has no such revision.
        """
        with self._database.reading() as connection:
            need_image(connection, image_id)
            if revision == 0:
                return StepBack(None, "nothing")
            row = _need_row(connection, image_id, revision)
            step = _step(row)
            if way == "redo":
                return _judged(step.redo, row, author)
            if step.same is None:
                return _judged(revision - 1 if step.undo is None else step.undo, row, author)
            if step.same == 0:
                return StepBack(None, "nothing")
            origin = _need_row(connection, image_id, step.same)
            target = _step(origin).undo
            return _judged(origin.revision - 1 if target is None else target, origin, author)


def kept_step(connection: Connection, image_id: int, revision: int, step: Step) -> dict[str, int] | None:
    """A step as it is stored with a save upon `revision`; None for an edit like any other.

    What is the same as a revision that was itself brought back, is the same as what that one was.

    Raises:
        InvalidValue: it names a revision that the image does not have.
    """
    named = {word: number for word, number in asdict(step).items() if number is not None}
    if any(not 0 <= number <= revision for number in named.values()):
        raise InvalidValue(f"a step names revisions of the image, 0 to {revision}")
    if step.same:
        origin = _step(_need_row(connection, image_id, step.same))
        if origin.same is not None:
            named["same"] = origin.same
        if step.redo is None and origin.redo is not None:
            named["redo"] = origin.redo
    return named or None


def _judged(target: int | None, row: Row[Any], author: str) -> StepBack:
    """The step to `target`, that takes back (or does again) what the save in `row` did."""
    if target is None:
        return StepBack(None, "nothing")
    if row.bulk == "import":
        return StepBack(None, "import", row.author, row.saved_at)
    if row.author != author:
        return StepBack(None, "theirs", row.author, row.saved_at)
    return StepBack(target, "", row.author, row.saved_at)


def _step(row: Row[Any]) -> Step:
    return Step(**(row.step or {}))


def _need_row(connection: Connection, image_id: int, revision: int) -> Row[Any]:
    columns = (HistoryRow.revision, HistoryRow.step, HistoryRow.author, HistoryRow.bulk, HistoryRow.saved_at)
    query = select(*columns).where(HistoryRow.image_id == image_id, HistoryRow.revision == revision)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"image {image_id} has no revision {revision}")
    return row


def _rows_down(connection: Connection, image_id: int, top: int) -> Iterator[Row[Any]]:
    """The saves of an image from revision `top` down, with their boxes as text."""
    boxes = type_coerce(HistoryRow.boxes, String).label("boxes")
    columns = (HistoryRow.revision, HistoryRow.author, HistoryRow.saved_at, HistoryRow.state, HistoryRow.rejected)
    query = select(*columns, HistoryRow.bulk, HistoryRow.step, boxes).where(HistoryRow.image_id == image_id)
    while top > 0:
        part = query.where(HistoryRow.revision <= top, HistoryRow.revision > top - AT_ONCE)
        yield from connection.execute(part.order_by(HistoryRow.revision.desc())).all()
        top -= AT_ONCE


def _revision(row: Row[Any], before: Row[Any] | None) -> Revision:
    old, new = json.loads(before.boxes) if before else [], json.loads(row.boxes)
    return Revision(
        revision=row.revision,
        author=row.author,
        saved_at=row.saved_at,
        state=ImageState(row.state),
        state_before=ImageState(before.state) if before else ImageState.NEW,
        boxes=len(new),
        changes=changes_between(old, new, (before.rejected if before else None) or (), row.rejected or ()),
        bulk=row.bulk,
        step=_step(row),
    )


def _numbers(connection: Connection, revisions: Sequence[Revision]) -> dict[int, int]:
    """The numbers that people know the models by whose boxes were accepted, by model id."""
    ids = {model_id for revision in revisions for model_id in revision.changes.accepted}
    query = select(ModelRow.id, ModelRow.number).where(ModelRow.id.in_(ids))
    return {row.id: row.number for row in connection.execute(query)} if ids else {}

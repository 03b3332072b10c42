"""What was done in a project, by whom and when: saves as the history has them, and everything else as recorded here.

Saves of one image by one person in a row are one entry. No row says so: an entry is a save that is not followed soon by
another one of the same person on that image, so that a page needs nothing but an index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    String,
    and_,
    insert,
    or_,
    select,
    tuple_,
    type_coerce,
    union,
    update,
)
from sqlalchemy.orm import aliased

from storage.changes import changes_between
from storage.clock import EPOCH, MILLISECOND, now
from storage.engine import Database
from storage.errors import InvalidValue, NotFound
from storage.lookups import need_project, new_id
from storage.past import Activity, ActivityEntry, ActivityPage
from storage.records import (
    ImageState,
)
from storage.tables import ActivityRow, HistoryRow, ImageRow

SAVED = "saved"
IN_A_ROW = timedelta(minutes=10)  # saves that are further apart are told apart
LONGEST_ROW = 500  # saves that are looked back at to find where a row of them began
MOST_BYTES = 4_000_000  # of boxes read for one page; where they are more, the page is shorter


People = list[str]  # within the store, `list` is a method


class ActivityStore:
    """The list of what was done in each project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, project_id: int, kind: str, author: str, details: dict[str, Any]) -> int:
        """Write an entry that no change of a store stands beside. Returns its id."""
        with self._database.transaction() as connection:
            need_project(connection, project_id, deleted=True)
            return record(connection, project_id, kind, author, details)

    def amend(self, activity_id: int, details: dict[str, Any]) -> None:
        """Say more in an entry of an act that goes on. Raises NotFound."""
        with self._database.transaction() as connection:
            entry = need_activity(connection, activity_id)
            told = update(ActivityRow).where(ActivityRow.id == activity_id)
            connection.execute(told.values(details={**entry.details, **details}))

    def tally(self, project_id: int, kind: str, author: str, counts: Mapping[str, int]) -> None:
        """As `tally` of this module, in a transaction of its own."""
        with self._database.transaction() as connection:
            need_project(connection, project_id, deleted=True)
            tally(connection, project_id, kind, author, counts)

    def get(self, activity_id: int) -> Activity:
        """One recorded act. Raises NotFound."""
        with self._database.reading() as connection:
            return need_activity(connection, activity_id)

    def list(
        self,
        project_id: int,
        *,
        after: str | None = None,
        limit: int = 50,
        author: str | None = None,
        things: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> ActivityPage:
        """A page of what was done, newest first.

        Args:
            after: the cursor of the page before.
            author: only what this person did.
            things: only these: "saved" for saves, else the first word of the kind.
            since, until: from this moment on, and before that one.

        Raises:
            NotFound: no such project.  InvalidValue: a cursor that no page gave.
        """
        asked = _Asked(project_id, _place(after), limit, author, since, until)
        with self._database.reading() as connection:
            need_project(connection, project_id)
            acts = [thing for thing in things if thing != SAVED] if things is not None else None
            found: list[_Found] = []
            if things is None or acts:
                found += _acts(connection, asked, acts)
            if things is None or SAVED in things:
                found += _saves(connection, asked)
            found.sort(key=lambda entry: entry.place, reverse=True)
            items = _entries(connection, found[:limit])
        more = len(found) > len(items)
        return ActivityPage(tuple(items), str(found[len(items) - 1].place) if more else None)

    def people(self, project_id: int) -> People:
        """Who has done anything in a project, by name; "" for whoever did not have to log in."""
        saved = select(ImageRow.saved_by).where(ImageRow.project_id == project_id, ImageRow.saved_by.is_not(None))
        acted = select(ActivityRow.author).where(ActivityRow.project_id == project_id)
        with self._database.reading() as connection:
            return sorted(connection.scalars(union(saved, acted)), key=str.casefold)


def record(connection: Connection, project_id: int, kind: str, author: str, details: dict[str, Any]) -> int:
    """Write an entry in the transaction of what it tells of, so that there is never one without the other.

    Args:
        kind: "<thing>_<act>", at most 32 characters: "images_deleted", "class_merged". A list of activity is filtered
            by the first word.
        details: small JSON, enough to say what changed and, where that is possible, to undo it.

    Returns:
        The id of the entry.
    """
    values = {"project_id": project_id, "kind": kind, "author": author, "at": now(connection), "details": details}
    return new_id(connection.execute(insert(ActivityRow).values(values)))


def tally(connection: Connection, project_id: int, kind: str, author: str, counts: Mapping[str, int]) -> None:
    """Add to the newest entry where the same person is just doing the same, else write one: uploads come one by one."""
    newest = select(ActivityRow).where(ActivityRow.project_id == project_id)
    row = connection.execute(newest.order_by(ActivityRow.at.desc(), ActivityRow.id.desc()).limit(1)).one_or_none()
    moment = now(connection)
    if row is None or (row.kind, row.author) != (kind, author) or moment - row.at > IN_A_ROW:
        record(connection, project_id, kind, author, dict(counts))
        return
    details = {**row.details, **{word: row.details.get(word, 0) + n for word, n in counts.items()}}
    connection.execute(update(ActivityRow).where(ActivityRow.id == row.id).values(at=moment, details=details))


def need_activity(connection: Connection, activity_id: int) -> Activity:
    """One entry. Raises NotFound."""
    row = connection.execute(select(ActivityRow).where(ActivityRow.id == activity_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no entry {activity_id} in the list of what was done")
    return to_activity(row)


def to_activity(row: Any) -> Activity:
    return Activity(row.id, row.project_id, row.kind, row.author, row.at, row.details)


class _Place(NamedTuple):
    """Where an entry stands in the list, newest first: by time, acts before saves of the same millisecond, then ids."""

    at: int  # ms
    is_act: int
    number: int  # of the act, or of the image
    revision: int

    def __str__(self) -> str:
        return "-".join(map(str, self))


class _Found(NamedTuple):
    place: _Place
    row: Any


class _Asked(NamedTuple):
    project_id: int
    after: _Place | None
    limit: int
    author: str | None
    since: datetime | None
    until: datetime | None

    def conditions(self, table: Any, at: Any, is_act: int, *ids: Any) -> list[ColumnElement[bool]]:
        """What a row must be, of the table with its time in the column `at` and its place after that in `ids`."""
        told = [table.project_id == self.project_id]
        if self.author is not None:
            told.append(table.author == self.author)
        if self.since is not None:
            told.append(at >= self.since)
        if self.until is not None:
            told.append(at < self.until)
        if self.after is not None:
            moment = EPOCH + self.after.at * MILLISECOND
            if self.after.is_act == is_act:
                told.append(tuple_(_number(at), *ids) < tuple_(self.after.at, *self.after[2 : 2 + len(ids)]))
            else:  # what stands behind it at the same moment: saves behind an act
                told.append(at <= moment if self.after.is_act else at < moment)
        return told


def _place(cursor: str | None) -> _Place | None:
    if cursor is None:
        return None
    parts = cursor.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InvalidValue(f"{cursor[:40]!r} is not a place in the list of activity; load the list anew")
    return _Place(*map(int, parts))


def _acts(connection: Connection, asked: _Asked, things: list[str] | None) -> list[_Found]:
    query = select(ActivityRow).where(*asked.conditions(ActivityRow, ActivityRow.at, 1, ActivityRow.id))
    if things is not None:
        query = query.where(or_(*(ActivityRow.kind.startswith(f"{thing}_", autoescape=True) for thing in things)))
    query = query.order_by(ActivityRow.at.desc(), ActivityRow.id.desc()).limit(asked.limit + 1)
    return [_Found(_Place(_ms(row.at), 1, row.id, 0), row) for row in connection.execute(query)]


def _saves(connection: Connection, asked: _Asked) -> list[_Found]:
    """The last save of each row of saves, without its boxes."""
    save, following = aliased(HistoryRow), aliased(HistoryRow)
    columns = (save.saved_at, save.image_id, save.revision, save.author)
    next_one = and_(following.image_id == save.image_id, following.revision == save.revision + 1)
    is_last = or_(following.saved_at.is_(None), ~_in_a_row(save, following))
    query = select(*columns, ImageRow.name.label("image_name"), ImageRow.deleted_at).outerjoin(following, next_one)
    query = query.join(ImageRow, ImageRow.id == save.image_id)
    query = query.where(*asked.conditions(save, save.saved_at, 0, save.image_id, save.revision))
    query = query.where(save.bulk.is_(None), is_last)
    query = query.order_by(*(column.desc() for column in columns[:3])).limit(asked.limit + 1)
    rows = connection.execute(query)
    return [_Found(_Place(_ms(row.saved_at), 0, row.image_id, row.revision), row) for row in rows]


def _in_a_row(earlier: Any, later: Any) -> ColumnElement[bool]:
    soon = _number(later.saved_at) - _number(earlier.saved_at) <= IN_A_ROW // MILLISECOND
    return and_(later.author == earlier.author, later.bulk.is_(None), soon)


def _entries(connection: Connection, found: Sequence[_Found]) -> list[ActivityEntry]:
    """What is to be told of each, as far as one page may read: at least of one."""
    entries: list[ActivityEntry] = []
    read = 0
    for place, row in found:
        if place.is_act:
            entries.append(_act(row))
            continue
        entry, size = _row_of_saves(connection, row)
        read += size
        if entries and read > MOST_BYTES:
            break
        entries.append(entry)
    return entries


def _act(row: Row[Any]) -> ActivityEntry:
    return ActivityEntry(row.kind, row.author, row.at, row.at, row.details, row.id)


def _row_of_saves(connection: Connection, last: Row[Any]) -> tuple[ActivityEntry, int]:
    """The entry of a row of saves that ends with `last`, and how many bytes of boxes were read for it."""
    columns = (HistoryRow.revision, HistoryRow.author, HistoryRow.saved_at, HistoryRow.bulk)
    query = select(*columns).where(HistoryRow.image_id == last.image_id, HistoryRow.revision < last.revision)
    first: Any = last
    for earlier in connection.execute(query.order_by(HistoryRow.revision.desc()).limit(LONGEST_ROW)):
        apart = first.saved_at - earlier.saved_at > IN_A_ROW
        if earlier.author != last.author or earlier.bulk is not None or apart:
            break
        first = earlier
    texts = type_coerce(HistoryRow.boxes, String).label("boxes")
    ends = (first.revision - 1, last.revision)
    both = select(HistoryRow.revision, HistoryRow.state, HistoryRow.rejected, texts)
    both = both.where(HistoryRow.image_id == last.image_id, HistoryRow.revision.in_(ends))
    rows = {row.revision: row for row in connection.execute(both)}
    before, after = rows.get(ends[0]), rows[ends[1]]
    old, new = before.boxes if before else "[]", after.boxes
    turned_down = ((before.rejected if before else None) or (), after.rejected or ())
    changes = changes_between(json.loads(old), json.loads(new), *turned_down)
    details = {
        "revision": last.revision,
        "first_revision": first.revision,
        "state": after.state,
        "state_before": before.state if before else ImageState.NEW.value,
        **asdict(changes),
    }
    image_id = last.image_id if last.deleted_at is None else None
    entry = ActivityEntry(
        SAVED, last.author, last.saved_at, first.saved_at, details, image_id=image_id, image_name=last.image_name
    )
    return entry, len(old) + len(new)


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def _number(column: Any) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)

"""What is done to many images at once, in parts of one transaction each, so that nobody else has to wait for long.

Each method tells what it changed, which is what it takes to undo it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, insert, literal, literal_column, select, update

from storage import review
from storage.annotations import state_after
from storage.clock import now
from storage.engine import Database
from storage.images import forget_histograms
from storage.lookups import chunks
from storage.records import ImageState, Split
from storage.tables import HistoryRow, ImageRow

AT_ONCE = 2000  # images a transaction: about a tenth of a second
FEW = 200  # images whose boxes left to review are corrected; with more, counting anew is quicker
BULK = "state"  # what the history says of such a save


class StateChange(NamedTuple):
    """An image whose state was saved: what it was before, and the revision that the save made."""

    image_id: int
    before: ImageState
    revision: int


class BulkStore:
    """Ids that are not there, or lie in the bin where that matters, are passed over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_split(self, image_ids: Sequence[int], split: Split | None) -> dict[Split | None, list[int]]:
        """Give images a split, or take it away. Returns the ids that changed, by the split they had before."""
        before: dict[Split | None, list[int]] = {}
        with self._database.transaction() as connection:
            given = None if split is None else split.value
            values = {"split": given, "updated_at": now(connection)}
            for part in chunks(image_ids):
                other = ImageRow.split.is_distinct_from(given)
                query = select(ImageRow.id, ImageRow.split).where(ImageRow.id.in_(part), other)
                changed = connection.execute(query).all()
                for image_id, theirs in changed:
                    before.setdefault(None if theirs is None else Split(theirs), []).append(image_id)
                ids = [row.id for row in changed]
                connection.execute(update(ImageRow).where(ImageRow.id.in_(ids)).values(values))
        return before

    def take_back_split(
        self, before: Mapping[Split | None, Sequence[int]], given: Split | None
    ) -> dict[Split | None, list[int]]:
        """Give images the split that they had before, but not those that have got another one than `given` since."""
        back: dict[Split | None, list[int]] = {}
        still = None if given is None else given.value
        with self._database.transaction() as connection:
            for split, ids in before.items():
                for part in chunks(ids):
                    query = select(ImageRow.id).where(ImageRow.id.in_(part), ImageRow.split.is_not_distinct_from(still))
                    untouched = list(connection.scalars(query))
                    values = {"split": None if split is None else split.value, "updated_at": now(connection)}
                    connection.execute(update(ImageRow).where(ImageRow.id.in_(untouched)).values(values))
                    back.setdefault(split, []).extend(untouched)
        return back

    def set_state(self, image_ids: Sequence[int], state: ImageState, author: str = "") -> list[StateChange]:
        """Save a state for images outside the bin, each save with its revision and in the history, boxes as they are.

        The rules are those of any save: an image with boxes is not new, so it becomes in progress.
        """
        with self._database.transaction() as connection, reviewed(connection, image_ids):
            return _save_states(connection, dict.fromkeys(image_ids, state), author)

    def take_back_state(self, changes: Sequence[StateChange], author: str = "") -> list[StateChange]:
        """Save the state that images had before a change, but not those that somebody has saved since."""
        ids = [change.image_id for change in changes]
        with self._database.transaction() as connection, reviewed(connection, ids):
            revisions: dict[int, int] = {}
            for part in chunks(ids):
                query = select(ImageRow.id, ImageRow.revision).where(ImageRow.id.in_(part))
                revisions.update({row.id: row.revision for row in connection.execute(query)})
            untouched = {c.image_id: c.before for c in changes if revisions.get(c.image_id) == c.revision}
            return _save_states(connection, untouched, author)

    def take_back_move(self, revisions: Mapping[int, int], *, to_bin: bool) -> dict[int, int]:
        """Move images back, but not those that somebody has saved since. Takes and returns what `move` returns."""
        ids = list(revisions)
        with self._database.together(), self._database.transaction() as connection:
            untouched = []
            for part in chunks(ids):
                query = select(ImageRow.id, ImageRow.revision).where(ImageRow.id.in_(part))
                untouched += [row.id for row in connection.execute(query) if row.revision == revisions[row.id]]
            return self.move(untouched, to_bin=to_bin)

    def move(self, image_ids: Sequence[int], *, to_bin: bool) -> dict[int, int]:
        """Put images into the bin, or take them out with their boxes. Returns the revisions of those moved, by id."""
        moved: dict[int, int] = {}
        with self._database.transaction() as connection, reviewed(connection, image_ids):
            moment = now(connection)
            values = {"deleted_at": moment if to_bin else None, "updated_at": moment}
            projects: set[int] = set()
            for part in chunks(image_ids):
                here = ImageRow.deleted_at.is_(None) if to_bin else ImageRow.deleted_at.is_not(None)
                which = (ImageRow.id.in_(part), here)
                columns = (ImageRow.id, ImageRow.project_id, ImageRow.revision)
                rows = connection.execute(select(*columns).where(*which)).all()
                moved.update({row.id: row.revision for row in rows})
                projects |= {row.project_id for row in rows}
                connection.execute(update(ImageRow).where(*which).values(values))
            for project_id in projects:
                forget_histograms(connection, project_id)
        return moved


@contextmanager
def reviewed(connection: Connection, image_ids: Sequence[int]) -> Iterator[None]:
    """Keep the count of boxes left to review right."""
    few = len(image_ids) <= FEW
    with review.kept_in_step(connection, image_ids) if few else nullcontext():
        yield
    if not few:
        query = select(ImageRow.project_id).where(ImageRow.id.in_(image_ids[:1]))
        for project_id in connection.scalars(query):
            review.forget(connection, project_id)


def _save_states(connection: Connection, wanted: dict[int, ImageState], author: str) -> list[StateChange]:
    moment = now(connection)
    key = uuid.uuid4().hex
    changes: list[StateChange] = []
    for part in chunks(list(wanted)):
        columns = (ImageRow.id, ImageRow.state, ImageRow.boxes, ImageRow.revision)
        rows = connection.execute(select(*columns).where(ImageRow.id.in_(part), ImageRow.deleted_at.is_(None)))
        by_state: dict[ImageState, list[int]] = {}
        for row in rows:
            before = ImageState(row.state)
            after = state_after(before, row.boxes, row.boxes, wanted[row.id])
            if after is not before:
                by_state.setdefault(after, []).append(row.id)
                changes.append(StateChange(row.id, before, row.revision + 1))
        for after, ids in by_state.items():
            _remember(connection, ids, after, key, author)
            told = {"state": after.value, "updated_at": moment, "saved_at": moment, "saved_by": author}
            saved = update(ImageRow).where(ImageRow.id.in_(ids))
            connection.execute(saved.values(revision=ImageRow.revision + 1, **told))
    return changes


def _remember(connection: Connection, image_ids: Sequence[int], state: ImageState, key: str, author: str) -> None:
    """A new history entry for each image with the boxes of its last one, copied by the database as they lie there."""
    last = and_(HistoryRow.image_id == ImageRow.id, HistoryRow.revision == ImageRow.revision)
    values = {
        "image_id": ImageRow.id,
        "project_id": ImageRow.project_id,
        "revision": ImageRow.revision + 1,
        "key": literal(key),
        "state": literal(state.value),
        "boxes": func.coalesce(HistoryRow.boxes, literal_column("'[]'")),
        "rejected": HistoryRow.rejected,
        "author": literal(author),
        "saved_at": bindparam("moment", now(connection), type_=HistoryRow.saved_at.type),
        "bulk": literal(BULK),
    }
    entries = select(*values.values()).select_from(ImageRow).outerjoin(HistoryRow, last)
    entries = entries.where(ImageRow.id.in_(image_ids))
    connection.execute(insert(HistoryRow).from_select(list(values), entries))

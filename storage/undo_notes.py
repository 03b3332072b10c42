"""What it takes to take back acts on many images: kept as rows, so that it outlives the page and the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from storage.activity import need_activity
from storage.engine import Database
from storage.lookups import chunks
from storage.tables import UndoNoteRow

KEPT_ACTS = 30  # of a project; those before can no longer be undone
Step = dict[str, Any]


class UndoNote(NamedTuple):
    """A part of an act that can be taken back. `images`: how many it changed."""

    id: int
    images: int


class UndoNoteStore:
    """Notes belong to an entry of the list of activity, one for each part in which the act was done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, activity_id: int, images: int, step: Step) -> None:
        """Keep what undoes a part of an act, in the transaction of that part (`Database.together`).

        Of each project the last 30 acts are kept. Raises NotFound for no such entry.

        Args:
            step: small JSON; it means something to whoever wrote it.
        """
        with self._database.transaction() as connection:
            project_id = need_activity(connection, activity_id).project_id
            values = {"project_id": project_id, "activity_id": activity_id, "images": images, "step": step}
            connection.execute(insert(UndoNoteRow).values(values))
            theirs = UndoNoteRow.project_id == project_id
            acts = select(UndoNoteRow.activity_id).where(theirs).distinct().order_by(UndoNoteRow.activity_id.desc())
            too_old = connection.execute(acts.offset(KEPT_ACTS).limit(1)).scalar()
            if too_old is not None:
                connection.execute(delete(UndoNoteRow).where(theirs, UndoNoteRow.activity_id <= too_old))

    def of(self, activity_id: int) -> list[UndoNote]:
        """What is left to take back of an act, the last part first; empty where there is nothing."""
        query = select(UndoNoteRow.id, UndoNoteRow.images).where(UndoNoteRow.activity_id == activity_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(UndoNoteRow.id.desc()))
            return [UndoNote(row.id, row.images) for row in rows]

    def take(self, note_id: int) -> Step | None:
        """Take a note away, in the transaction that does what it says; None where somebody has done so before."""
        mine = UndoNoteRow.id == note_id
        with self._database.transaction() as connection:
            step: Step | None = connection.execute(select(UndoNoteRow.step).where(mine)).scalar()
            connection.execute(delete(UndoNoteRow).where(mine))
            return step

    def undoable(self, activity_ids: Iterable[int]) -> set[int]:
        """Which of these entries have something left to take back."""
        found: set[int] = set()
        with self._database.reading() as connection:
            for part in chunks(list(activity_ids)):
                query = select(UndoNoteRow.activity_id).where(UndoNoteRow.activity_id.in_(part)).distinct()
                found.update(connection.scalars(query))
        return found

    def count(self, project_id: int) -> int:
        """How many notes of a project are kept."""
        query = select(func.count()).where(UndoNoteRow.project_id == project_id)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

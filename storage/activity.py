"""What people did in a project that is no save of an image: those stand in the history of the image."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from storage.clock import now
from storage.engine import Database
from storage.errors import NotFound
from storage.lookups import need_project, new_id
from storage.records import Activity
from storage.tables import ActivityRow


class ActivityStore:
    """What was done in each project, newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, project_id: int, *, before: int | None = None, limit: int = 100) -> list[Activity]:
        """The newest entries; with `before`, those that are older than the entry of that id.

        Raises:
            NotFound: no such project.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
            query = select(ActivityRow).where(ActivityRow.project_id == project_id)
            if before is not None:
                query = query.where(ActivityRow.id < before)
            rows = connection.execute(query.order_by(ActivityRow.id.desc()).limit(limit))
            return [to_activity(row) for row in rows]

    def add(self, project_id: int, kind: str, author: str, details: dict[str, Any]) -> int:
        """Write an entry that no change of a store stands beside. Returns its id."""
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            return record(connection, project_id, kind, author, details)

    def get(self, activity_id: int) -> Activity:
        """One entry. Raises NotFound."""
        with self._database.reading() as connection:
            return need_activity(connection, activity_id)


def record(connection: Connection, project_id: int, kind: str, author: str, details: dict[str, Any]) -> int:
    """Write an entry in the transaction of what it tells of, so that there is never one without the other.

    Args:
        details: small JSON, enough to say what changed and, where that is possible, to undo it.

    Returns:
        The id of the entry.
    """
    values = {"project_id": project_id, "kind": kind, "author": author, "at": now(connection), "details": details}
    return new_id(connection.execute(insert(ActivityRow).values(values)))


def need_activity(connection: Connection, activity_id: int) -> Activity:
    """One entry. Raises NotFound."""
    row = connection.execute(select(ActivityRow).where(ActivityRow.id == activity_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no entry {activity_id} in the list of what was done")
    return to_activity(row)


def to_activity(row: Any) -> Activity:
    return Activity(row.id, row.project_id, row.kind, row.author, row.at, row.details)

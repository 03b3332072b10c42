"""Queues of images that somebody shall look at, each with why: what to label next, which labels look wrong.

A queue is made as a whole by a job, and stays as it is until it is made anew: what has been dealt with meanwhile is
passed over by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, insert, select

from storage.clock import now
from storage.engine import Database
from storage.lookups import chunks, need_project
from storage.records import ImageState
from storage.tables import ImageRow, QueueHeadRow, QueueRow

NEXT = "next"  # what to label next
CHECK = "check"  # which labels look wrong


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as it was made.

    Attributes:
        made_at: when.   details: by which model, and whatever else its maker keeps.
        changes: differs whenever anything of the queue does; never the same again.
    """

    made_at: datetime
    details: dict[str, Any]
    changes: int


class Queued(NamedTuple):
    """An image at its place, from 0 and ascending, with why it is there."""

    place: int
    image_id: int
    details: dict[str, Any]


class QueueStore:
    """The queues of all projects, by name. Methods raise NotFound for a project that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(
        self, project_id: int, queue: str, items: Sequence[tuple[int, Mapping[str, Any]]], details: Mapping[str, Any]
    ) -> None:
        """Put a queue in the place of the one of that name, in one transaction.

        Args:
            items: (image id, why), in their order; an image may stand at several places. Those that the project does
                not have (any more) are left out.
        """
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            there = _of_project(connection, project_id, {image_id for image_id, _ in items})
            kept = [(image_id, why) for image_id, why in items if image_id in there]
            connection.execute(delete(QueueRow).where(*_of(project_id, queue)))
            head = (QueueHeadRow.project_id == project_id, QueueHeadRow.queue == queue)
            before = connection.execute(select(QueueHeadRow.changes).where(*head)).scalar()
            connection.execute(delete(QueueHeadRow).where(*head))
            name = {"project_id": project_id, "queue": queue}
            values = {"made_at": now(connection), "details": dict(details), "changes": (before or 0) + 1}
            connection.execute(insert(QueueHeadRow).values(name | values))
            rows = [
                name | {"place": place, "image_id": image_id, "details": dict(why)}
                for place, (image_id, why) in enumerate(kept)
            ]
            if rows:
                connection.execute(insert(QueueRow), rows)

    def head(self, project_id: int, queue: str) -> Queue | None:
        """What is known of a queue; None where none of that name was made."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            head = (QueueHeadRow.project_id == project_id, QueueHeadRow.queue == queue)
            row = connection.execute(select(QueueHeadRow).where(*head)).one_or_none()
        return None if row is None else Queue(row.made_at, row.details, row.changes)

    def page(
        self, project_id: int, queue: str, *, after: int = -1, limit: int = 100, states: Collection[ImageState] = ()
    ) -> list[Queued]:
        """What stands behind a place. Images in the bin are passed over, and those in none of the states, if named."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            query = _live(select(QueueRow.place, QueueRow.image_id, QueueRow.details), project_id, queue, states)
            rows = connection.execute(query.where(QueueRow.place > after).order_by(QueueRow.place).limit(limit))
            return [Queued(*row) for row in rows]

    def count(self, project_id: int, queue: str, states: Collection[ImageState] = ()) -> int:
        """How many places `page` shows in all."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            query = _live(select(func.count()), project_id, queue, states)
            found: int = connection.execute(query).scalar_one()
            return found


def _of(project_id: int, queue: str) -> tuple[Any, Any]:
    return (QueueRow.project_id == project_id, QueueRow.queue == queue)


def _live(query: Select[Any], project_id: int, queue: str, states: Collection[ImageState]) -> Select[Any]:
    found = query.select_from(QueueRow).join(ImageRow, ImageRow.id == QueueRow.image_id)
    found = found.where(*_of(project_id, queue), ImageRow.deleted_at.is_(None))
    return found.where(ImageRow.state.in_(sorted(state.value for state in states))) if states else found


def _of_project(connection: Connection, project_id: int, image_ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(sorted(image_ids)):
        query = select(ImageRow.id).where(ImageRow.project_id == project_id, ImageRow.id.in_(part))
        found.update(connection.scalars(query))
    return found

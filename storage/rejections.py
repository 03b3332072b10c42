"""Which of the models' boxes people turned down, per image, and which models a rejection counts for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select
from sqlalchemy.orm import aliased

from detector.domain import Box
from storage import class_aliases
from storage.engine import Database
from storage.lookups import chunks, need_model
from storage.records import Rejection
from storage.tables import ModelRow, RejectionRow

Rejected = tuple[Rejection, ...]


class RejectionStore:
    """Reading only: rejections are written with the boxes of their image, see AnnotationStore.save."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counting_for(self, model_id: int, image_ids: Iterable[int]) -> dict[int, Rejected]:
        """The rejections that a model has to respect, by image id; images without any are left out.

        Raises:
            NotFound: no such model.
        """
        with self._database.reading() as connection:
            mine = lineage(connection, model_id)
            found = read(connection, list(dict.fromkeys(image_ids)))
            seen = class_aliases.read(connection).rejections
        counting = {i: tuple(r for r in seen(rejected) if r.model_version_id in mine) for i, rejected in found.items()}
        return {image_id: rejected for image_id, rejected in counting.items() if rejected}

    def lineage(self, model_id: int) -> frozenset[int]:
        """Ids of the models whose rejections count for this one; see `lineage`. Raises NotFound."""
        with self._database.reading() as connection:
            return lineage(connection, model_id)


def lineage(connection: Connection, model_id: int) -> frozenset[int]:
    """A model, those that it descends from, and those that the runs of these gave out before; bin or not.

    Raises:
        NotFound: no such model.
    """
    need_model(connection, model_id, deleted=True)
    child = aliased(ModelRow)
    line = select(ModelRow.id).where(ModelRow.id == model_id).cte("line", recursive=True)
    given_out_before = and_(ModelRow.job_id == child.job_id, ModelRow.id < child.id)
    earlier = select(ModelRow.id).join(child, or_(ModelRow.id == child.parent_id, given_out_before))
    line = line.union(earlier.join(line, line.c.id == child.id))
    return frozenset(connection.scalars(select(line.c.id)))


def read(connection: Connection, image_ids: Sequence[int]) -> dict[int, Rejected]:
    """All rejections by image id, under the classes that they are stored with; images without any are left out."""
    found: dict[int, Rejected] = {}
    for part in chunks(image_ids):
        query = select(RejectionRow.image_id, RejectionRow.boxes).where(RejectionRow.image_id.in_(part))
        found.update({image_id: from_json(rows) for image_id, rows in connection.execute(query)})
    return found


def write(connection: Connection, image_id: int, rejected: Sequence[Rejection]) -> None:
    """Let these be the rejections of an image, instead of what they were."""
    connection.execute(delete(RejectionRow).where(RejectionRow.image_id == image_id))
    if rejected:
        connection.execute(insert(RejectionRow).values(image_id=image_id, boxes=to_json(rejected)))


def to_json(rejected: Sequence[Rejection]) -> list[Any]:
    return [[r.class_id, *r.box.as_tuple(), r.score, r.model_version_id] for r in rejected]


def from_json(rows: Sequence[Any]) -> Rejected:
    return tuple(Rejection(row[0], Box(*row[1:5]), row[5], row[6]) for row in rows)

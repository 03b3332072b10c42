"""What people made of a model's boxes: the images that were finished last, with what a model had found on them.

Only what a model said before it could have learnt the answer counts: its run had begun before the image was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from detector.domain import Box
from storage import class_aliases, packing
from storage.engine import Database
from storage.lookups import need_project
from storage.records import ImageState, StoredPrediction
from storage.tables import AnnotationRow, HistoryRow, ImageRow, JobRow, ModelRow, PredictionRow, ProjectRow

MOST = 40  # images: more of them would be of older models


@dataclass(frozen=True, slots=True)
class Finished:
    """A done image: its boxes, (class id, box), and what the newest model that had not seen it done found there."""

    image_id: int
    boxes: tuple[tuple[int, Box], ...]
    found: tuple[StoredPrediction, ...]


class CorrectionStore:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_finished(self, project_id: int, limit: int = MOST) -> list[Finished]:
        """The images that people saved last and that are done; those that no model looked at in time are left out.

        Imported ones are no people's corrections. Classes are those of today.

        Raises NotFound for a project that is not there.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
            aliases = class_aliases.read(connection)
            finished = []
            for row in connection.execute(_saved_last(project_id).limit(limit)).all():
                packed = _found_in_time(connection, row.id)
                if packed is not None:
                    boxes = tuple(
                        (seen, box) for c, box in _boxes(connection, row.id) if (seen := aliases.learned(c)) is not None
                    )
                    found = aliases.predictions(packing.unpack(packed))
                    finished.append(Finished(row.id, boxes, tuple(found)))
            return finished


def _saved_last(project_id: int) -> Select[Any]:
    """Along the history, whose index knows the saves that are no part of an import."""
    newest = and_(ImageRow.id == HistoryRow.image_id, ImageRow.revision == HistoryRow.revision)
    theirs = (HistoryRow.project_id == project_id, HistoryRow.bulk.is_(None))
    done = (ImageRow.state == ImageState.DONE.value, ImageRow.deleted_at.is_(None))
    query = select(ImageRow.id).select_from(HistoryRow).join(ImageRow, newest).where(*theirs, *done)
    return query.order_by(HistoryRow.saved_at.desc(), HistoryRow.image_id.desc())


def _found_in_time(connection: Connection, image_id: int) -> bytes | None:
    """What a model found whose run had begun before the image was first done: the active one, else the newest.

    An image that is finished in the seconds between a run's beginning and its reading counts all the same.
    """
    done = select(func.min(HistoryRow.saved_at)).where(
        HistoryRow.image_id == image_id, HistoryRow.state == ImageState.DONE.value
    )
    began = func.coalesce(JobRow.started_at, ModelRow.created_at)
    query = (
        select(PredictionRow.packed)
        .join(ModelRow, ModelRow.id == PredictionRow.model_version_id)
        .join(JobRow, JobRow.id == ModelRow.job_id, isouter=True)
        .join(ProjectRow, ProjectRow.id == ModelRow.project_id)
        .where(PredictionRow.image_id == image_id, ModelRow.deleted_at.is_(None), began < done.scalar_subquery())
        .order_by((ProjectRow.active_model_id == ModelRow.id).desc(), ModelRow.id.desc())
    )
    return connection.execute(query.limit(1)).scalar()


def _boxes(connection: Connection, image_id: int) -> list[tuple[int, Box]]:
    a = AnnotationRow
    query = select(a.class_id, a.x1, a.y1, a.x2, a.y2).where(a.image_id == image_id).order_by(a.position)
    return [(class_id, Box(*corners)) for class_id, *corners in connection.execute(query)]

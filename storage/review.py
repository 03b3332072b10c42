"""How many boxes of a model are left to review: on images that are not done, not where a person's box of the class
stands (IoU >= 0.5), and not rejected.

Kept as a histogram of scores per model, so that the count of a project at any threshold is a sum of bins. Whoever
changes images, boxes or predictions does so inside `kept_in_step`, which corrects the histograms in the same
transaction. Where one is absent it is counted anew when somebody asks; only the models that somebody looks at have one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, delete, exists, select

from detector.domain import SAME_OBJECT
from storage import class_aliases, counting, rejections
from storage.counting import Counting
from storage.engine import Database
from storage.lookups import chunks, need_model
from storage.overlaps import iou
from storage.packing import RECORD, Histogram
from storage.records import ImageState
from storage.tables import AnnotationRow, ImageRow, ModelRow, PredictionRow, ProjectRow, ReviewRow

OPEN = tuple(state.value for state in (ImageState.NEW, ImageState.IN_PROGRESS, ImageState.IN_DOUBT))
AT_ONCE = 500  # images whose predictions are in memory at the same time

Bins = dict[int, tuple[int, ...]]
Boxes = list[tuple[int, tuple[float, ...]]]  # class id, x1 .. y2


class ReviewStore:
    """What is left to review of each model. Methods raise NotFound for a model version that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counting = Counting(database, ReviewRow, count_anew, _make_room)

    def histogram(self, model_id: int) -> Bins:
        """How many boxes of the project are left to review, by class id in 100 bins of score, as of PredictionStore."""
        with self._database.reading() as connection:
            need_model(connection, model_id, deleted=True)
        return self._counting.get(model_id).bins()

    def of_images(
        self, model_id: int, image_ids: Iterable[int], threshold: float, by_class: Mapping[int, float] | None = None
    ) -> dict[int, int]:
        """How many boxes are left to review on each image; 0 where there are none or the model was not asked.

        Args:
            threshold: from which score up.   by_class: the same for single classes, by id.
        """
        ids = list(dict.fromkeys(image_ids))
        counts = dict.fromkeys(ids, 0)
        with self._database.reading() as connection:
            need_model(connection, model_id, deleted=True)
            mine = rejections.lineage(connection, model_id)
            for part in chunks(ids, AT_ONCE):
                rows = connection.execute(_predicted(part).where(PredictionRow.model_version_id == model_id)).all()
                for image_id, packed in _left(connection, rows, lambda _: mine):
                    records = np.frombuffer(packed, RECORD)
                    least = np.array([(by_class or {}).get(c, threshold) for c in records["class_id"].tolist()])
                    counts[image_id] = int(np.count_nonzero(records["score"] >= least))
        return counts


@contextmanager
def kept_in_step(connection: Connection, image_ids: Collection[int]) -> Iterator[None]:
    """Whatever is done to these images, their boxes or predictions meanwhile, the histograms are right afterwards."""
    ids = sorted(set(image_ids))
    before = _contributions(connection, ids)
    yield
    after = _contributions(connection, ids)
    changed = [model_id for model_id in before.keys() | after.keys() if before.get(model_id) != after.get(model_id)]
    for model_id, histogram in counting.stored(connection, ReviewRow, changed).items():
        histogram.add_all(before.get(model_id), -1)
        histogram.add_all(after.get(model_id), +1)
        counting.store(connection, ReviewRow, model_id, histogram)


def begin(connection: Connection, model: Row[Any]) -> None:
    """A model that has not found anything yet has nothing to review: so its histogram need never be counted."""
    mine = PredictionRow.model_version_id == model.id
    known = select(exists().where(mine) | exists().where(ReviewRow.model_version_id == model.id))
    if not connection.execute(known).scalar_one():
        _make_room(connection, model.id)
        counting.begin(connection, ReviewRow, model.id)


def forget(connection: Connection, project_id: int) -> None:
    """Let all be counted anew."""
    theirs = select(ModelRow.id).where(ModelRow.project_id == project_id)
    connection.execute(delete(ReviewRow).where(ReviewRow.model_version_id.in_(theirs)))


def _make_room(connection: Connection, model_id: int) -> None:
    """Each histogram costs every save a little, so only the active model and the one just asked about keep theirs."""
    project = select(ModelRow.project_id).where(ModelRow.id == model_id).scalar_subquery()
    active = select(ProjectRow.active_model_id).where(ProjectRow.id == project).scalar_subquery()
    others = select(ModelRow.id).where(ModelRow.project_id == project, ModelRow.id.is_distinct_from(active))
    connection.execute(
        delete(ReviewRow).where(ReviewRow.model_version_id.in_(others), ReviewRow.model_version_id != model_id)
    )


def _contributions(connection: Connection, ids: Sequence[int]) -> dict[int, Histogram]:
    """What images add to each histogram that there is, by model."""
    lineages: dict[int, frozenset[int]] = {}

    def lineage(model_id: int) -> frozenset[int]:
        if model_id not in lineages:
            lineages[model_id] = rejections.lineage(connection, model_id)
        return lineages[model_id]

    found: dict[int, Histogram] = {}
    for part in chunks(ids, AT_ONCE):
        query = _predicted(part).join(ReviewRow, ReviewRow.model_version_id == PredictionRow.model_version_id)
        rows = connection.execute(query).all()
        by_model: dict[int, list[Any]] = {}
        for row in rows:
            by_model.setdefault(row.model_version_id, []).append(row)
        for model_id, theirs in by_model.items():
            packed = b"".join(left for _, left in _left(connection, theirs, lineage))
            found.setdefault(model_id, Histogram()).add(packed, +1)
    return found


def count_anew(connection: Connection, model_id: int) -> Histogram:
    """What is left to review of a model, looked up image by image."""
    histogram = Histogram()
    mine = rejections.lineage(connection, model_id)
    query = select(PredictionRow.image_id).join(ImageRow, ImageRow.id == PredictionRow.image_id)
    query = query.where(PredictionRow.model_version_id == model_id, *_open()).order_by(PredictionRow.image_id)
    for part in chunks(list(connection.scalars(query)), AT_ONCE):
        rows = connection.execute(_predicted(part).where(PredictionRow.model_version_id == model_id)).all()
        histogram.add(b"".join(left for _, left in _left(connection, rows, lambda _: mine)), +1)
    return histogram


def _open() -> tuple[Any, Any]:
    return (ImageRow.state.in_(OPEN), ImageRow.deleted_at.is_(None))


def _predicted(image_ids: Sequence[int]) -> Select[int, int, bytes]:
    """What was found on those of the images that are open for review."""
    query = select(PredictionRow.model_version_id, PredictionRow.image_id, PredictionRow.packed)
    query = query.join(ImageRow, ImageRow.id == PredictionRow.image_id)
    return query.where(PredictionRow.image_id.in_(image_ids), *_open())


def _left(connection: Connection, rows: Sequence[Any], lineage: Any) -> Iterator[tuple[int, bytes]]:
    """(image id, packed predictions that nobody has dealt with) of rows of `_predicted`, in the classes of today."""
    ids = sorted({row.image_id for row in rows})
    aliases = class_aliases.read(connection)
    standing, rejected = _boxes(connection, ids), rejections.read(connection, ids)
    for row in rows:
        dealt_with = list(standing.get(row.image_id, ()))
        if theirs := rejected.get(row.image_id):
            mine = lineage(row.model_version_id)
            dealt_with += [(r.class_id, r.box.as_tuple()) for r in theirs if r.model_version_id in mine]
        as_seen = [(aliases.shown(class_id), box) for class_id, box in dealt_with]
        yield row.image_id, _without(aliases.packed(row.packed), as_seen)


def _boxes(connection: Connection, image_ids: Sequence[int]) -> dict[int, Boxes]:
    found: dict[int, Boxes] = {}
    for part in chunks(image_ids):
        table = AnnotationRow
        query = select(table.image_id, table.class_id, table.x1, table.y1, table.x2, table.y2)
        for image_id, class_id, *box in connection.execute(query.where(table.image_id.in_(part))):
            found.setdefault(image_id, []).append((class_id, tuple(box)))
    return found


def _without(packed: bytes, dealt_with: Boxes) -> bytes:
    """Packed predictions without those that lie on one of these boxes of their class."""
    if not dealt_with or not packed:
        return packed
    records = np.frombuffer(packed, RECORD)
    classes: NDArray[Any] = np.array([class_id for class_id, _ in dealt_with])
    boxes = np.array([box for _, box in dealt_with])
    same = (iou(records["box"], boxes) >= SAME_OBJECT) & (records["class_id"][:, None] == classes)
    left: NDArray[Any] = records[~same.any(axis=1)]
    return left.tobytes()

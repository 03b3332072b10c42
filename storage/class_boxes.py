"""The boxes of a class across a project: what a merge would change, and sheets of boxes to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, select

from detector.domain import Box, ImageSize
from storage import class_aliases
from storage.class_records import BoxesOfClass, ClassBox
from storage.classes import need_class
from storage.engine import Database
from storage.lookups import chunks
from storage.records import Source, StoredBox
from storage.tables import AnnotationRow, ImageRow

EXAMPLES_FROM = 2000  # images, so that a preview of a huge class comes at once


class Order(StrEnum):
    """In which order boxes are laid out. `SCORE`: those accepted from a model, the least sure first."""

    IMAGE = "image"
    SMALLEST = "smallest"
    LARGEST = "largest"
    SCORE = "score"


class ClassBoxStore:
    """Boxes on images outside the bin, by the class that they are seen as. Methods raise NotFound for no such class."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, class_ids: Sequence[int]) -> tuple[int, int]:
        """How many boxes on how many images are seen as one of these classes."""
        with self._database.reading() as connection:
            query = _live(func.count(), func.count(AnnotationRow.image_id.distinct()))
            boxes, images = connection.execute(query.where(_seen_as(connection, class_ids))).one()
            return boxes, images

    def examples(self, class_ids: Sequence[int], number: int = 8) -> tuple[ClassBox, ...]:
        """One box of each of some images that lie far apart in the project."""
        with self._database.reading() as connection:
            seen = _seen_as(connection, class_ids)
            ids = _live(AnnotationRow.image_id).where(seen).distinct().order_by(AnnotationRow.image_id)
            images = list(connection.scalars(ids.limit(EXAMPLES_FROM)))
            step = max(1.0, len(images) / number)
            chosen = [images[int(n * step)] for n in range(min(number, len(images)))]
            query = _live(*_COLUMNS).where(seen, AnnotationRow.image_id.in_(chosen))
            first: dict[int, Any] = {}
            for row in connection.execute(query.order_by(AnnotationRow.image_id, AnnotationRow.position)):
                first.setdefault(row.image_id, row)
            shown = class_aliases.read(connection).shown
            return tuple(_to_box(row, shown(row.class_id)) for row in first.values())

    def page(self, class_id: int, *, order: Order = Order.IMAGE, start: int = 0, limit: int = 100) -> BoxesOfClass:
        """Some boxes of a class, from the place `start` on."""
        with self._database.reading() as connection:
            seen = _seen_as(connection, [class_id])
            query = (
                _live(*_COLUMNS).where(seen).order_by(*_ORDERS[order], AnnotationRow.image_id, AnnotationRow.position)
            )
            total = _live(func.count()).where(seen)
            if order is Order.SCORE:
                query, total = (q.where(AnnotationRow.score.is_not(None)) for q in (query, total))
            shown = class_aliases.read(connection).shown(class_id)
            rows = connection.execute(query.offset(start).limit(limit)).all()
            return BoxesOfClass(tuple(_to_box(row, shown) for row in rows), connection.execute(total).scalar_one())

    def after_image(self, class_id: int, image_id: int, images: int) -> tuple[ClassBox, ...]:
        """All boxes of a class on the next images that have one, after the image of that id."""
        with self._database.reading() as connection:
            seen = _seen_as(connection, [class_id])
            ids = _live(AnnotationRow.image_id).where(seen, AnnotationRow.image_id > image_id).distinct()
            wanted = list(connection.scalars(ids.order_by(AnnotationRow.image_id).limit(images)))
            shown = class_aliases.read(connection).shown(class_id)
            found: list[ClassBox] = []
            for part in chunks(wanted):
                query = _live(*_COLUMNS).where(seen, AnnotationRow.image_id.in_(part))
                rows = connection.execute(query.order_by(AnnotationRow.image_id, AnnotationRow.position))
                found += [_to_box(row, shown) for row in rows]
            return tuple(found)


_COLUMNS = (*AnnotationRow.__table__.columns, ImageRow.name.label("image_name"), ImageRow.width, ImageRow.height)
_AREA = (AnnotationRow.x2 - AnnotationRow.x1) * (AnnotationRow.y2 - AnnotationRow.y1)
_ORDERS: dict[Order, tuple[Any, ...]] = {
    Order.IMAGE: (),
    Order.SMALLEST: (_AREA,),
    Order.LARGEST: (_AREA.desc(),),
    Order.SCORE: (AnnotationRow.score,),
}


def _live(*columns: Any) -> Select[Any]:
    joined = select(*columns).select_from(AnnotationRow).join(ImageRow, ImageRow.id == AnnotationRow.image_id)
    return joined.where(ImageRow.deleted_at.is_(None))


def _seen_as(connection: Connection, class_ids: Sequence[int]) -> Any:
    aliases = class_aliases.read(connection)
    for class_id in class_ids:
        need_class(connection, class_id)
    return AnnotationRow.class_id.in_({one for class_id in class_ids for one in aliases.family(class_id)})


def _to_box(row: Any, class_id: int) -> ClassBox:
    box = Box(row.x1, row.y1, row.x2, row.y2)
    stored = StoredBox(row.id, class_id, box, Source(row.source), row.model_version_id, row.score)
    return ClassBox(row.image_id, row.image_name, ImageSize(row.width, row.height), stored)

"""A filter and an order of images as SQL; see storage.image_filter for what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from storage.clock import EPOCH
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.lookups import folded, storable
from storage.queues import NEXT
from storage.records import ImageState, Split
from storage.tables import AnnotationRow, CommentRow, ImageRow, ImageTagRow, PredictionRow, QueueRow

Condition = ColumnElement[bool]
OPEN_COMMENT = (CommentRow.resolved_at.is_(None), CommentRow.deleted_at.is_(None))
NOT_IN_QUEUE = 2**31 - 1
BY_WORK = (ImageState.NEW, ImageState.IN_PROGRESS, ImageState.IN_DOUBT, ImageState.DONE, ImageState.SKIPPED)


def matching(project_id: int, wanted: ImageFilter) -> Select[int]:
    """Ids of the images that a filter lets through, in no order."""
    return select(ImageRow.id).where(*conditions(project_id, wanted))


def conditions(project_id: int, wanted: ImageFilter) -> list[Condition]:
    """What a row of images must be. Class ids mean stored ones: see `storage.image_pages` for merged classes."""
    in_bin = ImageRow.deleted_at.is_not(None) if wanted.deleted else ImageRow.deleted_at.is_(None)
    told: list[Condition] = [ImageRow.project_id == project_id, in_bin]
    told += _of_work(wanted)
    told += _of_ranges(wanted)
    if wanted.class_ids:
        carrying = select(AnnotationRow.image_id).where(AnnotationRow.class_id.in_(sorted(wanted.class_ids)))
        told.append(ImageRow.id.in_(carrying))
    if wanted.tag_ids or wanted.untagged:
        told.append(_tagged(wanted))
    if wanted.open_comments:
        told.append(ImageRow.id.in_(select(CommentRow.image_id).where(*OPEN_COMMENT)))
    if wanted.query:
        told.append(ImageRow.search_name.contains(folded(storable(wanted.query)), autoescape=True))
    if wanted.by_score:
        told.append(ImageRow.id.in_(_scored(wanted)))
    return told


def sort_key(order: ImageOrder, model_id: int | None = None) -> Any:
    """What images are sorted by, never NULL; None for an order by id alone."""
    keys: dict[SortBy, Any] = {
        SortBy.ADDED: None,
        SortBy.NAME: ImageRow.search_name,
        SortBy.SAVED: func.coalesce(ImageRow.saved_at, literal(EPOCH, ImageRow.saved_at.type)),
        SortBy.STATE: case(
            {s.value: place for place, s in enumerate(BY_WORK)}, value=ImageRow.state, else_=len(BY_WORK)
        ),
        SortBy.SPLIT: case({s.value: place for place, s in enumerate(Split)}, value=ImageRow.split, else_=len(Split)),
        SortBy.BOXES: ImageRow.boxes,
        SortBy.SIZE: ImageRow.width * ImageRow.height,
        SortBy.BYTES: ImageRow.bytes,
        SortBy.QUEUE: func.coalesce(place_in_queue(), NOT_IN_QUEUE),
        SortBy.SCORE: func.coalesce(_best(model_id), -1.0),
    }
    return keys[order.by]


def ordered(
    ids: Select[Any], order: ImageOrder, model_id: int | None = None, *, backwards: bool = False
) -> Select[Any]:
    """In this order, or from its end."""
    # an index answers the raw column; where it may be NULL, NULL is the lowest for SQLite, as the key says
    key = ImageRow.saved_at if order.by is SortBy.SAVED else sort_key(order, model_id)
    columns = [ImageRow.id] if key is None else [key, ImageRow.id]
    down = order.descending is not backwards
    return ids.order_by(*(column.desc() if down else column.asc() for column in columns))


def beyond(
    order: ImageOrder, place: tuple[Any, int], model_id: int | None = None, *, backwards: bool = False
) -> Condition:
    """Standing after a place (key, id) in this order, or before it."""
    key, (value, image_id) = sort_key(order, model_id), place
    up = order.descending is backwards
    after_id = ImageRow.id > image_id if up else ImageRow.id < image_id
    if key is None:
        return after_id
    return or_(key > value if up else key < value, and_(key == value, after_id))


def _of_work(wanted: ImageFilter) -> Iterable[Condition]:
    states: list[Condition] = []
    if wanted.states:
        states.append(ImageRow.state.in_(sorted(state.value for state in wanted.states)))
    if wanted.nothing_here:
        states.append(and_(ImageRow.state == ImageState.DONE.value, ImageRow.boxes == 0))
    if states:
        yield or_(*states)
    if wanted.splits:
        named = sorted(split.value for split in wanted.splits if split is not None)
        given = [ImageRow.split.in_(named)] if named else []
        yield or_(*given, ImageRow.split.is_(None)) if None in wanted.splits else or_(*given)
    if wanted.saved_by:
        yield ImageRow.saved_by.in_(sorted(wanted.saved_by))


def _of_ranges(wanted: ImageFilter) -> Iterable[Condition]:
    moments: list[tuple[Any, datetime | None, datetime | None]] = [
        (ImageRow.created_at, wanted.added_from, wanted.added_before),
        (ImageRow.saved_at, wanted.saved_from, wanted.saved_before),
    ]
    for column, start, end in moments:
        if start is not None:
            yield column >= start
        if end is not None:
            yield column < end
    if wanted.boxes_from is not None:
        yield ImageRow.boxes >= wanted.boxes_from
    if wanted.boxes_to is not None:
        yield ImageRow.boxes <= wanted.boxes_to


def _tagged(wanted: ImageFilter) -> Condition:
    told: list[Condition] = []
    if wanted.tag_ids:
        named = select(ImageTagRow.image_id).where(ImageTagRow.tag_id.in_(sorted(wanted.tag_ids)))
        told.append(ImageRow.id.in_(named))
    if wanted.untagged:
        told.append(~select(ImageTagRow.image_id).where(ImageTagRow.image_id == ImageRow.id).exists())
    return or_(*told)


def _scored(wanted: ImageFilter) -> Select[int]:
    query = select(PredictionRow.image_id).where(PredictionRow.model_version_id == wanted.model_id)
    if wanted.score_from is not None:
        query = query.where(PredictionRow.best >= wanted.score_from)
    if wanted.score_to is not None:
        query = query.where(PredictionRow.best <= wanted.score_to)
    return query


def not_in_queue(order: ImageOrder, place: tuple[Any, int]) -> bool:
    """Whether that is the place, behind all others, of an image that the queue which orders them does not have.

    An order from the queue's end begins with such images, and goes on from each like from any other.
    """
    return order.by is SortBy.QUEUE and not order.descending and place[0] == NOT_IN_QUEUE


def place_in_queue() -> Any:
    """Of the row of images at hand, in the queue of what to label next; NULL where it does not stand there."""
    query = select(func.min(QueueRow.place)).where(QueueRow.image_id == ImageRow.id)
    return query.where(QueueRow.project_id == ImageRow.project_id, QueueRow.queue == NEXT).scalar_subquery()


def _best(model_id: int | None) -> Any:
    query = select(PredictionRow.best).where(PredictionRow.model_version_id == (model_id or 0))
    return query.where(PredictionRow.image_id == ImageRow.id).scalar_subquery()

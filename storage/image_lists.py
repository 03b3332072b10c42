"""The ids of a filter in an order, kept in memory, so that any part of 100,000 images is found by its place.

A list is made by one statement and holds eight bytes an image. It names what was there when it was made: pages of it
never shift under whoever scrolls, and who walks from image to image goes on to the one that followed when they began,
even if a save has moved the open one elsewhere. What a page shows of its images is read anew each time.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.image_query import conditions, matching, ordered
from storage.queues import NEXT
from storage.tables import ImageRow, PredictionRow, QueueHeadRow, QueueRow

MOST_IDS = 4_000_000  # in all lists together: 32 MB
MOST_TOTALS = 200
FROM_TWO = (SortBy.SCORE, SortBy.QUEUE)  # orders whose list is made from two, whole ones

Ids = NDArray[np.int64]
Asked = tuple[int, ImageFilter, ImageOrder]


@dataclass(frozen=True, slots=True)
class ImageList:
    """Ids in their order, under a name by which it can be asked for again as long as it is kept."""

    token: str
    ids: Ids
    version: tuple[Any, ...]

    def place(self, image_id: int) -> int | None:
        """Where an image stands, from 0."""
        found = np.flatnonzero(self.ids == image_id)
        return int(found[0]) if len(found) else None


class ImageLists:
    """The lists of one process, the ones not asked for longest given up first. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[str, ImageList] = OrderedDict()
        self._newest: dict[Asked, str] = {}
        self._totals: dict[Asked, tuple[tuple[Any, ...], int]] = {}

    def get(self, connection: Connection, asked: Asked, token: str | None = None, *, follow: bool = False) -> ImageList:
        """The list of that name, as old as it may be; without a name, or when it is gone, an up-to-date one.

        Args:
            follow: a list of an older queue than there is now counts as gone.
        """
        with self._lock:
            kept = self._touch(token) if token is not None else None
        queue = _queue(connection, asked) if follow else ()
        if kept is not None and kept.version[len(kept.version) - len(queue) :] == queue:
            return kept
        newest, version = self._newest_of(connection, asked)
        return newest or self._keep(asked, _ids(connection, *asked), version)

    def begin(self, connection: Connection, asked: Asked, limit: int) -> ImageList | list[int]:
        """The up-to-date list where it is known or not longer than `limit`, else its first ids, without making it."""
        newest, version = self._newest_of(connection, asked)
        if newest is not None or asked[2].by in FROM_TWO:
            return newest or self._keep(asked, _ids(connection, *asked), version)
        project_id, wanted, order = asked
        ids = list(connection.scalars(ordered(matching(project_id, wanted), order).limit(limit + 1)))
        return ids[:limit] if len(ids) > limit else self._keep(asked, np.array(ids, np.int64), version)

    def _newest_of(self, connection: Connection, asked: Asked) -> tuple[ImageList | None, tuple[Any, ...]]:
        """The newest list of what is asked for, if nothing has changed since, and the version that is right now."""
        with self._lock:
            newest = self._touch(self._newest.get(asked, ""))
        version = _version(connection, asked)
        return (newest if newest is not None and newest.version == version else None), version

    def _keep(self, asked: Asked, ids: Ids, version: tuple[Any, ...]) -> ImageList:
        made = ImageList(secrets.token_hex(8), ids, version)
        with self._lock:
            self._lists[made.token] = made
            self._newest[asked] = made.token
            self._give_up()
        return made

    def total(self, connection: Connection, project_id: int, wanted: ImageFilter) -> int:
        """How many images a filter lets through; counted again only when something has changed."""
        asked = (project_id, wanted, ImageOrder())
        version = _version(connection, asked)
        with self._lock:
            counted = self._totals.get(asked)
        if counted is None or counted[0] != version:
            query = select(func.count()).select_from(ImageRow).where(*conditions(project_id, wanted))
            counted = (version, connection.execute(query).scalar_one())
            with self._lock:
                if len(self._totals) >= MOST_TOTALS:
                    self._totals.clear()
                self._totals[asked] = counted
        return counted[1]

    def _touch(self, token: str) -> ImageList | None:
        kept = self._lists.get(token)
        if kept is not None:
            self._lists.move_to_end(token)
        return kept

    def _give_up(self) -> None:
        while len(self._lists) > 1 and sum(len(kept.ids) for kept in self._lists.values()) > MOST_IDS:
            self._lists.popitem(last=False)
        self._newest = {asked: token for asked, token in self._newest.items() if token in self._lists}


def _version(connection: Connection, asked: Asked) -> tuple[Any, ...]:
    """Differs when anything changed that the list depends on: each change of an image says when it was."""
    project_id, wanted, order = asked
    mine = ImageRow.project_id == project_id
    newest = connection.execute(select(func.max(ImageRow.updated_at)).where(mine)).scalar()
    at_once = select(func.count()).where(mine, ImageRow.updated_at == newest)  # several may fall into one millisecond
    version: tuple[Any, ...] = (newest, connection.execute(at_once).scalar())
    if wanted.by_score or order.by is SortBy.SCORE:
        seen = select(func.count()).where(PredictionRow.model_version_id == wanted.model_id)
        version += (connection.execute(seen).scalar(),)
    return version + _queue(connection, asked)


def _queue(connection: Connection, asked: Asked) -> tuple[Any, ...]:
    """What tells the queue that a list is ordered by from others; empty where it is ordered by none."""
    project_id, _, order = asked
    if order.by is not SortBy.QUEUE:
        return ()
    head = (QueueHeadRow.project_id == project_id, QueueHeadRow.queue == NEXT)
    return (connection.execute(select(QueueHeadRow.changes).where(*head)).scalar(),)


def _ids(connection: Connection, project_id: int, wanted: ImageFilter, order: ImageOrder) -> Ids:
    ids = matching(project_id, wanted)
    if order.by not in FROM_TWO:
        return _read(connection, ordered(ids, order))
    matched = _read(connection, ordered(ids, ImageOrder(SortBy.ADDED, order.descending)))
    # along an index, rather than a look into the predictions or the queue for each image
    if order.by is SortBy.SCORE:
        best = select(PredictionRow.image_id).where(PredictionRow.model_version_id == wanted.model_id)
        columns: tuple[Any, ...] = (PredictionRow.best, PredictionRow.image_id)
        others_first = not order.descending
    else:
        best = select(QueueRow.image_id).where(QueueRow.project_id == project_id, QueueRow.queue == NEXT)
        columns, others_first = (QueueRow.place,), order.descending
    known = _read(connection, best.order_by(*(c.desc() if order.descending else c.asc() for c in columns)))
    seen, unseen = known[np.isin(known, matched)], matched[~np.isin(matched, known)]
    return np.concatenate([unseen, seen] if others_first else [seen, unseen])


def _read(connection: Connection, query: Any) -> Ids:
    return np.fromiter(connection.scalars(query), np.int64)

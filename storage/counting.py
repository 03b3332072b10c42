"""Histograms of a model, one row each: read, kept, and counted anew without keeping anybody from writing.

To count anew takes seconds where there are 100,000 images. So an empty row is put in place first, marked with the name
of the count; whoever changes images meanwhile counts in and out there as in a finished one, since what was before is
counted from a state of the database that is held fast in the very moment in which the row appears. In the end both are
added. A row that is marked is shown to nobody. One that is gone by then, or belongs to another count, is left alone:
what was counted did not last, and is counted once more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from threading import Lock

from sqlalchemy import Connection, delete, insert, select, update

from storage.engine import Database
from storage.packing import Histogram
from storage.tables import HistogramRow, ReviewRow

TRIES = 3
Kind = type[HistogramRow] | type[ReviewRow]


class Counting:
    """The histograms of one kind. Threads may share it.

    Args:
        count: reads the histogram of a model from the rows that it is about.
        prepare: called with a model's id in the transaction that makes its row.
    """

    def __init__(
        self,
        database: Database,
        kind: Kind,
        count: Callable[[Connection, int], Histogram],
        prepare: Callable[[Connection, int], object] = lambda connection, model_id: None,
    ) -> None:
        self._database = database
        self._kind = kind
        self._count = count
        self._prepare = prepare
        self._one_at_a_time = Lock()

    def get(self, model_id: int) -> Histogram:
        """The histogram of a model, counted anew where there is none."""
        if (found := self._finished(model_id)) is not None:
            return found
        with self._one_at_a_time:
            return self._finished(model_id) or self._anew(model_id)

    def _finished(self, model_id: int) -> Histogram | None:
        query = select(self._kind.packed).where(self._kind.model_version_id == model_id, self._kind.counting.is_(None))
        with self._database.reading() as connection:
            packed = connection.execute(query).scalar()
        return None if packed is None else Histogram.from_bytes(packed)

    def _anew(self, model_id: int) -> Histogram:
        for _ in range(TRIES):
            mark = secrets.token_hex(8)
            counted = self._counted(model_id, mark)
            with self._database.transaction() as connection:
                mine = (self._kind.model_version_id == model_id, self._kind.counting == mark)
                meanwhile = connection.execute(select(self._kind.packed).where(*mine)).scalar()
                if meanwhile is not None:
                    counted.add_all(Histogram.from_bytes(meanwhile), +1)
                    values = {"packed": counted.to_bytes(), "counting": None}
                    connection.execute(update(self._kind).where(*mine).values(values))
                    return counted
        return counted  # as of a moment ago; it is not kept, as it changes at every turn

    def _counted(self, model_id: int, mark: str) -> Histogram:
        """What there is in the moment in which the marked row appears."""
        with self._database.reading() as before:
            with self._database.transaction() as connection:
                self._prepare(connection, model_id)
                begin(connection, self._kind, model_id, mark)
                before.execute(
                    select(self._kind.model_version_id).limit(1)
                ).all()  # its state is that of its first look
            return self._count(before, model_id)


def begin(connection: Connection, kind: Kind, model_id: int, mark: str | None = None) -> None:
    """Put an empty histogram in place; with a mark, one that is being counted."""
    connection.execute(delete(kind).where(kind.model_version_id == model_id))
    values = {"model_version_id": model_id, "packed": Histogram().to_bytes(), "counting": mark}
    connection.execute(insert(kind).values(values))


def stored(connection: Connection, kind: Kind, model_ids: Collection[int]) -> dict[int, Histogram]:
    """Histograms by model as they stand, those that are being counted too: for who counts a change in or out."""
    rows = connection.execute(select(kind.model_version_id, kind.packed).where(kind.model_version_id.in_(model_ids)))
    return {model_id: Histogram.from_bytes(packed) for model_id, packed in rows}


def store(connection: Connection, kind: Kind, model_id: int, histogram: Histogram) -> None:
    """Write a histogram that `stored` gave, changed."""
    row = update(kind).where(kind.model_version_id == model_id)
    connection.execute(row.values(packed=histogram.to_bytes()))

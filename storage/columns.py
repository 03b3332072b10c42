"""Boxes of many images as columns, for what is computed of all of them at once, in the classes of today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from storage import class_aliases
from storage.class_aliases import Aliases
from storage.engine import Database
from storage.lookups import chunks, need_model
from storage.overlaps import found_twice
from storage.packing import RECORD
from storage.records import Source
from storage.tables import AnnotationRow, ClassRow, PredictionRow

DRAWN = np.dtype(
    [("image_id", "i8"), ("class_id", "i8"), *((side, "f8") for side in ("x1", "y1", "x2", "y2")), ("by_model", "?")]
)


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationColumns:
    """People's boxes, by image id ascending; those of an image in the order in which the page sent them.

    Attributes:
        image_id, class_id: [N] int64.   box: [N, 4] float64, x1 .. y2.
        by_model: [N] whether a model drew the box.
    """

    image_id: NDArray[np.int64]
    class_id: NDArray[np.int64]
    box: NDArray[np.float64]
    by_model: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PredictionColumns:
    """Boxes of a model, by image id ascending, those of an image best score first.

    Attributes:
        image_id, class_id: [N] int64.   box: [N, 4] float64, x1 .. y2.   score: [N] float64.
        seen: ids of the images that the model was asked about.
    """

    image_id: NDArray[np.int64]
    class_id: NDArray[np.int64]
    box: NDArray[np.float64]
    score: NDArray[np.float64]
    seen: frozenset[int]


class ColumnStore:
    """Reading only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def annotations(self, image_ids: Iterable[int]) -> AnnotationColumns:
        """The boxes on these images, without those of archived classes."""
        a = AnnotationRow
        query = select(a.image_id, a.class_id, a.x1, a.y1, a.x2, a.y2, a.source == Source.MODEL.value)
        parts = [np.empty(0, DRAWN)]
        with self._database.reading() as connection:
            aliases = class_aliases.read(connection)
            for part in chunks(_ascending(image_ids)):
                drawn = connection.execute(query.where(a.image_id.in_(part)).order_by(a.image_id, a.position))
                parts.append(np.fromiter((tuple(row) for row in drawn), DRAWN))
        rows = np.concatenate(parts)
        classes, known = _learned(rows["class_id"], aliases)
        rows = rows[known]
        box = np.stack([rows[side] for side in ("x1", "y1", "x2", "y2")], axis=1)
        return AnnotationColumns(rows["image_id"].copy(), classes[known], box, rows["by_model"].copy())

    def predictions(self, model_id: int, image_ids: Iterable[int]) -> PredictionColumns:
        """What a model found on these images, without boxes of classes that are archived or deleted.

        Raises NotFound for a model that is not there; one in the bin can be asked about.
        """
        p = PredictionRow
        query = select(p.image_id, p.packed).where(p.model_version_id == model_id)
        rows: list[Any] = []
        with self._database.reading() as connection:
            need_model(connection, model_id, deleted=True)
            aliases = class_aliases.read(connection)
            there = connection.scalars(select(ClassRow.id)).all()
            for part in chunks(_ascending(image_ids)):
                rows += connection.execute(query.where(p.image_id.in_(part)).order_by(p.image_id)).all()
        records = np.frombuffer(b"".join(row.packed for row in rows), RECORD)
        counts = [len(row.packed) // RECORD.itemsize for row in rows]
        places = np.repeat(np.arange(len(rows)), counts)
        classes, known = _learned(records["class_id"].astype(np.int64), aliases)
        known &= np.isin(classes, np.array(there, np.int64))
        if aliases.into:
            groups = places * (1 + classes.max(initial=0)) + classes
            known[known] = ~found_twice(groups[known], records["class_id"][known], records["box"][known])
        records = records[known]
        return PredictionColumns(
            np.array([row.image_id for row in rows], np.int64)[places[known]],
            classes[known],
            records["box"].astype(np.float64),
            records["score"].astype(np.float64),
            frozenset(row.image_id for row in rows),
        )


def _ascending(image_ids: Iterable[int]) -> Sequence[int]:
    return sorted(set(image_ids))


def _learned(class_ids: NDArray[np.int64], aliases: Aliases) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The classes that are seen, and which of them are still learned."""
    seen = class_ids.copy()
    for class_id, into in aliases.into.items():
        seen[class_ids == class_id] = into
    return seen, ~np.isin(seen, sorted(aliases.archived))

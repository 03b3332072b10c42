"""Which class is seen where another one is stored: the one place that knows of merged and of archived classes.

Boxes, predictions, models and snapshots keep the class that they were given. Whoever reads them asks here which class
is seen there now, so that merging a million boxes changes one row, and taking it back is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select, text

from storage import overlaps, packing
from storage.records import Rejection, StoredBox, StoredPrediction
from storage.tables import UNUSUAL, AnnotationRow, ClassRow


@dataclass(frozen=True, slots=True)
class Aliases:
    """What the classes of a workspace are seen as.

    Attributes:
        into: class id -> the class that it is seen as, for merged classes only; chains are followed to their end.
        archived: ids of classes that are seen but not learned any more; never one that was merged into another.
    """

    into: Mapping[int, int]
    archived: frozenset[int]

    def shown(self, class_id: int) -> int:
        """The class that is seen where this one is stored."""
        return self.into.get(class_id, class_id)

    def learned(self, class_id: int) -> int | None:
        """The same, None where it is archived: such boxes are neither learned from nor proposed nor given out."""
        shown = self.shown(class_id)
        return None if shown in self.archived else shown

    def family(self, class_id: int) -> tuple[int, ...]:
        """The ids of all classes that are seen as the class that this one is seen as, that one first."""
        head = self.shown(class_id)
        return (head, *sorted(one for one, seen in self.into.items() if seen == head))

    def boxes(self, stored: Sequence[StoredBox]) -> tuple[StoredBox, ...]:
        """Boxes with the classes that are seen."""
        if not self.into:
            return tuple(stored)
        return tuple(replace(b, class_id=self.into[b.class_id]) if b.class_id in self.into else b for b in stored)

    def predictions(self, found: Sequence[StoredPrediction]) -> tuple[StoredPrediction, ...]:
        """What a model found, in the classes of today, best score first.

        A model that was trained before a merge may find one object as both classes: only its better box is kept.
        Boxes of archived classes are left out, since nobody may draw those.
        """
        if not self.into and not self.archived:
            return tuple(found)
        seen = [(p, shown) for p in found if (shown := self.learned(p.class_id)) is not None]
        twice = _found_twice(seen).tolist()
        return tuple(
            p if p.class_id == shown else replace(p, class_id=shown)
            for (p, shown), is_twice in zip(seen, twice, strict=True)
            if not is_twice
        )

    def packed(self, packed: bytes) -> bytes:
        """Packed predictions as `predictions` gives them; only where a class was merged or archived is that another
        thing."""
        unusual = [*self.into, *self.archived]
        if not unusual or not np.isin(np.frombuffer(packed, packing.RECORD)["class_id"], unusual).any():
            return packed
        return packing.pack(self.predictions(packing.unpack(packed)))

    def rejections(self, stored: Sequence[Rejection]) -> tuple[Rejection, ...]:
        """Rejections with the classes that are seen, as predictions are."""
        return tuple(replace(r, class_id=self.shown(r.class_id)) for r in stored) if self.into else tuple(stored)

    def summed(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Counts by class id, those of merged classes with the one that they are seen as."""
        total: dict[int, int] = {}
        for class_id, number in counts.items():
            shown = self.shown(class_id)
            total[shown] = total.get(shown, 0) + number
        return total

    def summed_bins(self, bins: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
        """Histograms by class id, as `summed`, without those of archived classes."""
        total: dict[int, tuple[int, ...]] = {}
        for class_id, row in bins.items():
            if (shown := self.learned(class_id)) is not None:
                known = total.get(shown)
                total[shown] = row if known is None else tuple(a + b for a, b in zip(known, row, strict=True))
        return dict(sorted(total.items()))

    def as_stored(self, boxes: Sequence[StoredBox], stored: Mapping[str, int]) -> tuple[StoredBox, ...]:
        """Boxes as a page sends them, with the classes that they are stored under.

        Args:
            stored: class ids by box id, as they stand. A box whose class is seen as before keeps its own.
        """
        kept = []
        for box in boxes:
            own = stored.get(box.id)
            same = own is not None and own != box.class_id and self.shown(own) == self.shown(box.class_id)
            kept.append(replace(box, class_id=own) if same and own is not None else box)
        return tuple(kept)

    def rejections_as_stored(self, rejected: Sequence[Rejection], stored: Sequence[Rejection]) -> tuple[Rejection, ...]:
        """Rejections as a page sends them, those that stand already as they are stored."""
        known = {self.rejections([one])[0]: one for one in stored}
        return tuple(known.get(one, one) for one in rejected)


def read(connection: Connection) -> Aliases:
    """The aliases of all projects: few rows, found by an index of their own. Ids are never used twice."""
    query = select(ClassRow.id, ClassRow.merged_into, ClassRow.archived_at).where(text(UNUSUAL))
    rows = connection.execute(query).all()
    direct = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    archived = frozenset(row.id for row in rows if row.merged_into is None)
    return Aliases({class_id: _end_of(class_id, direct) for class_id in direct}, archived)


def stored_classes(connection: Connection, image_id: int) -> dict[str, int]:
    """The class that each box of an image is stored under, by box id."""
    query = select(AnnotationRow.id, AnnotationRow.class_id).where(AnnotationRow.image_id == image_id)
    return {row.id: row.class_id for row in connection.execute(query)}


def _end_of(class_id: int, direct: Mapping[int, int]) -> int:
    seen = set()
    while class_id in direct and class_id not in seen:  # a cycle is refused where classes are merged
        seen.add(class_id)
        class_id = direct[class_id]
    return class_id


def _found_twice(seen: Sequence[tuple[StoredPrediction, int]]) -> NDArray[np.bool_]:
    """Which of the predictions of an image, best first, lie on a better one of a class that is seen as the same now."""
    boxes = np.array([p.box.as_tuple() for p, _ in seen], np.float64).reshape(-1, 4)
    stored, shown = (np.array(column, np.int64) for column in ([p.class_id for p, _ in seen], [c for _, c in seen]))
    return overlaps.found_twice(shown, stored, boxes)

"""The done images of a project in outline: how many there are and what they carry, and the boxes of only some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from storage import class_aliases, split_drawing
from storage.engine import Database
from storage.lookups import chunks, need_project
from storage.records import SnapshotImage, Split
from storage.snapshots import drawn_on, snapshot_image
from storage.split_drawing import done_images, seen_class
from storage.tables import AnnotationRow, ClassRow, ImageRow

Ids = NDArray[np.int64]
ByClass = Mapping[int, int]
Places = Callable[[int], Sequence[int]]  # of so many images, the places of those to look at
TO_LEARN = (Split.TRAIN, Split.VAL)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a snapshot would hold, without most of its boxes.

    Attributes:
        images: done ones by split.
        boxes: on them, by split and id of the class that they are learned as.
        classes: (id, name) of those that a done image carries, in the order of the project's list.
        left_out: images that are not done.
        looked_at: of train and val, those whose boxes were read, by id.
    """

    images: Mapping[Split, int]
    boxes: Mapping[Split, ByClass]
    classes: tuple[tuple[int, str], ...]
    left_out: int
    looked_at: Mapping[Split, tuple[SnapshotImage, ...]]


class OutlineStore:
    """Outlines what a run would learn from, quickly where a snapshot of it would take many seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ahead(self, project_id: int, places: Places, rare: int) -> Outline:
        """The outline of the snapshot that would be taken now; nothing is written.

        Args:
            places: which images of a split to look at, by their places when ordered by id.
            rare: the boxes in train up to which all images of train with a class are looked at as well.

        Raises NotFound for a project that is not there.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
            return _Reader(connection, project_id).outline(places, rare)


class _Reader:
    """Reads within one transaction."""

    def __init__(self, connection: Connection, project_id: int) -> None:
        self._connection = connection
        self._project_id = project_id
        self._done = done_images(project_id)
        self._aliases = class_aliases.read(connection)
        self._seen = seen_class(self._aliases)

    def outline(self, places: Places, rare: int) -> Outline:
        given = split_drawing.to_give(self._connection, self._project_id)
        ids = self._ids(given)
        boxes = self._boxes(given)
        looked_at = {}
        for split in TO_LEARN:
            chosen = set(ids[split][list(places(len(ids[split])))].tolist())
            if split is Split.TRAIN and len(chosen) < len(ids[split]):
                few = [class_id for class_id, number in boxes[split].items() if number <= rare]
                chosen |= self._carriers(few) & set(ids[split].tolist())
            looked_at[split] = self._read(sorted(chosen), split)
        images = {split: len(ids[split]) for split in Split}
        return Outline(images, boxes, self._classes(boxes), self._all() - sum(images.values()), looked_at)

    def _ids(self, given: Mapping[int, Split]) -> dict[Split, Ids]:
        """Ids of the done images by the split that they would have, ascending."""
        found: dict[Split, list[int]] = {split: [] for split in Split}
        for image_id, split in self._connection.execute(select(ImageRow.id, ImageRow.split).where(*self._done)):
            found[given.get(image_id) or Split(split or "")].append(image_id)
        return {split: np.array(sorted(ids), np.int64) for split, ids in found.items()}

    def _boxes(self, given: Mapping[int, Split]) -> dict[Split, ByClass]:
        counts: dict[Split, Counter[int]] = {split: Counter() for split in Split}
        query = select(ImageRow.split, self._seen, func.count()).select_from(AnnotationRow)
        query = query.join(ImageRow, ImageRow.id == AnnotationRow.image_id).where(*self._done)
        for split, class_id, number in self._connection.execute(query.group_by(ImageRow.split, self._seen)):
            if split is not None and class_id is not None:
                counts[Split(split)][class_id] += number
        self._move(counts, given)
        return {split: dict(sorted((+of_split).items())) for split, of_split in counts.items()}

    def _move(self, counts: Mapping[Split, Counter[int]], given: Mapping[int, Split]) -> None:
        """Count the boxes of the images that would get a split where they would be."""
        columns = (AnnotationRow.image_id, ImageRow.split, self._seen, func.count())
        for part in chunks(sorted(given)):
            query = select(*columns).join(ImageRow, ImageRow.id == AnnotationRow.image_id)
            query = query.where(AnnotationRow.image_id.in_(part)).group_by(AnnotationRow.image_id, self._seen)
            for image_id, split, class_id, number in self._connection.execute(query):
                if class_id is None:
                    continue
                counts[given[image_id]][class_id] += number
                if split is not None:
                    counts[Split(split)][class_id] -= number

    def _carriers(self, class_ids: Sequence[int]) -> set[int]:
        """Ids of all images with a box that is learned as one of these classes."""
        stored = [one for class_id in class_ids for one in self._aliases.family(class_id)]
        found: set[int] = set()
        for part in chunks(stored):
            query = select(AnnotationRow.image_id).where(AnnotationRow.class_id.in_(part)).distinct()
            found.update(self._connection.scalars(query))
        return found

    def _read(self, ids: Sequence[int], split: Split) -> tuple[SnapshotImage, ...]:
        """Images by id with the boxes that are learned, in the order given."""
        found: list[SnapshotImage] = []
        for part in chunks(ids):
            drawn = drawn_on(self._connection, part)
            rows = self._connection.execute(select(ImageRow).where(ImageRow.id.in_(part)).order_by(ImageRow.id))
            found += [snapshot_image(row, split, drawn.get(row.id, [])) for row in rows]
        return tuple(found)

    def _classes(self, boxes: Mapping[Split, ByClass]) -> tuple[tuple[int, str], ...]:
        carried = {class_id for of_split in boxes.values() for class_id in of_split}
        listed = select(ClassRow.id, ClassRow.name).where(ClassRow.project_id == self._project_id)
        rows = self._connection.execute(listed.order_by(ClassRow.position, ClassRow.id))
        return tuple((class_id, name) for class_id, name in rows if class_id in carried)

    def _all(self) -> int:
        every = select(func.count()).select_from(ImageRow)
        every = every.where(ImageRow.project_id == self._project_id, ImageRow.deleted_at.is_(None))
        return self._connection.execute(every).scalar_one()

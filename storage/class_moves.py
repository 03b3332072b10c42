"""Boxes on many images given other classes, all of them in one transaction: nothing is ever moved by half."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from storage import class_aliases
from storage.bulk import reviewed
from storage.class_aliases import Aliases
from storage.clock import now
from storage.engine import Database
from storage.errors import NotFound
from storage.lookups import chunks
from storage.tables import AnnotationRow, ClassRow, HistoryRow, ImageRow

BULK = "split"  # what the history says of such a save
CLASS = 1  # place of the class in a box of the history

Wanted = Mapping[int, Mapping[str, int]]


class Moved(NamedTuple):
    """An image with boxes that were given another class.

    Attributes:
        revision: the one that the save made.
        before: the class that each of these boxes was stored under.
    """

    image_id: int
    revision: int
    before: dict[str, int]


class ClassMoveStore:
    """Saves like any other, with a revision and an entry in the history for each image."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def move(
        self,
        project_id: int,
        wanted: Wanted,
        *,
        seen_as: int | None = None,
        revisions: Mapping[int, int] | None = None,
        author: str = "",
    ) -> list[Moved]:
        """Give boxes other classes.

        Args:
            wanted: the class to be stored for each box, by image and box id. Boxes that are gone, or have that class,
                are passed over, and so are images of other projects and those in the bin.
            seen_as: only boxes that are seen as this class; None for all.
            revisions: only images that still are at this revision; None for all.

        Returns:
            What was changed, by image.

        Raises:
            NotFound: a class that the project does not have.
        """
        with self._database.transaction() as connection:
            _must_know(connection, project_id, {one for boxes in wanted.values() for one in boxes.values()})
            aliases = class_aliases.read(connection)
            standing = _standing(connection, project_id, sorted(wanted), revisions)
            moved: list[Moved] = []
            with reviewed(connection, list(standing)):
                for part in chunks(list(standing)):
                    changes = _changes(connection, part, wanted, aliases, seen_as)
                    _save(connection, project_id, standing, changes, author)
                    moved += [
                        Moved(image_id, standing[image_id] + 1, {box: before for box, (before, _) in theirs.items()})
                        for image_id, theirs in changes.items()
                    ]
            return moved


def _must_know(connection: Connection, project_id: int, wanted: set[int]) -> None:
    known = set(connection.scalars(select(ClassRow.id).where(ClassRow.project_id == project_id)))
    if missing := sorted(wanted - known):
        raise NotFound(f"there is no class {missing[0]} in this project any more")


def _standing(
    connection: Connection, project_id: int, image_ids: Sequence[int], revisions: Mapping[int, int] | None
) -> dict[int, int]:
    """The revision of each image that may be changed."""
    query = select(ImageRow.id, ImageRow.revision)
    query = query.where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))
    found: dict[int, int] = {}
    for part in chunks(image_ids):
        found.update((row.id, row.revision) for row in connection.execute(query.where(ImageRow.id.in_(part))))
    return {i: revision for i, revision in found.items() if revisions is None or revisions.get(i) == revision}


def _changes(
    connection: Connection, image_ids: Sequence[int], wanted: Wanted, aliases: Aliases, seen_as: int | None
) -> dict[int, dict[str, tuple[int, int]]]:
    """(class before, class after) of each box that changes, by image and box id."""
    columns = (AnnotationRow.image_id, AnnotationRow.id, AnnotationRow.class_id)
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for row in connection.execute(select(*columns).where(AnnotationRow.image_id.in_(image_ids))):
        after = wanted[row.image_id].get(row.id)
        if after is None or after == row.class_id:
            continue
        if seen_as is None or aliases.shown(row.class_id) == seen_as:
            found.setdefault(row.image_id, {})[row.id] = (row.class_id, after)
    return found


def _save(
    connection: Connection,
    project_id: int,
    standing: Mapping[int, int],
    changes: Mapping[int, Mapping[str, tuple[int, int]]],
    author: str,
) -> None:
    if not changes:
        return
    given = [
        {"on": image_id, "box": box, "given": after}
        for image_id, theirs in changes.items()
        for box, (_, after) in theirs.items()
    ]
    mine = and_(AnnotationRow.image_id == bindparam("on"), AnnotationRow.id == bindparam("box"))
    connection.execute(update(AnnotationRow).where(mine).values(class_id=bindparam("given")), given)
    last = and_(HistoryRow.image_id == ImageRow.id, HistoryRow.revision == ImageRow.revision)
    columns = (HistoryRow.image_id, HistoryRow.state, HistoryRow.boxes, HistoryRow.rejected)
    query = select(*columns).join(ImageRow, last).where(ImageRow.id.in_(list(changes)))
    moment = now(connection)
    about = {"project_id": project_id, "author": author, "saved_at": moment, "bulk": BULK}
    entries = [
        {"image_id": row.image_id, "revision": standing[row.image_id] + 1, "key": uuid.uuid4().hex, **about}
        | {"state": row.state, "boxes": _given(row.boxes, changes[row.image_id]), "rejected": row.rejected}
        for row in connection.execute(query)
    ]
    connection.execute(insert(HistoryRow), entries)
    told = {"updated_at": moment, "saved_at": moment, "saved_by": author, "revision": ImageRow.revision + 1}
    connection.execute(update(ImageRow).where(ImageRow.id.in_(list(changes))).values(told))


def _given(boxes: Sequence[list[Any]], changes: Mapping[str, tuple[int, int]]) -> list[list[Any]]:
    """Boxes as the history keeps them, with their new classes."""
    return [[*box[:CLASS], changes[box[0]][1], *box[CLASS + 1 :]] if box[0] in changes else list(box) for box in boxes]

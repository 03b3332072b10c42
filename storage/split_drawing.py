"""Draws the splits of a project: reads what stands without keeping anybody from saving, and writes in short turns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from storage import class_aliases, splits
from storage.class_aliases import Aliases
from storage.clock import now
from storage.engine import Database
from storage.lookups import chunks, need_project
from storage.records import ImageState, Split
from storage.splits import Candidate, Standing
from storage.tables import AnnotationRow, ImageRow

A_TURN = 250  # images that get their split in one transaction: some hundredths of a second


@dataclass(frozen=True, slots=True)
class Turn:
    """Ids of images that get a split in one transaction.

    Attributes:
        ids: of images that have none.   redrawn: of images of train, where val is drawn anew.
    """

    split: Split
    ids: list[int]
    redrawn: list[int] = field(default_factory=list)


def give(database: Database, project_id: int) -> None:
    """Give each done image that has none a split for good, by the rule of storage.splits.

    An image that is no longer done when its turn comes, or has a split by then, is left as it is.

    Raises NotFound for a project that is not there.
    """
    with database.reading() as connection:
        need_project(connection, project_id)
        assigned = to_give(connection, project_id)
        learned_from = _in_train(connection, assigned)
    ids = {
        split: sorted(one for one, given in assigned.items() if given is split) for split in (Split.TRAIN, Split.VAL)
    }
    turns = [Turn(Split.TRAIN, part) for part in chunks(ids[Split.TRAIN], A_TURN)]
    if learned_from:  # at once, lest half of it be taken for all of it
        free = [image_id for image_id in ids[Split.VAL] if image_id not in learned_from]
        turns.append(Turn(Split.VAL, free, sorted(learned_from)))
    else:
        turns += [Turn(Split.VAL, part) for part in chunks(ids[Split.VAL], A_TURN)]
    database.in_turns(turns, _write)


def to_give(connection: Connection, project_id: int) -> dict[int, Split]:
    """The splits, by image id, that `give` would give; reads only."""
    done, seen = done_images(project_id), seen_class(class_aliases.read(connection))
    images = _count(connection, *done, _NOT_TEST)
    free = _count(connection, *done, ImageRow.split.is_(None))
    val = _count(connection, *done, _VAL)
    if not free and val:
        return {}  # the usual case, and a quick one
    on_images = _class_counts(connection, seen, *done, _NOT_TEST)
    on_val = _class_counts(connection, seen, *done, _VAL) if val else {}
    standing = Standing(images, val, on_images, on_val)
    wanted = _NOT_TEST if standing.draws_anew(free) else ImageRow.split.is_(None)
    return splits.draw(_candidates(connection, seen, *done, wanted), standing)


def done_images(project_id: int) -> tuple[ColumnElement[bool], ...]:
    """What holds for the done images of a project outside the bin."""
    live = (ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))
    return (*live, ImageRow.state == ImageState.DONE.value)


def seen_class(aliases: Aliases) -> ColumnElement[Any]:
    """The class that a box is learned as, NULL where that one is archived."""
    own = AnnotationRow.__table__.c.class_id
    changed = {class_id: aliases.learned(class_id) for class_id in (*aliases.into, *aliases.archived)}
    return case(changed, value=own, else_=own) if changed else own


_NOT_TEST = ImageRow.split.is_distinct_from(Split.TEST.value)
_VAL = ImageRow.split == Split.VAL.value


def _count(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(ImageRow).where(*which)).scalar_one()


def _class_counts(connection: Connection, seen: ColumnElement[Any], *which: ColumnElement[bool]) -> dict[int, int]:
    """On how many of these images each class is."""
    query = select(seen, func.count(AnnotationRow.image_id.distinct())).group_by(seen)
    query = query.join(ImageRow, ImageRow.id == AnnotationRow.image_id).where(*which)
    return {class_id: images for class_id, images in connection.execute(query) if class_id is not None}


def _candidates(connection: Connection, seen: ColumnElement[Any], *which: ColumnElement[bool]) -> list[Candidate]:
    carried: dict[int, set[int]] = {}
    pairs = select(AnnotationRow.image_id, seen).distinct()
    for image_id, class_id in connection.execute(
        pairs.join(ImageRow, ImageRow.id == AnnotationRow.image_id).where(*which)
    ):
        if class_id is not None:
            carried.setdefault(image_id, set()).add(class_id)
    rows = connection.execute(select(ImageRow.id, ImageRow.sha256, ImageRow.split).where(*which))
    return [
        Candidate(image_id, sha256, None if split is None else Split(split), frozenset(carried.get(image_id, ())))
        for image_id, sha256, split in rows
    ]


def _in_train(connection: Connection, image_ids: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(list(image_ids)):
        query = select(ImageRow.id).where(ImageRow.id.in_(part), ImageRow.split == Split.TRAIN.value)
        found.update(connection.scalars(query))
    return found


def _write(connection: Connection, turn: Turn) -> None:
    """Give one split to the images of a turn that still have the one that they had."""
    values = {"split": turn.split.value, "updated_at": now(connection)}
    for ids, still in ((turn.ids, ImageRow.split.is_(None)), (turn.redrawn, ImageRow.split == Split.TRAIN.value)):
        for part in chunks(ids):
            which = (ImageRow.id.in_(part), ImageRow.state == ImageState.DONE.value, still)
            connection.execute(update(ImageRow).where(*which).values(values))

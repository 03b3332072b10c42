"""Boxes of people: saved whole per image, with a revision, a key against repeats, and a history of every save."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from detector.domain import Box, ImageSize
from detector.errors import InvalidBox
from storage import class_aliases, rejections, review
from storage.class_aliases import Aliases
from storage.clock import now
from storage.engine import Database
from storage.errors import InvalidValue, NotFound, StaleRevision
from storage.history import kept_step
from storage.lookups import chunks, need_image, need_project
from storage.past import HistoryEntry, Step
from storage.records import (
    ImageState,
    Rejection,
    SavedAnnotations,
    Source,
    StoredBox,
)
from storage.tables import AnnotationRow, ClassRow, HistoryRow, ImageRow, ModelRow

LONGEST_TEXT = 200  # of a box id, a key, an author


class AnnotationStore:
    """The boxes on each image. Methods raise NotFound for an image that is not there or lies in the bin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, image_id: int) -> SavedAnnotations:
        """What stands now; `saved_at` is None before the first save."""
        with self._database.reading() as connection:
            image = need_image(connection, image_id)
            newest = select(HistoryRow.saved_at, HistoryRow.step).where(
                HistoryRow.image_id == image_id, HistoryRow.revision == image.revision
            )
            aliases = class_aliases.read(connection)
            boxes = aliases.boxes(_boxes(connection, [image_id]).get(image_id, ()))
            rejected = aliases.rejections(rejections.read(connection, [image_id]).get(image_id, ()))
            saved_at, step = connection.execute(newest).one_or_none() or (None, None)
            redo = "redo" in (step or {})
            return SavedAnnotations(image_id, image.revision, ImageState(image.state), boxes, saved_at, rejected, redo)

    def save(
        self,
        image_id: int,
        *,
        revision: int,
        boxes: Sequence[StoredBox],
        state: ImageState | None,
        key: str,
        author: str = "",
        bulk: str | None = None,
        rejected: Sequence[Rejection] | None = None,
        step: Step | None = None,
    ) -> SavedAnnotations:
        """Replace all boxes of an image, and what was rejected there. On return it is on disk for good.

        A box whose class is seen as it was before stays stored under its own class, which others may be merged into.

        Args:
            revision: the one that the change started from.
            state: what the person chose; None where they only drew, see `state_after`.
            key: made anew for each change. A key that was saved before changes nothing and returns what that save
                left behind, so that a request can be repeated when its answer was lost.
            author: who saved, as text; "" where there is no login.
            bulk: the act on many images that this save is a part of ("import", "accept"); it is listed as one act then.
            rejected: the models' boxes that are turned down; None leaves them as they are. Those of a class that is
                gone are left out.
            step: what it is to the revisions before, so that undo and redo can go on from it.

        Raises:
            StaleRevision: somebody else saved meanwhile; nothing was changed.
            InvalidBox: a box sticks out of the picture, or two boxes have the same id.
            NotFound: a class or a model that the project does not have.
            InvalidValue: an id, key or author that is empty or too long, or a score outside 0..1.
        """
        _check_texts(boxes, key, author)
        _check_scores([*boxes, *(rejected or ())])
        with self._database.transaction() as connection:
            image = need_image(connection, image_id)
            aliases = class_aliases.read(connection)
            earlier = select(HistoryRow).where(HistoryRow.image_id == image_id, HistoryRow.key == key)
            if (repeated := connection.execute(earlier).one_or_none()) is not None:
                entry = _to_entry(repeated, aliases)
                return SavedAnnotations(
                    image_id, entry.revision, entry.state, entry.boxes, entry.saved_at, entry.rejected
                )
            if image.revision != revision:
                raise StaleRevision(image.revision)
            size = ImageSize(image.width, image.height)
            _check_boxes(connection, image.project_id, [(size, boxes)])
            if rejected is None:
                turned_down = rejections.read(connection, [image_id]).get(image_id, ())
            else:
                before = rejections.read(connection, [image_id]).get(image_id, ()) if aliases.into else ()
                wanted = aliases.rejections_as_stored(rejected, before)
                turned_down = _of_known_classes(connection, image.project_id, size, wanted)
            after = state_after(ImageState(image.state), image.boxes, len(boxes), state)
            moment = now(connection)
            stored = tuple(boxes)
            if aliases.into:
                stored = aliases.as_stored(boxes, class_aliases.stored_classes(connection, image_id))
            kept = None if step is None else kept_step(connection, image_id, revision, step)
            about = _About(image.project_id, author, moment, bulk, kept)
            with review.kept_in_step(connection, [image_id]):
                if rejected is not None:
                    rejections.write(connection, image_id, turned_down)
                if image.boxes:
                    connection.execute(delete(AnnotationRow).where(AnnotationRow.image_id == image_id))
                _write(connection, [(image_id, revision + 1, key, stored)], after, about, turned_down)
            seen = aliases.boxes(stored), aliases.rejections(turned_down)
            return SavedAnnotations(image_id, revision + 1, after, seen[0], moment, seen[1])

    def save_imported(
        self, project_id: int, rows: Iterable[tuple[int, Sequence[tuple[int, Box]]]], author: str = ""
    ) -> list[int]:
        """Store boxes of a data set, in one transaction; their images are done then, those without boxes too.

        Args:
            rows: (image id, [(class id, box)]) for each image.
            author: who asked for the import.

        Returns:
            Ids of the images that were left as they are, because somebody has saved them before.

        Raises:
            InvalidBox, NotFound: as `save`; nothing is stored then.
        """
        wanted = {image_id: tuple(_imported(*pair) for pair in boxes) for image_id, boxes in rows}
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            sizes, taken = _untouched(connection, project_id, list(wanted))
            _check_boxes(connection, project_id, [(size, wanted[image_id]) for image_id, size in sizes.items()])
            saves = [(image_id, 1, uuid.uuid4().hex, wanted[image_id]) for image_id in sizes]
            with review.kept_in_step(connection, sizes):
                _write(connection, saves, ImageState.DONE, _About(project_id, author, now(connection), "import"))
        return taken

    def at(self, image_id: int, revision: int) -> HistoryEntry:
        """An image as it was at a revision; at 0, as it came in. Raises NotFound for a revision that it never had."""
        with self._database.reading() as connection:
            image = need_image(connection, image_id)
            if revision == 0:
                return HistoryEntry(0, ImageState.NEW, (), "", image.created_at)
            query = select(HistoryRow).where(HistoryRow.image_id == image_id, HistoryRow.revision == revision)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFound(f"image {image_id} has no revision {revision}")
            return _to_entry(row, class_aliases.read(connection))

    def history(self, image_id: int) -> list[HistoryEntry]:
        """All saves of an image, the first one first."""
        with self._database.reading() as connection:
            need_image(connection, image_id)
            query = select(HistoryRow).where(HistoryRow.image_id == image_id).order_by(HistoryRow.revision)
            aliases = class_aliases.read(connection)
            return [_to_entry(row, aliases) for row in connection.execute(query)]

    def boxes_of(self, image_ids: Iterable[int]) -> dict[int, tuple[StoredBox, ...]]:
        """Boxes by image id, an empty tuple where there are none."""
        ids = list(dict.fromkeys(image_ids))
        with self._database.reading() as connection:
            found, aliases = _boxes(connection, ids), class_aliases.read(connection)
        return {image_id: aliases.boxes(found.get(image_id, ())) for image_id in ids}


def state_after(before: ImageState, boxes_before: int, boxes: int, chosen: ImageState | None) -> ImageState:
    """The state of an image after a save.

    What the person chose counts, but an image with boxes is not new. Where they chose nothing: drawing on a new or
    skipped image begins it, and taking the last box off a done one reopens it, since "nothing here" must be said.
    """
    if chosen is ImageState.NEW and boxes:
        return ImageState.IN_PROGRESS
    if chosen is not None:
        return chosen
    if before in (ImageState.NEW, ImageState.SKIPPED) and boxes:
        return ImageState.IN_PROGRESS
    if before is ImageState.DONE and boxes_before and not boxes:
        return ImageState.IN_PROGRESS
    return before


def _check_texts(boxes: Sequence[StoredBox], key: str, author: str) -> None:
    for what, text in [("a save needs a key", key), *(("a box needs an id", box.id) for box in boxes)]:
        if not 0 < len(text) <= LONGEST_TEXT:
            raise InvalidValue(f"{what} of 1 to {LONGEST_TEXT} characters, got {len(text)}")
    if len(author) > LONGEST_TEXT:
        raise InvalidValue(f"an author has at most {LONGEST_TEXT} characters, got {len(author)}")
    if len({box.id for box in boxes}) < len(boxes):
        raise InvalidBox("two boxes of one image have the same id")


def _check_scores(boxes: Iterable[StoredBox | Rejection]) -> None:
    for box in boxes:
        if box.score is not None and not 0.0 <= box.score <= 1.0:
            raise InvalidValue(f"a score lies in 0..1, got {box.score}")


def _check_boxes(
    connection: Connection, project_id: int, images: Iterable[tuple[ImageSize, Sequence[StoredBox]]]
) -> None:
    classes: set[int] = set()
    models: set[int] = set()
    for size, boxes in images:
        for box in boxes:
            box.box.must_lie_in(size)
            classes.add(box.class_id)
            if box.model_version_id is not None:
                models.add(box.model_version_id)
    _check_known(connection, ClassRow, project_id, classes, "class")
    _check_known(connection, ModelRow, project_id, models, "model")


def _check_known(
    connection: Connection, table: type[ClassRow | ModelRow], project_id: int, wanted: set[int], what: str
) -> None:
    if wanted and (missing := sorted(wanted - _ids(connection, table, project_id))):
        raise NotFound(f"project {project_id} has no {what} {missing[0]}")


def _ids(connection: Connection, table: type[ClassRow | ModelRow], project_id: int) -> set[int]:
    return set(connection.scalars(select(table.id).where(table.project_id == project_id)))


def _of_known_classes(
    connection: Connection, project_id: int, size: ImageSize, rejected: Sequence[Rejection]
) -> rejections.Rejected:
    """A class that was removed meanwhile must not keep a page from saving what it rejected of it."""
    if not rejected:
        return ()
    for rejection in rejected:
        rejection.box.must_lie_in(size)
    _check_known(connection, ModelRow, project_id, {r.model_version_id for r in rejected}, "model")
    known = _ids(connection, ClassRow, project_id)
    return tuple(r for r in rejected if r.class_id in known)


def _untouched(connection: Connection, project_id: int, ids: list[int]) -> tuple[dict[int, ImageSize], list[int]]:
    """Sizes of the images that nobody has saved yet, and the ids of the others."""
    rows: dict[int, Any] = {}
    for part in chunks(ids):
        query = select(ImageRow.id, ImageRow.width, ImageRow.height, ImageRow.revision)
        query = query.where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.id.in_(part))
        rows.update({row.id: row for row in connection.execute(query)})
    if missing := [image_id for image_id in ids if image_id not in rows]:
        raise NotFound(f"project {project_id} has no image {missing[0]}")
    sizes = {i: ImageSize(rows[i].width, rows[i].height) for i in ids if rows[i].revision == 0}
    return sizes, [i for i in ids if i not in sizes]


@dataclass(frozen=True, slots=True)
class _About:
    """What the saves of one transaction have in common."""

    project_id: int
    author: str
    moment: datetime
    bulk: str | None
    step: dict[str, int] | None = None


def _write(
    connection: Connection,
    saves: Sequence[tuple[int, int, str, tuple[StoredBox, ...]]],
    state: ImageState,
    about: _About,
    rejected: rejections.Rejected = (),
) -> None:
    """Insert the boxes of (image id, new revision, key, boxes), their history, and what the image row says of them."""
    rows = [_values(image_id, n, box) for image_id, _, _, boxes in saves for n, box in enumerate(boxes)]
    if rows:
        connection.execute(insert(AnnotationRow), rows)
    entries = [
        {"image_id": image_id, "revision": revision, "key": key, "state": state.value, "author": about.author}
        | {"boxes": [_to_json(box) for box in boxes], "saved_at": about.moment}
        | {"project_id": about.project_id, "bulk": about.bulk, "step": about.step}
        | {"rejected": rejections.to_json(rejected) or None}
        for image_id, revision, key, boxes in saves
    ]
    if entries:
        connection.execute(insert(HistoryRow), entries)
        said = [
            {"which": image_id, "revision": revision, "boxes": len(boxes)} for image_id, revision, _, boxes in saves
        ]
        changed = update(ImageRow).where(ImageRow.id == bindparam("which"))
        told = {"state": state.value, "updated_at": about.moment}
        told |= {"saved_at": about.moment, "saved_by": about.author}
        connection.execute(changed.values(told), said)


def _values(image_id: int, position: int, stored: StoredBox) -> dict[str, Any]:
    box = stored.box
    return {
        "image_id": image_id,
        "id": stored.id,
        "position": position,
        "class_id": stored.class_id,
        "x1": box.x1,
        "y1": box.y1,
        "x2": box.x2,
        "y2": box.y2,
        "source": stored.source.value,
        "model_version_id": stored.model_version_id,
        "score": stored.score,
    }


def _imported(class_id: int, box: Box) -> StoredBox:
    return StoredBox(str(uuid.uuid4()), class_id, box, Source.IMPORT)


def _to_json(stored: StoredBox) -> list[Any]:
    given = [stored.id, stored.class_id, *stored.box.as_tuple(), stored.source.value]
    return given if stored.source is not Source.MODEL else [*given, stored.model_version_id, stored.score]


def _from_json(row: list[Any]) -> StoredBox:
    box_id, class_id, x1, y1, x2, y2, source, *origin = row
    return StoredBox(box_id, class_id, Box(x1, y1, x2, y2), Source(source), *origin)


def _to_entry(row: Any, aliases: Aliases) -> HistoryEntry:
    boxes = aliases.boxes([_from_json(box) for box in row.boxes])
    rejected = aliases.rejections(rejections.from_json(row.rejected or ()))
    return HistoryEntry(
        row.revision, ImageState(row.state), boxes, row.author, row.saved_at, rejected, "redo" in (row.step or {})
    )


def _boxes(connection: Connection, image_ids: list[int]) -> dict[int, tuple[StoredBox, ...]]:
    found: dict[int, list[StoredBox]] = {}
    for part in chunks(image_ids):
        query = select(AnnotationRow).where(AnnotationRow.image_id.in_(part))
        for row in connection.execute(query.order_by(AnnotationRow.image_id, AnnotationRow.position)):
            box = Box(row.x1, row.y1, row.x2, row.y2)
            origin = (row.model_version_id, row.score)
            stored = StoredBox(row.id, row.class_id, box, Source(row.source), *origin)
            found.setdefault(row.image_id, []).append(stored)
    return {image_id: tuple(boxes) for image_id, boxes in found.items()}

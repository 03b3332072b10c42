"""What a run learns from: the done annotations of one moment, never changed afterwards, named by their digest."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from detector.domain import Box, ImageSize
from storage import class_aliases, split_drawing
from storage.engine import Database
from storage.errors import NotFound, StorageError
from storage.lookups import need_project
from storage.records import Snapshot, SnapshotImage, Source, Split
from storage.tables import AnnotationRow, ClassRow, ImageRow


class SnapshotStore:
    """Takes snapshots of a project and keeps them as files of the workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, project_id: int) -> Snapshot:
        """The done images outside the bin with their boxes, all of one moment; gives them their splits first.

        Its classes are those that a done image carries, in the order of the project's list; merged ones are one, and
        boxes of archived ones are left out. Equal data have equal digests.

        Raises NotFound for a project that is not there.
        """
        split_drawing.give(self._database, project_id)
        with _collector_at_rest(), self._database.reading() as connection:
            # reading takes longer than giving splits, and keeps nobody from saving; an image that became done after
            # the splits were fixed has none, and is left to the next snapshot
            return _read(connection, project_id, {})

    def ahead(self, project_id: int) -> Snapshot:
        """The snapshot that `take` would take now, with the splits that it would give; nothing is written.

        Raises NotFound for a project that is not there.
        """
        with _collector_at_rest(), self._database.reading() as connection:
            need_project(connection, project_id)
            return _read(connection, project_id, split_drawing.to_give(connection, project_id))

    def save(self, snapshot: Snapshot) -> Path:
        """Write a snapshot to its file; one that is there already is left alone.

        Raises:
            DiskFull: there is no room.
        """
        place = self._database.workspace
        path = place.snapshot(snapshot.digest)
        if not path.exists():
            content = _content(snapshot.project_id, snapshot.classes, snapshot.images)
            by_models = {image.image_id: image.by_models for image in snapshot.images if image.by_models}
            more = {"left_out": snapshot.left_out, "by_models": by_models}
            text = json.dumps(content | more, ensure_ascii=False)
            place.write(path, text.encode())
        return path

    def load(self, digest: str) -> Snapshot:
        """Read what `save` wrote.

        Raises:
            NotFound: there is no such snapshot.
            StorageError: the file is damaged.
        """
        path = self._database.workspace.snapshot(digest)
        with _collector_at_rest():
            return _load(path, digest)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """While millions of small objects are made that hold no cycles: the collector would look at all of them, over and
    over, for as long as all the rest takes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(path: Path, digest: str) -> Snapshot:
    try:
        content = json.loads(path.read_bytes())
        left_out = int(content.pop("left_out"))
        by_models = content.pop("by_models", {})  # files of older versions have none
        found = _digest(content)
        images = tuple(_from_json(image, by_models) for image in content["images"])
        classes = tuple((int(class_id), str(name)) for class_id, name in content["classes"])
        snapshot = Snapshot(int(content["project_id"]), classes, images, found, left_out)
    except FileNotFoundError as error:
        raise NotFound(f"there is no snapshot {digest}") from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise StorageError(f"snapshot {path} cannot be read: {error}; train anew") from error
    if found != digest:
        raise StorageError(f"snapshot {path} was changed after it was taken; train anew")
    return snapshot


def _read(connection: Connection, project_id: int, assigned: dict[int, Split]) -> Snapshot:
    """The done images that have a split, or one in `assigned`, which counts more; with classes and digest."""
    done = split_drawing.done_images(project_id)
    boxes = drawn_on(connection, select(ImageRow.id).where(*done))
    images = tuple(
        snapshot_image(row, assigned.get(row.id) or Split(row.split), boxes.get(row.id, []))
        for row in connection.execute(select(ImageRow).where(*done).order_by(ImageRow.id))
        if row.id in assigned or row.split is not None
    )
    every = select(func.count()).select_from(ImageRow)
    every = every.where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))
    left_out = connection.execute(every).scalar_one() - len(images)
    carried = {class_id for image in images for class_id, _ in image.boxes}
    listed = select(ClassRow.id, ClassRow.name).where(ClassRow.project_id == project_id)
    rows = connection.execute(listed.order_by(ClassRow.position, ClassRow.id))
    classes = tuple((class_id, name) for class_id, name in rows if class_id in carried)
    return Snapshot(project_id, classes, images, _digest(_content(project_id, classes, images)), left_out)


Drawn = list[tuple[int, Box, bool]]  # class id, box, whether a model drew it


def drawn_on(connection: Connection, image_ids: Select[int] | Sequence[int]) -> dict[int, Drawn]:
    """The boxes that are learned from, by image id, in the order in which the page sent them."""
    found: dict[int, Drawn] = {}
    a = AnnotationRow
    learned = class_aliases.read(connection).learned
    query = select(a.image_id, a.class_id, a.source, a.x1, a.y1, a.x2, a.y2).where(a.image_id.in_(image_ids))
    for image_id, class_id, source, *corners in connection.execute(query.order_by(a.image_id, a.position)):
        if (seen := learned(class_id)) is not None:
            found.setdefault(image_id, []).append((seen, Box(*corners), source == Source.MODEL.value))
    return found


def snapshot_image(row: Any, split: Split, drawn: Drawn) -> SnapshotImage:
    """An image from its row and what `drawn_on` gave for it."""
    boxes = tuple((class_id, box) for class_id, box, _ in drawn)
    by_models = sum(by_model for *_, by_model in drawn)
    return SnapshotImage(row.id, row.sha256, row.name, ImageSize(row.width, row.height), split, boxes, by_models)


def _content(
    project_id: int, classes: tuple[tuple[int, str], ...], images: tuple[SnapshotImage, ...]
) -> dict[str, Any]:
    """The JSON that the digest is taken of."""
    return {
        "project_id": project_id,
        "classes": [list(pair) for pair in classes],
        "images": [
            {
                "image_id": image.image_id,
                "sha256": image.sha256,
                "name": image.name,
                "width": image.size.width,
                "height": image.size.height,
                "split": image.split.value,
                "boxes": [[class_id, *box.as_tuple()] for class_id, box in image.boxes],
            }
            for image in images
        ],
    }


def _digest(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _from_json(image: dict[str, Any], by_models: dict[str, int]) -> SnapshotImage:
    return SnapshotImage(
        image_id=int(image["image_id"]),
        sha256=str(image["sha256"]),
        name=str(image["name"]),
        size=ImageSize(image["width"], image["height"]),
        split=Split(image["split"]),
        boxes=tuple((int(class_id), Box(*corners)) for class_id, *corners in image["boxes"]),
        by_models=int(by_models.get(str(image["image_id"]), 0)),
    )

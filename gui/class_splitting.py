"""Giving chosen boxes another class: a save of each image, which can be taken back in one act."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gui.messages import BadRequest
from storage.errors import IllegalTransition, InUse, NotFound, StaleRevision
from storage.past import Activity
from storage.records import (
    ObjectClass,
    SavedAnnotations,
    StoredBox,
)
from storage.store import Store

KIND = "class_split"
BULK = "split"
TRIES = 5  # somebody may save the image in the same moment, again and again


@dataclass(frozen=True, slots=True)
class Split:
    """What became of a choice of boxes.

    Attributes:
        into: the class that they have now.
        boxes, images: how many got it, on how many images.
        left: names of the images where nothing was changed, because they were saved since or are gone.
        activity_id: of the entry by which it can be undone.
    """

    into: ObjectClass
    boxes: int
    images: int
    left: tuple[str, ...]
    activity_id: int


def split(
    store: Store, class_id: int, into: int, chosen: Mapping[int, Sequence[str]], *, author: str, made: bool = False
) -> Split:
    """Give boxes of a class another one. Boxes that have another class by now, or are gone, are passed over.

    Args:
        chosen: box ids by image id.
        made: the class `into` was made for this, and goes with it when it is undone.

    Raises:
        NotFound: no such class in that project.
        BadRequest: the class is the same, archived or merged; or none of the boxes is there any more.
    """
    source, target = store.classes.get(class_id), store.classes.get(into)
    if target.project_id != source.project_id:
        raise NotFound(f"there is no class {into} in this project")
    if target.id == source.id or target.merged_into is not None or target.archived:
        raise BadRequest(f"“{target.name}” cannot take these boxes. Choose another class that is in use.")
    saves: list[list[Any]] = []
    left: list[str] = []
    for image_id, ids in chosen.items():
        if not _belongs(store, image_id, source.project_id):
            continue
        wanted = set(ids)

        def change(box: StoredBox, wanted: set[str] = wanted) -> StoredBox:
            return replace(box, class_id=into) if box.id in wanted and box.class_id == class_id else box

        before = store.class_boxes.stored_classes(image_id)
        saved = _save(store, image_id, change, author)
        if saved is None:
            continue
        moved = {box.id: before[box.id] for box in saved.boxes if box.id in wanted and box.class_id == into}
        saves.append([image_id, saved.revision, moved])
    if not saves:
        raise BadRequest(f"None of these boxes is a “{source.name}” any more. Load the sheet anew.")
    return _told(store, source, target, saves, left, author, made)


def undo(store: Store, entry: Activity, *, author: str) -> Split:
    """Give the boxes of a split their classes back, on each image that was not saved since.

    Raises:
        IllegalTransition: every one of the images was saved since, or is gone.
    """
    details = entry.details
    source, target = store.classes.get(details["to"]["id"]), store.classes.get(details["from"]["id"])
    saves: list[list[Any]] = []
    left: list[str] = []
    for image_id, revision, classes in details["saves"]:
        found = store.images.get_many([image_id]).get(image_id)
        if found is None or found.revision != revision:
            left.append(found.name if found else f"image {image_id} (in the bin)")
            continue

        def change(box: StoredBox, classes: dict[str, int] = classes) -> StoredBox:
            return replace(box, class_id=classes[box.id]) if box.id in classes else box

        before = store.class_boxes.stored_classes(image_id)
        saved = _save(store, image_id, change, author, revision)
        if saved is None:
            left.append(found.name)
        else:
            saves.append([image_id, saved.revision, {box_id: before[box_id] for box_id in classes}])
    if not saves:
        raise IllegalTransition(
            f"nothing was put back: {'the image was' if len(left) == 1 else 'all images were'} saved again since. "
            "Each image's own history still has the boxes as they were"
        )
    report = _told(store, source, target, saves, left, author, False, undoes=entry.id)
    if details.get("made"):
        with contextlib.suppress(InUse, NotFound):  # it has other boxes by now
            store.classes.delete(source.id, author=author)
    return report


def _belongs(store: Store, image_id: int, project_id: int) -> bool:
    image = store.images.get_many([image_id]).get(image_id)
    return image is not None and image.project_id == project_id


def _save(
    store: Store,
    image_id: int,
    change: Callable[[StoredBox], StoredBox],
    author: str,
    revision: int | None = None,
) -> SavedAnnotations | None:
    """Save an image with its boxes changed; None where that changes nothing, or it is not at `revision` any more."""
    for _ in range(TRIES):
        try:
            stands = store.annotations.get(image_id)
            boxes = [change(box) for box in stands.boxes]
            if boxes == list(stands.boxes) or revision not in (None, stands.revision):
                return None
            key = uuid.uuid4().hex
            return store.annotations.save(
                image_id, revision=stands.revision, boxes=boxes, state=None, key=key, author=author, bulk=BULK
            )
        except StaleRevision:
            continue
        except NotFound:
            return None
    return None


def _told(
    store: Store,
    source: ObjectClass,
    target: ObjectClass,
    saves: list[list[Any]],
    left: list[str],
    author: str,
    made: bool,
    **more: Any,
) -> Split:
    boxes = sum(len(moved) for _, _, moved in saves)
    details = {
        "from": {"id": source.id, "name": source.name},
        "to": {"id": target.id, "name": target.name},
        "made": made,
        "boxes": boxes,
        "images": len(saves),
        "left": left,
        "saves": saves,
        **more,
    }
    activity_id = store.activity.add(source.project_id, KIND, author, details)
    return Split(store.classes.get(target.id), boxes, len(saves), tuple(left), activity_id)

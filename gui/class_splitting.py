"""Giving chosen boxes another class: a save of each image, all in one transaction, and taken back in one act."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gui.messages import BadRequest
from storage.class_moves import Moved
from storage.errors import IllegalTransition, InUse, NotFound
from storage.past import Activity
from storage.records import ObjectClass
from storage.store import Store

KIND = "class_split"


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
    with store.database.together():
        source, target = store.classes.get(class_id), store.classes.get(into)
        if target.project_id != source.project_id:
            raise NotFound(f"there is no class {into} in this project")
        if target.id == source.id or target.merged_into is not None or target.archived:
            raise BadRequest(f"“{target.name}” cannot take these boxes. Choose another class that is in use.")
        wanted = {image_id: dict.fromkeys(ids, into) for image_id, ids in chosen.items()}
        moved = store.class_moves.move(source.project_id, wanted, seen_as=class_id, author=author)
        if not moved:
            raise BadRequest(f"None of these boxes is a “{source.name}” any more. Load the sheet anew.")
        return _told(store, source, target, moved, [], author, made)


def undo(store: Store, entry: Activity, *, author: str) -> Split:
    """Give the boxes of a split their classes back, on each image that was not saved since.

    Raises:
        IllegalTransition: every one of the images was saved since, or is gone.
    """
    details = entry.details
    with store.database.together():
        source, target = store.classes.get(details["to"]["id"]), store.classes.get(details["from"]["id"])
        wanted = {image_id: classes for image_id, _, classes in details["saves"]}
        revisions = {image_id: revision for image_id, revision, _ in details["saves"]}
        moved = store.class_moves.move(entry.project_id, wanted, revisions=revisions, author=author)
        left = _left(store, set(wanted) - {one.image_id for one in moved})
        if not moved:
            raise IllegalTransition(
                f"nothing was put back: {'the image was' if len(left) == 1 else 'all images were'} saved again since. "
                "Each image's own history still has the boxes as they were"
            )
        report = _told(store, source, target, moved, left, author, False, undoes=entry.id)
        if details.get("made"):
            with contextlib.suppress(InUse, NotFound):  # it has other boxes by now
                store.classes.delete(source.id, author=author)
        return report


def _left(store: Store, image_ids: set[int]) -> list[str]:
    there = store.images.get_many(sorted(image_ids))
    return [there[i].name if i in there else f"image {i} (in the bin)" for i in sorted(image_ids)]


def _told(
    store: Store,
    source: ObjectClass,
    target: ObjectClass,
    moved: Sequence[Moved],
    left: list[str],
    author: str,
    made: bool,
    **more: Any,
) -> Split:
    boxes = sum(len(one.before) for one in moved)
    details = {
        "from": {"id": source.id, "name": source.name},
        "to": {"id": target.id, "name": target.name},
        "made": made,
        "boxes": boxes,
        "images": len(moved),
        "left": left,
        "saves": [list(one) for one in moved],
        **more,
    }
    activity_id = store.activity.add(source.project_id, KIND, author, details)
    return Split(store.classes.get(target.id), boxes, len(moved), tuple(left), activity_id)

"""Classes and their boxes as the JSON of our routes. Pure: no store is asked anything here."""

from __future__ import annotations

from urllib.parse import urlencode

from gui.class_acts import Doubts, MergePreview
from gui.class_splitting import Split
from gui.view_models import Json, object_class
from storage.class_records import BoxesOfClass, ClassBox, ClassChange


def change(found: ClassChange) -> Json:
    """The classes that were changed, and the entry to undo that by; null where nothing changed."""
    return {"classes": [object_class(one) for one in found.classes], "activity_id": found.activity_id}


def preview(found: MergePreview) -> Json:
    return {
        "sources": [object_class(one) for one in found.sources],
        "into": object_class(found.into),
        "boxes": found.boxes,
        "images": found.images,
        "examples": [class_box(one) for one in found.examples],
        "models": found.models,
    }


def split(found: Split) -> Json:
    return {
        "into": object_class(found.into),
        "boxes": found.boxes,
        "images": found.images,
        "left": list(found.left),
        "activity_id": found.activity_id,
    }


def sheet(found: BoxesOfClass) -> Json:
    return {"items": [class_box(one) for one in found.boxes], "total": found.total}


def doubts(found: Doubts) -> Json:
    return {
        "items": [class_box(d.box) | {"says": {"class_id": d.class_id, "score": d.score}} for d in found.items],
        "next_image": found.next_image,
    }


def class_box(one: ClassBox) -> Json:
    """A box with a picture of it; `width` and `height` are of the box, in pixels of the image."""
    box = one.box.box
    corners = {"x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2}
    return {
        "id": one.box.id,
        "image_id": one.image_id,
        "image_name": one.image_name,
        "class_id": one.box.class_id,
        "source": one.box.source.value,
        "score": one.box.score,
        "width": box.width,
        "height": box.height,
        "crop_url": f"/files/images/{one.image_id}/crop?{urlencode(corners)}",
    }

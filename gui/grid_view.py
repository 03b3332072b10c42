"""From what the stores hand out to the JSON of the grid: small, since there are hundreds of images at a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gui.view_models import Json, time_of
from storage.records import GridBox, PredictedImage, StoredImage, Tag

LIKELY = 0.05  # what scores less is noise on a thumbnail


def image(
    record: StoredImage,
    drawn: Sequence[GridBox],
    tags: Sequence[int],
    found: PredictedImage | None = None,
    comments: int = 0,
) -> Json:
    """An image as a thumbnail shows it: boxes as [class id, x1, y1, x2, y2], the model's with their score behind.

    Args:
        comments: how many wait to be resolved.
    """
    shown: Json = {
        "id": record.id,
        "name": record.name,
        "width": record.size.width,
        "height": record.size.height,
        "state": record.state.value,
        "split": record.split.value if record.split else None,
        "boxes": record.boxes,
        "revision": record.revision,
        "thumb_url": f"/files/images/{record.id}/thumb",
        "drawn": [[class_id, *map(round, corners)] for class_id, *corners in drawn],
    }
    if tags:
        shown["tags"] = list(tags)
    if comments:
        shown["comments"] = comments
    if record.revision:
        shown |= {"saved_at": time_of(record.saved_at), "saved_by": record.saved_by}
    if found is not None:
        likely = [p for p in found.predictions if p.score >= LIKELY]
        shown["found"] = [[p.class_id, *map(round, p.box.as_tuple()), round(p.score, 3)] for p in likely]
    return shown


def tag(record: Tag) -> Json:
    return {"id": record.id, "name": record.name, "images": record.images}

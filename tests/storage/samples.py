"""Small builders for rows, so that a test says only what it is about."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from detector.domain import Box, ImageSize
from storage.records import ImageState, ModelVersion, NewImage, SavedAnnotations, Split, StoredBox, StoredImage
from storage.store import Store


def sha(text: str | int) -> str:
    return hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()


def new_image(n: str | int, split: Split | None = None) -> NewImage:
    return NewImage(sha(n), f"cell {n}.jpg", ImageSize(640, 480), "JPEG", 1, False, 1000, split)


def add_image(store: Store, project_id: int, n: str | int = 0, split: Split | None = None) -> StoredImage:
    return store.images.add_many(project_id, [new_image(n, split)])[0][0]


def add_images(store: Store, project_id: int, count: int, split: Split | None = None) -> list[StoredImage]:
    return [image for image, _ in store.images.add_many(project_id, [new_image(n, split) for n in range(count)])]


def a_box(class_id: int, x1: float = 10.25, y1: float = 20.5, **more: Any) -> StoredBox:
    return StoredBox(str(uuid.uuid4()), class_id, Box(x1, y1, x1 + 30, y1 + 40), **more)


def save(
    store: Store, image_id: int, boxes: list[StoredBox], state: ImageState | None = None, **more: Any
) -> SavedAnnotations:
    """Save upon whatever stands now, with a fresh key."""
    values = {"revision": store.annotations.get(image_id).revision, "key": str(uuid.uuid4())} | more
    return store.annotations.save(image_id, boxes=boxes, state=state, **values)


def add_model(
    store: Store, project_id: int, folder: str = "model-a", parent_id: int | None = None, job_id: int | None = None
) -> ModelVersion:
    return store.models.add(
        project_id,
        folder=folder,
        preset="retinanet-lite",
        parent_id=parent_id,
        job_id=job_id,
        snapshot_digest=sha("snapshot"),
        metrics={"ap": 0.5},
        meta={"classes": [["cell", 1]]},
    )

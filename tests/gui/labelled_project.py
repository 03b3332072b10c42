"""A small project with real pictures in a real workspace: dark rectangles on light ground, some of them labelled."""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from detector.domain import Box, ImageSize
from storage.records import ImageState, ModelVersion, NewImage, StoredBox, StoredImage
from storage.store import Store
from storage.workspace import Workspace

SIZE = ImageSize(128, 96)


@dataclass(frozen=True)
class LabelledProject:
    store: Store
    project_id: int
    class_ids: tuple[int, int]
    images: tuple[StoredImage, ...]


def open_store(root: Path) -> Store:
    workspace = Workspace(root)
    workspace.create()
    return Store(workspace)


def draw(seed: int) -> tuple[bytes, list[tuple[int, Box]]]:
    """PNG bytes, and (0 for a dark, 1 for a red rectangle, its box)."""
    random = np.random.default_rng(seed)
    picture = Image.fromarray(random.integers(200, 255, (SIZE.height, SIZE.width, 3), dtype=np.uint8))
    pen = ImageDraw.Draw(picture)
    truth = []
    for kind, color in ((0, (30, 30, 40)), (1, (200, 40, 40))):
        x, y = int(random.integers(0, 40)) + 60 * kind, int(random.integers(0, 50))
        pen.rectangle((x, y, x + 23, y + 27), fill=color)
        truth.append((kind, Box(x, y, x + 24, y + 28)))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue(), truth


def labelled_project(
    store: Store, labelled: int = 8, unlabelled: int = 2, name: str = "shapes", file_name: str = "shape {}.png"
) -> LabelledProject:
    """A project with done images and some that nobody has looked at."""
    project = store.projects.create(name)
    classes = store.classes.ensure(project.id, ["dark", "red"])
    ids = (classes["dark"].id, classes["red"].id)
    images = []
    for index in range(labelled + unlabelled):
        data, truth = draw(index)
        digest = hashlib.sha256(data).hexdigest()
        store.workspace.write(store.workspace.original(digest), data)
        [(image, _)] = store.images.add_many(
            project.id, [NewImage(digest, file_name.format(index), SIZE, "PNG", 1, False, len(data))]
        )
        if index < labelled:
            boxes = [StoredBox(str(uuid.uuid4()), ids[kind], box) for kind, box in truth]
            store.annotations.save(image.id, revision=0, boxes=boxes, state=ImageState.DONE, key=uuid.uuid4().hex)
        images.append(store.images.get(image.id))
    return LabelledProject(store, project.id, ids, tuple(images))


def add_model(
    store: Store,
    project_id: int,
    folder: str = "m1",
    *,
    metrics: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
    active: bool = False,
    parent_id: int | None = None,
    job_id: int | None = None,
) -> ModelVersion:
    """The row of a model version; there is no folder to it."""
    model = store.models.add(
        project_id,
        folder=folder,
        preset="retinanet-lite",
        parent_id=parent_id,
        job_id=job_id,
        snapshot_digest="0" * 64,
        metrics=metrics or {"ap": 0.5},
        meta=meta or {},
    )
    if active:
        store.projects.set_active_model(project_id, model.id)
    return model


def model_of(made: LabelledProject, folder: str = "m1") -> ModelVersion:
    return add_model(made.store, made.project_id, folder)

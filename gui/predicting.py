"""Pictures anywhere on the disk, through a model of a project, into COCO JSON; for `boxloop predict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import UnreadableImage
from gui.messages import explain
from storage.records import ModelVersion
from storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FilePredictions:
    """COCO JSON (images, categories, annotations with score), and (file as given, reason) of what was not read."""

    coco: dict[str, Any]
    skipped: tuple[tuple[str, str], ...]


def predict_files(
    workspace: Workspace,
    model: ModelVersion,
    files: Sequence[str | Path],
    *,
    threshold: float = 0.0,
    threads: int | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FilePredictions:
    """Predict files one by one. `file_name` is as given; sizes and boxes are those of the oriented picture.

    This loads torch, so the server never calls it.

    Args:
        threshold: only boxes with at least this score; the model gives none under 0.01.

    Raises:
        CheckpointError: the model's folder is damaged.
    """
    from detector.predictor import Predictor

    predictor = Predictor(workspace.model(model.folder), threads=threads)
    labels = predictor.labels
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    skipped: list[tuple[str, str]] = []
    for done, file in enumerate(files, start=1):
        if should_stop():
            break
        try:
            [found] = predictor.predict([Path(file)])
        except (UnreadableImage, OSError) as error:
            skipped.append((str(file), explain(error)))
            continue
        image_id = len(images) + 1
        images.append({"id": image_id, "file_name": str(file), "width": found.size.width, "height": found.size.height})
        for one in found.predictions:
            if one.score >= threshold:
                box = one.box
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": image_id,
                        "category_id": labels.ids[one.label],
                        "bbox": [box.x1, box.y1, box.width, box.height],
                        "area": box.area,
                        "iscrowd": 0,
                        "score": one.score,
                    }
                )
        tell(done, len(files))
    categories = [{"id": i, "name": name} for i, name in zip(labels.ids, labels.names, strict=True)]
    coco = {"images": images, "categories": categories, "annotations": annotations}
    return FilePredictions(coco, tuple(skipped))

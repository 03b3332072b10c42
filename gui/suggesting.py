"""Which of a model's boxes to propose at a place: the one rule of the click that takes a box.

The page has the same rule in components/box_canvas/suggesting.js; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

from detector.domain import Box
from detector.geometry import iou
from storage.records import Rejection, StoredBox, StoredPrediction

SAME_OBJECT = 0.5  # IoU from which two boxes are the same object, as in COCO's AP50


def candidates_at(
    predictions: Sequence[StoredPrediction],
    standing: Sequence[StoredBox],
    rejected: Sequence[Rejection],
    x: float,
    y: float,
) -> list[StoredPrediction]:
    """What a click at a point may take, the highest score first: a first click takes the first, a second the next.

    Those of the model's boxes, of any score, that contain the point and are neither an object that stands there already
    (of whatever class) nor one that was rejected.

    Args:
        predictions: all stored boxes of the model that is shown.
        standing: the boxes of people on the image.
        rejected: the rejections that count for the model.
        x, y: in pixels of the picture.
    """
    here = [p for p in predictions if _contains(p.box, x, y)]
    free = [p for p in here if not is_rejected(p, rejected) and not any(_same(p.box, s.box) for s in standing)]
    return sorted(free, key=lambda p: -p.score)


def is_rejected(prediction: StoredPrediction, rejected: Sequence[Rejection]) -> bool:
    """Whether a person turned this box of the model down: one of its class overlaps it (IoU >= 0.5)."""
    return any(r.class_id == prediction.class_id and _same(r.box, prediction.box) for r in rejected)


def _same(a: Box, b: Box) -> bool:
    return iou(a, b) >= SAME_OBJECT


def _contains(box: Box, x: float, y: float) -> bool:
    return box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2

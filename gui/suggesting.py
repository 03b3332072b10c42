"""What of a model's boxes to propose at a place: for a click, for a box just drawn, for an area.

The page has the same rules in components/box_canvas; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detector.domain import SAME_OBJECT, Box
from detector.geometry import iou
from storage.records import Rejection, StoredBox, StoredPrediction

NAMED_FROM = 0.1  # score from which the model's word on a class is taken unasked
UNSURE_FROM = 0.5  # share of its class's threshold from which a box is one that the model is unsure of
USUAL_THRESHOLD = 0.5  # of a class for which none is known


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


def name_of(box: Box, predictions: Sequence[StoredPrediction], minimum_score: float = NAMED_FROM) -> int | None:
    """The class that the model sees where a box was drawn: that of its surest box there (IoU >= 0.5), else None.

    Args:
        box: as drawn, in pixels of the picture.
        predictions: all stored boxes of the model that is shown, of classes that can be drawn.
        minimum_score: from which the model is listened to.

    Returns:
        A class id; of two that the model is as sure of, the one whose box comes first.
    """
    there = [p for p in predictions if p.score >= minimum_score and _same(p.box, box)]
    best = max(there, key=lambda p: p.score, default=None)
    return None if best is None else best.class_id


def unsure_within(
    predictions: Sequence[StoredPrediction], area: Box, thresholds: Mapping[int, float]
) -> list[StoredPrediction]:
    """What the model is unsure of in an area: boxes below the threshold, down to half of it, the highest score first.

    Args:
        predictions: all stored boxes of the model that is shown.
        area: in pixels of the picture; a box lies within by its middle, the border included.
        thresholds: by class id, from which boxes are shown; 0.5 where a class has none.
    """

    def is_unsure(prediction: StoredPrediction) -> bool:
        shown_from = thresholds.get(prediction.class_id, USUAL_THRESHOLD)
        return UNSURE_FROM * shown_from <= prediction.score < shown_from

    within = [p for p in predictions if is_unsure(p) and _contains(area, *_middle(p.box))]
    return sorted(within, key=lambda p: -p.score)


def is_rejected(prediction: StoredPrediction, rejected: Sequence[Rejection]) -> bool:
    """Whether a person turned this box of the model down: one of its class overlaps it (IoU >= 0.5)."""
    return any(r.class_id == prediction.class_id and _same(r.box, prediction.box) for r in rejected)


def _same(a: Box, b: Box) -> bool:
    return iou(a, b) >= SAME_OBJECT


def _contains(box: Box, x: float, y: float) -> bool:
    return box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2


def _middle(box: Box) -> tuple[float, float]:
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2

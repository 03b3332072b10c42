"""How good the boxes are: COCO's average precision and recall, in all and by class, with precision-recall curves.

Computed by hotcoco; a test holds the figures equal to pycocotools within 1e-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from hotcoco import COCO, COCOeval
from numpy.typing import NDArray

from detector.domain import Annotation, Box, ImageSize, LabelSet, Prediction

# Axes of hotcoco's arrays: precision [iou, recall, class, area, limit], recall [iou, class, area, limit].
_IOU_50, _IOU_75 = 0, 5  # of 0.50, 0.55 .. 0.95
_ALL_AREAS = 0
_LIMIT_100 = 2  # of 1, 10, 100 boxes an image


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At this recall the best precision that some score threshold still gives, and that threshold. IoU 0.5."""

    recall: float
    precision: float
    score: float


@dataclass(frozen=True, slots=True)
class ClassResult:
    """Figures of one class; None where no true box of it was there to be found.

    Attributes:
        label: 0..K-1.  boxes: true ones.  images: with at least one of them.  predicted: boxes of the model.
        curve: at recalls 0, 0.01 .. as far as it gets; empty without true boxes.
    """

    label: int
    name: str
    ap: float | None
    ap50: float | None
    ap75: float | None
    ar100: float | None
    boxes: int
    images: int
    predicted: int
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """COCO figures in 0..1 over classes that have true boxes; None where no class has one.

    Attributes:
        ap: mean over IoU 0.50:0.95.  ar100: mean recall over the same IoUs with at most 100 boxes an image.
        images, boxes: what was evaluated on; images without boxes count, as every box found there is wrong.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ar100: float | None
    images: int
    boxes: int
    per_class: tuple[ClassResult, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    truths: Sequence[tuple[Sequence[Annotation], ImageSize]],
    predictions: Sequence[Sequence[Prediction]],
    labels: LabelSet,
) -> Evaluation:
    """Compare predictions with what is true, picture by picture, both in pixels of the picture.

    Args:
        truths: boxes and size of each picture.
        predictions: of the same pictures, in the same order; the 100 best of a class in a picture count.

    Raises:
        ValueError: not as many predictions as truths, or a label that the LabelSet does not have.
    """
    if len(truths) != len(predictions):
        raise ValueError(f"{len(truths)} pictures with truth but {len(predictions)} with predictions")
    _check_labels(truths, predictions, len(labels))
    if not len(labels) or not any(annotations for annotations, _ in truths):
        return _nothing_to_find(truths, predictions, labels)
    precision, recall, scores = _accumulate(truths, predictions, labels)
    per_class = tuple(
        _class_result(label, labels.names[label], precision, recall, scores, truths, predictions)
        for label in range(len(labels))
    )
    return Evaluation(
        ap=_mean(precision[:, :, :, _ALL_AREAS, _LIMIT_100]),
        ap50=_mean(precision[_IOU_50, :, :, _ALL_AREAS, _LIMIT_100]),
        ap75=_mean(precision[_IOU_75, :, :, _ALL_AREAS, _LIMIT_100]),
        ar100=_mean(recall[:, :, _ALL_AREAS, _LIMIT_100]),
        images=len(truths),
        boxes=sum(len(annotations) for annotations, _ in truths),
        per_class=per_class,
    )


def _check_labels(
    truths: Sequence[tuple[Sequence[Annotation], ImageSize]], predictions: Sequence[Sequence[Prediction]], classes: int
) -> None:
    seen = {a.label for annotations, _ in truths for a in annotations} | {p.label for ps in predictions for p in ps}
    if seen and max(seen) >= classes:
        raise ValueError(f"label {max(seen)} is not one of {classes} classes")


def _accumulate(
    truths: Sequence[tuple[Sequence[Annotation], ImageSize]],
    predictions: Sequence[Sequence[Prediction]],
    labels: LabelSet,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """precision and scores [10, 101, K, 4, 3], recall [10, K, 4, 3]; -1 where nothing was to be found."""
    annotations: list[dict[str, Any]] = []
    for image, (truth, _) in enumerate(truths, start=1):
        for annotation in truth:
            annotations.append(
                {
                    "id": len(annotations) + 1,  # 0 would read as "matched nothing"
                    "image_id": image,
                    "category_id": annotation.label + 1,
                    "bbox": _xywh(annotation.box),
                    "area": annotation.box.area,
                    "iscrowd": 0,
                }
            )
    truth_set = COCO(
        {
            "images": [{"id": i, "width": s.width, "height": s.height} for i, (_, s) in enumerate(truths, start=1)],
            "annotations": annotations,
            "categories": [{"id": k + 1, "name": name} for k, name in enumerate(labels.names)],
        }
    )
    rows = [
        (float(image), *_xywh(p.box), p.score, float(p.label + 1))
        for image, found in enumerate(predictions, start=1)
        for p in found
    ]
    run = COCOeval(truth_set, truth_set.load_res(np.array(rows, dtype=np.float64).reshape(-1, 7)), "bbox")
    run.evaluate()
    run.accumulate()
    found_arrays = run.eval
    if found_arrays is None:
        raise RuntimeError("hotcoco accumulated nothing")
    return (
        np.asarray(found_arrays["precision"]),
        np.asarray(found_arrays["recall"]),
        np.asarray(found_arrays["scores"]),
    )


def _class_result(
    label: int,
    name: str,
    precision: NDArray[np.float64],
    recall: NDArray[np.float64],
    scores: NDArray[np.float64],
    truths: Sequence[tuple[Sequence[Annotation], ImageSize]],
    predictions: Sequence[Sequence[Prediction]],
) -> ClassResult:
    of_class = precision[:, :, label, _ALL_AREAS, _LIMIT_100]  # [10, 101]
    boxes = [sum(a.label == label for a in annotations) for annotations, _ in truths]
    return ClassResult(
        label=label,
        name=name,
        ap=_mean(of_class),
        ap50=_mean(of_class[_IOU_50]),
        ap75=_mean(of_class[_IOU_75]),
        ar100=_mean(recall[:, label, _ALL_AREAS, _LIMIT_100]),
        boxes=sum(boxes),
        images=sum(count > 0 for count in boxes),
        predicted=sum(p.label == label for found in predictions for p in found),
        curve=_curve(of_class[_IOU_50], scores[_IOU_50, :, label, _ALL_AREAS, _LIMIT_100]),
    )


def _curve(precision: NDArray[np.float64], scores: NDArray[np.float64]) -> tuple[CurvePoint, ...]:
    """precision, scores: [101] at recalls 0, 0.01 .. 1; past the recall that was reached the precision is 0."""
    return tuple(
        CurvePoint(recall=index / 100, precision=float(p), score=float(s))
        for index, (p, s) in enumerate(zip(precision, scores, strict=True))
        if p > 0
    )


def _nothing_to_find(
    truths: Sequence[tuple[Sequence[Annotation], ImageSize]],
    predictions: Sequence[Sequence[Prediction]],
    labels: LabelSet,
) -> Evaluation:
    per_class = tuple(
        ClassResult(k, name, None, None, None, None, 0, 0, sum(p.label == k for ps in predictions for p in ps))
        for k, name in enumerate(labels.names)
    )
    return Evaluation(None, None, None, None, len(truths), 0, per_class)


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of what is not -1, as in pycocotools; None where nothing is left."""
    known = values[values > -1]
    return float(known.mean()) if known.size else None


def _xywh(box: Box) -> tuple[float, float, float, float]:
    return (box.x1, box.y1, box.width, box.height)

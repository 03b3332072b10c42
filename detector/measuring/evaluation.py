"""How good a model's boxes are: COCO's figures in all and by class, curves, mix-ups, counts, worth of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.domain import ImageSize, LabelSet
from detector.measuring.box_columns import Found, Truths
from detector.measuring.coco_figures import LIMIT, Accumulated, Figures, accumulate
from detector.measuring.confidence import Calibration, Confidence, calibration, confidence
from detector.measuring.curves import Curves
from detector.measuring.hits import near_truths, of_one_class, place_in_class, taken
from detector.measuring.thresholded import AtThreshold, at_threshold, counts

USUAL_THRESHOLD = 0.5
NO_FIGURES = Figures(*[None] * 12)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At this recall the best precision that some score threshold still gives, and that threshold. IoU 0.5."""

    recall: float
    precision: float
    score: float


@dataclass(frozen=True, slots=True)
class ClassResult(Figures):
    """Figures of one class.

    Attributes:
        label: 0..K-1.  boxes: true ones.  images: with at least one of them.  predicted: boxes of the model.
        curve: at recalls 0, 0.01 .. as far as it gets, as COCO has it; empty without true boxes.
        calibration_error: of the boxes of the model; None where it found none.
    """

    label: int
    name: str
    boxes: int
    images: int
    predicted: int
    curve: tuple[CurvePoint, ...]
    confidence: Confidence
    calibration_error: float | None


@dataclass(frozen=True, slots=True)
class Crowded:
    """Where COCO's limit of 100 boxes of a class in an image cuts something off.

    Attributes:
        images: with more, true or found.
        passed_over: found boxes beyond the best 100, which AP and AR do not see.
        out_of_reach: true boxes beyond 100, which no model could find in these figures.
    """

    images: int
    passed_over: int
    out_of_reach: int


@dataclass(frozen=True, slots=True)
class Evaluation(Figures):
    """COCO's figures over classes that have true boxes, and all else that is known.

    Attributes:
        images: what was evaluated on; images without boxes count, as every box found there is wrong.
        empty_images: of those, without any true box.  boxes: true ones.  predicted: boxes of the model.
        confidence: all classes together.  calibration: likewise.
        at_threshold: what is seen from a threshold up.
        per_class: by label; of a class without true boxes the figures are None.
    """

    images: int
    empty_images: int
    boxes: int
    predicted: int
    crowded: Crowded
    confidence: Confidence
    calibration: Calibration
    at_threshold: AtThreshold
    per_class: tuple[ClassResult, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    truths: Truths,
    found: Found,
    sizes: Sequence[ImageSize],
    labels: LabelSet,
    thresholds: float | Sequence[float] = USUAL_THRESHOLD,
) -> Evaluation:
    """Compare predictions with what is true, picture by picture, both in pixels of the picture.

    Args:
        sizes: of every picture, those without boxes too; the columns name pictures by their place here.
        thresholds: from which boxes are shown, in 0..1; one, or one for each label.

    Raises:
        ValueError: a picture or a label that is not there, or not as many thresholds as labels.
    """
    _check(truths, found, len(sizes), len(labels))
    from_up = [float(thresholds)] * len(labels) if isinstance(thresholds, int | float) else list(thresholds)
    if len(from_up) != len(labels):
        raise ValueError(f"{len(from_up)} thresholds but {len(labels)} classes")
    near = near_truths(truths, found)
    hit = taken(of_one_class(near, truths, found), len(found), len(truths)) >= 0
    true_counts = counts(truths.image, truths.label, len(sizes), len(labels))
    boxes = true_counts.sum(axis=0)
    curves = Curves.of(np.arange(len(labels)), found.label, found.score, hit, boxes, len(sizes))
    accumulated = accumulate(truths, found, sizes, labels) if len(labels) and len(truths) else None
    figures = accumulated.figures() if accumulated else NO_FIGURES
    return Evaluation(
        **asdict(figures),
        images=len(sizes),
        empty_images=int((true_counts.sum(axis=1) == 0).sum()),
        boxes=len(truths),
        predicted=len(found),
        crowded=_crowded(true_counts, found),
        confidence=confidence(curves),
        calibration=calibration(found.score, hit),
        at_threshold=at_threshold(truths, found, hit, taken(near, len(found), len(truths)), len(sizes), from_up),
        per_class=tuple(
            _class_result(label, labels.names[label], accumulated, curves, true_counts, found, hit)
            for label in range(len(labels))
        ),
    )


def _check(truths: Truths, found: Found, images: int, labels: int) -> None:
    for columns in (truths, found):
        if len(columns) and int(columns.image[-1]) >= images:
            raise ValueError(f"boxes of picture {int(columns.image[-1])}, but there are {images} pictures")
        if len(columns) and int(columns.label.max()) >= labels:
            raise ValueError(f"label {int(columns.label.max())} is not one of {labels} classes")


def _class_result(
    label: int,
    name: str,
    accumulated: Accumulated | None,
    curves: Curves,
    true_counts: NDArray[np.int64],
    found: Found,
    hit: NDArray[np.bool_],
) -> ClassResult:
    figures = accumulated.figures(label) if accumulated else NO_FIGURES
    theirs = found.label == label
    return ClassResult(
        **asdict(figures),
        label=label,
        name=name,
        boxes=int(true_counts[:, label].sum()),
        images=int((true_counts[:, label] > 0).sum()),
        predicted=int(theirs.sum()),
        curve=_curve(accumulated, label) if accumulated else (),
        confidence=confidence(curves, label),
        calibration_error=calibration(found.score[theirs], hit[theirs]).error,
    )


def _curve(accumulated: Accumulated, label: int) -> tuple[CurvePoint, ...]:
    """Past the recall that was reached the precision is 0."""
    precision, scores = accumulated.curve(label)
    return tuple(
        CurvePoint(recall=index / 100, precision=p, score=s)
        for index, (p, s) in enumerate(zip(precision.tolist(), scores.tolist(), strict=True))
        if p > 0
    )


def _crowded(true_counts: NDArray[np.int64], found: Found) -> Crowded:
    images, labels = true_counts.shape
    beyond = place_in_class(found) >= LIMIT
    found_counts = counts(found.image, found.label, images, labels)
    over = ((true_counts > LIMIT) | (found_counts > LIMIT)).any(axis=1)
    out_of_reach = np.maximum(true_counts - LIMIT, 0).sum()
    return Crowded(int(over.sum()), int(beyond.sum()), int(out_of_reach))

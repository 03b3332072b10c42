"""Whether quick predictions are those of the plain network: float32, one operation after the other, nothing fused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image

from detector.architectures.interface import RawOutput
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, Prediction
from detector.geometry import canvas_for, iou
from detector.models.checkpoints import Meta
from detector.models.predictor import found_on
from detector.pictures.dataset import Change, pixels_of

SAME_BOX = 0.5  # IoU from which two boxes of a class are taken for the same one
PIXELS, SCORE = 0.5, 0.01  # what two predictions may be apart


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far apart boxes are that two ways of predicting found.

    Attributes:
        boxes: that the plain network found.   missing: of them, those that the quick one did not.
        pixels_median, pixels_p99: of the largest difference of a box's four coordinates.
        score_median, score_p99: of the difference in score.
        within: share of the boxes found by both that are at most PIXELS and SCORE apart.
    """

    boxes: int
    missing: int
    pixels_median: float
    pixels_p99: float
    score_median: float
    score_p99: float
    within: float


@torch.inference_mode()
def plainly(network: RetinaNet, meta: Meta, picture: Image.Image) -> tuple[Prediction, ...]:
    """What the network finds on an RGB picture in eager float32."""
    size = ImageSize(picture.width, picture.height)
    canvas = canvas_for(size, network.spec.canvas)
    view = pixels_of(picture, canvas, network.pad_color, Change())
    x = (view[None].float() - network.mean) / network.std
    maps = network.cut.deep(network.body, network.cut.shallow(network.body, x))
    out = network.head(list(network.fpn({str(level): one for level, one in enumerate(maps)}).values()))
    raw = RawOutput(out["cls_logits"], out["bbox_regression"], turned=canvas != network.spec.canvas)
    return found_on(raw, 0, network, meta, size).predictions


def agreement(pairs: Iterable[tuple[Sequence[Prediction], Sequence[Prediction]]], least_score: float) -> Agreement:
    """Args: pairs: (plain, quick) of each picture.   least_score: of the plain boxes that are looked at."""
    pixels, scores, missing = [], [], 0
    for plain, quick in pairs:
        for one in plain:
            if one.score < least_score:
                break  # best first
            same = [other for other in quick if other.label == one.label and iou(one.box, other.box) >= SAME_BOX]
            if not same:
                missing += 1
                continue
            apart, score = min((_apart(one, other), abs(one.score - other.score)) for other in same)
            pixels.append(apart)
            scores.append(score)
    far, off = torch.tensor(pixels or [0.0]), torch.tensor(scores or [0.0])
    return Agreement(
        len(pixels) + missing,
        missing,
        pixels_median=float(far.median()),
        pixels_p99=float(far.quantile(0.99)),
        score_median=float(off.median()),
        score_p99=float(off.quantile(0.99)),
        within=float(((far <= PIXELS) & (off <= SCORE)).float().mean()),
    )


def _apart(one: Prediction, other: Prediction) -> float:
    return max(abs(a - b) for a, b in zip(one.box.as_tuple(), other.box.as_tuple(), strict=True))

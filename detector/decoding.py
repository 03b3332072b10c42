"""From what a network says about anchors to boxes. All in float32: in bfloat16 they would be off by pixels."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from detector.architectures.interface import RawOutput
from detector.domain import ImageSize, Prediction
from detector.geometry import Letterbox

LARGEST_GROWTH = math.log(1000 / 16)  # of a side over its anchor's, as in R-CNN
PER_LEVEL = 1000  # candidates that each level may bring before overlapping ones are removed


def decode(deltas: Tensor, anchors: Tensor) -> Tensor:
    """[N, 4] xyxy from (dx, dy, dw, dh) relative to [N, 4] anchors (Girshick et al. 2014, appendix C)."""
    sides = anchors[:, 2:] - anchors[:, :2]
    middle = (anchors[:, :2] + anchors[:, 2:]) / 2 + deltas[:, :2] * sides
    half = sides * deltas[:, 2:].clamp(max=LARGEST_GROWTH).exp() / 2
    return torch.cat([middle - half, middle + half], dim=1)


def find(
    raw: RawOutput,
    index: int,
    anchors: Tensor,
    per_level: tuple[int, ...],
    *,
    canvas: ImageSize,
    threshold: float,
    nms_iou: float,
    limit: int,
) -> tuple[Tensor, Tensor, Tensor, bool]:
    """Boxes of one picture of a batch, best first.

    Returns:
        boxes [N, 4] on the canvas, scores [N], labels [N], and whether there were more than `limit`.
    """
    scores, deltas = raw.logits[index].sigmoid(), raw.deltas[index]
    classes = scores.shape[1]
    kept_boxes, kept_scores, kept_labels = [], [], []
    start = 0
    for count in per_level:
        flat = scores[start : start + count].flatten()
        candidates = (flat >= threshold).nonzero().flatten()
        value, order = flat[candidates].topk(min(PER_LEVEL, len(candidates)))
        cell = candidates[order]
        anchor = start + torch.div(cell, classes, rounding_mode="floor")
        kept_boxes.append(decode(deltas[anchor], anchors[anchor]))
        kept_scores.append(value)
        kept_labels.append(cell % classes)
        start += count
    boxes, values, labels = torch.cat(kept_boxes), torch.cat(kept_scores), torch.cat(kept_labels)
    edge = boxes.new_tensor([canvas.width, canvas.height, canvas.width, canvas.height])
    boxes = torch.minimum(boxes.clamp(min=0), edge)
    real = ((boxes[:, 2:] - boxes[:, :2]) > 0).all(dim=1) & torch.isfinite(values)
    boxes, values, labels = boxes[real], values[real], labels[real]
    keep = batched_nms(boxes, values, labels, nms_iou)  # each class for itself
    best = keep[:limit]
    return boxes[best], values[best], labels[best], len(keep) > limit


def on_picture(
    boxes: Tensor, scores: Tensor, labels: Tensor, letterbox: Letterbox, size: ImageSize
) -> tuple[Prediction, ...]:
    """Boxes of the canvas as predictions in pixels of the picture; what lies beside the picture is left out."""
    found = []
    for (x1, y1, x2, y2), score, label in zip(boxes.tolist(), scores.tolist(), labels.tolist(), strict=True):
        box = letterbox.onto_picture(x1, y1, x2, y2, size)
        if box is not None:
            found.append(Prediction(box, label, score))
    return tuple(found)

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

    Sigmoids and boxes are computed for the best of those anchors only that reach the threshold.

    Returns:
        boxes [N, 4] on the canvas, scores [N], labels [N], and whether there were more than `limit`.
    """
    logits, deltas = raw.logits[index], raw.deltas[index]
    values, anchor, labels = _candidates(logits, per_level, threshold)
    boxes = decode(deltas[anchor], anchors[anchor])
    edge = boxes.new_tensor([canvas.width, canvas.height, canvas.width, canvas.height])
    boxes = torch.minimum(boxes.clamp(min=0), edge)
    real = ((boxes[:, 2:] - boxes[:, :2]) > 0).all(dim=1) & torch.isfinite(values)
    boxes, values, labels = boxes[real], values[real], labels[real]
    keep = _unlike(boxes, values, labels, nms_iou, limit)
    best = keep[:limit]
    return boxes[best], values[best], labels[best], len(keep) > limit


def _candidates(logits: Tensor, per_level: tuple[int, ...], threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """Scores, anchors and labels of the PER_LEVEL best of each level that reach the threshold, from [A, K] logits."""
    classes = logits.shape[1]
    kept_logits, kept_cells = [], []
    start = 0
    for count in per_level:
        flat = logits[start : start + count].flatten()
        value, order = flat.topk(min(PER_LEVEL, len(flat)))  # the sigmoid keeps this order
        kept_logits.append(value)
        kept_cells.append(start * classes + order)
        start += count
    scores, cells = torch.cat(kept_logits).sigmoid(), torch.cat(kept_cells)
    enough = scores >= threshold
    scores, cells = scores[enough], cells[enough]
    return scores, torch.div(cells, classes, rounding_mode="floor"), cells % classes


def _unlike(boxes: Tensor, scores: Tensor, labels: Tensor, nms_iou: float, limit: int) -> Tensor:
    """Indices, best first, of boxes that no better one of their class overlaps; maybe cut off after `limit` + 1.

    A worse box never removes a better one, so that it is enough to look at the best as long as they are too many.
    """
    order = scores.argsort(descending=True, stable=True)
    for first in (2 * limit, 8 * limit):
        if first < len(order):
            best = order[:first]
            keep: Tensor = best[batched_nms(boxes[best], scores[best], labels[best], nms_iou)]
            if len(keep) > limit:
                return keep[: limit + 1]
    everything: Tensor = batched_nms(boxes, scores, labels, nms_iou)  # each class for itself
    return everything


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

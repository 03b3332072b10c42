"""What a network is punished for: focal loss on classes, GIoU on boxes, both shared out over the batch's positives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import generalized_box_iou_loss

from detector.architectures.interface import RawOutput
from detector.decoding import decode
from detector.targets import Targets


class Losses(NamedTuple):
    """Scalars, float32."""

    classification: Tensor
    box: Tensor


def focal_loss(logits: Tensor, truth: Tensor, alpha: float, gamma: float) -> Tensor:
    """Elementwise -alpha_t (1 - p_t)^gamma log(p_t) (Lin et al. 2017, eq. 5); `truth` is 0 or 1."""
    entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    p = logits.sigmoid()
    missed = p + truth - 2 * p * truth  # 1 - p_t
    weight = alpha * truth + (1 - alpha) * (1 - truth)
    return weight * missed.pow(gamma) * entropy


def detection_loss(
    raw: RawOutput, targets: Sequence[Targets], anchors: Tensor, *, alpha: float, gamma: float
) -> Losses:
    """Losses of a batch.

    Divided by the positives of the whole batch, not picture by picture: a picture without boxes would otherwise
    weigh many times as much as one with forty.
    """
    device = raw.logits.device
    truth = torch.zeros_like(raw.logits)
    counted = torch.ones(raw.logits.shape[:2], device=device)
    found, wanted = [], []
    for row, target in enumerate(targets):
        positive = target.positive.to(device)
        truth[row, positive, target.labels.to(device)] = 1.0
        counted[row, target.ignored.to(device)] = 0.0
        found.append(decode(raw.deltas[row, positive], anchors[positive]))
        wanted.append(target.boxes.to(device))
    positives = max(1, sum(len(target.positive) for target in targets))
    classes = (focal_loss(raw.logits, truth, alpha, gamma) * counted[..., None]).sum() / positives
    boxes = generalized_box_iou_loss(torch.cat(found), torch.cat(wanted), reduction="sum") / positives
    return Losses(classes, boxes)

"""What a network is punished for: what it says of classes, and where it puts boxes.

Sums, not means: the parts of a step are added up, and shared out over the objects of the whole batch at its end. A
picture without boxes would otherwise weigh many times as much as one with forty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torchvision.ops import generalized_box_iou_loss

from detector.architectures.interface import Architecture, RawOutput
from detector.learning.alignment import align, align_at_first
from detector.learning.targets import assign, must_be_boxes
from detector.models.decoding import decode
from detector.pictures.dataset import Truth

BOX_WEIGHT = 2.0  # of the box loss where scores are to say how well a box lies (Feng et al. 2021, section 4.1)


class Losses(NamedTuple):
    """classification, box: sums, scalars, float32.   weight: what they are to be divided by.

    confused: the same sum of what objects' class scores, as shares of one, give to other classes than the right one.
    """

    classification: Tensor
    box: Tensor
    weight: float
    confused: float = 0.0


def detection_loss(
    raw: RawOutput,
    truths: Sequence[Truth],
    network: Architecture,
    *,
    alpha: float | None,
    gamma: float,
    settled: bool = True,
    alike: float = 0.0,
) -> Losses:
    """Losses of pictures on the same canvas.

    A network with one anchor a cell aligns scores with boxes, one with several assigns by IoU.

    Args:
        alpha: weight of objects against background; None takes what was found best for the kind of network.
        gamma: how far the loss turns to what is hard.
        settled: whether predictions are good enough to be asked which anchor shall find which box.
        alike: weight of telling classes from each other, where a network aligns; see `aligned_loss`.
    """
    anchors = network.anchors(turned=raw.turned)
    if network.spec.per_cell == 1:
        alpha = 0.5 if alpha is None else alpha
        return aligned_loss(raw, truths, anchors, alpha=alpha, gamma=gamma, settled=settled, alike=alike)
    return assigned_loss(raw, truths, anchors, alpha=0.25 if alpha is None else alpha, gamma=gamma)


def focal_loss(logits: Tensor, truth: Tensor, alpha: float, gamma: float) -> Tensor:
    """Elementwise -alpha_t (1 - p_t)^gamma log(p_t) (Lin et al. 2017, eq. 5); `truth` is 0 or 1."""
    entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    p = logits.sigmoid()
    missed = p + truth - 2 * p * truth  # 1 - p_t
    weight = alpha * truth + (1 - alpha) * (1 - truth)
    return weight * missed.pow(gamma) * entropy


def quality_focal_loss(logits: Tensor, quality: Tensor, alpha: float, gamma: float) -> Tensor:
    """Elementwise |q - p|^gamma times the cross entropy with q in 0..1 (Li et al. 2020, eq. 5).

    An alpha of 0.5 weighs objects and background alike, as published.
    """
    entropy = binary_cross_entropy_with_logits(logits, quality, reduction="none")
    missed = (quality - logits.sigmoid()).abs()
    weight = torch.where(quality > 0, 2 * alpha, 2 * (1 - alpha))
    return weight * missed.pow(gamma) * entropy


def assigned_loss(raw: RawOutput, truths: Sequence[Truth], anchors: Tensor, *, alpha: float, gamma: float) -> Losses:
    """Focal loss and GIoU loss (Rezatofighi et al. 2019) with anchors given to boxes by their IoU."""
    device = raw.logits.device
    wanted = torch.zeros_like(raw.logits)
    counted = torch.ones(raw.logits.shape[:2], device=device)
    found, boxes = [], []
    on_cpu = anchors.cpu()
    for row, truth in enumerate(truths):
        target = assign(on_cpu, truth.boxes, truth.labels)
        positive = target.positive.to(device)
        wanted[row, positive, target.labels.to(device)] = 1.0
        counted[row, target.ignored.to(device)] = 0.0
        found.append(decode(raw.deltas[row, positive], anchors[positive]))
        boxes.append(target.boxes.to(device))
    classification = (focal_loss(raw.logits, wanted, alpha, gamma) * counted[..., None]).sum()
    box = generalized_box_iou_loss(torch.cat(found), torch.cat(boxes), reduction="sum")
    return Losses(classification, box, float(sum(len(part) for part in boxes)))


def aligned_loss(
    raw: RawOutput,
    truths: Sequence[Truth],
    anchors: Tensor,
    *,
    alpha: float,
    gamma: float,
    settled: bool = True,
    alike: float = 0.0,
) -> Losses:
    """Quality focal loss and GIoU loss with anchors given to boxes by what the network predicts there.

    The focal loss hardly minds a low score for the wrong class, so that classes which look alike stay mixed up for
    hundreds of steps. The cross entropy of the softmax over the classes, at the objects alone and times `alike`, tells
    them apart. Where classes differ anyway it costs accuracy, as what it then learns from is labels that are wrong.

    Raises InvalidBox as `targets.assign` does.
    """
    device = raw.logits.device
    wanted = torch.zeros_like(raw.logits)
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2
    scores = raw.logits.detach().sigmoid()
    found, boxes, qualities, said, right = [], [], [], [], []
    for row, truth in enumerate(truths):
        must_be_boxes(truth.boxes)
        true, labels = truth.boxes.to(device), truth.labels.to(device)
        predicted = decode(raw.deltas[row], anchors)
        if settled:
            aligned = align(scores[row], predicted.detach(), centres, true, labels)
        else:
            aligned = align_at_first(predicted.detach(), anchors, true)
        wanted[row, aligned.positive, labels[aligned.owner]] = aligned.quality
        said.append(raw.logits[row, aligned.positive])
        right.append(labels[aligned.owner])
        found.append(predicted[aligned.positive])
        boxes.append(true[aligned.owner])
        qualities.append(aligned.quality)
    weights = torch.cat(qualities)
    classification = quality_focal_loss(raw.logits, wanted, alpha, gamma).sum()
    likeness = cross_entropy(torch.cat(said), torch.cat(right), reduction="none")
    confused = float(((1 - (-likeness.detach()).exp()) * weights).sum())
    each = generalized_box_iou_loss(torch.cat(found), torch.cat(boxes), reduction="none")
    told_apart = alike * (likeness * weights).sum()
    return Losses(classification + told_apart, BOX_WEIGHT * (each * weights).sum(), float(weights.sum()), confused)

"""Fitting a RetinaNet head to a person's classes: only the last classification layer changes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn
from torchvision.models.detection.retinanet import RetinaNetHead

PRIOR = 0.01  # a new class starts by believing that 1 anchor in 100 shows it (Lin et al. 2017, section 3.3)


def prior_bias() -> float:
    return -math.log((1 - PRIOR) / PRIOR)


@torch.no_grad()
def fit_classes(head: RetinaNetHead, classes: int, copied: Mapping[int, int]) -> None:
    """Give `head` outputs for `classes` classes; towers and box branch are kept as they are.

    Args:
        copied: new label -> old label whose weights are taken over. Output channel = anchor * K + class.
    """
    branch = head.classification_head
    old: nn.Conv2d = branch.cls_logits
    known: int = branch.num_classes
    new = nn.Conv2d(old.in_channels, old.out_channels // known * classes, kernel_size=3, padding=1).to(
        old.weight.device
    )
    nn.init.normal_(new.weight, std=0.01)
    assert new.bias is not None and old.bias is not None
    nn.init.constant_(new.bias, prior_bias())
    for label, source in copied.items():
        if not (0 <= label < classes and 0 <= source < known):
            raise ValueError(f"cannot copy class {source} of {known} to {label} of {classes}")
        new.weight[label::classes] = old.weight[source::known]
        new.bias[label::classes] = old.bias[source::known]
    branch.cls_logits = new
    branch.num_classes = classes  # its forward() reshapes by it

"""Heads: torchvision's, a slimmer one, and fitting either to a person's classes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead

SHARED_LAYERS, OWN_LAYERS = 2, 1
PRIOR = 0.01  # a new class starts by believing that 1 anchor in 100 shows it (Lin et al. 2017, section 3.3)


class SharedHead(RetinaNetHead):  # type: ignore[misc]
    """A RetinaNet head whose two branches have their first layers in common.

    Two shared layers and one of each branch's own find boxes as well as four and four, for half the work.

    Args:
        width: channels of the pyramid and of each layer.   norm_groups: of the GroupNorm after each layer.
    """

    def __init__(self, width: int, per_cell: int, classes: int, norm_groups: int) -> None:
        super().__init__(width, per_cell, classes, norm_layer=partial(nn.GroupNorm, norm_groups))
        own = list(self.classification_head.conv)
        self.stem = nn.Sequential(*own[:SHARED_LAYERS])
        for branch in (self.classification_head, self.regression_head):
            layers = list(branch.conv)
            branch.conv = nn.Sequential(*layers[SHARED_LAYERS : SHARED_LAYERS + OWN_LAYERS])

    def forward(self, x: Sequence[Tensor]) -> dict[str, Tensor]:
        """`x`: [B, width, h, w] of each level."""
        found: dict[str, Tensor] = super().forward([self.stem(level) for level in x])
        return found


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

"""A RetinaNet of some thousand weights, quick enough for tests of whole runs; all but its body is the real thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from detector.architectures.bodies import StageCut
from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet import RetinaNet
from detector.domain import LabelSet
from detector.learning.planning import plan
from detector.learning.starting import Start
from detector.models.checkpoints import Meta
from detector.pictures.dataset import Example
from detector.runs import TrainConfig
from tests.detector.scenes import LABELS, LITE

CUT = StageCut(stem=("stem", "norm"), stages=("a", "b", "c"), out=(0, 1, 2), at=2)
WIDTH = 16


class _Conv(nn.Conv2d):
    """Takes any floating dtype, as the parts of the real bodies' quick copies do."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.to(self.weight.dtype))


def _stage(before: int, after: int, dropout: float = 0.0) -> nn.Module:
    conv = _Conv(before, after, 3, stride=2, padding=1)
    return nn.Sequential(nn.Dropout(dropout), conv, nn.BatchNorm2d(after), nn.ReLU())


class _Body(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.stem = _Conv(3, 8, 4, stride=4)
        self.norm = nn.BatchNorm2d(8)
        self.a, self.b, self.c = _stage(8, 12), _stage(12, 16), _stage(16, 24, dropout)


def tiny(spec: NetworkSpec, dropout: float = 0.0) -> RetinaNet:
    """In the place of `registry.build`. With dropout, training its deep half draws random numbers."""
    fpn = FeaturePyramidNetwork([12, 16, 24], WIDTH, extra_blocks=LastLevelP6P7(WIDTH, WIDTH))
    head = RetinaNetHead(WIDTH, spec.per_cell, spec.classes, norm_layer=partial(nn.GroupNorm, 4))
    return RetinaNet(spec, _Body(dropout), CUT, fpn, head, mean=[0.5] * 3, std=[0.5] * 3, fpn_is_pretrained=False)


def tiny_start(
    train: Sequence[Example],
    val: Sequence[Example],
    config: TrainConfig,
    *,
    labels: LabelSet = LABELS,
    per_cell: int = 1,
    dropout: float = 0.0,
) -> Start:
    """A start from random weights; each call makes the same ones for the same seed."""
    torch.manual_seed(config.seed)
    spec = replace(LITE, classes=len(labels), per_cell=per_cell)
    chosen = plan(train, val, labels, config, "cpu", 1)
    meta = Meta(spec, labels, config=chosen.config.to_json(), tiling=chosen.tiling)
    return Start(tiny(spec, dropout), meta, chosen)

"""A network made only for looking: what a trained one gives, sooner.

Weights are brought into the quicker precision and into the order that the device wants once, instead of at each call;
there is no autocast; on a CPU activations are part of their convolutions. Anchors, logits, deltas and boxes stay
float32. What crosses the seam is computed as in training, to the bit, so that kept features serve both.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead

from detector.architectures.fused import can_fuse
from detector.architectures.fused_pyramid import FusedPyramid, fused_conv
from detector.architectures.head import SharedHead
from detector.architectures.retinanet import RetinaNet
from detector.models.precision import quicker_precision
from detector.runs import Scope


def for_inference(network: RetinaNet) -> RetinaNet:
    """A copy on the same device that can only look: it cannot be trained, copied, moved or saved.

    It is cut where the first stage of training cuts it, and computes in `precision.quicker_precision`.
    """
    made = copy.deepcopy(network).eval().requires_grad_(False)
    made.set_scope(Scope.HEAD)
    made.requires_grad_(False)
    made.precision = quicker_precision(made.device)
    made.looks_only = True
    if made.device.type == "cpu" and can_fuse():
        made.fpn = FusedPyramid(made.fpn, made.precision, pack=True)
        made.head = _Head(made.head, made.precision)
    else:
        made.fpn.to(dtype=made.precision, memory_format=torch.channels_last)
        made.head = _Direct(made.head.to(dtype=made.precision, memory_format=torch.channels_last))
    return made


class _Head(nn.Module):
    """torchvision's head, level by level, as normalisation goes by the level."""

    def __init__(self, head: RetinaNetHead, dtype: torch.dtype) -> None:
        super().__init__()
        self.stem = _tower(head.stem, dtype) if isinstance(head, SharedHead) else nn.Identity()
        self.classes = _tower(head.classification_head.conv, dtype)
        self.boxes = _tower(head.regression_head.conv, dtype)
        self.logits = fused_conv(head.classification_head.cls_logits, dtype, pack=True)
        self.deltas = fused_conv(head.regression_head.bbox_reg, dtype, pack=True)
        self.labels: int = head.classification_head.num_classes

    def forward(self, maps: Sequence[Tensor]) -> dict[str, Tensor]:
        with torch.autocast("cpu", enabled=False):
            maps = [self.stem(level) for level in maps]
            logits = [self.logits(self.classes(level)) for level in maps]
            deltas = [self.deltas(self.boxes(level)) for level in maps]
        return {"cls_logits": _by_anchor(logits, self.labels), "bbox_regression": _by_anchor(deltas, 4)}


class _Direct(nn.Module):
    """A head whose weights are in their precision already."""

    def __init__(self, head: RetinaNetHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, maps: Sequence[Tensor]) -> dict[str, Tensor]:
        dtype = next(self.head.parameters()).dtype
        with torch.autocast(maps[0].device.type, enabled=False):
            out: dict[str, Tensor] = self.head([level.to(dtype) for level in maps])
        return out


def _by_anchor(levels: Sequence[Tensor], values: int) -> Tensor:
    """[B, A, values] float32 from [B, anchors * values, h, w] of each level."""
    batch = levels[0].shape[0]
    return torch.cat([level.permute(0, 2, 3, 1).reshape(batch, -1, values) for level in levels], dim=1).float()


def _tower(convs: nn.Sequential, dtype: torch.dtype) -> nn.Sequential:
    """Convolution, norm where there is one, ReLU; layer after layer."""
    parts: list[nn.Module] = []
    for block in convs.children():
        conv, *norms = (part for part in block.children() if not isinstance(part, nn.ReLU))
        assert isinstance(conv, nn.Conv2d)
        parts.append(fused_conv(conv, dtype, pack=True, winograd=bool(norms), relu=not norms))
        if norms:
            parts += [copy.deepcopy(norm).to(dtype) for norm in norms]
            parts.append(nn.ReLU(inplace=True))
    return nn.Sequential(*parts)

"""Batch norm that stands still, and its folding into the convolution before it."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


class FrozenNorm(nn.Module):
    """A BatchNorm2d whose statistics and affine part are buffers: nothing in it moves, in train mode either.

    Few pictures a step spoil live statistics, and `requires_grad=False` alone does not stop them.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, norm: nn.BatchNorm2d, act: nn.Module | None = None) -> None:
        super().__init__()
        self.eps = norm.eps
        self.act = act if act is not None else nn.Identity()
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, getattr(norm, name).detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        normed: Tensor = self.act(x * scale.to(x.dtype)[:, None, None] + shift.to(x.dtype)[:, None, None])
        return normed


def freeze_norms(module: nn.Module) -> None:
    """Replace each BatchNorm2d below `module`, timm's with a built-in activation included, by a FrozenNorm."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, FrozenNorm(child, getattr(child, "act", None)))
        else:
            freeze_norms(child)


def folded(module: nn.Module) -> nn.Module:
    """A copy in which each FrozenNorm is part of the convolution that stands right before it.

    Relies on a norm being registered directly after its convolution, which holds for torchvision's ResNets and timm's
    EfficientNets (a test compares outputs).
    """
    result = copy.deepcopy(module).eval()
    for parent in list(result.modules()):
        before: nn.Module | None = None
        for name, child in list(parent.named_children()):
            if isinstance(child, FrozenNorm) and isinstance(before, nn.Conv2d):
                _fold_into(before, child)
                setattr(parent, name, child.act)
            before = child
    return result


@torch.no_grad()
def _fold_into(conv: nn.Conv2d, norm: FrozenNorm) -> None:
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )

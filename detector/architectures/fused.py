"""A body made only for looking: norms folded, activations part of convolutions, bfloat16 where that is exact enough.

For CPUs. Three things keep bfloat16 (8 bits of mantissa) from moving boxes by pixels:

- Biases stay float32. After folding they are large and cancel against the convolution; rounding them is the largest
  error left (0.18 pixels of a box at the median on BCCD, of 0.24 in all).
- Weights of depthwise convolutions are rounded so that the sum of a kernel stays what it was. Neighbouring pixels are
  alike, so it is the sum that counts (0.40 pixels rounded plainly, 0.03 so).
- EfficientNet-Lite0's shallow blocks stay float32: their narrow maps have a wide range, and errors of early maps grow
  (0.57 pixels all in bfloat16, 0.05 so). Their wide inner maps would not fit into a CPU's cache; they are computed a
  band of rows at a time, which gives the same numbers three times as quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import torch
from timm.layers.conv2d_same import Conv2dSame
from timm.models._efficientnet_blocks import DepthwiseSeparableConv, InvertedResidual
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import Bottleneck

from detector.architectures.frozen_norm import folded

Activation = Literal["none", "relu", "hardtanh"]

EXACT = ("conv_stem", "blocks.0.", "blocks.1.", "blocks.2.", "blocks.3.")  # of EfficientNet-Lite0, under bfloat16
BAND_BYTES = 4 << 20  # of a wide inner map at a time: fits into the last-level cache of what people have
UP_TO_SIX: tuple[float, float] = (0.0, 6.0)


@lru_cache(maxsize=1)
def can_fuse() -> bool:
    """Whether this build of torch has oneDNN's fused convolution and takes float32 biases beside bfloat16 weights."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    conv = nn.Conv2d(16, 16, 3, padding=1)
    x = torch.zeros(1, 16, 8, 8)
    try:
        Fused(conv, "relu", torch.float32)(x)
        return Fused(conv, "hardtanh", torch.bfloat16, pack=True)(x).dtype is torch.bfloat16
    except (AttributeError, RuntimeError, NotImplementedError):  # private to torch, so it may go or change
        return False


class Fused(nn.Module):
    """A convolution with its activation, in one dtype; takes any floating dtype. No gradient.

    Args:
        act: "hardtanh" is ReLU6.   pack: keep the weights in the order that oneDNN wants for the first input's shape,
            instead of bringing them into that order at each call. What is packed can be neither copied nor moved.
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(self, conv: nn.Conv2d, act: Activation, dtype: torch.dtype, *, pack: bool = False) -> None:
        super().__init__()
        weight = conv.weight.detach().float()
        self.stride, self.groups, self.dtype, self.act = list(conv.stride), conv.groups, dtype, act
        self.above = int(conv.padding[0]) if not isinstance(conv.padding, str) else 0
        self.padding = [self.above, self.above]
        if isinstance(conv, Conv2dSame):
            weight = self._pad_alike(weight)
        if dtype is torch.bfloat16 and self.groups > 1:
            weight = rounded_keeping_sums(weight)
        self.register_buffer("weight", weight.to(dtype, copy=True).contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", None if conv.bias is None else conv.bias.detach().float().clone())
        self._packed: Tensor | None = None
        self._pack = pack

    def _pad_alike(self, weight: Tensor) -> Tensor:
        """TensorFlow's "same" padding at stride 2 has one more pixel after than before. As oneDNN pads alike on both
        sides, the kernel gets a row and a column of zeros before it instead, and the picture needs no padded copy."""
        side = weight.shape[-1]
        assert self.stride == [2, 2]
        before, after = (side - 2) // 2, (side - 1) // 2
        self.above, self.padding = before, [after, after]
        return F.pad(weight, (after - before, 0, after - before, 0))

    def forward(self, x: Tensor) -> Tensor:
        if self._pack and self._packed is None:
            self._packed = torch.ops.mkldnn._reorder_convolution_weight(
                self.weight, self.padding, self.stride, [1, 1], self.groups, list(x.shape)
            )
        return self._run(x, self.weight if self._packed is None else self._packed, self.padding)

    def rows(self, x: Tensor) -> Tensor:
        """The same without any padding above and below, which the caller has seen to."""
        extra = self.padding[0] - self.above
        return self._run(x, self.weight[:, :, extra:], [0, self.padding[1]])

    def _run(self, x: Tensor, weight: Tensor, padding: list[int]) -> Tensor:
        limits = UP_TO_SIX if self.act == "hardtanh" else ()
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x.to(self.dtype), weight, self.bias, padding, self.stride, [1, 1], self.groups, self.act, limits, None
        )
        return result


def rounded_keeping_sums(weight: Tensor) -> Tensor:
    """[K, C, h, w] float32 with each value at most one step of bfloat16 away and each kernel's sum as before.

    Each value takes on what rounding the larger ones before it has left over; the smallest have the finest steps.
    """
    kernels = weight.flatten(2)
    order = kernels.abs().argsort(dim=2, descending=True)
    wanted = kernels.gather(2, order)
    left = torch.zeros_like(wanted[..., 0])
    for place in range(wanted.shape[2]):
        value = wanted[..., place] + left
        wanted[..., place] = value.bfloat16().float()
        left = value - wanted[..., place]
    return torch.empty_like(kernels).scatter_(2, order, wanted).view_as(weight)


class _Inverted(nn.Module):
    """Expand, depthwise, project; in bands of rows where the wide map in between is large."""

    def __init__(self, block: InvertedResidual, dtype: torch.dtype, pack: bool) -> None:
        super().__init__()
        self.expand = Fused(block.conv_pw, "hardtanh", dtype, pack=pack)
        self.deep = Fused(block.conv_dw, "hardtanh", dtype)
        self.project = Fused(block.conv_pwl, "none", dtype, pack=pack)
        self.has_skip: bool = block.has_skip

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.expand.dtype)
        row_bytes = x.shape[3] * len(self.expand.weight) * x.element_size()
        rows = BAND_BYTES // (row_bytes * self.deep.stride[0])
        if row_bytes * x.shape[2] <= BAND_BYTES or rows < 1:
            out: Tensor = self.project(self.deep(self.expand(x)))
        else:
            out = torch.cat([self._in_bands(one, rows) for one in torch.split(x, 1)])
        return out.add_(x) if self.has_skip else out

    def _in_bands(self, x: Tensor, rows: int) -> Tensor:
        stride, above = self.deep.stride[0], self.deep.above
        side = self.deep.weight.shape[2] - self.deep.padding[0] + above
        height, bands = x.shape[2], []
        for first in range(0, height // stride, rows):
            last = min(first + rows, height // stride) - 1
            top, bottom = first * stride - above, last * stride - above + side
            wide = self.expand(x[:, :, max(top, 0) : min(bottom, height)])
            if top < 0 or bottom > height:
                wide = F.pad(wide, (0, 0, max(0, -top), max(0, bottom - height)))
            bands.append(self.project(self.deep.rows(wide)))
        return torch.cat(bands, dim=2)


class _Separable(nn.Module):
    """Depthwise, then pointwise without activation."""

    def __init__(self, block: DepthwiseSeparableConv, dtype: torch.dtype, pack: bool) -> None:
        super().__init__()
        self.deep = Fused(block.conv_dw, "hardtanh", dtype)
        self.point = Fused(block.conv_pw, "none", dtype, pack=pack)
        self.has_skip: bool = block.has_skip

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.point(self.deep(x))
        return out.add_(x) if self.has_skip else out


class _Residual(nn.Module):
    """ResNet's bottleneck."""

    def __init__(self, block: Bottleneck, dtype: torch.dtype, pack: bool) -> None:
        super().__init__()
        self.inner = nn.Sequential(*(Fused(c, "relu", dtype, pack=pack) for c in (block.conv1, block.conv2)))
        self.last = Fused(block.conv3, "none", dtype, pack=pack)
        shortcut = block.downsample[0] if block.downsample is not None else None
        self.shortcut = nn.Identity() if shortcut is None else Fused(shortcut, "none", dtype, pack=pack)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(self.inner(x))
        return out.add_(self.shortcut(x)).relu_()


_BLOCKS: dict[type[nn.Module], Any] = {
    InvertedResidual: _Inverted,
    DepthwiseSeparableConv: _Separable,
    Bottleneck: _Residual,
}


def fused(body: nn.Module, precision: torch.dtype, *, pack: bool = False) -> nn.Module:
    """A copy of a body with standing norms, for looking only; its stem and stages keep their names.

    It takes float32 and gives each map in the dtype it was computed in.

    Args:
        precision: float32, or bfloat16 for all but EXACT.
    """
    result = folded(body).requires_grad_(False)
    for name, module in list(result.named_modules()):
        make = _BLOCKS.get(type(module))
        if make is not None:
            parent, _, last = name.rpartition(".")
            setattr(result.get_submodule(parent), last, make(module, dtype_of(name, precision), pack))
    for name, act in (("conv_stem", "bn1"), ("conv1", "relu")):
        if hasattr(result, name):
            kind: Activation = "hardtanh" if name == "conv_stem" else "relu"
            setattr(result, name, Fused(getattr(result, name), kind, dtype_of(name, precision), pack=pack))
            setattr(result, act, nn.Identity())
    return result.eval()


def dtype_of(name: str, precision: torch.dtype) -> torch.dtype:
    return torch.float32 if f"{name}.".startswith(_with_dots(EXACT)) else precision


def _with_dots(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name if name.endswith(".") else f"{name}." for name in names)

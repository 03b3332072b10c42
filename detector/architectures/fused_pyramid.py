"""A feature pyramid made only for looking, for CPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import FeaturePyramidNetwork

from detector.architectures.fused import Fused
from detector.architectures.winograd import Winograd

WORTH_WINOGRAD = 128  # channels; with fewer the sums before and after cost what the products save


class FusedPyramid(nn.Module):
    """torchvision's feature pyramid with its P6 and P7, for looking only. Gives what it is given, in one dtype."""

    def __init__(self, fpn: FeaturePyramidNetwork, dtype: torch.dtype, *, pack: bool = False) -> None:
        super().__init__()
        self.inner = nn.ModuleList(fused_conv(block[0], dtype, pack=pack) for block in fpn.inner_blocks)
        self.outer = nn.ModuleList(fused_conv(block[0], dtype, pack=pack, winograd=True) for block in fpn.layer_blocks)
        extra = fpn.extra_blocks
        self.p6, self.p7 = (fused_conv(conv, dtype, pack=pack) for conv in (extra.p6, extra.p7))
        self.p6_from_p5: bool = extra.use_P5

    def forward(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        levels = list(maps.values())
        inner = [conv(level) for conv, level in zip(self.inner, levels, strict=True)]
        for place in range(len(inner) - 2, -1, -1):
            inner[place].add_(F.interpolate(inner[place + 1], size=inner[place].shape[-2:], mode="nearest"))
        out: list[Tensor] = [conv(level) for conv, level in zip(self.outer, inner, strict=True)]
        out.append(self.p6(out[-1] if self.p6_from_p5 else levels[-1]))
        out.append(self.p7(F.relu(out[-1])))
        return {str(place): level for place, level in enumerate(out)}


def fused_conv(
    conv: nn.Conv2d, dtype: torch.dtype, *, pack: bool, winograd: bool = False, relu: bool = False
) -> nn.Module:
    """Args: winograd: take that way where it wins. Only for what needs no float32 bias.   pack: as in `Fused`."""
    direct = Fused(conv, "relu" if relu else "none", dtype, pack=pack)
    if winograd and dtype is torch.bfloat16 and conv.in_channels >= WORTH_WINOGRAD:
        return Winograd(conv, dtype, otherwise=direct)
    return direct

"""RetinaNet (Lin et al. 2017) with stated strides, standing norms and a seam; both presets are instances of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FeaturePyramidNetwork

from detector.architectures.anchors import make_anchors
from detector.architectures.frozen_norm import folded, freeze_norms
from detector.architectures.head import fit_classes
from detector.architectures.interface import Architecture, NetworkSpec, RawOutput
from detector.runs import Scope


class RetinaNet(Architecture):
    """Body -> feature pyramid -> shared head.

    Args:
        body: [B, 3, H, W] -> three maps at strides 8, 16, 32 (a list, or a dict in that order).
        mean, std: of the pixels in 0..1, as the body's weights expect.
        fpn_is_pretrained: whether scope `head` may leave the pyramid as it is.
    """

    mean: Tensor
    std: Tensor
    anchor_boxes: Tensor

    def __init__(
        self,
        spec: NetworkSpec,
        body: nn.Module,
        fpn: FeaturePyramidNetwork,
        head: RetinaNetHead,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        fpn_is_pretrained: bool,
    ) -> None:
        super().__init__()
        freeze_norms(body)
        self.spec = spec
        self.precision = torch.float32
        self.body = body
        self.fpn = fpn
        self.head = head
        self.fpn_is_pretrained = fpn_is_pretrained
        boxes, self._per_level = make_anchors(spec.canvas, spec.anchor_size)
        self.register_buffer("anchor_boxes", boxes, persistent=False)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1) * 255, persistent=False)
        self._frozen: list[nn.Module] = [self.body, self.fpn, self.head]
        self._fast_body: nn.Module | None = None  # folded copy of a frozen body, made when first needed
        self.to(memory_format=torch.channels_last)
        self.set_scope(Scope.HEAD)

    def set_classes(self, classes: int, copied: Mapping[int, int]) -> None:
        """Change the number of classes; `copied` maps new labels to old ones whose weights are kept."""
        fit_classes(self.head, classes, copied)
        self.spec = NetworkSpec(self.spec.preset, classes, self.spec.canvas, self.spec.anchor_size)
        self.head.to(memory_format=torch.channels_last)

    def set_scope(self, scope: Scope) -> None:
        keep_fpn = scope is Scope.HEAD and self.fpn_is_pretrained
        self._frozen = [] if scope is Scope.ALL else [self.body, self.fpn] if keep_fpn else [self.body]
        self.requires_grad_(True)
        for part in self._frozen:
            part.requires_grad_(False)
        self._fast_body = None

    @property
    def has_frozen_part(self) -> bool:
        return bool(self._frozen)

    @property
    def pad_color(self) -> tuple[int, int, int]:
        red, green, blue = (round(float(value)) for value in self.mean.flatten())
        return red, green, blue

    def anchors(self) -> Tensor:
        return self.anchor_boxes

    def anchors_per_level(self) -> tuple[int, ...]:
        return self._per_level

    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        if not self._frozen:
            return (pixels,)
        with torch.no_grad():
            maps = self._maps(self._fast(), self._normalised(pixels).to(self.precision))
            return tuple(self._pyramid(maps) if self.fpn in self._frozen else maps)

    def predict_from(self, features: Sequence[Tensor]) -> RawOutput:
        maps = list(features)
        with self._autocast():
            if not self._frozen:
                maps = self._maps(self.body, self._normalised(maps[0]))
            if self.fpn not in self._frozen:
                maps = self._pyramid(maps)
            out = self.head(maps)
        # What follows is fp32: bf16 boxes are off by several pixels.
        return RawOutput(out["cls_logits"].float(), out["bbox_regression"].float())

    def train(self, mode: bool = True) -> RetinaNet:
        super().train(mode)
        for part in self._frozen:  # drop-path and the like stay off where nothing learns
            part.eval()
        return self

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        self._fast_body = None
        return super().load_state_dict(*args, **kwargs)

    def _apply(self, *args: Any, **kwargs: Any) -> RetinaNet:
        self._fast_body = None
        super()._apply(*args, **kwargs)  # type: ignore[no-untyped-call]
        return self

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision is torch.bfloat16)

    def _normalised(self, pixels: Tensor) -> Tensor:
        return ((pixels.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def _fast(self) -> nn.Module:
        if self._fast_body is None or next(self._fast_body.parameters()).dtype != self.precision:
            copied = folded(self.body).requires_grad_(False).to(self.precision)
            # Kept out of the module tree, so that it is neither saved nor trained.
            object.__setattr__(self, "_fast_body", copied.to(memory_format=torch.channels_last))
        assert self._fast_body is not None
        return self._fast_body

    @staticmethod
    def _maps(body: nn.Module, x: Tensor) -> list[Tensor]:
        out = body(x)
        return list(out.values()) if isinstance(out, dict) else list(out)

    def _pyramid(self, maps: Sequence[Tensor]) -> list[Tensor]:
        with self._autocast():
            return list(self.fpn({str(i): level for i, level in enumerate(maps)}).values())

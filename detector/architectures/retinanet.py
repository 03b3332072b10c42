"""RetinaNet (Lin et al. 2017) with stated strides, standing norms and a seam; both presets are instances of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FeaturePyramidNetwork

from detector.architectures.anchors import STRIDES, make_anchors
from detector.architectures.bodies import Cut
from detector.architectures.frozen_norm import folded, freeze_norms
from detector.architectures.fused import can_fuse, fused
from detector.architectures.fused_pyramid import FusedPyramid
from detector.architectures.head import fit_classes
from detector.architectures.interface import Architecture, NetworkSpec, RawOutput
from detector.runs import Scope


class Seam(Enum):
    """What is kept of a picture while the rest is trained."""

    PIXELS = "pixels"
    SHALLOW = "shallow"  # maps of the body's shallow half
    PYRAMID = "pyramid"


class RetinaNet(Architecture):
    """Body -> feature pyramid -> shared head.

    Args:
        body: what `cut` runs to get three maps at strides 8, 16, 32.
        mean, std: of the pixels in 0..1, as the body's weights expect.
        fpn_is_pretrained: whether scope `head` may leave the pyramid as it is.
    """

    mean: Tensor
    std: Tensor
    anchor_boxes: Tensor
    turned_boxes: Tensor

    def __init__(
        self,
        spec: NetworkSpec,
        body: nn.Module,
        cut: Cut,
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
        self.cut = cut
        self.fpn = fpn
        self.head = head
        self.fpn_is_pretrained = fpn_is_pretrained
        boxes, self._per_level = make_anchors(spec.canvas, spec.anchor_size, spec.per_cell)
        self.register_buffer("anchor_boxes", boxes, persistent=False)
        turned, _ = make_anchors(spec.canvas.turned, spec.anchor_size, spec.per_cell)
        self.register_buffer("turned_boxes", turned, persistent=False)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1) * 255, persistent=False)
        self._seam = Seam.SHALLOW
        self._frozen: list[nn.Module] = []
        self._fast_body: nn.Module | None = None  # folded copy of the body, made when first needed
        self._fast_fpn: nn.Module | None = None
        self._fast_precision = self.precision
        self.looks_only = False  # never trained, copied or moved any more
        self._digest: str | None = None
        self.to(memory_format=torch.channels_last)
        self.set_scope(Scope.HEAD)

    def set_classes(self, classes: int, copied: Mapping[int, int]) -> None:
        """Change the number of classes; `copied` maps new labels to old ones whose weights are kept."""
        fit_classes(self.head, classes, copied)
        self.spec = replace(self.spec, classes=classes)
        self.head.to(memory_format=torch.channels_last)

    def set_scope(self, scope: Scope) -> None:
        self.requires_grad_(True)
        deep = self.cut.deep_parts(self.body)
        if scope is Scope.ALL:
            self._seam, self._frozen = Seam.PIXELS, []
        elif scope is Scope.HEAD and self.fpn_is_pretrained:
            self._seam, self._frozen = Seam.PYRAMID, [self.body, self.fpn]
        else:
            self._seam, self._frozen = Seam.SHALLOW, [self.body]
        for part in self._frozen:
            part.requires_grad_(False)
        self._deep_moves = scope in (Scope.DEEP, Scope.ALL)
        if scope is Scope.DEEP:
            for part in deep:
                part.requires_grad_(True)
        self._forget_copies()

    @property
    def has_frozen_part(self) -> bool:
        return self._seam is not Seam.PIXELS

    def frozen_digest(self) -> str:
        if self._digest is None:
            digest = hashlib.sha256(f"{self.spec.preset} {self._seam.value} {self.cut.name}".encode())
            for name, value in self._frozen_tensors():
                digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
                digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
            self._digest = digest.hexdigest()
        return self._digest

    @property
    def pad_color(self) -> tuple[int, int, int]:
        red, green, blue = (round(float(value)) for value in self.mean.flatten())
        return red, green, blue

    def anchors(self, *, turned: bool = False) -> Tensor:
        return self.turned_boxes if turned else self.anchor_boxes

    def anchors_per_level(self) -> tuple[int, ...]:
        return self._per_level

    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        if self._seam is Seam.PIXELS:
            return (pixels,)
        with torch.no_grad():
            body = self._fast()
            maps = self.cut.shallow(body, self._for_fast(self._normalised(pixels)))
            if self._seam is Seam.PYRAMID:
                return tuple(self._fast_pyramid(self.cut.deep(body, maps)))
            return tuple(level.to(self.precision) for level in maps)

    def predict_from(self, features: Sequence[Tensor]) -> RawOutput:
        maps = list(features)
        if self._seam is Seam.PIXELS:
            maps = self._through_body(self._normalised(maps[0]))
        elif self._seam is Seam.SHALLOW:
            maps = self._through_deep(maps)
        with self._autocast():
            if self._seam is not Seam.PYRAMID:
                maps = self._pyramid(maps)
            out = self.head(maps)
        turned = maps[0].shape[-1] * STRIDES[0] != self.spec.canvas.width
        # What follows is fp32: bf16 boxes are off by several pixels.
        return RawOutput(out["cls_logits"].float(), out["bbox_regression"].float(), turned)

    def train(self, mode: bool = True) -> RetinaNet:
        super().train(mode)
        for part in self._frozen:  # drop-path and the like stay off where nothing learns
            part.eval()
        return self

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        self._forget_copies()
        return super().load_state_dict(*args, **kwargs)

    def _apply(self, *args: Any, **kwargs: Any) -> RetinaNet:
        self._forget_copies()
        super()._apply(*args, **kwargs)  # type: ignore[no-untyped-call]
        return self

    def _forget_copies(self) -> None:
        self._fast_body = self._fast_fpn = self._digest = None

    def _frozen_tensors(self) -> Iterator[tuple[str, Tensor]]:
        if self._seam is Seam.SHALLOW:
            yield from self.cut.shallow_tensors(self.body)
            return
        for part in self._frozen:
            yield from part.state_dict().items()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision is torch.bfloat16)

    def _normalised(self, pixels: Tensor) -> Tensor:
        return ((pixels.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def _fast(self) -> nn.Module:
        if self._fast_body is None or self._fast_precision != self.precision:
            if self._fuses:
                copied = fused(self.body, self.precision, pack=self.looks_only)
            else:
                copied = folded(self.body).requires_grad_(False).to(self.precision)
            # Kept out of the module tree, so that it is neither saved nor trained.
            object.__setattr__(self, "_fast_body", copied.to(memory_format=torch.channels_last))
            self._fast_precision, self._fast_fpn = self.precision, None
        assert self._fast_body is not None
        return self._fast_body

    def _fast_pyramid(self, maps: Sequence[Tensor]) -> list[Tensor]:
        if not self._fuses:
            return self._pyramid(maps)
        if self._fast_fpn is None:
            made = self.fpn
            if not isinstance(made, FusedPyramid):
                made = FusedPyramid(made, self.precision, pack=self.looks_only)
            object.__setattr__(self, "_fast_fpn", made)
        assert self._fast_fpn is not None
        return list(self._fast_fpn({str(i): level for i, level in enumerate(maps)}).values())

    @property
    def _fuses(self) -> bool:
        return self.device.type == "cpu" and can_fuse()

    def _for_fast(self, x: Tensor) -> Tensor:
        """A fused body has parts in float32, and sees to its precision by itself."""
        return x if self._fuses else x.to(self.precision)

    def _through_body(self, x: Tensor) -> list[Tensor]:
        with self._autocast():
            return self.cut.deep(self.body, self.cut.shallow(self.body, x))

    def _through_deep(self, maps: list[Tensor]) -> list[Tensor]:
        if not self._deep_moves:
            with torch.no_grad():
                return self.cut.deep(self._fast(), [level.to(self.precision) for level in maps])
        # On a CPU the gradients of depthwise convolutions are slower in bfloat16 than in float32.
        exact = self.device.type == "cpu" and torch.is_grad_enabled()
        with torch.autocast(self.device.type, enabled=False) if exact else self._autocast():
            return self.cut.deep(self.body, [level.float() for level in maps])

    def _pyramid(self, maps: Sequence[Tensor]) -> list[Tensor]:
        with self._autocast():
            return list(self.fpn({str(i): level for i, level in enumerate(maps)}).values())

"""A network of two small layers behind the seam that the real ones have, which writes down what it was asked."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from detector.architectures.anchors import make_anchors
from detector.architectures.interface import Architecture, NetworkSpec, RawOutput
from detector.runs import Scope
from tests.detector.scenes import LITE


class SmallNetwork(Architecture):
    """asked: how many pictures each call of `frozen_features` brought."""

    def __init__(self, digest: str = "weights", precision: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.spec: NetworkSpec = LITE
        self.precision = precision
        self.digest = digest
        self.asked: list[int] = []
        self.frozen = True
        generator = torch.Generator().manual_seed(7)
        self.fine = nn.Parameter(torch.randn(6, 3, 8, 8, generator=generator), requires_grad=False)
        self.coarse = nn.Parameter(torch.randn(4, 6, 2, 2, generator=generator), requires_grad=False)
        self.boxes, self.per_level = make_anchors(self.spec.canvas, self.spec.anchor_size, self.spec.per_cell)

    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        if not self.frozen:
            return (pixels,)
        self.asked.append(len(pixels))
        fine = nn.functional.conv2d(pixels / 255, self.fine, stride=8).to(self.precision)
        coarse = nn.functional.conv2d(fine, self.coarse.to(self.precision), stride=2)
        return fine, coarse

    def frozen_digest(self) -> str:
        return self.digest

    def predict_from(self, features: Sequence[Tensor]) -> RawOutput:
        raise NotImplementedError

    def anchors(self, *, turned: bool = False) -> Tensor:
        return self.boxes

    def anchors_per_level(self) -> tuple[int, ...]:
        return self.per_level

    def set_scope(self, scope: Scope) -> None:
        self.frozen = scope is not Scope.ALL

    @property
    def has_frozen_part(self) -> bool:
        return self.frozen

    @property
    def pad_color(self) -> tuple[int, int, int]:
        return 128, 128, 128

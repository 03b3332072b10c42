"""What every network looks like to the rest of Boxloop.

A network is cut in two at a seam: `frozen_features` is the part that the run does not train, `predict_from` the part
that it does. Without a frozen part the seam lies at the pictures themselves. A cache may keep what crosses the seam.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from detector.domain import ImageSize
from detector.runs import Preset, Scope


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What fixes a network's shape; two models of one lineage have the same canvas and anchors.

    Attributes:
        preset: which network.
        classes: number of classes, K.
        canvas: size of the letterboxed input in pixels, sides multiples of 32. A picture that stands the other way is
            laid on the turned one (see `geometry.canvas_for`).
        anchor_size: side of the smallest anchor on the finest level, in canvas pixels; doubles with each level.
        per_cell: anchors of each cell: 9 of three shapes and sizes, or 1, a square.
    """

    preset: Preset
    classes: int
    canvas: ImageSize
    anchor_size: float = 32.0
    per_cell: int = 9

    def __post_init__(self) -> None:
        if self.classes < 1:
            raise ValueError(f"a network needs at least one class, got {self.classes}")
        if self.canvas.width % 32 or self.canvas.height % 32:
            raise ValueError(f"a canvas has sides that are multiples of 32, got {self.canvas}")
        if not self.anchor_size >= 4:
            raise ValueError(f"the smallest anchor has at least 4 pixels, got {self.anchor_size}")
        if self.per_cell not in (1, 9):
            raise ValueError(f"a cell has 1 anchor or 9, got {self.per_cell}")


class RawOutput(NamedTuple):
    """What a network says about each anchor.

    logits: [B, A, K] float32, before the sigmoid.   deltas: [B, A, 4] float32, (dx, dy, dw, dh) as in R-CNN.
    turned: whether the pictures lay on the turned canvas.
    """

    logits: Tensor
    deltas: Tensor
    turned: bool = False


class Architecture(nn.Module, ABC):
    """A one-stage detector on a fixed canvas.

    Attributes:
        spec: its shape.
        precision: dtype of backbone and head; anchors, losses and boxes are float32 whatever it is.
    """

    spec: NetworkSpec
    precision: torch.dtype

    @abstractmethod
    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """What crosses the seam, without gradient.

        Args:
            pixels: [B, 3, H, W] uint8, RGB, all on the canvas or all on the turned one.
        """

    @abstractmethod
    def predict_from(self, features: Sequence[Tensor]) -> RawOutput:
        """The rest of the network, with gradient where the scope trains it."""

    @abstractmethod
    def anchors(self, *, turned: bool = False) -> Tensor:
        """[A, 4] float32 xyxy in pixels of the canvas, or of the turned one, level by level, on the model's device."""

    @abstractmethod
    def anchors_per_level(self) -> tuple[int, ...]:
        """How many of the A anchors each level has, finest first; as many on the turned canvas."""

    @abstractmethod
    def set_scope(self, scope: Scope) -> None:
        """Choose which part is trained; the rest, buffers included, stays as it is."""

    @property
    @abstractmethod
    def has_frozen_part(self) -> bool:
        """False where the seam lies at the pictures, so that a cache would keep nothing but pictures."""

    @abstractmethod
    def frozen_digest(self) -> str:
        """Names the frozen part and its weights (hex SHA-256): kept features are good as long as it is the same."""

    @property
    @abstractmethod
    def pad_color(self) -> tuple[int, int, int]:
        """What the canvas shows beside the picture: the colour that becomes zero in the network."""

    def forward(self, pixels: Tensor) -> RawOutput:
        return self.predict_from(self.frozen_features(pixels))

    @property
    def device(self) -> torch.device:
        return self.anchors().device

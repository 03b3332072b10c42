"""What a person may wish of a threshold, in plain words. Standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_IMAGES = 1_000_000


class WishKind(StrEnum):
    """`balance`: as few missed as wrong boxes, by F1. `misses`: at most so many of a hundred objects are missed.
    `false_alarms`: at most one wrong box in so many images."""

    BALANCE = "balance"
    MISSES = "misses"
    FALSE_ALARMS = "false_alarms"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a threshold shall do.

    Attributes:
        value: percent (0 <= value < 100) for misses, images (1 <= value) for false alarms, None for the balance.

    Raises:
        ValueError: a value that its kind cannot have.
    """

    kind: WishKind = WishKind.BALANCE
    value: float | None = None

    def __post_init__(self) -> None:
        if self.kind is WishKind.BALANCE:
            if self.value is not None:
                raise ValueError("the best balance has no number")
            return
        if self.value is None or not math.isfinite(self.value):
            raise ValueError("say how many")
        if self.kind is WishKind.MISSES and not 0 <= self.value < 100:
            raise ValueError(f"between 0 and 99 % can be missed, not {self.value:g} %")
        if self.kind is WishKind.FALSE_ALARMS and not 1 <= self.value <= MOST_IMAGES:
            raise ValueError(f"one wrong box in 1 to {MOST_IMAGES:,} images can be wished, not in {self.value:g}")

    @property
    def number(self) -> float:
        """The value of a wish that has one. Raises ValueError for the balance."""
        if self.value is None:
            raise ValueError("the best balance has no number")
        return self.value

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "value": self.value}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Wish:
        """What `to_json` wrote."""
        return cls(WishKind(content["kind"]), content["value"])

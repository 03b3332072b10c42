"""What a broken-off run needs to go on as if nothing had happened, written in one step after each pass."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from detector.checkpoints import sync
from detector.errors import CheckpointError

STATE = "last.pt"


@dataclass(slots=True)
class RunState:
    """Everything that moves during a run; the frozen part lies in the folder's `start` model.

    Order of pictures and changes follow from seed and pass, so no generator but torch's own has a state to keep.

    Attributes:
        epoch: passes done.   step: optimizer steps done.   seconds: wall clock used up so far.
        weights, average: of what is trained, by name.   optimizer: AdamW's state dict.
        best_ap, best_ap50: of the model in `best`; None before there is one.   stale: validations since it got better.
        views: as chosen by `features.views_that_fit` at the start.   bfloat16: precision chosen at the start.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    batch_size: int = 1
    weights: dict[str, Tensor] = field(default_factory=dict)
    average: dict[str, Tensor] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    best_ap: float | None = None
    best_ap50: float | None = None
    stale: int = 0
    views: int | None = None
    bfloat16: bool = False
    torch_rng: Tensor = field(default_factory=torch.get_rng_state)

    def save(self, folder: Path) -> None:
        beside = folder / f".{STATE}.new"
        torch.save({f.name: getattr(self, f.name) for f in fields(self)}, beside)
        sync(beside)
        os.replace(beside, folder / STATE)  # noqa: PTH105
        sync(folder)

    @classmethod
    def load(cls, folder: Path) -> RunState | None:
        """The state in this folder, or None where no pass was finished.

        Raises:
            CheckpointError: it is damaged.
        """
        path = folder / STATE
        if not path.exists():
            return None
        try:
            return cls(**torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
            raise CheckpointError(f"{path} is damaged, so the run cannot go on. Start a new one.") from error

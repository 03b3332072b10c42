"""What a broken-off run needs to go on as if nothing had happened, written in one step after each epoch."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor

from detector.errors import CheckpointError
from detector.models.model_folder import sync

STATE = "last.pt"


def _versions() -> dict[str, str]:
    return {"torch": str(torch.__version__), "torchvision": str(torchvision.__version__)}


@dataclass(slots=True)
class RunState:
    """Everything that moves during a run; what it starts from lies in the folder's `start` model.

    Order of pictures and changes follow from seed and epoch, so no generator but torch's own has a state to keep.

    Attributes:
        stage: index of the one at hand.   stage_epoch: epochs of it that are done.   stage_step: steps of it.
        epoch, step: of the whole run.   seconds: wall clock used up so far.
        trained: weights, averages and optimizer of the stage, as `Stepper.state` gives them.
        best_ap, best_ap50: of the model in `best`, or of the parent as long as nothing is better; None before.
        to_beat: AP50 that the first model of the run has to reach, where mAP would flatter the parent; else None.
        best_at: `stage_epoch` when it got better last.   unseen: pictures trained on since the last validation.
        given_out: AP of the model that was told to be usable last.
        parts: into how many a step is cut.   views: as chosen at the start by `features`.
        bfloat16: precision chosen at the start.   threads, versions: it began with; others give other roundings.
    """

    stage: int = 0
    stage_epoch: int = 0
    stage_step: int = 0
    stage_is_over: bool = False
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    trained: dict[str, Any] = field(default_factory=dict)
    best_ap: float | None = None
    best_ap50: float | None = None
    to_beat: float | None = None
    best_at: int = 0
    unseen: int = 0
    given_out: float | None = None
    parts: int = 1
    views: int | None = None
    bfloat16: bool = False
    threads: int = field(default_factory=torch.get_num_threads)
    versions: dict[str, str] = field(default_factory=_versions)
    torch_rng: Tensor = field(default_factory=torch.get_rng_state)

    def enter(self, stage: int) -> None:
        """A stage begins from nothing but the best model."""
        self.stage, self.stage_epoch, self.stage_step, self.best_at, self.stage_is_over = stage, 0, 0, 0, False

    def is_beaten_by(self, ap: float, ap50: float) -> bool:
        """Whether a model with these figures is better than the best so far."""
        if self.to_beat is not None:
            return ap50 >= self.to_beat
        return self.best_ap is None or ap > self.best_ap

    def is_now(self, ap: float, ap50: float | None) -> None:
        """A model of this run is the best; from here on its like are compared by mAP."""
        self.best_ap, self.best_ap50, self.to_beat = ap, ap50, None

    def save(self, folder: Path) -> None:
        """Write it beside and move it into place, so that a full disk or a crash leaves the one before."""
        beside = folder / f".{STATE}.new"
        try:
            torch.save({f.name: getattr(self, f.name) for f in fields(self)}, beside)
            sync(beside)
            os.replace(beside, folder / STATE)  # noqa: PTH105
        finally:
            beside.unlink(missing_ok=True)
        sync(folder)

    @classmethod
    def load(cls, folder: Path) -> RunState | None:
        """The state in this folder, or None where no epoch was finished.

        Raises:
            CheckpointError: it is damaged, or of an older version of Boxloop.
        """
        path = folder / STATE
        if not path.exists():
            return None
        try:
            return cls(**torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
            raise CheckpointError(f"{path} is damaged, so the run cannot go on. Start a new one.") from error

    def changes(self) -> list[str]:
        """What is different now from when the run began, so that it cannot end at the very same bits."""
        now = RunState()
        said = []
        if self.threads != now.threads:
            said.append(f"{now.threads} CPU threads instead of {self.threads}")
        said += [
            f"{name} {now.versions[name]} instead of {self.versions.get(name)}"
            for name in now.versions
            if self.versions.get(name) != now.versions[name]
        ]
        return said

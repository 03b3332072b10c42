"""Whole runs of the tiny network, and ways to break them off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from detector.domain import LabelSet
from detector.learning import running, staging
from detector.learning.run_state import RunState
from detector.learning.training import FitResult, Progress, fit
from detector.learning.validating import validate
from detector.models import checkpoints
from detector.models.checkpoints import WEIGHTS
from detector.pictures.dataset import Example
from detector.runs import EpochReport, Scope, TrainConfig
from tests.detector.scenes import LABELS
from tests.detector.tiny_network import tiny, tiny_start

# Two stages of two epochs; with four pictures to learn from, an epoch has two steps.
QUICK = TrainConfig(scope=Scope.DEEP, epochs=4, batch_size=2, image_size=(128, 96), patience=99)


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@contextmanager
def tiny_models(dropout: float = 0.0) -> Iterator[None]:
    """Model folders hold tiny networks, and the first stage has half of the epochs, however that is tuned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "HEAD_SHARE", 0.5)
        patch.setattr(checkpoints, "build", partial(tiny, dropout=dropout))
        yield


def run(
    train: list[Example],
    val: list[Example],
    folder: Path,
    config: TrainConfig = QUICK,
    *,
    labels: LabelSet = LABELS,
    per_cell: int = 1,
    dropout: float = 0.0,
    **more: Any,
) -> FitResult:
    """A run from the same random weights each time, or from a parent."""
    with tiny_models(dropout):
        if "parent" not in more and "start" not in more:
            more["start"] = tiny_start(train, val, config, labels=labels, per_cell=per_cell, dropout=dropout)
        return fit(train, val, labels, config, folder=folder, device="cpu", **more)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / WEIGHTS)


def same_weights(one: Path, two: Path) -> bool:
    """Bit for bit."""
    a, b = weights(one), weights(two)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@contextmanager
def figures(*given: float | tuple[float, float], look_every: int = 0) -> Iterator[list[float]]:
    """Validations come to these AP and AP50 one after the other; gives what is left of them.

    Args:
        look_every: pictures trained on for each one validated on; 0 validates after each epoch.
    """
    left: list[Any] = list(given)
    real = validate

    def scripted(*args: Any) -> Any:
        ap, ap50 = (lambda one: one if isinstance(one, tuple) else (one, 0.9))(left.pop(0))
        found, advice = real(*args)
        return replace(found, ap=ap, ap50=ap50), advice

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "validate", scripted)
        patch.setattr(running, "LOOK_EVERY", look_every)
        yield left


class Watch:
    """Writes down all that a run does that can be seen from outside, and may kill it at one of these moments.

    steps: how many were taken.   models: AP of each that was given out.
    """

    def __init__(self, kill_at: int | None = None) -> None:
        self.kill_at = kill_at
        self.told: list[str] = []
        self.epochs: list[EpochReport] = []
        self.models: list[float] = []
        self.steps = 0

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if len(self.told) == self.kill_at:
            raise Killed

    def _epoch(self, report: EpochReport) -> None:
        self.epochs.append(report)
        self._tell(f"epoch {report.epoch}")

    def _progress(self, progress: Progress) -> None:
        self._tell(f"{progress.phase} {progress.epoch}/{progress.step}")

    def _stop(self) -> bool:
        self.steps += 1
        self._tell("step")
        return False

    def _model(self, _folder: Path, ap: float) -> None:
        self.models.append(ap)
        self._tell("model")

    def listeners(self) -> dict[str, Any]:
        return {
            "on_epoch": self._epoch,
            "on_progress": self._progress,
            "should_stop": self._stop,
            "on_model": self._model,
            "on_note": lambda text: self._tell(text) if text.startswith("Stage") else None,
        }

    @contextmanager
    def saves(self) -> Iterator[None]:
        """The moments before and after the state is written count, too."""
        real = RunState.save

        def save(state: RunState, folder: Path) -> None:
            self._tell("saving")
            real(state, folder)
            self._tell("saved")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RunState, "save", save)
            yield


def watched(train: list[Example], val: list[Example], folder: Path, watch: Watch, **more: Any) -> FitResult | None:
    """A run under watch; None where it was killed."""
    with watch.saves():
        try:
            return run(train, val, folder, **more, **watch.listeners())
        except Killed:
            return None


def aps(reports: Iterable[EpochReport]) -> list[float | None]:
    return [report.ap for report in reports]

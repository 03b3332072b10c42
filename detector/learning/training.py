"""`fit`: from labelled pictures to a model folder. Knows no database and no page."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from detector import devices
from detector.domain import LabelSet
from detector.features.feature_cache import FeatureCache
from detector.learning.fitting import count
from detector.learning.run_state import STATE, RunState
from detector.learning.running import BEST, Listeners, Progress, Run, Stopped
from detector.learning.starting import Start, check_examples, prepare, resume_start, save_start
from detector.models.model_folder import finish_swap
from detector.pictures.cutting import Cut, cut, tidy
from detector.pictures.dataset import Example
from detector.runs import EpochReport, TrainConfig
from detector.shortage import shortage_is_said

__all__ = ["BEST", "FitResult", "Progress", "Stopped", "fit"]


@dataclass(frozen=True, slots=True)
class FitResult:
    """How a run ended.

    Attributes:
        folder: of the best model; None where it was cancelled before the first step, or nothing beat the parent.
        ap, ap50: of it, or of the parent that it did not beat, on the validation images, 0..1; None where the run was
            cancelled before they were looked at.
        epochs: passes begun.   notes: what was chosen and what happened, in sentences.
    """

    folder: Path | None
    ap: float | None
    ap50: float | None
    epochs: int
    stopped_because: Stopped
    notes: tuple[str, ...]

    @property
    def improved(self) -> bool:
        """Whether there is a model, and one that beats what the run started from."""
        return self.folder is not None


@shortage_is_said()
def fit(
    train: Sequence[Example],
    val: Sequence[Example],
    labels: LabelSet,
    config: TrainConfig,
    *,
    folder: Path,
    device: str = "auto",
    threads: int | None = None,
    on_epoch: Callable[[EpochReport], None] = lambda _: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_note: Callable[[str], None] = lambda _: None,
    parent: Path | None = None,
    resume: bool = False,
    start: Start | None = None,
    on_model: Callable[[Path, float], None] = lambda _folder, _ap: None,
    cache: FeatureCache | None = None,
    seconds_left: float | None = None,
    cuts: Path | None = None,
    successors: Mapping[int, int] | None = None,
) -> FitResult:
    """Train and keep the model that is best on the validation images in `folder/best`.

    Args:
        config: what to train; what it leaves open is planned. `max_seconds` counts from this call, and a resumed run
            counts what it used before.
        folder: working folder of the run.
        should_stop: asked after each step; the best model so far is kept.
        parent: model folder to start from instead of pretrained weights; the result must beat it.
        resume: go on with the broken-off run in `folder`; where no pass of it was finished, begin anew. Without a time
            limit, on the same machine and threads, it ends at the very weights of an uninterrupted run.
        start: a network and plan made by the caller, instead of what the config names.
        on_model: told of the folder of the best model and its AP when it may be used: as soon as it is usable, again
            when it is clearly better, and after each stage. The folder's content is the next one's soon after.
        cache: keeps features of pictures between runs; None keeps them in memory.
        seconds_left: wall clock from this call on, whatever a resumed run has used up; the tighter limit holds.
        successors: class ids of the parent -> those that they are part of now, where classes were merged.
        cuts: folder that keeps tiles of pictures between runs, where the plan cuts them; None keeps them in `folder`.

    Raises:
        TooFewExamples: too little to train or validate on.
        WeightsUnavailable, CheckpointError: there is nothing to start from.
        TrainingDiverged: a loss was not finite; the best model so far stays in `folder/best`.
        OutOfMemory: not even one picture at a time fits.
        UnreadableImage, InvalidBox: a picture or a box is not what it was.
    """
    began = time.monotonic()
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        on_note(text)

    if threads is not None:
        torch.set_num_threads(threads)
    check_examples(train, val, labels)
    target = devices.resolve(device)
    folder.mkdir(parents=True, exist_ok=True)
    state = RunState.load(folder) if resume else None
    if state is not None:
        start = resume_start(folder, train, val, labels, target.type)
        note(f"Resumed after {count(state.epoch, 'epoch')}.")
        if changed := state.changes():
            note(f"This run began with another set-up, now {' and '.join(changed)}: its end may differ in rounding.")
    else:
        _clear(folder)
        on_progress(Progress("Preparing", 0, config.epochs or 0, 0, 0, 0.0, None))
        start = start or prepare(
            train, val, labels, config, device=target.type, parent=parent, on_note=note, successors=successors
        )
        save_start(start, folder)
        for reason in start.plan.reasons:
            note(reason)
    used = state.seconds if state is not None else 0.0
    limits = [config.max_seconds, None if seconds_left is None else used + seconds_left]
    limit = replace(start.plan.config, max_seconds=min((given for given in limits if given is not None), default=None))
    listeners = Listeners(on_epoch, on_progress, should_stop, note, on_model)
    tiled = None
    if start.meta.tiling is not None:
        train, tiled = _cut(start, train, val, cuts or folder / "cuts", listeners, began)
    run = Run(start, limit, train, val, folder, target, state, began, listeners, cache, tiled)
    try:
        stopped = run.go()
    finally:
        run.close()
    best = folder / BEST
    return FitResult(
        best if best.exists() else None, run.state.best_ap, run.state.best_ap50, run.state.epoch, stopped, tuple(notes)
    )


def _cut(
    start: Start, train: Sequence[Example], val: Sequence[Example], folder: Path, listeners: Listeners, began: float
) -> tuple[Sequence[Example], Cut]:
    """The tiles to learn from and those to look at. A run that is told to stop meanwhile ends at its first step."""
    tiling, canvas = start.meta.tiling, start.meta.spec.canvas
    assert tiling is not None
    total = len(train) + len(val)

    def told(before: int) -> Callable[[int, int], None]:
        def tell(done: int, _: int) -> None:
            phase = f"Cutting pictures into tiles, {before + done} of {total}"
            listeners.on_progress(Progress(phase, 0, 0, 0, 0, time.monotonic() - began, None))

        return tell

    paint = start.network.pad_color
    learned = cut(train, tiling, canvas, folder, paint, learn=True, on_picture=told(0))
    looked_at = cut(val, tiling, canvas, folder, paint, learn=False, on_picture=told(len(train)))
    tidy(folder, [*learned.examples, *looked_at.examples])
    return learned.examples, looked_at


def _clear(folder: Path) -> None:
    """Remove what an earlier run left, so that its best model is not taken for this one's."""
    (folder / STATE).unlink(missing_ok=True)
    finish_swap(folder / BEST)
    shutil.rmtree(folder / BEST, ignore_errors=True)

"""One training run: the network, what moves it, the clock, and what is written when."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from detector import devices
from detector.architectures.retinanet import RetinaNet
from detector.checkpoints import read_meta, save_model
from detector.dataset import Example
from detector.errors import OutOfMemory, TrainingDiverged
from detector.features import Batch, FeatureSource, views_that_fit
from detector.loss import Losses, detection_loss
from detector.optimizing import LARGEST_GRADIENT, MovingAverage, learning_rate, make_optimizer, trainable
from detector.precision import quicker_precision
from detector.run_state import RunState
from detector.runs import EpochReport, Scope, TrainConfig
from detector.starting import Start
from detector.validating import validate

BEST = "best"
LONGEST_RESERVE = 0.3  # of the time limit, kept for the validation at its end
Stopped = Literal["finished", "early", "time", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run stands, told after each step.

    Attributes:
        phase: what is being done, in words.
        epoch: 1-based.   step: of this epoch, 1-based; 0 before the first.   seconds: wall clock of the run so far.
        seconds_left: a guess; None before there is one.
        classification_loss, box_loss: of the last step.
    """

    phase: str
    epoch: int
    epochs: int
    step: int
    steps_per_epoch: int
    seconds: float
    seconds_left: float | None
    classification_loss: float | None = None
    box_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told, and who may stop the run."""

    on_epoch: Callable[[EpochReport], None]
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    on_note: Callable[[str], None]


class Run:
    """A run from its start or from the state in which it was broken off.

    Args:
        config: the plan's, with the caller's time limit.   began: `time.monotonic()` of the run's first moment.
    """

    def __init__(
        self,
        start: Start,
        config: TrainConfig,
        train: Sequence[Example],
        val: Sequence[Example],
        folder: Path,
        device: torch.device,
        state: RunState | None,
        began: float,
        listeners: Listeners,
    ) -> None:
        self.config, self.plan, self.meta, self.tell = config, start.plan, start.meta, listeners
        self.train, self.val, self.folder = train, val, folder
        self.network: RetinaNet = start.network.to(device)
        self.network.set_scope(config.scope or Scope.HEAD)
        self.network.train()
        self.state = state or self._new_state(device)
        self.network.precision = torch.bfloat16 if self.state.bfloat16 else torch.float32
        self.began = began - self.state.seconds
        self.optimizer = make_optimizer(self.network, self.plan.learning_rate, self.plan.weight_decay)
        self.average = MovingAverage(self.network)
        if state is not None:
            self._take_up(state)
        workers = 2 if device.type == "cpu" else min(8, devices.available_cores())
        self.source = FeatureSource(
            self.network, train, seed=config.seed, augment=config.augment, views=self.state.views, workers=workers
        )
        kept = None if self.state.views is None else 1
        self.val_source = FeatureSource(self.network, val, seed=config.seed, augment=False, views=kept, workers=workers)
        self.val_seconds: float | None = None
        self.step_seconds = 0.0
        self.first_step_at: float | None = None
        self.first_epoch = self.state.epoch

    def close(self) -> None:
        self.source.close()
        self.val_source.close()

    def go(self) -> Stopped:
        """Train to the end. Raises what `training.fit` raises."""
        while self.state.epoch < self.plan.epochs:
            try:
                stopped = self._epoch()
            except (torch.OutOfMemoryError, MemoryError) as error:
                self._halve_batch(error)
                continue
            if stopped is not None:
                return stopped
        return "finished"

    def _epoch(self) -> Stopped | None:
        """One pass, validation, and what is to be written. Returns why the run ends here, if it does."""
        order = list(range(len(self.train)))
        random.Random(f"{self.config.seed}/order/{self.state.epoch}").shuffle(order)  # noqa: S311
        classification = box = 0.0
        steps, stopped = 0, None
        per_epoch = math.ceil(len(order) / self.state.batch_size)
        for batch in self.source.batches(order, self.state.epoch, self.state.batch_size):
            losses = self._step(batch, self.state.epoch + steps / per_epoch)
            steps += 1
            classification, box = classification + losses[0], box + losses[1]
            self._report("Training", steps, per_epoch, losses)
            stopped = self._must_stop()
            if stopped is not None:
                break
        self.state.epoch += 1
        return self._close_epoch(stopped, classification / steps, box / steps)

    def _must_stop(self) -> Stopped | None:
        if self.tell.should_stop():
            return "cancelled"
        if self.config.max_seconds is not None:
            reserve = min(self._validation_guess() + self.step_seconds, LONGEST_RESERVE * self.config.max_seconds)
            if self._seconds() + reserve >= self.config.max_seconds:
                return "time"
        return None

    def _close_epoch(self, stopped: Stopped | None, classification: float, box: float) -> Stopped | None:
        ap, ap50, is_best = None, None, False
        last = stopped == "time" or self.state.epoch >= self.plan.epochs
        if stopped == "cancelled":
            if not (self.folder / BEST).exists():
                self._save_best({})  # not yet validated, but better than nothing
        elif last or self.state.epoch % self._rhythm() == 0:
            self._report("Validating", 0, 0, (classification, box))
            ap, ap50, is_best = self._validate()
        if stopped is None and not last and self.state.stale >= self.plan.patience:
            stopped = "early"
            self.tell.on_note(f"Stopped early: nothing got better in {self.state.stale} validations.")
        if stopped is None and not last:
            self._keep_state()
        self.tell.on_epoch(
            EpochReport(
                epoch=self.state.epoch,
                epochs=self.plan.epochs,
                step=self.state.step,
                seconds=self._seconds(),
                seconds_left=0.0 if stopped or last else self._seconds_left(self.state.epoch),
                classification_loss=classification,
                box_loss=box,
                ap=ap,
                ap50=ap50,
                learning_rate=float(self.optimizer.param_groups[0]["lr"]),
                is_best=is_best,
            )
        )
        return stopped

    def _step(self, batch: Batch, passes: float) -> tuple[float, float]:
        """One optimizer step after this many passes; returns the two losses."""
        began = time.monotonic()
        self.first_step_at = self.first_step_at or began
        rate = learning_rate(self.plan.learning_rate, self.state.step, self.plan.warmup_steps, self._share_done(passes))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._losses(batch)
        total = losses.classification + losses.box
        if not bool(torch.isfinite(total)):
            raise TrainingDiverged(
                "The loss is no longer a finite number. The best model so far is kept. Try a lower learning rate."
            )
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trainable(self.network).values(), LARGEST_GRADIENT)
        self.optimizer.step()
        self.average.follow(self.network, self.state.step)
        self.state.step += 1
        self.step_seconds = max(time.monotonic() - began, 0.9 * self.step_seconds)
        return float(losses.classification.detach()), float(losses.box.detach())

    def _losses(self, batch: Batch) -> Losses:
        return detection_loss(
            self.network.predict_from(batch.features),
            batch.targets,
            self.network.anchors(),
            alpha=self.config.focal_alpha,
            gamma=self.config.focal_gamma,
        )

    def _validate(self) -> tuple[float, float, bool]:
        """Look at the averaged weights; keep them where they are no worse than the best so far."""
        began = time.monotonic()
        with self.average.shown_by(self.network):
            figures = validate(self.network, self.val_source, self.val, self.meta)
            ap, ap50 = figures.ap or 0.0, figures.ap50 or 0.0
            before = self.state.best_ap
            is_best = before is None or ap > before
            if before is None or ap >= before:
                self.state.best_ap, self.state.best_ap50 = ap, ap50
                more = {"ap75": figures.ap75, "ar100": figures.ar100}
                known = {name: value for name, value in more.items() if value is not None}
                self._save_best({"ap": ap, "ap50": ap50, **known})
        # While nothing at all is found yet, waiting is not going stale.
        self.state.stale = 0 if is_best or ap == 0.0 == self.state.best_ap else self.state.stale + 1
        self.val_seconds = time.monotonic() - began
        return ap, ap50, is_best

    def _save_best(self, metrics: dict[str, float]) -> None:
        if metrics:
            save_model(self.network, replace(self.meta, metrics=metrics), self.folder / BEST)
            return
        with self.average.shown_by(self.network):
            save_model(self.network, self.meta, self.folder / BEST)

    def _rhythm(self) -> int:
        """Passes from one validation to the next: about as many pictures trained on as twice those looked at."""
        return max(1, round(len(self.val) / (2 * len(self.train))))

    def _halve_batch(self, error: BaseException) -> None:
        if self.state.batch_size == 1:
            raise OutOfMemory(
                "There is not enough memory even for one image at a time. Choose a smaller input size, or close other "
                "programs."
            ) from error
        self.state.batch_size //= 2
        self.tell.on_note(f"Memory was short; going on with {self.state.batch_size} images a step.")
        self.optimizer.zero_grad(set_to_none=True)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _new_state(self, device: torch.device) -> RunState:
        self.network.precision = quicker_precision(device)
        views = views_that_fit(self.network, len(self.train) + len(self.val)) if self.config.augment else None
        if self.network.has_frozen_part and not self.config.augment:
            views = 1
        return RunState(batch_size=self.plan.batch_size, views=views, bfloat16=self.network.precision is torch.bfloat16)

    def _take_up(self, state: RunState) -> None:
        """Put everything back where it was when the state was written."""
        with torch.no_grad():
            for name, parameter in trainable(self.network).items():
                parameter.copy_(state.weights[name])
        self.average.values = {name: value.to(self.network.device) for name, value in state.average.items()}
        self.optimizer.load_state_dict(state.optimizer)
        torch.set_rng_state(state.torch_rng)
        kept = self.folder / BEST
        if kept.exists():  # it may be newer than the state: the pass after it was broken off
            ap = read_meta(kept).metrics.get("ap")
            if ap is not None and (state.best_ap is None or ap > state.best_ap):
                state.best_ap, state.best_ap50 = ap, read_meta(kept).metrics.get("ap50")

    def _keep_state(self) -> None:
        state = self.state
        state.seconds = self._seconds()
        state.weights = {name: p.detach() for name, p in trainable(self.network).items()}
        state.average, state.optimizer = self.average.values, self.optimizer.state_dict()
        state.torch_rng = torch.get_rng_state()
        state.save(self.folder)

    def _share_done(self, passes: float) -> float:
        """0..1: how much of the run is done, by passes or by the clock, whichever is further."""
        share = passes / self.plan.epochs
        if self.config.max_seconds is not None:
            usable = self.config.max_seconds - min(self._validation_guess(), LONGEST_RESERVE * self.config.max_seconds)
            share = max(share, self._seconds() / usable)
        return min(1.0, share)

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _validation_guess(self) -> float:
        """Seconds that the next validation takes; before the first one, no more than as many training steps."""
        if self.val_seconds is not None:
            return 1.2 * self.val_seconds
        return 1.2 * self.step_seconds * len(self.val) / self.state.batch_size

    def _seconds_left(self, passes: float) -> float | None:
        """By the passes of this process, at most to the time limit."""
        done = passes - self.first_epoch
        left = None
        if done > 0 and self.first_step_at is not None:
            left = (time.monotonic() - self.first_step_at) / done * (self.plan.epochs - passes)
        if self.config.max_seconds is not None:
            until = max(0.0, self.config.max_seconds - self._seconds())
            left = until if left is None else min(left, until)
        return left

    def _report(self, phase: str, step: int, per_epoch: int, losses: tuple[float, float]) -> None:
        passes = self.state.epoch + (step / per_epoch if per_epoch else 0.0)
        epoch = self.state.epoch + (1 if per_epoch else 0)
        self.tell.on_progress(
            Progress(
                phase, epoch, self.plan.epochs, step, per_epoch, self._seconds(), self._seconds_left(passes), *losses
            )
        )

"""One training run: its stages, what is validated, kept and given out when, and where it goes on after a break."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from detector import devices
from detector.architectures.retinanet import RetinaNet
from detector.features.feature_cache import FeatureCache
from detector.features.features import Batch, FeatureSource, views_that_fit
from detector.learning import costs
from detector.learning.judging import ap50_to_beat
from detector.learning.optimizing import learning_rate
from detector.learning.pacing import Pace
from detector.learning.run_state import RunState
from detector.learning.staging import Stage
from detector.learning.starting import START, Start
from detector.learning.stepping import Stepper
from detector.learning.validating import validate
from detector.models.checkpoints import load_weights, read_meta, save_model
from detector.models.model_folder import finish_swap
from detector.models.precision import quicker_precision
from detector.pictures.cutting import Cut
from detector.pictures.dataset import Example
from detector.runs import EpochReport, TrainConfig

BEST = "best"
FIRST_LOOKS = 2  # epochs at whose end it is validated in any case: the first usable model must not wait
LOOK_EVERY = 4  # pictures trained on for each one validated on
USABLE_AP50 = 0.4  # from here on most of what is shown is right more often than not
BETTER = 1.02  # times the AP of what was given out last, and
GIVE_EVERY = 15.0  # seconds later: the next one may be given out within a stage
Stopped = Literal["finished", "early", "time", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run stands, told after each step.

    Attributes:
        phase: what is being done, in words.   stage: name of the stage; "" before the first.
        stage_number, stages: 1-based and how many.
        epoch: 1-based, of the whole run.   step: of this epoch, 1-based; 0 before the first.
        seconds: wall clock of the run so far.   seconds_left: a guess; None before there is one.
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
    stage: str = ""
    stage_number: int = 0
    stages: int = 0


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told, and who may stop the run. `on_model` gets a folder and its AP when a model may be used."""

    on_epoch: Callable[[EpochReport], None]
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    on_note: Callable[[str], None]
    on_model: Callable[[Path, float], None]


class Run:
    """A run from its start or from the state in which it was broken off.

    Args:
        config: the plan's, with the caller's time limit.   began: `time.monotonic()` of the run's first moment.
        cache: of features; None keeps them in memory.
        cut: the tiles that `val` is looked at on, where pictures are cut; `train` are tiles then.
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
        cache: FeatureCache | None = None,
        cut: Cut | None = None,
    ) -> None:
        self.cut, self.looked_at = cut, val if cut is None else cut.examples
        self.config, self.plan, self.meta, self.tell = config, start.plan, start.meta, listeners
        self.train, self.val, self.folder, self.cache = train, val, folder, cache
        self.network: RetinaNet = start.network.to(device)
        self.resumed = state is not None
        self.redoing = False  # the epoch whose model lies in `best` already
        self.state = state or RunState()
        self.pace = Pace(start.plan.stages, config.max_seconds, began, self.state.seconds, reached=self.state.stage)
        self.stages = self.pace.stages
        if state is None:
            self.state.bfloat16 = quicker_precision(device) is torch.bfloat16
        else:
            self._take_up_best()
        self.network.precision = torch.bfloat16 if self.state.bfloat16 else torch.float32
        self.source: FeatureSource | None = None
        self.val_source: FeatureSource | None = None
        self.step_seconds = self.given_at = 0.0
        self.stepper: Stepper

    def close(self) -> None:
        for source in (self.source, self.val_source):
            if source is not None:
                source.close()

    def go(self) -> Stopped:
        """Train to the end. Raises what `training.fit` raises."""
        stopped: Stopped | None = None
        for number in range(self.state.stage, len(self.stages)):
            self._enter(number)
            stopped = None
            while stopped is None and not self.state.stage_is_over:
                stopped = self._epoch(self.stages[number])
            self._give_out(always=True)
            if stopped in ("cancelled", "time"):
                return stopped
        return stopped or "finished"

    def _enter(self, number: int) -> None:
        """Make the network ready for a stage: from the best so far, or where it was broken off."""
        state, stage = self.state, self.stages[number]
        goes_on = self.resumed and number == state.stage
        self.resumed = False
        if not goes_on:
            self._load_best()
            state.enter(number)
            state.parts = max(state.parts, self._parts(stage))
        self.network.set_scope(stage.scope)
        self.network.train()
        self.stepper = Stepper(
            self.network,
            self.config,
            stage.learning_rate,
            self.plan.weight_decay,
            parts=state.parts,
            fresh=number == 0 and self.meta.parent is None,
            on_note=self.tell.on_note,
        )
        if goes_on:
            self.stepper.take_up(state.trained)
            torch.set_rng_state(state.torch_rng)
        self._open_sources(again=not goes_on)
        self.pace.enter(number, state.stage_epoch)
        if len(self.stages) > 1 and not goes_on:
            self.tell.on_note(f"Stage {number + 1} of {len(self.stages)}: {stage.name}. {stage.reason}")
        if number == 0 and not goes_on and self.meta.parent is not None:
            self._measure_parent()
        if not goes_on:
            self._keep_state()

    def _parts(self, stage: Stage) -> int:
        if self.network.device.type != "cpu":
            return 1
        return costs.parts_of_a_step(self.config.preset, stage.scope, self.plan.image_size, self.plan.batch_size)

    def _open_sources(self, again: bool) -> None:
        """Sources of features from where the stage cuts the network; kept on where that is the same place."""
        if self.source is not None and self.source.fits(self.network):
            return
        self.close()
        state, network = self.state, self.network
        if again:
            state.views = self._views()
        workers = 2 if network.device.type == "cpu" else min(8, devices.available_cores())
        self.source = FeatureSource(
            network,
            self.train,
            seed=self.config.seed,
            augment=self.config.augment,
            views=state.views,
            cache=self.cache,
            workers=workers,
        )
        kept = None if state.views is None else 1
        self.val_source = FeatureSource(
            network, self.looked_at, seed=self.config.seed, augment=False, views=kept, cache=self.cache, workers=workers
        )

    def _views(self) -> int | None:
        if not self.config.augment:
            return 1 if self.network.has_frozen_part else None
        return views_that_fit(self.network, len(self.train) + len(self.looked_at), cache=self.cache)

    def _measure_parent(self) -> None:
        """The parent on today's validation images is what is to be beaten."""
        self._report("Checking the model it starts from", 0, 0, (None, None))
        figures = self._figures()
        self.state.best_ap, self.state.best_ap50 = figures
        self.state.to_beat = ap50_to_beat(self.val, figures[1])
        self.tell.on_note(f"{self.meta.parent} reaches mAP {figures[0]:.3f} on today's validation images.")

    def _epoch(self, stage: Stage) -> Stopped | None:
        """One pass, validation, and what is to be written. Returns why the stage ends here, if it does."""
        assert self.source is not None
        state = self.state
        order = list(range(len(self.train)))
        random.Random(f"{self.config.seed}/order/{state.epoch}").shuffle(order)  # noqa: S311
        classification = box = 0.0
        steps, stopped = 0, None
        size = self.plan.batch_size
        per_epoch = math.ceil(len(order) / size)
        for batch in self.source.batches(order, state.epoch, size):
            losses = self._step(stage, batch, state.stage_epoch + steps / per_epoch)
            steps += 1
            classification, box = classification + losses[0], box + losses[1]
            self._report("Training", steps, per_epoch, losses)
            stopped = self._must_stop()
            if stopped is not None:
                break
        state.epoch += 1
        state.stage_epoch += 1
        state.unseen += steps * size
        return self._close_epoch(stage, stopped, classification / steps, box / steps)

    def _step(self, stage: Stage, batch: Batch, epochs: float) -> tuple[float, float]:
        began = time.monotonic()
        state = self.state
        if state.stage_step == 0:
            self.pace.first_step()
        done = self.pace.share_done(epochs)
        rate = learning_rate(stage.learning_rate, state.stage_step, self.plan.warmup_steps, done, self.config.schedule)
        losses = self.stepper.step(batch, rate, state.stage_step)
        state.stage_step += 1
        state.step += 1
        state.parts = self.stepper.parts
        self.step_seconds = max(time.monotonic() - began, 0.9 * self.step_seconds)
        return losses

    def _must_stop(self) -> Stopped | None:
        if self.tell.should_stop():
            return "cancelled"
        if self.pace.time_is_up():
            return "time"
        return "early" if self.pace.stage_is_over() else None

    def _close_epoch(self, stage: Stage, stopped: Stopped | None, classification: float, box: float) -> Stopped | None:
        state = self.state
        ap, ap50, is_best = None, None, False
        last = stopped is not None or state.stage_epoch >= stage.epochs
        if stopped == "cancelled":
            self._keep_something()
        elif last or self._is_time_to_look():
            self._report("Validating", 0, 0, (classification, box))
            ap, ap50, is_best = self._validate()
        if not last and ap is not None and state.stage_epoch - state.best_at >= self.plan.patience:
            stopped = "early"
            self.tell.on_note(f"Nothing got better in {state.stage_epoch - state.best_at} epochs of this stage.")
        state.stage_is_over = last or stopped is not None
        done = stopped in ("cancelled", "time") or (state.stage_is_over and state.stage == len(self.stages) - 1)
        if not done:
            self._keep_state()
        self.tell.on_epoch(
            EpochReport(
                epoch=state.epoch,
                epochs=self._epochs(),
                step=state.step,
                seconds=self.pace.seconds(),
                seconds_left=0.0 if done else self.pace.seconds_left(state.stage_epoch),
                classification_loss=classification,
                box_loss=box,
                ap=ap,
                ap50=ap50,
                learning_rate=float(self.stepper.optimizer.param_groups[0]["lr"]),
                is_best=is_best,
                stage=stage.name,
            )
        )
        if not done:
            self._give_out()
        return stopped

    def _is_time_to_look(self) -> bool:
        first = self.state.epoch <= FIRST_LOOKS
        return first or self.state.unseen >= LOOK_EVERY * len(self.looked_at)

    def _validate(self) -> tuple[float, float, bool]:
        """Look at the averaged weights; keep them where they are no worse than the best so far."""
        state = self.state
        with self.stepper.average.shown_by(self.network):
            ap, ap50, more, thresholds = self._figures_and_more()
            before = state.best_ap
            is_best = state.is_beaten_by(ap, ap50) or (self.redoing and ap == before)
            if is_best or (ap == before and (self.folder / BEST).exists()):
                state.is_now(ap, ap50)
                meta = replace(self.meta, metrics={"ap": ap, "ap50": ap50, **more}, thresholds=thresholds)
                save_model(self.network, meta, self.folder / BEST)
        state.unseen, self.redoing = 0, False
        # While nothing at all is found yet, waiting is not going stale.
        if is_best or ap == 0.0 == state.best_ap:
            state.best_at = state.stage_epoch
        return ap, ap50, is_best

    def _figures(self) -> tuple[float, float]:
        return self._figures_and_more()[:2]

    def _figures_and_more(self) -> tuple[float, float, dict[str, float], dict[str, float]]:
        """AP and AP50 of the network as it stands on the validation images, others by name, thresholds by class id."""
        assert self.val_source is not None
        began = time.monotonic()
        figures, advice = validate(self.network, self.val_source, self.val, self.meta, self.cut)
        self.pace.reserve = 1.2 * (time.monotonic() - began) + self.step_seconds
        more = {"ap75": figures.ap75, "ar100": figures.ar100, "threshold": advice.overall}
        known = {name: v for name, v in more.items() if v is not None}
        thresholds = {str(self.meta.labels.ids[label]): t for label, t in advice.by_label.items()}
        return figures.ap or 0.0, figures.ap50 or 0.0, known, thresholds

    def _keep_something(self) -> None:
        """A run cancelled before its first validation has a model all the same, though nobody knows how good it is."""
        if self.state.best_ap is None and not (self.folder / BEST).exists():
            with self.stepper.average.shown_by(self.network):
                save_model(self.network, self.meta, self.folder / BEST)

    def _give_out(self, *, always: bool = False) -> None:
        """Tell of the best model, where it is usable and better than the one told of last."""
        state = self.state
        ap, before = state.best_ap, state.given_out
        if ap is None or not (self.folder / BEST).exists() or (before is not None and ap <= before):
            return
        if before is None:
            due = always or (state.best_ap50 or 0.0) >= USABLE_AP50
        else:
            due = always or (ap >= BETTER * before and self.pace.seconds() - self.given_at >= GIVE_EVERY)
        if due:
            state.given_out, self.given_at = ap, self.pace.seconds()
            self.tell.on_model(self.folder / BEST, ap)

    def _load_best(self) -> None:
        """The next stage starts from the best model so far, whatever the stage before ended at."""
        if self.state.stage_step or self.state.epoch:
            best = self.folder / BEST
            load_weights(self.network, best if best.exists() else self.folder / START)

    def _take_up_best(self) -> None:
        """The best model may be newer than the state: the epoch after it was broken off, and is done once more."""
        kept = self.folder / BEST
        finish_swap(kept)
        if kept.exists():
            metrics = read_meta(kept).metrics
            ap = metrics.get("ap")
            before = self.state.best_ap
            if ap is not None and (before is None or self.state.to_beat is not None or ap > before):
                self.state.is_now(ap, metrics.get("ap50"))
                self.redoing = True

    def _keep_state(self) -> None:
        state = self.state
        state.seconds = self.pace.seconds()
        state.trained = self.stepper.state()
        state.torch_rng = torch.get_rng_state()
        state.save(self.folder)

    def _epochs(self) -> int:
        """Upper bound of the run: what is done, and what is left of this and the later stages."""
        later = sum(stage.epochs for stage in self.stages[self.state.stage :])
        return self.state.epoch - self.state.stage_epoch + later

    def _report(self, phase: str, step: int, per_epoch: int, losses: tuple[float | None, float | None]) -> None:
        state = self.state
        within = step / per_epoch if per_epoch else 0.0
        self.tell.on_progress(
            Progress(
                phase,
                state.epoch + (1 if per_epoch else 0),
                self._epochs(),
                step,
                per_epoch,
                self.pace.seconds(),
                self.pace.seconds_left(state.stage_epoch + within),
                *losses,
                stage=self.stages[state.stage].name,
                stage_number=state.stage + 1,
                stages=len(self.stages),
            )
        )

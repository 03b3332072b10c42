"""What Boxloop chooses for a run where nobody chose: input size, anchors, stages, batch, epochs, rates; and why.

No torch here: the server shows the plan before the click and must not load it. Training asks the same function, so
that what was shown is what happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from detector.domain import LabelSet
from detector.errors import TooFewExamples
from detector.learning import costs, fitting
from detector.learning.fitting import Pictured, by, count
from detector.learning.sampling import Sample, sample
from detector.learning.staging import (
    RATE_BATCH,
    STAGE_REASONS,
    WARM_SHARE,
    Stage,
    epochs_of,
    first_rate,
    rates_of,
    said,
    scopes_down_to,
    scopes_in,
    usual_depth,
)
from detector.learning.tile_fitting import fit_tiling, tile_sample, tiles_said, tiling_of
from detector.pictures.tiling import Tiling
from detector.runs import Optimizer, Preset, Schedule, Scope, TrainConfig

TARGET_STEPS = 1_000  # optimizer steps of all stages together, from pretrained weights, of RATE_BATCH pictures
FEWEST_EPOCHS = 12
TURNED_SHARE = 0.1  # of pictures that stand the other way than the canvas, from which on this is said
T = TypeVar("T")
By = Literal["boxloop", "you", "lineage"]

NAMES = {
    "scope": "What is trained",
    "tile_size": "Tiles",
    "image_size": "Input size",
    "anchor": "Smallest anchor",
    "batch_size": "Images a step",
    "epochs": "Epochs, at most",
    "patience": "Patience",
    "learning_rate": "Learning rate",
    "warmup": "Warm-up",
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "weight_decay": "Weight decay",
    "focal_alpha": "Focal alpha",
    "focal_gamma": "Focal gamma",
    "augment": "Augmentation",
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a model hands down to those that start from it: canvas `(width, height)` and smallest anchor, in pixels.

    `name` is what a person calls that model; `tiling` is how it cuts pictures, None where it looks at whole ones.
    """

    image_size: tuple[int, int]
    smallest_anchor: float
    name: str = "the model it starts from"
    tiling: Tiling | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that was settled.

    Attributes:
        name: key of NAMES; where the caller can set it, the field of TrainConfig.
        value: as a person reads it.   reason: one sentence.
        by: who settled it; "lineage" is the model that the run starts from.
    """

    name: str
    value: str
    reason: str
    by: By = "boxloop"

    @property
    def label(self) -> str:
        return NAMES[self.name]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every choice of a run, made.

    Attributes:
        config: the caller's, with nothing left None but `max_seconds`, `weights_file`, `start_from` and `focal_alpha`,
            which follows from the kind of head that the network has.
        image_size: `(width, height)` of the canvas in pixels.
        smallest_anchor: side of the smallest anchor in pixels of the canvas; each level doubles it.
        epochs: of all stages.   learning_rate: peak of the first stage.
        patience: epochs of a stage.   warmup_steps: optimizer steps of each stage in which its rate rises.
        stages: at least one, the deepest last.
        choices: what was settled, by whom and why.
        warnings: what stands in the way of a good model, with the remedy.
        outgrown: why the data want another input size or anchors than the lineage has; None where they do not.
        seconds: a guess of the wall clock of the whole run.
        tiling: how pictures are cut; canvas and anchors are then those of tiles. None for whole pictures.
    """

    config: TrainConfig
    image_size: tuple[int, int]
    smallest_anchor: float
    batch_size: int
    epochs: int
    learning_rate: float
    weight_decay: float
    patience: int
    warmup_steps: int
    stages: tuple[Stage, ...]
    choices: tuple[Choice, ...]
    warnings: tuple[str, ...]
    outgrown: str | None
    seconds: float
    tiling: Tiling | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """The choices as one line each."""
        return tuple(f"{choice.label}: {choice.value}. {choice.reason}" for choice in self.choices)


def plan(
    train: Sequence[Pictured] | Sample,
    val: Sequence[Pictured] | Sample,
    labels: LabelSet,
    config: TrainConfig,
    device: str = "cpu",
    threads: int | None = None,
    lineage: Lineage | None = None,
    memory: float | None = None,
) -> Plan:
    """Choose what the config leaves open; what it states is taken as it stands.

    Args:
        train, val: all pictures, or those that stand for them (learning.sampling); of many, only some are looked at.
        device: "cuda", "mps" or "cpu".
        threads: CPU threads of the run, only for the guess of the time; None counts the cores.
        lineage: of the parent model; its canvas and anchors win, because copied weights depend on them.
        memory: free bytes on the device; None looks where that is the CPU, and else takes it for enough.

    Raises:
        TooFewExamples: no picture, no box or no class to learn from.
    """
    train, val = (one if isinstance(one, Sample) else sample(one) for one in (train, val))
    if not labels.ids or not train.boxes:
        raise TooFewExamples("There is no box to learn from. Draw some boxes and mark the images as done.")
    if memory is None and device == "cpu":
        memory = costs.free_memory()
    return _Planner(train, val, labels, config, device, threads, lineage, memory).plan()


class _Planner:
    """Settles one thing after the other; each may look at those before."""

    def __init__(
        self,
        train: Sample,
        val: Sample,
        labels: LabelSet,
        config: TrainConfig,
        device: str,
        threads: int | None,
        lineage: Lineage | None,
        memory: float | None,
    ) -> None:
        self.train, self.val, self.labels, self.config = train, val, labels, config
        self.device, self.threads, self.lineage, self.memory = device, threads, lineage, memory
        self.lite = config.preset is Preset.LITE
        self.choices: list[Choice] = []
        self.proposal: tuple[str, ...] = ()  # of tiles, where they would help and nobody has said what is wanted

    def plan(self) -> Plan:
        tiling = self._tiling()
        if tiling is not None:  # from here on a picture is a tile
            self.train = tile_sample(self.train, tiling, learn=True)
            self.val = tile_sample(self.val, tiling, learn=False)
        size = self._size()
        anchor = self._anchor(size)
        batch = self._batch(size)
        steps = math.ceil(self.train.total / batch)
        epochs = self._epochs(steps, batch)
        scopes = self._scopes(epochs)
        parts = epochs_of(len(scopes), epochs)
        patience = self._patience(max(parts))
        rates = self._rates(scopes, batch)
        warmup = self._warmup(steps * min(parts), scopes[-1])
        decay = self._decay()
        self._settings()
        stages = self._stages(scopes, parts, rates, size)
        filled = replace(
            self.config, scope=scopes[-1], image_size=size, batch_size=batch, epochs=epochs, learning_rate=rates[0],
            weight_decay=decay, patience=patience, tile_size=tiling.width if tiling else 0,
        )  # fmt: skip
        seconds = costs.START_SECONDS + sum(stage.seconds for stage in stages)
        limit = self.config.max_seconds
        choices = tuple(sorted(self.choices, key=lambda choice: list(NAMES).index(choice.name)))
        return Plan(
            filled, size, anchor, batch, epochs, rates[0], decay, patience, warmup, stages, choices,
            self._warnings(size, anchor), self._outgrown(size, anchor), min(seconds, limit) if limit else seconds,
            tiling,
        )  # fmt: skip

    @property
    def pictures(self) -> Sequence[Pictured]:
        return self.train.pictures

    def _choose(self, name: str, given: T | None, automatic: T, why: str, show: Callable[[T], str] = str) -> T:
        """What was given, else what we would take; either way it is written down."""
        if given is None:
            self.choices.append(Choice(name, show(automatic), why))
            return automatic
        self.choices.append(Choice(name, show(given), f"Your choice; {show(automatic)} if left to Boxloop.", "you"))
        return given

    def _scopes(self, epochs: int) -> list[Scope]:
        given, usual = self.config.scope, usual_depth(self.config.preset, self.device)
        scopes = scopes_in(scopes_down_to(given or usual), epochs, asked_for=given is not None)
        free = scopes_in(scopes_down_to(usual), epochs, asked_for=False)
        why = " ".join(STAGE_REASONS[scope] for scope in scopes)
        self._choose("scope", None if given is None else scopes, free, why, said)
        return scopes

    def _tiling(self) -> Tiling | None:
        if self.lineage is not None:
            own = self.lineage.tiling
            if own is not None:
                self.choices.append(Choice("tile_size", tiles_said(own), f"As in {self.lineage.name}.", "lineage"))
            return own
        proposed, why = fit_tiling(self.pictures, self._fitting_size()[0], self._base())
        given = self.config.tile_size
        self.proposal = (why,) if proposed is not None and given is None else ()
        chosen = tiling_of(given, self.pictures) if given else None
        self._choose("tile_size", None if given is None else tiles_said(chosen), tiles_said(None), why)
        return chosen

    def _base(self) -> float:
        """Pixels of the usual canvas."""
        return float(costs.BASE_PIXELS) if self.device == "cpu" else 480 * 640.0 if self.lite else 608 * 800.0

    def _size(self) -> tuple[int, int]:
        given, automatic, why = self.config.image_size, *self._fitting_size()
        if self.lineage is None:
            return self._choose("image_size", given, automatic, why, by)
        own = self.lineage.image_size
        why = f"As in {self.lineage.name}: weights carry over only at the size that they were trained at."
        if given is not None and given != own:
            why = f"As in {self.lineage.name}, not {by(given)}: another size needs a start from scratch."
        self.choices.append(Choice("image_size", by(own), why, "lineage"))
        return own

    def _fitting_size(self) -> tuple[tuple[int, int], str]:
        """The canvas that fits the pictures to learn from, and why."""
        base = self._base()
        size = fitting.fit_canvas(self.pictures, base)
        small = fitting.small_side(self.pictures, size)
        more = fitting.enlargement(small)
        if more > 1.0:
            size = fitting.fit_canvas(self.pictures, base * more)
            why = (
                f"Larger than usual, because the smallest objects are about {small:.0f} pixels wide at the usual size."
            )
        else:
            why = "Enough for the smallest objects" + ("." if self.device != "cpu" else ", and quick on a CPU.")
        return size, f"{why}{self._turned(size)}"

    def _turned(self, size: tuple[int, int]) -> str:
        against = self.train.of_all(fitting.turned(self.pictures, size))
        if against < TURNED_SHARE * self.train.total:
            return ""
        which = "upright" if size[0] > size[1] else "lying"
        return f" It is turned for {count(against, f'{which} picture')}, so that none is shown smaller than others."

    def _anchor(self, size: tuple[int, int]) -> float:
        if self.lineage is not None:
            anchor = self.lineage.smallest_anchor
            self.choices.append(Choice("anchor", f"{anchor:g} pixels", f"As in {self.lineage.name}.", "lineage"))
            return anchor
        small = fitting.smallest_class_side(self.pictures, size)
        why = f"Boxes of the class with the smallest ones are usually about {small:.0f} pixels wide at this input size."
        return self._choose("anchor", None, fitting.fit_anchor(self.pictures, size), why, lambda a: f"{a:g} pixels")

    def _batch(self, size: tuple[int, int]) -> int:
        deepest = self.config.scope or usual_depth(self.config.preset, self.device)
        usual = (4 if self.lite else 2) if self.device == "cpu" else (16 if self.lite else 8)
        batch, why = max(1, min(usual, self.train.total // 4)), "The usual number for this network and device."
        if batch < usual:
            why = f"Fewer than usual, because there are only {count(self.train.total, 'image')} to learn from."
        if self.memory is not None:
            fits = costs.batch_that_fits(self.config.preset, deepest, size, batch, self.memory)
            if fits < batch:
                batch, why = fits, f"Fewer than usual, because only {self.memory / 1e9:.1f} GB of memory are free."
        return self._choose("batch_size", self.config.batch_size, batch, why)

    def _epochs(self, steps: int, batch: int) -> int:
        wanted = TARGET_STEPS * (1.0 if self.lineage is None else WARM_SHARE)
        if self.lite:  # small steps learn sooner from as many pictures, but not from fewer
            wanted *= max(1.0, RATE_BATCH / batch)
        epochs = max(FEWEST_EPOCHS, min(150 if self.lite else 60, math.ceil(wanted / steps)))
        why = f"About {epochs * steps:,} steps in all; a stage ends earlier when nothing gets better."
        if self.lineage is not None:
            why += f" Half the usual, as {self.lineage.name} knows most of it already."
        return self._choose("epochs", self.config.epochs, epochs, why)

    def _patience(self, longest: int) -> int:
        few = self.val.total < costs.FEW_VAL
        patience = max(5, round(longest * (0.5 if few else 0.25)))
        why = "A stage ends after so many epochs without a better figure on the validation images."
        if few:
            why += f" It waits long, as figures from {count(self.val.total, 'image')} jump."
        return self._choose("patience", self.config.patience, patience, why, lambda n: count(n, "epoch"))

    def _rates(self, scopes: list[Scope], batch: int) -> list[float]:
        """One for each stage. What the caller states is the first stage's; the others keep their proportion to it."""
        preset, optimizer, warm = self.config.preset, self.config.optimizer, self.lineage is not None

        def show(first: float) -> str:
            return ", then ".join(f"{rate:g}" for rate in rates_of(preset, optimizer, scopes, first))

        why = "At its peak; SGD needs larger rates than AdamW." if optimizer is Optimizer.SGD else "At its peak."
        if self.lineage is not None:
            why += f" Half the usual, as {self.lineage.name} is near a good place already."
        if len(scopes) > 1:
            why += " Lower later, so that the pretrained layers keep what they know."
        automatic = first_rate(preset, optimizer, scopes[0], batch, warm=warm)
        first = self._choose("learning_rate", self.config.learning_rate, automatic, why, show)
        return rates_of(preset, optimizer, scopes, first)

    def _warmup(self, shortest: int, deepest: Scope) -> int:
        steps = max(1, min(100 if deepest is Scope.ALL else 30, shortest // 10))
        why = "In each stage the learning rate rises first, so that the new weights find their place gently."
        return self._choose("warmup", None, steps, why, lambda n: count(n, "step"))

    def _decay(self) -> float:
        sgd = self.config.optimizer is Optimizer.SGD
        why = "Keeps weights small; the usual value for " + ("SGD." if sgd else "AdamW.")
        return self._choose("weight_decay", self.config.weight_decay, 5e-4 if sgd else 0.05, why, "{:g}".format)

    def _settings(self) -> None:
        """Those whose default is a value: another one is the caller's choice."""
        usual, config = TrainConfig(), self.config

        def tell(name: str, value: T, default: T, show: Callable[[T], str], why: str) -> None:
            self._choose(name, None if value == default else value, default, why, show)

        tell("optimizer", config.optimizer, usual.optimizer, _OPTIMIZERS.__getitem__, "Wants no tuning on small sets.")
        why = "Each stage ends with small steps, whenever that is."
        tell("schedule", config.schedule, usual.schedule, _SCHEDULES.__getitem__, why)
        why = "How much objects weigh against background in the focal loss, as published for this kind of network."
        self._choose("focal_alpha", config.focal_alpha, 0.5 if self.lite else 0.25, why, "{:g}".format)
        why = "How far the focal loss turns to what is hard, as published."
        tell("focal_gamma", config.focal_gamma, usual.focal_gamma, "{:g}".format, why)
        why = "Flips, scales and colours change from view to view, so that it learns the objects and not the pictures."
        tell("augment", config.augment, usual.augment, lambda on: "on" if on else "off", why)

    def _stages(
        self, scopes: list[Scope], parts: list[int], rates: list[float], size: tuple[int, int]
    ) -> tuple[Stage, ...]:
        images = (self.train.total, self.val.total)
        return tuple(
            Stage(
                scope.value, scope, epochs, rate, STAGE_REASONS[scope],
                costs.stage_seconds(self.config.preset, scope, size, epochs, images, self.device, self.threads),
            )
            for scope, epochs, rate in zip(scopes, parts, rates, strict=True)
        )  # fmt: skip

    def _warnings(self, size: tuple[int, int], anchor: float) -> tuple[str, ...]:
        remedy = "Choose a larger input size in the expert settings."
        if self.lineage is not None:
            remedy = "Start from scratch, so that the input size is fitted anew."
        small = fitting.small_box_warnings(self.pictures, self.train.boxes, self.labels, size, anchor)
        return (*self.proposal, *(f"{text} {remedy}" for text in small))

    def _outgrown(self, size: tuple[int, int], anchor: float) -> str | None:
        if self.lineage is None:
            return None
        fresh, _ = self._fitting_size()
        why = fitting.outgrown(self.pictures, size, anchor, fresh, self.lineage.name)
        return why and f"{why} Start from scratch to fit both anew."


_OPTIMIZERS = {Optimizer.ADAMW: "AdamW", Optimizer.SGD: "SGD with momentum 0.9"}
_SCHEDULES = {Schedule.COSINE: "cosine", Schedule.STEP: "in steps", Schedule.CONSTANT: "constant"}

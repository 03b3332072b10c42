"""What is said about a run: how it shall train, how it stands, what an epoch brought. Standard library only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class RunState(StrEnum):
    """Life of a job: queued -> running -> (cancelling) -> succeeded | failed | cancelled | interrupted."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"  # a person asked to stop; the worker has not answered yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the worker vanished; it can be resumed

    @property
    def is_finished(self) -> bool:
        return self in (self.SUCCEEDED, self.FAILED, self.CANCELLED, self.INTERRUPTED)

    @property
    def is_active(self) -> bool:
        return self in (self.RUNNING, self.CANCELLING)


class JobKind(StrEnum):
    TRAIN = "train"
    PREDICT = "predict"
    IMPORT = "import"
    EXPORT = "export"
    NEXT = "next"  # which images to label next
    FEATURES = "features"  # of the network's frozen part, made while nothing else waits
    CHECK = "check"  # which labels look wrong; gives way to all but features


class Preset(StrEnum):
    """Networks that can be trained, by the name that a person chooses."""

    LITE = "retinanet-lite"
    R50_V2 = "retinanet-r50-v2"


class Scope(StrEnum):
    """Which part of the network is trained. `head` takes the FPN along where it is not pretrained."""

    HEAD = "head"
    HEAD_FPN = "head+fpn"
    DEEP = "deep"  # head, FPN and the deep blocks of the body, which know most about what things are
    ALL = "all"


class Optimizer(StrEnum):
    """What turns gradients into steps."""

    ADAMW = "adamw"
    SGD = "sgd"  # with momentum 0.9


class Schedule(StrEnum):
    """How the learning rate falls after the warm-up, over a stage."""

    COSINE = "cosine"  # to 0
    STEP = "step"  # to a tenth after 2/3, to a hundredth after 8/9
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a run shall train; None means that Boxloop chooses and says what it chose.

    Attributes:
        preset: which network.
        scope: the deepest part of it that is trained in the end; None lets Boxloop choose how deep it goes.
        epochs: upper bound on passes over the training images.
        max_seconds: wall clock, from the start of the job; the best model so far is kept.
        batch_size: images a step.
        image_size: `(width, height)` of the letterboxed input in pixels, multiples of 32.
        tile_size: longer side, in pixels of the picture, of the tiles that pictures are cut into; 0 for whole pictures.
        learning_rate: its peak, after warm-up.
        optimizer: what turns gradients into steps.   schedule: how the learning rate falls.
        weight_decay: not applied to norms and biases.
        focal_alpha, focal_gamma: of the focal loss (Lin et al. 2017, eq. 5) or its form for scores that say how well a
            box lies (Li et al. 2020, eq. 5).
        patience: epochs without a better validation mAP before stopping early.
        seed: of the augmentation, the sampling and the new weights.
        augment: flips, scale jitter and photometric changes.
        weights_file: pretrained weights named by the user instead of the preset's own.
        start_from: folder name of the parent model. None leaves it to the caller: the pages and the command line start
            from the active model then, and the detector from pretrained weights.
        from_scratch: start from pretrained weights whatever model there is, and fit input size and anchors anew.
    """

    preset: Preset = Preset.LITE
    scope: Scope | None = None
    epochs: int | None = None
    max_seconds: float | None = None
    batch_size: int | None = None
    image_size: tuple[int, int] | None = None
    learning_rate: float | None = None
    optimizer: Optimizer = Optimizer.ADAMW
    schedule: Schedule = Schedule.COSINE
    weight_decay: float | None = None
    focal_alpha: float | None = None
    focal_gamma: float = 2.0
    patience: int | None = None
    seed: int = 0
    augment: bool = True
    weights_file: str | None = None
    start_from: str | None = None
    from_scratch: bool = False
    tile_size: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "max_seconds", "batch_size", "learning_rate", "patience"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be more than 0, got {value}")
        if self.focal_alpha is not None and not 0.0 <= self.focal_alpha <= 1.0:
            raise ValueError(f"focal_alpha lies in 0..1, got {self.focal_alpha}")
        if self.focal_gamma < 0:
            raise ValueError(f"focal_gamma is 0 or more, got {self.focal_gamma}")
        if self.image_size is not None and any(side < 64 or side % 32 for side in self.image_size):
            raise ValueError(f"image_size needs sides that are multiples of 32 and at least 64, got {self.image_size}")
        if self.tile_size is not None and self.tile_size != 0 and self.tile_size < 64:
            raise ValueError(f"tile_size is 0 for whole pictures, or at least 64 pixels, got {self.tile_size}")
        if self.weight_decay is not None and not self.weight_decay >= 0:
            raise ValueError(f"weight_decay is 0 or more, got {self.weight_decay}")
        if self.from_scratch and self.start_from is not None:
            raise ValueError(f"from_scratch and start_from ({self.start_from}) exclude each other: choose one of them")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what to_json wrote; names that this version does not know are refused."""
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown training setting: {', '.join(sorted(unknown))}")
        given = dict(values)
        if "preset" in given:
            given["preset"] = Preset(given["preset"])
        if given.get("scope") is not None:
            given["scope"] = Scope(given["scope"])
        if "optimizer" in given:
            given["optimizer"] = Optimizer(given["optimizer"])
        if "schedule" in given:
            given["schedule"] = Schedule(given["schedule"])
        if given.get("image_size") is not None:
            width, height = given["image_size"]
            given["image_size"] = (int(width), int(height))
        return cls(**given)


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one epoch brought.

    Attributes:
        epoch: 1-based.  epochs: the upper bound.  step: optimizer steps so far.
        seconds: wall clock since the run began.  seconds_left: our guess, None before there is one.
        classification_loss, box_loss: means over the epoch.
        ap, ap50: on the validation images, 0..1; None where nothing was validated in this epoch.
        learning_rate: at the last step of the epoch.
        is_best: the checkpoint of this epoch is the best so far.
        stage: of the plan, by name; reports from before there were stages are of the only one, the head's.
    """

    epoch: int
    epochs: int
    step: int
    seconds: float
    seconds_left: float | None
    classification_loss: float
    box_loss: float
    ap: float | None
    ap50: float | None
    learning_rate: float
    is_best: bool = False
    notes: tuple[str, ...] = field(default=())
    stage: str = "head"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(**{**values, "notes": tuple(values.get("notes", ()))})

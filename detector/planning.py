"""What Boxloop chooses for a run where nobody chose: input size, anchors, batch, epochs, learning rate, and why.

No torch here: the server shows the plan before the click and must not load it. Training asks the same function, so
that what was shown is what happens.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol

from detector.domain import Annotation, ImageSize, LabelSet
from detector.errors import TooFewExamples
from detector.runs import Preset, Scope, TrainConfig

STEP = 32  # sides of the canvas are multiples of it, so that strides 8..32 divide it
SMALL_OBJECT = 12.0  # pixels after resizing; under it a box covers little more than one cell of the finest level
TARGET_STEPS = 1_500  # optimizer steps after which more passes brought nothing on BCCD
BASE_PIXELS = 288 * 384
FEW_VAL = 10  # validation images; figures from fewer jump


class Pictured(Protocol):
    """What the planner looks at: a picture's size and its boxes. `dataset.Example` is one."""

    @property
    def size(self) -> ImageSize: ...
    @property
    def annotations(self) -> tuple[Annotation, ...]: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """The smallest thing that can be planned with: no file, no pixels."""

    size: ImageSize
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a model hands down to those that start from it: canvas `(width, height)` and smallest anchor, in pixels."""

    image_size: tuple[int, int]
    smallest_anchor: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Every choice of a run, made.

    Attributes:
        config: the caller's, with nothing left None but `max_seconds`, `weights_file` and `start_from`.
        image_size: `(width, height)` of the canvas in pixels.
        smallest_anchor: side of the smallest anchor in pixels of the canvas; each level doubles it.
        warmup_steps: optimizer steps in which the learning rate rises.
        reasons: one sentence for each choice that we made.
        seconds: a guess of the wall clock of the whole run.
    """

    config: TrainConfig
    image_size: tuple[int, int]
    smallest_anchor: float
    batch_size: int
    epochs: int
    learning_rate: float
    patience: int
    warmup_steps: int
    reasons: tuple[str, ...]
    seconds: float


def plan(
    train: Sequence[Pictured],
    val: Sequence[Pictured],
    labels: LabelSet,
    config: TrainConfig,
    device: str = "cpu",
    threads: int | None = None,
    lineage: Lineage | None = None,
) -> Plan:
    """Choose what the config leaves open; what it states is taken as it stands.

    Args:
        device: "cuda", "mps" or "cpu".
        threads: CPU threads of the run, only for the guess of the time; None counts the cores.
        lineage: of the parent model; its canvas and anchors win, because copied weights depend on them.

    Raises:
        TooFewExamples: no picture, no box or no class to learn from.
    """
    if not labels.ids or not any(p.annotations for p in train):
        raise TooFewExamples("There is no box to learn from. Draw some boxes and mark the images as done.")
    reasons: list[str] = []
    size = _image_size(train, config, device, lineage, reasons)
    anchor = _smallest_anchor(train, size, lineage, reasons)
    batch = config.batch_size or _batch_size(len(train), config, device, reasons)
    steps = math.ceil(len(train) / batch)
    epochs = config.epochs or _epochs(steps, config, reasons)
    rate = config.learning_rate or _learning_rate(batch, config, reasons)
    patience = config.patience or _patience(epochs, len(val), reasons)
    warmup = _warmup(steps * epochs, config, reasons)
    filled = replace(config, image_size=size, batch_size=batch, epochs=epochs, learning_rate=rate, patience=patience)
    seconds = guess_seconds(filled, len(train), len(val), device, threads)
    return Plan(filled, size, anchor, batch, epochs, rate, patience, warmup, tuple(reasons), seconds)


def _image_size(
    pictures: Sequence[Pictured], config: TrainConfig, device: str, lineage: Lineage | None, reasons: list[str]
) -> tuple[int, int]:
    if lineage is not None:
        reasons.append(f"Input {_by(lineage.image_size)} pixels, as in the model it starts from.")
        return lineage.image_size
    if config.image_size is not None:
        return config.image_size
    aspect = math.exp(median(math.log(p.size.width / p.size.height) for p in pictures))
    base = _pixel_budget(config.preset, device)
    size = _canvas(aspect, base, pictures)
    small = _small_side(pictures, size)
    if small < SMALL_OBJECT:
        # as much larger as brings the small objects up to size, but never more than 4 times the work
        size = _canvas(aspect, base * min(4.0, (SMALL_OBJECT / small) ** 2), pictures)
        why = f"larger than usual, because the smallest objects are about {small:.0f} pixels wide at the usual size"
    else:
        why = "enough for the smallest objects" + ("" if device != "cpu" else ", and quick on a CPU")
    reasons.append(f"Input {_by(size)} pixels: {why}.")
    return size


def _pixel_budget(preset: Preset, device: str) -> float:
    if device == "cpu":
        return float(BASE_PIXELS)
    return 480 * 640.0 if preset is Preset.LITE else 608 * 800.0


def _canvas(aspect: float, pixels: float, pictures: Sequence[Pictured]) -> tuple[int, int]:
    """`(width, height)` of about this many pixels, in multiples of 32, never (much) larger than the pictures."""
    largest = max(p.size.width * p.size.height for p in pictures)
    pixels = min(pixels, float(largest))
    aspect = min(max(aspect, 0.25), 4.0)  # a longer strip would leave the coarse levels without cells
    height = max(2, round(math.sqrt(pixels / aspect) / STEP)) * STEP
    width = max(2, round(height * aspect / STEP)) * STEP
    return width, height


def _small_side(pictures: Sequence[Pictured], size: tuple[int, int]) -> float:
    """The geometric side, in pixels of the canvas, that one box in ten is smaller than."""
    sides = []
    for picture in pictures:
        scale = min(size[0] / picture.size.width, size[1] / picture.size.height)
        sides += [math.sqrt(a.box.area) * scale for a in picture.annotations]
    sides.sort()
    return sides[len(sides) // 10]


def _smallest_anchor(
    pictures: Sequence[Pictured], size: tuple[int, int], lineage: Lineage | None, reasons: list[str]
) -> float:
    if lineage is not None:
        return lineage.smallest_anchor
    small = _smallest_class_side(pictures, size)
    anchor = float(max(8, min(32, 4 * round(0.75 * small / 4))))
    reasons.append(
        f"Smallest anchor {anchor:.0f} pixels: boxes of the class with the smallest ones are usually about "
        f"{small:.0f} pixels wide at this size."
    )
    return anchor


def _smallest_class_side(pictures: Sequence[Pictured], size: tuple[int, int]) -> float:
    """The median geometric side, in canvas pixels, of the class with the smallest boxes: it may be a rare one."""
    sides: dict[int, list[float]] = {}
    for picture in pictures:
        scale = min(size[0] / picture.size.width, size[1] / picture.size.height)
        for a in picture.annotations:
            sides.setdefault(a.label, []).append(math.sqrt(a.box.area) * scale)
    return min(median(of_class) for of_class in sides.values())


def _batch_size(images: int, config: TrainConfig, device: str, reasons: list[str]) -> int:
    heavy = config.preset is Preset.R50_V2
    usual = (2 if heavy else 8) if device == "cpu" else (8 if heavy else 16)
    batch = max(1, min(usual, images // 4))
    if batch < usual:
        reasons.append(
            f"{_count(batch, 'image')} a step, because there are only {_count(images, 'image')} to learn from."
        )
    else:
        reasons.append(f"{_count(batch, 'image')} a step.")
    return batch


def _epochs(steps: int, config: TrainConfig, reasons: list[str]) -> int:
    most = 150 if config.preset is Preset.LITE else 60
    epochs = max(12, min(most, math.ceil(TARGET_STEPS / steps)))
    reasons.append(f"At most {epochs} passes over the images; it ends earlier when nothing gets better.")
    return epochs


def _learning_rate(batch: int, config: TrainConfig, reasons: list[str]) -> float:
    """AdamW peaks found for batch 8; with the root of the batch (Malladi et al. 2022), never above the peak found."""
    if config.preset is Preset.LITE:
        base = {Scope.HEAD: 2e-3, Scope.HEAD_FPN: 2e-3, Scope.DEEP: 1e-3, Scope.ALL: 5e-4}[config.scope or Scope.HEAD]
    else:
        base = {Scope.HEAD: 1e-3, Scope.HEAD_FPN: 5e-4, Scope.DEEP: 2e-4, Scope.ALL: 1e-4}[config.scope or Scope.HEAD]
    if config.start_from is not None:
        base /= 2  # it starts near a good place
    rate = float(f"{base * min(1.0, math.sqrt(batch / 8)):.1e}")
    reasons.append(f"Learning rate {rate:g}, {_RATE_REASON[config.scope or Scope.HEAD]}.")
    return rate


_RATE_REASON = {
    Scope.HEAD: "as new layers stand a high one",
    Scope.HEAD_FPN: "as new layers stand a high one",
    Scope.DEEP: "lower, so that the pretrained layers keep what they know",
    Scope.ALL: "low, so that the pretrained layers keep what they know",
}


def _patience(epochs: int, val_images: int, reasons: list[str]) -> int:
    share = 0.5 if val_images < FEW_VAL else 0.25  # figures from few images jump, so wait longer
    patience = max(5, round(epochs * share))
    reasons.append(f"It stops after {patience} passes without a better figure on the validation images.")
    return patience


def _warmup(steps: int, config: TrainConfig, reasons: list[str]) -> int:
    wanted = 100 if config.scope is Scope.ALL else 30
    warmup = max(1, min(wanted, steps // 10))
    reasons.append(f"The learning rate rises during the first {_count(warmup, 'step')}.")
    return warmup


# Seconds for one image of 288x384 pixels on two CPU cores: (a training step's share, a prediction). Those of lite with
# a frozen body were measured (BCCD: 8 to 11 s for 205 images learned from and 87 checked), the others are guesses.
_CPU_SECONDS = {
    (Preset.LITE, Scope.HEAD): (0.045, 0.020),
    (Preset.LITE, Scope.HEAD_FPN): (0.045, 0.020),
    (Preset.LITE, Scope.DEEP): (0.06, 0.020),
    (Preset.LITE, Scope.ALL): (0.085, 0.020),
    (Preset.R50_V2, Scope.HEAD): (0.9, 0.35),
    (Preset.R50_V2, Scope.HEAD_FPN): (1.0, 0.35),
    (Preset.R50_V2, Scope.DEEP): (1.2, 0.35),
    (Preset.R50_V2, Scope.ALL): (1.4, 0.35),
}
_GPU_SPEEDUP = {"cuda": 25.0, "mps": 5.0}
_START_SECONDS = 8.0  # loading torch and the weights


def guess_seconds(config: TrainConfig, train: int, val: int, device: str, threads: int | None = None) -> float:
    """Guess the wall clock of a run whose config has a size and epochs; never more than its `max_seconds`."""
    if config.image_size is None or config.epochs is None:
        raise ValueError("the guess needs image_size and epochs")
    per_train, per_val = _CPU_SECONDS[(config.preset, config.scope or Scope.HEAD)]
    cores = threads or os.cpu_count() or 1
    speed = _GPU_SPEEDUP.get(device) or min(4.0, cores / 2)  # CPU runs gain little past eight cores
    pixels = config.image_size[0] * config.image_size[1] / BASE_PIXELS
    # with few validation images the patience is so long that a run seldom ends early
    passes = config.epochs * (1.0 if val < FEW_VAL else 0.85)
    seconds = _START_SECONDS + passes * (train * per_train + val * per_val) * pixels / speed
    return min(seconds, config.max_seconds) if config.max_seconds else seconds


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

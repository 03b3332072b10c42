"""What models find on images that they have not learnt from, for every labelled image: cross-validation.

The images are dealt into folds. For each fold a head is trained on the others, from the same pretrained start and on
features that are computed once, and looks at the fold. So no label is judged by a model that has learnt it.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector import devices
from detector.advising.folds import FEWEST_EPOCHS, MOST_VAL, Crossing, deal, too_few
from detector.domain import LabelSet, Prediction
from detector.errors import TooFewExamples
from detector.features.feature_cache import FeatureCache
from detector.learning import costs
from detector.learning.starting import FEWEST_VAL, Start, prepare
from detector.learning.training import BEST, Progress, fit
from detector.measuring.box_columns import Found
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import Scope, TrainConfig
from detector.shortage import shortage_is_said

LOOKING = 0.15  # of the time of a fold it looks at the images that it has not learnt from; the rest it learns
BUSY = 4.0  # times as long as planned a fold may learn where the machine is busy with other things


@dataclass(frozen=True, slots=True)
class Fold:
    """What is told while it goes on: fold `number` (from 1) of `folds`, and the share of it that is done."""

    number: int
    folds: int
    done: float


def start_for(
    examples: Sequence[Example],
    labels: LabelSet,
    config: TrainConfig,
    *,
    device: str,
    on_note: Callable[[str], None] = lambda text: None,
) -> Start:
    """What all folds start from: pretrained weights, and only what stands before the boxes is trained.

    Args:
        config: network and input size are taken from it.   device: its type.

    Raises:
        TooFewExamples, WeightsUnavailable: as `starting.prepare`.
    """
    train, val = _with_val(examples)
    own = TrainConfig(config.preset, Scope.HEAD, image_size=config.image_size, tile_size=config.tile_size)
    own = replace(own, weights_file=config.weights_file, seed=config.seed)
    return prepare(train, val, labels, own, device=device, parent=None, on_note=on_note)


@shortage_is_said()
def cross(
    examples: Sequence[Example],
    labels: LabelSet,
    start: Start,
    crossing: Crossing,
    *,
    folder: Path,
    cache: FeatureCache,
    group: NDArray[np.int64] | None = None,
    device: str = "auto",
    threads: int | None = None,
    cuts: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Fold], None] = lambda fold: None,
) -> Found | None:
    """What is found on each image by a model that has not learnt from it; None where it was told to stop.

    Folds that are finished are kept in `folder`, so that the next call with the same arguments goes on after them.

    Args:
        start: as `start_for` makes it; it stays as it is.
        group: as in `deal`.

    Raises:
        TooFewExamples: too few images, or a fold leaves too little to learn from.
        WeightsUnavailable, TrainingDiverged, OutOfMemory, UnreadableImage: as `training.fit`.
    """
    if (reason := too_few(len(examples))) is not None:
        raise TooFewExamples(reason)
    fold_of = deal(examples, crossing.folds, group)
    parts: list[Found] = []
    for fold in range(crossing.folds):
        kept = folder / f"fold-{fold}.npz"
        if not kept.exists():
            asked = np.flatnonzero(fold_of == fold)
            others = [examples[place] for place in np.flatnonzero(fold_of != fold).tolist()]

            def told(done: float, number: int = fold + 1) -> None:
                on_progress(Fold(number, crossing.folds, min(1.0, done)))

            run = folder / f"fold-{fold}"
            model = _learn(
                others, labels, start, crossing.seconds, run, cache, device, threads, cuts, should_stop, told
            )
            if model is None:
                return None
            found = _look(model, examples, asked, cache, device, threads, should_stop, told)
            if found is None:
                return None
            _keep(found, kept)
            shutil.rmtree(run, ignore_errors=True)
        parts.append(_kept(kept))
    return _together(parts)


def _learn(
    others: Sequence[Example],
    labels: LabelSet,
    start: Start,
    seconds: float,
    folder: Path,
    cache: FeatureCache,
    device: str,
    threads: int | None,
    cuts: Path | None,
    should_stop: Callable[[], bool],
    told: Callable[[float], None],
) -> Path | None:
    """The folder of the model of a fold; None where it was told to stop."""
    train, val = _with_val(others)
    own = _own_start(start, seconds, (len(train), len(val)), device, threads)
    result = fit(
        train,
        val,
        labels,
        own.plan.config,
        folder=folder,
        device=device,
        threads=threads,
        should_stop=should_stop,
        on_progress=lambda progress: told((1.0 - LOOKING) * _share_done(progress)) if progress.step else None,
        resume=True,
        start=own,
        cache=cache,
        cuts=cuts,
    )
    return None if result.stopped_because == "cancelled" else folder / BEST


def _own_start(start: Start, seconds: float, images: tuple[int, int], device: str, threads: int | None) -> Start:
    """A copy for a fold, with as many epochs as an idle machine of this kind gets through in so many seconds.

    By epochs and not by the clock, so that a busy machine judges labels by models that have learnt as much.
    """
    plan, kind = start.plan, devices.resolve(device).type
    [stage] = plan.stages
    epoch = costs.stage_seconds(plan.config.preset, stage.scope, plan.image_size, 1, images, kind, threads)
    epochs = min(stage.epochs, max(FEWEST_EPOCHS, round(seconds / epoch)))
    config = replace(plan.config, epochs=epochs, max_seconds=BUSY * max(seconds, epochs * epoch))
    own = replace(plan, config=config, epochs=epochs, stages=(replace(stage, epochs=epochs),))
    return Start(copy.deepcopy(start.network), start.meta, own)


def _share_done(progress: Progress) -> float:
    return (progress.epoch - 1 + progress.step / progress.steps_per_epoch) / progress.epochs


def _with_val(others: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Images to learn from, and a few to choose the best moment by: as many of them are empty as of all, in share."""
    wanted = max(FEWEST_VAL, min(MOST_VAL, len(others) // 10))
    order = sorted(range(len(others)), key=lambda n: (not others[n].annotations, others[n].key))
    step = len(order) / wanted
    chosen = {order[int(n * step)] for n in range(wanted)}
    train = [example for n, example in enumerate(others) if n not in chosen]
    return train, [others[n] for n in sorted(chosen)]


def _look(
    model: Path,
    examples: Sequence[Example],
    asked: NDArray[np.int64],
    cache: FeatureCache,
    device: str,
    threads: int | None,
    should_stop: Callable[[], bool],
    told: Callable[[float], None],
) -> Found | None:
    """What the model finds on the images asked for; the columns name them by their place among all."""
    predictor = Predictor(model, device, threads, cache)
    wanted = [examples[place] for place in asked.tolist()]
    found: list[Sequence[Prediction]] = [()] * len(examples)
    looking = predictor.predict(
        [example.path for example in wanted],
        keys=[example.key for example in wanted],
        sizes=[example.size for example in wanted],
    )
    for done, (place, one) in enumerate(zip(asked.tolist(), looking, strict=True), start=1):
        if should_stop():
            return None
        found[place] = one.predictions
        told(1.0 - LOOKING * (1.0 - done / len(asked)))
    return Found.of(found)


def _keep(found: Found, path: Path) -> None:
    """Written beside and moved into place, so that half a file is never taken for a whole one."""
    beside = path.with_suffix(".new.npz")
    np.savez(beside, image=found.image, label=found.label, box=found.box, score=found.score)
    beside.replace(path)


def _kept(path: Path) -> Found:
    with np.load(path) as columns:
        return Found(columns["image"], columns["label"], columns["box"], columns["score"])


def _together(parts: Sequence[Found]) -> Found:
    """Each image is in one part only."""
    image, label, box, score = (
        np.concatenate([getattr(part, column) for part in parts]) for column in ("image", "label", "box", "score")
    )
    order = np.argsort(image, kind="stable")
    return Found(image[order], label[order], box[order], score[order])

"""Figures of a model on images that people have finished, from the predictions that are stored."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar, cast

from detector import intervals
from detector.coco_figures import LIMIT
from detector.evaluation import Evaluation, evaluate
from detector.intervals import Intervals
from detector.judging import is_flattering
from gui.examining import Examined, done_images, examine, of_split
from gui.thresholding import advised
from gui.wording import count, share
from storage.image_filter import ImageFilter
from storage.records import ModelVersion, Split
from storage.store import Store

FEW_IMAGES = 10
KEPT = 16  # answers
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class ModelEvaluation:
    """Figures of a model on the done images that a filter lets through; labels index `class_ids`.

    Attributes:
        split: of all these images, where they are a whole split.
        unseen: done images that the model has not looked at; they are left out.
        by_models: how many of the true boxes models drew.
        advice: what to make of the figures, or None.
    """

    model: ModelVersion
    split: Split | None
    class_ids: tuple[int, ...]
    figures: Evaluation
    unseen: int
    by_models: int
    advice: str | None


@dataclass
class Evaluating:
    """Evaluates, and keeps the last answers as long as neither boxes nor classes change. Threads may share it."""

    store: Store
    _kept: OrderedDict[Hashable, object] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, model_id: int, wanted: ImageFilter, threshold: float | None = None) -> ModelEvaluation:
        """Compare what the model found with what people drew.

        Every class that people drew counts: one that the model never learned has an AP of 0. Merged classes are one,
        for models that were trained before too; archived ones are left out.

        Args:
            threshold: from which boxes are shown; None for those that are kept with the model, of each class.

        Raises:
            NotFound: no such model. NotYet: no image that is done and that the model has seen.
        """
        seen = examine(self.store, model_id, wanted)
        kept = advised(seen.model)
        chosen = tuple(kept.of(class_id) if threshold is None else threshold for class_id in seen.labels.ids)
        sizes = [image.size for image in seen.images]
        figures = self._keep(
            ("figures", chosen, _digest(seen)), lambda: evaluate(seen.truths, seen.found, sizes, seen.labels, chosen)
        )
        [split] = wanted.splits if len(wanted.splits) == 1 else [None]
        return ModelEvaluation(
            model=seen.model,
            split=split if split is not None and wanted == of_split(split) else None,
            class_ids=seen.labels.ids,
            figures=figures,
            unseen=seen.unseen,
            by_models=seen.by_models,
            advice=_advice(seen, figures),
        )

    def intervals(self, model_id: int, wanted: ImageFilter) -> tuple[Intervals, tuple[int, ...]]:
        """The 95 % intervals of the same figures, and the class ids that their labels index. Takes seconds."""
        seen = examine(self.store, model_id, wanted)
        images, classes = len(seen.images), len(seen.labels)
        found = self._keep(
            ("intervals", _digest(seen)), lambda: intervals.of_figures(seen.truths, seen.found, images, classes)
        )
        return found, seen.labels.ids

    def missing(self, model: ModelVersion, wanted: ImageFilter) -> list[int]:
        """Ids of the done images among them that the model has not looked at yet."""
        missing = set(self.store.predictions.missing(model.id))
        return [image.id for image in done_images(self.store, model.project_id, wanted) if image.id in missing]

    def _keep(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(Answer, self._kept[key])
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def _digest(seen: Examined) -> bytes:
    """The same for the same boxes of the same classes on as large images."""
    digest = hashlib.blake2b()
    for columns in (seen.truths, seen.found):
        for name in ("image", "label", "box"):
            digest.update(getattr(columns, name).tobytes() + b";")
    digest.update(seen.found.score.tobytes())
    digest.update(repr((seen.labels, [image.size for image in seen.images])).encode())
    return digest.digest()


def _advice(seen: Examined, figures: Evaluation) -> str | None:
    said = [_few(figures.images), _unseen(seen), _flattering(figures.boxes, seen.by_models)]
    said += [_crowded(figures), _nothing_to_find(figures)]
    return " ".join(one for one in said if one) or None


def _few(images: int) -> str:
    few = images < FEW_IMAGES
    return f"From only {count(images, 'image')}: one more or less can change these figures a lot." if few else ""


def _unseen(seen: Examined) -> str:
    if not seen.unseen:
        return ""
    return f"v{seen.model.number} has not looked at {count(seen.unseen, 'more done image')}: predict all images."


def _flattering(boxes: int, by_models: int) -> str:
    if not is_flattering(boxes, by_models):
        return ""
    return (
        f"A model drew {share(by_models / boxes)} of these boxes, and AP flatters the models that drew them. "
        "Trust AP50, or label a test split without a model's help."
    )


def _crowded(figures: Evaluation) -> str:
    crowded = figures.crowded
    if not crowded.images:
        return ""
    return (
        f"{count(crowded.images, 'image')} with more than {LIMIT} boxes of a class: AP and AR count the best {LIMIT} "
        f"there and pass over {count(crowded.passed_over, 'box', 'boxes')}."
    )


def _nothing_to_find(figures: Evaluation) -> str:
    without = [one for one in figures.per_class if not one.boxes and one.predicted]
    if not without or not figures.boxes:
        return ""
    names = ", ".join(one.name for one in without[:3]) + (" and others" if len(without) > 3 else "")
    found = count(sum(one.predicted for one in without), "box", "boxes")
    return f"No true box of {names} here: {found} found of it do not count in AP."

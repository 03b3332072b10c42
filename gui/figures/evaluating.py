"""Figures of a model on images that people have finished, from the predictions that are stored."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar, cast

from detector.measuring import intervals
from detector.measuring.evaluation import Evaluation, evaluate
from detector.measuring.intervals import Intervals
from gui.figures.examining import Examined, done_images, examine, of_split
from gui.figures.figure_notes import Note, notes
from gui.figures.thresholding import advised
from gui.figures.together import Together
from storage.image_filter import ImageFilter
from storage.records import ModelVersion, Split
from storage.store import Store

KEPT = 16  # answers
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class ModelEvaluation:
    """Figures of a model on the done images that a filter lets through.

    Attributes:
        seen: the model and the images; labels are those of its label set.
        split: of all these images, where they are a whole split.
        thresholds: by label, from which boxes are shown.
    """

    seen: Examined
    split: Split | None
    thresholds: tuple[float, ...]
    figures: Evaluation

    @property
    def notes(self) -> list[Note]:
        """What to know before trusting them."""
        return notes(self.seen, self.figures)


@dataclass
class Evaluating:
    """Evaluates, and keeps the last answers as long as neither boxes nor classes change. Threads may share it."""

    store: Store
    together: Together
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
        return self._shared(model_id, wanted, ("figures", threshold), lambda: self._of(model_id, wanted, threshold))

    def intervals(self, model_id: int, wanted: ImageFilter) -> tuple[Intervals, tuple[int, ...]]:
        """The 95 % intervals of the same figures, and the class ids that their labels index. Takes seconds."""
        return self._shared(model_id, wanted, ("intervals",), lambda: self._intervals(model_id, wanted))

    def missing(self, model: ModelVersion, wanted: ImageFilter) -> list[int]:
        """Ids of the done images among them that the model has not looked at yet."""
        missing = set(self.store.predictions.missing(model.id))
        return [image.id for image in done_images(self.store, model.project_id, wanted) if image.id in missing]

    def _shared(
        self, model_id: int, wanted: ImageFilter, question: tuple[object, ...], answer: Callable[[], Answer]
    ) -> Answer:
        project_id = self.store.models.get(model_id, deleted=True).project_id
        return self.together.get(project_id, wanted, (model_id, *question), answer)

    def _of(self, model_id: int, wanted: ImageFilter, threshold: float | None) -> ModelEvaluation:
        seen = examine(self.store, model_id, wanted)
        kept = advised(seen.model)
        chosen = tuple(kept.of(class_id) if threshold is None else threshold for class_id in seen.labels.ids)
        sizes = [image.size for image in seen.images]
        figures = self._keep(
            ("figures", chosen, _digest(seen)), lambda: evaluate(seen.truths, seen.found, sizes, seen.labels, chosen)
        )
        [split] = wanted.splits if len(wanted.splits) == 1 else [None]
        is_split = split is not None and wanted == of_split(split)
        return ModelEvaluation(seen, split if is_split else None, chosen, figures)

    def _intervals(self, model_id: int, wanted: ImageFilter) -> tuple[Intervals, tuple[int, ...]]:
        seen = examine(self.store, model_id, wanted)
        images, classes = len(seen.images), len(seen.labels)
        found = self._keep(
            ("intervals", _digest(seen)), lambda: intervals.of_figures(seen.truths, seen.found, images, classes)
        )
        return found, seen.labels.ids

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

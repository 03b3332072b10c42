"""How good a model is on images that somebody chose, as it is shown: its classes, its charts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gui.charts.calibration import calibration
from gui.charts.chart import Chart, ClassName
from gui.charts.confusion import Confusion
from gui.charts.counting import counting
from gui.charts.curves import ClassCurve, by_threshold, precision_recall
from gui.figures.evaluating import ModelEvaluation
from gui.figures.thresholding import advised
from storage.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Figured:
    """A model's figures with what they are shown by.

    Attributes:
        classes: by label.
        threshold: from which boxes of classes without a threshold of their own are shown.
    """

    of: ModelEvaluation
    classes: tuple[ClassName, ...]
    threshold: float

    @property
    def confusion(self) -> Confusion:
        return Confusion(self.of.figures.at_threshold.confusion, self.classes)

    def charts(self) -> list[Chart]:
        """In the order in which they are read."""
        figures = self.of.figures
        rows = list(zip(self.classes, figures.per_class, strict=True))
        most = sorted((pair for pair in rows if pair[1].boxes), key=lambda pair: -pair[1].boxes)
        single = [(of, row.confidence) for of, row in most]
        return [
            precision_recall([ClassCurve(of, row.boxes, row.curve) for of, row in rows], self.threshold),
            by_threshold(figures.confidence, single, self.threshold),
            self.confusion.chart(),
            counting(*self._counts(), figures.at_threshold.all.count),
            calibration(figures.calibration),
        ]

    def _counts(self) -> tuple[list[int], list[int]]:
        """True boxes and boxes shown, image by image."""
        seen = self.of.seen
        shown = seen.found.shown(self.of.thresholds)
        true, found = (
            np.bincount(of, minlength=len(seen.images)).tolist() for of in (seen.truths.image, seen.found.image[shown])
        )
        return true, found


def figured(store: Store, evaluation: ModelEvaluation) -> Figured:
    """Raises NotFound where the project is not there any more."""
    seen = evaluation.seen
    colors = {one.id: one.color for one in store.classes.list(seen.model.project_id)}
    names = zip(seen.labels.ids, seen.labels.names, strict=True)
    classes = tuple(ClassName(class_id, name, colors[class_id]) for class_id, name in names)
    return Figured(evaluation, classes, advised(seen.model).all)

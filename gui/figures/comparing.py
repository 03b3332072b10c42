"""Model versions beside each other on the same images: figures, what got better and worse, and what is still unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.domain import LabelSet
from detector.measuring.box_columns import Found, Truths
from detector.measuring.coco_figures import Figures, accumulate
from detector.measuring.comparing import Changes, Shown, compare
from detector.measuring.confidence import Confidence, confidence
from detector.measuring.curves import Curves
from detector.measuring.hits import hits
from detector.measuring.intervals import Intervals, of_difference
from detector.runs import JobKind
from gui.charts.chart import Chart, as_text
from gui.charts.versions import VersionCurve, f1_by_threshold, found_and_right
from gui.figures.examining import as_found, as_truths, done_images, labels_of
from gui.figures.thresholding import advised
from gui.id_ranges import as_ranges, from_ranges
from gui.job_queue import JobQueue
from gui.messages import BadRequest, NotYet
from storage.image_filter import ImageFilter
from storage.records import Job, ModelVersion, StoredImage
from storage.store import Store

MOST_MODELS = 6  # that are compared at once; more lines and columns cannot be told apart


@dataclass(frozen=True, slots=True)
class Side:
    """One of the versions that are compared.

    Attributes:
        unseen: ids of the images that it has not looked at.
        job: the one by which it is going to look at them; None where nobody asked for that.
        threshold: from which its boxes are shown, as far as a class has no other one.   thresholds: by label.
    """

    model: ModelVersion
    unseen: tuple[int, ...]
    job: Job | None
    threshold: float
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a version is.

    Attributes:
        whole, per_class: COCO's figures, by label; None where there is no true box.
        shown, right: boxes from its thresholds up, and how many of those take a true box.
    """

    whole: Figures | None
    per_class: tuple[Figures | None, ...]
    shown: int
    right: int


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Model versions and the done images that all of them have seen; the columns name images by their place.

    Attributes:
        sides: as they were asked for, the first one being compared with the others.
        left_out: how many more images there are that one of them has not seen.
        found: of each side.
    """

    sides: tuple[Side, ...]
    images: tuple[StoredImage, ...]
    left_out: int
    labels: LabelSet
    truths: Truths
    found: tuple[Found, ...]

    def quality(self, place: int) -> Quality:
        """Figures of one side."""
        found = self.found[place]
        seen = found.shown(self.sides[place].thresholds)
        shown, right = int(seen.sum()), int((seen & hits(self.truths, found)).sum())
        if not len(self.truths):
            return Quality(None, (None,) * len(self.labels), shown, right)
        accumulated = accumulate(self.truths, found, [image.size for image in self.images], self.labels)
        per_class = tuple(accumulated.figures(label) for label in range(len(self.labels)))
        return Quality(accumulated.figures(), per_class, shown, right)

    def difference(self, place: int = 1) -> Intervals:
        """What the first side has more than another one, with intervals; takes seconds where there are many boxes."""
        return of_difference(self.truths, self.found[place], self.found[0], len(self.images), len(self.labels))

    def confidence(self, place: int, label: int | None = None) -> Confidence:
        """Precision, recall and F1 of a side over thresholds, of one class or of all together."""
        found = self.found[place]
        boxes = np.bincount(self.truths.label, minlength=len(self.labels))
        every, hit = np.arange(len(self.labels)), hits(self.truths, found)
        return confidence(Curves.of(every, found.label, found.score, hit, boxes, len(self.images)), label)

    def changes(self, threshold: float | None = None) -> tuple[Shown, Shown, Changes]:
        """What the first side does better or worse than the second, with what is shown of each.

        Args:
            threshold: one for both; None for those of each version.
        """
        ours, theirs = (
            Shown.of(self.truths, found, side.thresholds if threshold is None else [threshold] * len(self.labels))
            for side, found in zip(self.sides[:2], self.found[:2], strict=True)
        )
        return ours, theirs, compare(self.truths, ours, theirs)


class Comparing:
    """Compares the versions of a project's model. Threads may share it."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        self._store = store
        self._queue = queue

    def compared(self, models: Sequence[ModelVersion], wanted: ImageFilter) -> Compared:
        """Put versions of one project beside each other, on the done images that a filter lets through.

        Raises:
            BadRequest: not two or more, or one of them twice. NotYet: no such image is done.
        """
        ids = [model.id for model in models]
        if not 2 <= len(set(ids)) == len(ids) <= MOST_MODELS:
            raise BadRequest(f"Choose two to {MOST_MODELS} different versions to compare.")
        with self._store.database.reading_together():
            return self._compared(models[0].project_id, models, wanted)

    def _compared(self, project_id: int, models: Sequence[ModelVersion], wanted: ImageFilter) -> Compared:
        images = self._images(project_id, wanted)
        labels = labels_of(self._store, project_id)
        jobs = looking(self._store, project_id)
        sides = tuple(
            Side(model, self._unseen(model, images), jobs.get(model.id), *_thresholds(model, labels))
            for model in models
        )
        lacking = {image_id for side in sides for image_id in side.unseen}
        common = tuple(image for image in images if image.id not in lacking)
        place = np.array([image.id for image in common], np.int64)
        columns = self._store.columns
        truths = as_truths(columns.annotations(place.tolist()), place, labels)
        found = tuple(as_found(columns.predictions(model.id, place.tolist()), place, labels) for model in models)
        return Compared(sides, common, len(images) - len(common), labels, truths, found)

    def look(self, model: ModelVersion, wanted: ImageFilter, author: str = "") -> Job:
        """Let a version look at those of the done images that it has not seen; asking twice is as good as once.

        Raises NotYet: it has seen all of them.
        """
        unseen = self._unseen(model, self._images(model.project_id, wanted))
        if not unseen:
            raise NotYet(f"v{model.number} has looked at these images already.")
        for job in _unfinished(self._store, model.project_id):
            if job.params.get("model_version_id") == model.id and _covers(job, unseen):
                return job
        params = {"model_version_id": model.id, "only": as_ranges(unseen)}
        return self._queue.enqueue(model.project_id, JobKind.PREDICT, params, author)

    def _images(self, project_id: int, wanted: ImageFilter) -> list[StoredImage]:
        images = done_images(self._store, project_id, wanted)
        if not images:
            raise NotYet("None of these images is done. Mark images as done, or choose others.")
        return images

    def _unseen(self, model: ModelVersion, images: Sequence[StoredImage]) -> tuple[int, ...]:
        missing = set(self._store.predictions.missing(model.id))
        return tuple(image.id for image in images if image.id in missing)


def charts_of(found: Compared, class_id: int | None = None) -> list[Chart]:
    """A line for each version, of one class or of all together. Raises BadRequest for a class that is not there."""
    if class_id is not None and class_id not in found.labels.ids:
        raise BadRequest("This class is not there any more. Choose another one.")
    label = None if class_id is None else found.labels.label_of(class_id)
    of = "all classes" if label is None else as_text(found.labels.names[label])
    curves = [
        VersionCurve(f"v{side.model.number}", found.confidence(place, label)) for place, side in enumerate(found.sides)
    ]
    return [found_and_right(curves, of), f1_by_threshold(curves, of)]


def looking(store: Store, project_id: int) -> dict[int, Job]:
    """By model id the job by which a version is looking at images, or is going to."""
    return {int(job.params["model_version_id"]): job for job in reversed(_unfinished(store, project_id))}


def _thresholds(model: ModelVersion, labels: LabelSet) -> tuple[float, tuple[float, ...]]:
    """From which score boxes of a version are shown: of all classes, and by label."""
    at = advised(model)
    return at.all, tuple(at.of(class_id) for class_id in labels.ids)


def _covers(job: Job, unseen: Sequence[int]) -> bool:
    only = job.params.get("only")
    return only is None or set(unseen) <= set(from_ranges(only))


def _unfinished(store: Store, project_id: int) -> list[Job]:
    """The predict jobs that wait or run, the newest first."""
    return [job for job in store.jobs.list(project_id, JobKind.PREDICT, limit=50) if not job.state.is_finished]

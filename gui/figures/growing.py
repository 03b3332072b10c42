"""How the models of a project have become better while it grew: by the figures of their time, and of today."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from detector.domain import LabelSet
from detector.measuring.box_columns import Truths
from detector.measuring.coco_figures import Figures, accumulate
from gui.figures.comparing import looking
from gui.figures.examining import Ids, as_found, as_truths, done_images, labels_of, of_split
from storage.records import Job, ModelVersion, Split, StoredImage
from storage.store import Store

MOST_KEPT = 500  # figures; each is small, but takes up to a second to compute


@dataclass(frozen=True, slots=True)
class Grown:
    """The versions of a project, by number.

    Attributes:
        now: figures on today's images, by model id; only of versions that have seen them all.
        unseen: by model id, how many of today's images a version has not seen, where that is any.
        images: how many images there are today.
        jobs: by model id, those by which versions are going to look at images.
    """

    models: tuple[ModelVersion, ...]
    now: dict[int, Figures]
    unseen: dict[int, int]
    images: int
    jobs: dict[int, Job]


class Growing:
    """Measures all versions of a project on the same images. Threads may share it.

    Figures that were computed are remembered for as long as the images and their boxes stay as they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._known: OrderedDict[tuple[int, str], Figures] = OrderedDict()

    def grown(self, project_id: int, today: Split | None = None) -> Grown:
        """All versions outside the bin.

        Args:
            today: the split on whose done images they are measured as well.
        """
        models = tuple(self._store.models.list(project_id))
        images = [] if today is None else done_images(self._store, project_id, of_split(today))
        if not images:
            return Grown(models, {}, {}, 0, {})
        ids = np.array([image.id for image in images], np.int64)
        with self._store.database.reading_together():
            labels, truths = self._drawn(project_id, ids)
        digest = _digest(ids, truths, labels)
        unseen = {model.id: self._unseen(model, ids) for model in models}
        now = {
            model.id: self._figures(model, digest, images) for model in models if not unseen[model.id] and len(truths)
        }
        waiting = {model_id: number for model_id, number in unseen.items() if number}
        return Grown(models, now, waiting, len(images), looking(self._store, project_id))

    def _unseen(self, model: ModelVersion, ids: NDArray[np.int64]) -> int:
        return int(np.isin(ids, self._store.predictions.missing(model.id)).sum())

    def _drawn(self, project_id: int, ids: Ids) -> tuple[LabelSet, Truths]:
        labels = labels_of(self._store, project_id)
        return labels, as_truths(self._store.columns.annotations(ids.tolist()), ids, labels)

    def _figures(self, model: ModelVersion, digest: str, images: Sequence[StoredImage]) -> Figures:
        with self._lock:
            if (known := self._known.get((model.id, digest))) is not None:
                self._known.move_to_end((model.id, digest))
                return known
        ids = np.array([image.id for image in images], np.int64)
        with self._store.database.reading_together():  # what was drawn as well, as it may have changed meanwhile
            labels, truths = self._drawn(model.project_id, ids)
            found = as_found(self._store.columns.predictions(model.id, ids.tolist()), ids, labels)
        figures = accumulate(truths, found, [image.size for image in images], labels).figures()
        with self._lock:
            self._known[model.id, _digest(ids, truths, labels)] = figures
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return figures


def _digest(ids: Ids, truths: Truths, labels: LabelSet) -> str:
    """Names images with their boxes and classes."""
    digest = hashlib.sha256(repr(labels.ids).encode())
    for column in (ids, truths.image, truths.label, truths.box):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()

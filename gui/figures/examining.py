"""What a model is measured by: what people drew on images, beside what the model found there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.domain import LabelSet
from detector.measuring.box_columns import Found, Truths
from gui.messages import NotYet
from storage.columns import AnnotationColumns, PredictionColumns
from storage.image_filter import ImageFilter
from storage.image_pages import LARGEST_PAGE
from storage.records import ImageState, ModelVersion, Split, StoredImage
from storage.store import Store

Ids = NDArray[np.int64]
SPLIT_NAMES = {Split.TRAIN: "training", Split.VAL: "validation", Split.TEST: "test"}


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A model and done images that it has seen. Every class that people drew counts, also one it never learned.

    Attributes:
        images: by id; the columns name them by their place here.
        labels: all classes of the project but archived ones; merged classes are one, for older models too.
        unseen: how many more done images there are that the model has not looked at.
        by_models: how many of the true boxes models drew.
    """

    model: ModelVersion
    images: tuple[StoredImage, ...]
    labels: LabelSet
    truths: Truths
    found: Found
    unseen: int
    by_models: int


def examine(store: Store, model_id: int, wanted: ImageFilter) -> Examined:
    """Gather what a model is measured by, on the done images that a filter lets through.

    Raises:
        NotFound: no such model; one in the bin may be asked about.
        NotYet: no such image is done, or the model has seen none of them.
    """
    with store.database.reading_together():
        return _examined(store, model_id, wanted)


def _examined(store: Store, model_id: int, wanted: ImageFilter) -> Examined:
    model = store.models.get(model_id, deleted=True)
    images = done_images(store, model.project_id, wanted)
    if not images:
        raise NotYet(f"There is no done image {_among(wanted)}. Mark images as done, or import labelled ones.")
    found = store.columns.predictions(model_id, [image.id for image in images])
    seen = tuple(image for image in images if image.id in found.seen)
    if not seen:
        raise NotYet(f"v{model.number} has not looked at these images yet. Predict first.")
    ids = np.array([image.id for image in seen], np.int64)
    labels = labels_of(store, model.project_id)
    drawn = store.columns.annotations(ids.tolist())
    truths, predicted = as_truths(drawn, ids, labels), as_found(found, ids, labels)
    by_models = int(np.count_nonzero(drawn.by_model))
    return Examined(model, seen, labels, truths, predicted, len(images) - len(seen), by_models)


def done_images(store: Store, project_id: int, wanted: ImageFilter) -> list[StoredImage]:
    """The done images that a filter lets through, by id."""
    images: list[StoredImage] = []
    cursor: str | None = None
    while True:
        page = store.pages.page(project_id, wanted, after=cursor, limit=LARGEST_PAGE)
        images += [image for image in page.items if image.state is ImageState.DONE]
        cursor = page.next_cursor
        if cursor is None:
            return images


def of_split(split: Split) -> ImageFilter:
    """The done images of one split."""
    return ImageFilter(states=frozenset({ImageState.DONE}), splits=frozenset({split}))


def _among(wanted: ImageFilter) -> str:
    [split] = wanted.splits if len(wanted.splits) == 1 else [None]
    return f"in the {SPLIT_NAMES[split]} split" if split is not None and wanted == of_split(split) else "among these"


def labels_of(store: Store, project_id: int) -> LabelSet:
    """All classes that count: those of a project that are neither archived nor merged into others."""
    classes = [c for c in store.classes.list(project_id) if not c.archived]
    return LabelSet(tuple(c.id for c in classes), tuple(c.name for c in classes))


def as_truths(drawn: AnnotationColumns, ids: Ids, labels: LabelSet) -> Truths:
    """What people drew, by the places of images among `ids`, which ascend.

    Classes and boxes must be read together (Database.reading_together), so that the labels know all classes.
    """
    return Truths(_places(ids, drawn.image_id), _as_labels(labels, drawn.class_id), drawn.box)


def as_found(found: PredictionColumns, ids: Ids, labels: LabelSet) -> Found:
    """The same of what a model found."""
    return Found(_places(ids, found.image_id), _as_labels(labels, found.class_id), found.box, found.score)


def _places(ids: Ids, of: Ids) -> NDArray[np.int32]:
    return np.searchsorted(ids, of).astype(np.int32)


def _as_labels(labels: LabelSet, class_ids: Ids) -> NDArray[np.int32]:
    known: Sequence[int] = sorted(labels.ids)
    label_of = np.array([labels.label_of(class_id) for class_id in known], np.int32)
    return label_of[np.searchsorted(np.array(known, np.int64), class_ids)]

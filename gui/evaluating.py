"""Figures of a model on one split, from the predictions that are stored and the annotations as they stand."""

from __future__ import annotations

from dataclasses import dataclass

from detector.domain import Annotation, LabelSet, Prediction
from detector.evaluation import Evaluation, evaluate
from gui.messages import NotYet
from gui.wording import count
from storage.records import ImageState, ModelVersion, Split, StoredImage
from storage.store import Store

FEW_IMAGES = 10


@dataclass(frozen=True, slots=True)
class SplitEvaluation:
    """Figures of a model on the done images of a split; labels index `class_ids`.

    Attributes:
        advice: what to make of the figures, or None.
    """

    model: ModelVersion
    split: Split
    class_ids: tuple[int, ...]
    figures: Evaluation
    advice: str | None


def done_images(store: Store, project_id: int, split: Split) -> list[StoredImage]:
    """The done images of a split, by id."""
    images: list[StoredImage] = []
    cursor: str | None = None
    while True:
        page = store.images.page(project_id, after=cursor, limit=1000, states=[ImageState.DONE], split=split)
        images += page.items
        cursor = page.next_cursor
        if cursor is None:
            return images


def missing_predictions(store: Store, model_id: int, split: Split) -> list[int]:
    """Ids of the done images of a split that the model has not seen yet."""
    model = store.models.get(model_id)
    missing = set(store.predictions.missing(model_id))
    return [image.id for image in done_images(store, model.project_id, split) if image.id in missing]


def evaluate_split(store: Store, model_id: int, split: Split) -> SplitEvaluation:
    """Compare what the model found with what people drew.

    Every class that people drew counts: one that the model never learned has an AP of 0. Merged classes are one, for
    models that were trained before too; archived ones are left out.

    Raises:
        NotFound: no such model.
        NotYet: the split has no done image, or images that are not predicted yet.
    """
    model = store.models.get(model_id)
    images = done_images(store, model.project_id, split)
    if not images:
        raise NotYet(f"There is no done image in the split {split}. Mark images as done, or import a {split} set.")
    ids = [image.id for image in images]
    predicted = store.predictions.of_images(model_id, ids)
    if lacking := len(ids) - len(predicted):
        raise NotYet(f"{count(lacking, 'image')} of the split {split} not predicted yet. Predict first.")
    boxes = store.annotations.boxes_of(ids)
    labels = _labels(store, model)
    known = set(labels.ids)
    truths = [
        (
            tuple(
                Annotation(b.box, labels.label_of(b.class_id)) for b in boxes.get(image.id, ()) if b.class_id in known
            ),
            image.size,
        )
        for image in images
    ]
    found = [
        tuple(
            Prediction(p.box, labels.label_of(p.class_id), p.score)
            for p in predicted[image_id].predictions
            if p.class_id in known
        )
        for image_id in ids
    ]
    return SplitEvaluation(model, split, labels.ids, evaluate(truths, found, labels), _advice(len(images)))


def _labels(store: Store, model: ModelVersion) -> LabelSet:
    classes = [c for c in store.classes.list(model.project_id) if not c.archived]
    return LabelSet(tuple(c.id for c in classes), tuple(c.name for c in classes))


def _advice(images: int) -> str | None:
    if images >= FEW_IMAGES:
        return None
    return f"From only {count(images, 'image')}: one more or less can change these figures a lot."

"""Makes a report: one file on how good a model is, to send to somebody who has no Boxloop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gui.cropping import Cropper
from gui.figures.figuring import Figured, figured
from gui.figures.model_card import Fact
from gui.report.crops import crop_of
from gui.report.page import ShownKind, ShownMistake, page
from gui.report.sentences import NAMES, sentence
from gui.report.worst import worst
from gui.services import Services
from storage.errors import StorageError
from storage.image_filter import ImageFilter
from storage.records import ModelVersion, Split
from storage.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report and what it tells of; `mistakes` is how many it shows."""

    html: str
    found: Figured
    mistakes: int


def make_report(services: Services, model_id: int, wanted: ImageFilter, made_at: datetime) -> Report:
    """A report on a model on the done images that a filter lets through; takes some seconds.

    Raises:
        NotFound: no such model. NotYet: no image that is done and that the model has seen.
    """
    store = services.store
    found = figured(store, services.evaluating.of(model_id, wanted))
    intervals, _ = services.evaluating.intervals(model_id, wanted)
    model = found.of.seen.model
    kinds = _kinds(store, found)
    project = store.projects.get(model.project_id).name
    html = page(project, found, intervals, kinds, _learnt(store, model), made_at)
    return Report(html, found, sum(len(kind.mistakes) for kind in kinds))


def _kinds(store: Store, found: Figured) -> list[ShownKind]:
    seen, cropper = found.of.seen, Cropper(store.workspace)
    return [
        ShownKind(
            NAMES[kind.kind],
            kind.count,
            tuple(
                ShownMistake(
                    crop_of(mistake, seen.images[mistake.image], cropper, found.classes),
                    sentence(mistake, found.classes),
                    seen.images[mistake.image].name,
                )
                for mistake in kind.mistakes
            ),
        )
        for kind in worst(seen.truths, seen.found, found.of.thresholds)
    ]


def _learnt(store: Store, model: ModelVersion) -> list[Fact]:
    """How many boxes of each class it learnt from, where its snapshot is still there."""
    try:
        snapshot = store.snapshots.load(model.snapshot_digest)
    except StorageError:
        return []
    learnt = [image for image in snapshot.images if image.split is Split.TRAIN]
    boxes = Counter(class_id for image in learnt for class_id, _ in image.boxes)
    return [Fact("Boxes learnt from", ", ".join(f"{name} {boxes[class_id]:,}" for class_id, name in snapshot.classes))]

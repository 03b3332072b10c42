"""The images of a snapshot as the detector takes them."""

from __future__ import annotations

from detector.domain import LabelSet
from detector.pictures.dataset import Example
from gui.training_plan import annotations_of
from storage.records import Snapshot, Split
from storage.store import Store


def examples_of(store: Store, snapshot: Snapshot, split: Split, labels: LabelSet) -> list[Example]:
    """The images of a split. Their keys are the digests of the files, so that features are found again by them."""
    return [
        Example(
            store.workspace.original(image.sha256),
            image.size,
            annotations_of(image, labels),
            image.sha256,
            image.by_models,
        )
        for image in snapshot.images
        if image.split is split
    ]

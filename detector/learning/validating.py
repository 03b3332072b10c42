"""How good a network is on the validation pictures, in pixels of the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, Prediction
from detector.features.features import FeatureSource
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import Evaluation, evaluate
from detector.measuring.thresholds import Advice, advise
from detector.models.checkpoints import Meta
from detector.models.predictor import found_on
from detector.pictures.cutting import Cut
from detector.pictures.dataset import Example
from detector.pictures.merging import limit_of, merge
from detector.pictures.tiling import Tile
from detector.shortage import is_shortage

BATCH = 8


@torch.no_grad()
def validate(
    network: RetinaNet, source: FeatureSource, examples: Sequence[Example], meta: Meta, cut: Cut | None = None
) -> tuple[Evaluation, Advice]:
    """COCO figures, and from which scores its boxes are worth showing; nothing in the network moves.

    `source` gives the plain views of these examples, or of their tiles where they were `cut`.

    Where memory is short, fewer pictures at a time are looked at; what a picture shows does not depend on the others.
    """
    network.eval()
    predictions: list[tuple[Prediction, ...]] = []
    seen = examples if cut is None else cut.examples
    size = min(BATCH, len(seen))
    while len(predictions) < len(seen):
        try:
            for found in _found(network, source, seen, meta, len(predictions), size):
                predictions += found
        except (MemoryError, RuntimeError) as error:
            if size == 1 or not is_shortage(error):
                raise
            size //= 2
    network.train()
    if cut is not None:
        predictions = _merged(cut, predictions, examples, meta)
    drawn = [example.annotations for example in examples]
    sizes = [example.size for example in examples]
    figures = evaluate(Truths.of(drawn), Found.of(predictions), sizes, meta.labels)
    return figures, advise(drawn, predictions)


def _found(
    network: RetinaNet, source: FeatureSource, examples: Sequence[Example], meta: Meta, first: int, size: int
) -> Iterator[list[tuple[Prediction, ...]]]:
    """Predictions of the examples from `first` on, a batch at a time."""
    for batch in source.batches(range(first, len(examples)), turn=0, size=size):
        found: dict[int, tuple[Prediction, ...]] = {}
        for part in batch.parts:
            raw = network.predict_from(part.features)
            for row, index in enumerate(part.indices):
                found[index] = found_on(raw, row, network, meta, examples[index].size).predictions
        yield [found[index] for index in sorted(found)]


def _merged(
    cut: Cut, predictions: Sequence[tuple[Prediction, ...]], examples: Sequence[Example], meta: Meta
) -> list[tuple[Prediction, ...]]:
    """Predictions on the pictures from those on their tiles."""
    of: list[list[tuple[Tile, Sequence[Prediction], ImageSize]]] = [[] for _ in examples]
    for (picture, tile), found, example in zip(cut.tiles, predictions, cut.examples, strict=True):
        of[picture].append((tile, found, example.size))
    return [
        merge(found, example.size, meta.nms_iou, limit_of(len(found), meta.max_boxes))[0]
        for found, example in zip(of, examples, strict=True)
    ]

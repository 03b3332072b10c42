"""How good a network is on the validation pictures, in pixels of the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from detector.architectures.retinanet import RetinaNet
from detector.checkpoints import Meta
from detector.dataset import Example
from detector.domain import Prediction
from detector.evaluation import Evaluation, evaluate
from detector.features import FeatureSource
from detector.predictor import found_on
from detector.shortage import is_shortage
from detector.thresholds import Advice, advise

BATCH = 8


@torch.no_grad()
def validate(
    network: RetinaNet, source: FeatureSource, examples: Sequence[Example], meta: Meta
) -> tuple[Evaluation, Advice]:
    """COCO figures, and from which scores its boxes are worth showing; nothing in the network moves.

    `source` gives the plain views of these examples.

    Where memory is short, fewer pictures at a time are looked at; what a picture shows does not depend on the others.
    """
    network.eval()
    predictions: list[tuple[Prediction, ...]] = []
    size = min(BATCH, len(examples))
    while len(predictions) < len(examples):
        try:
            for found in _found(network, source, examples, meta, len(predictions), size):
                predictions += found
        except (MemoryError, RuntimeError) as error:
            if size == 1 or not is_shortage(error):
                raise
            size //= 2
    network.train()
    figures = evaluate([(example.annotations, example.size) for example in examples], predictions, meta.labels)
    return figures, advise([example.annotations for example in examples], predictions)


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

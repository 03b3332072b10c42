"""How good a network is on the validation pictures, in pixels of the pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from detector.architectures.retinanet import RetinaNet
from detector.checkpoints import Meta
from detector.dataset import Example
from detector.domain import Prediction
from detector.evaluation import Evaluation, evaluate
from detector.features import FeatureSource
from detector.predictor import found_on

BATCH = 8


@torch.no_grad()
def validate(network: RetinaNet, source: FeatureSource, examples: Sequence[Example], meta: Meta) -> Evaluation:
    """COCO figures; nothing in the network moves. `source` gives the plain views of these examples."""
    network.eval()
    predictions: list[tuple[Prediction, ...]] = []
    for batch in source.batches(range(len(examples)), turn=0, size=BATCH):
        raw = network.predict_from(batch.features)
        first = len(predictions)
        for row in range(len(batch.truths)):
            predictions.append(found_on(raw, row, network, meta, examples[first + row].size).predictions)
    network.train()
    return evaluate([(example.annotations, example.size) for example in examples], predictions, meta.labels)

"""Figures on the validation pictures; short memory is looked at in test_shortage.py."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from detector.features.features import FeatureSource
from detector.learning.validating import validate
from detector.measuring.evaluation import Evaluation
from detector.models.checkpoints import Meta
from detector.pictures.dataset import Example
from tests.detector.scenes import LABELS, LITE, SIZE, scene
from tests.detector.tiny_network import tiny


def test_each_picture_has_its_own_boxes_where_some_are_upright_and_some_lie(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = tiny(LITE)
    with torch.no_grad():  # scores spread over 0..1, so that boxes come out
        network.head.classification_head.cls_logits.weight.mul_(30)
    lying = [scene(tmp_path, f"l{number}") for number in range(5)]
    upright = [scene(tmp_path, f"u{number}", size=SIZE.turned) for number in range(5)]

    def figures(examples: list[Example]) -> Evaluation:
        source = FeatureSource(network, examples, seed=0, augment=False, views=1)
        try:
            return validate(network, source, examples, Meta(LITE, LABELS))[0]
        finally:
            source.close()

    apart = figures(lying + upright)
    mixed = figures([one for pair in zip(lying, upright, strict=True) for one in pair])
    assert apart.ap50
    assert mixed.ap50 == pytest.approx(apart.ap50, abs=1e-9)
    assert mixed.ap == pytest.approx(apart.ap, abs=1e-9)

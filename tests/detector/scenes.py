"""Small drawn pictures with known boxes, and networks small enough to train in a test."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, ImageDraw

from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet_lite import build_lite
from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.learning.planning import plan
from detector.learning.starting import Start
from detector.models.checkpoints import Meta
from detector.pictures.dataset import Example
from detector.runs import Preset, TrainConfig

LABELS = LabelSet((11, 7), ("red", "blue"))
COLORS = ("red", "blue")
SIZE = ImageSize(128, 96)
CANVAS = ImageSize(128, 96)
LITE = NetworkSpec(Preset.LITE, 2, CANVAS, 16.0, per_cell=1)


def scene(folder: Path, name: str, objects: int = 2, seed: int = 0, size: ImageSize = SIZE) -> Example:
    """Squares of two colours on grey; no objects makes an empty picture."""
    rng = random.Random(f"{seed}/{name}")
    picture = Image.new("RGB", (size.width, size.height), (120, 120, 120))
    draw = ImageDraw.Draw(picture)
    annotations = []
    for place in range(objects):
        side = rng.randint(24, 36)
        x = place * size.width // max(1, objects) + rng.randint(0, 20)
        y = rng.randint(0, size.height - side - 1)
        label = place % 2
        draw.rectangle((x, y, x + side - 1, y + side - 1), fill=COLORS[label])
        annotations.append(Annotation(Box(x, y, x + side, y + side), label))
    path = folder / f"{name}.png"
    picture.save(path)
    return Example(path, size, tuple(annotations), name)


def scenes(folder: Path, count: int, prefix: str = "t") -> list[Example]:
    return [scene(folder, f"{prefix}{i}") for i in range(count)]


def random_start(train: list[Example], val: list[Example], config: TrainConfig) -> Start:
    """A start from random weights, so that a test needs no files."""
    import torch

    torch.manual_seed(config.seed)
    network = build_lite(LITE)
    chosen = plan(train, val, LABELS, config, "cpu", 2)
    return Start(network, Meta(LITE, LABELS, config=chosen.config.to_json()), chosen)

"""COCO's figures as pycocotools has them, and boxes to hold ours against them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detector.domain import ImageSize, LabelSet
from detector.measuring.box_columns import Found, Truths
from detector.measuring.coco_figures import Figures

FIGURES = (
    *("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"),
    *("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"),
)  # in the order of pycocotools' stats


def labels_of(classes: int) -> LabelSet:
    return LabelSet(tuple(range(11, 11 + classes)), tuple(f"class {k}" for k in range(classes)))


def reference(
    truths: Truths, found: Found, sizes: Sequence[ImageSize], classes: int
) -> tuple[list[float], list[list[float]], COCOeval]:
    """The twelve figures, the same of each class, -1 for none; and the run itself."""

    def rows(columns: Truths | Found) -> list[dict]:
        boxes = np.concatenate((columns.box[:, :2], columns.box[:, 2:] - columns.box[:, :2]), axis=1).tolist()
        return [
            {"id": n, "image_id": image, "category_id": label, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for n, (image, label, box) in enumerate(
                zip(columns.image.tolist(), columns.label.tolist(), boxes, strict=True), start=1
            )
        ]

    with contextlib.redirect_stdout(io.StringIO()):
        truth, results = COCO(), COCO()
        truth.dataset = {
            "images": [{"id": i, "width": s.width, "height": s.height} for i, s in enumerate(sizes)],
            "categories": [{"id": k, "name": str(k)} for k in range(classes)],
            "annotations": rows(truths),
        }
        scored = [row | {"score": score} for row, score in zip(rows(found), found.score.tolist(), strict=True)]
        results.dataset = {**truth.dataset, "annotations": scored}
        truth.createIndex()
        results.createIndex()
        run = COCOeval(truth, results, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(v) for v in run.stats], [_of_class(run, k) for k in range(classes)], run


def _of_class(run: COCOeval, label: int) -> list[float]:
    def mean(values: np.ndarray) -> float:
        return float(values[values > -1].mean()) if (values > -1).any() else -1.0

    p, r = run.eval["precision"][:, :, label], run.eval["recall"][:, label]
    precisions = [p[..., 0, 2], p[0, :, 0, 2], p[5, :, 0, 2], p[..., 1, 2], p[..., 2, 2], p[..., 3, 2]]
    recalls = [r[:, 0, 0], r[:, 0, 1], r[:, 0, 2], r[:, 1, 2], r[:, 2, 2], r[:, 3, 2]]
    return [mean(values) for values in [*precisions, *recalls]]


def plain(figures: Figures) -> list[float]:
    """In the order of pycocotools, -1 for None."""
    return [-1.0 if (value := getattr(figures, name)) is None else value for name in FIGURES]


def columns(boxes: Sequence[tuple[int, int, Sequence[float], float]]) -> Found:
    """From (picture, label, box, score) in any order."""
    image = np.array([b[0] for b in boxes], np.int32)
    score = np.array([b[3] for b in boxes], np.float64)
    order = np.lexsort((-score, image))
    label, box = np.array([b[1] for b in boxes], np.int32), np.array([b[2] for b in boxes], np.float64).reshape(-1, 4)
    return Found(image[order], label[order], box[order], score[order])


def guesses(truths: Truths, classes: int, seed: int, noise: float = 0.08, images: int | None = None) -> Found:
    """What a middling model would find: near boxes with some wrong classes, doubles, misses and inventions.

    Scores have two digits, so that ties come up, within images and between them.
    """
    dice = np.random.default_rng(seed)
    rows = np.repeat(np.arange(len(truths)), dice.integers(0, 3, len(truths)))
    box = truths.box[rows]
    sides = box[:, 2:] - box[:, :2]
    moved = box + dice.normal(0, noise, box.shape) * np.tile(sides, 2)
    label = np.where(dice.random(len(rows)) < 0.9, truths.label[rows], dice.integers(0, classes, len(rows)))
    pictures = images if images is not None else int(truths.image.max(initial=-1)) + 1
    invented = 2 * pictures
    corner = dice.uniform(0, 400, (invented, 2))
    start = np.maximum(np.concatenate((moved[:, :2], corner)), 0.0)
    end = np.maximum(np.concatenate((moved[:, 2:], corner + 30)), start + 2.0)
    image = np.concatenate((truths.image[rows], dice.integers(0, max(pictures, 1), invented))).astype(np.int32)
    label = np.concatenate((label, dice.integers(0, classes, invented))).astype(np.int32)
    score = dice.uniform(0.01, 1, len(image)).round(2)
    order = np.lexsort((-score, image))
    return Found(image[order], label[order], np.concatenate((start, end), axis=1)[order], score[order])


def scene(seed: int, images: int, most: int, classes: int, noise: float = 0.08) -> tuple[Truths, Found]:
    """Pictures of 640x480 with up to `most` boxes of sizes from 8 to 200 pixels; every fourth has none."""
    dice = np.random.default_rng(seed)
    many = np.where(np.arange(images) % 4 == 3, 0, dice.integers(1, most + 1, images))
    image = np.repeat(np.arange(images, dtype=np.int32), many)
    start = dice.uniform((0, 0), (440, 280), (len(image), 2))
    end = start + np.exp(dice.uniform(np.log(8), np.log(200), (len(image), 2)))
    truths = Truths(image, dice.integers(0, classes, len(image)).astype(np.int32), np.concatenate((start, end), axis=1))
    return truths, guesses(truths, classes, seed + 1, noise, images)

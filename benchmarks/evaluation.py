"""How long figures take, beside pycocotools on the same boxes in the same run.

    python -m benchmarks.evaluation [--images 2000] [--boxes 100] [--rounds 3] [--classes 1,3,20]

Boxes are drawn by a seed: on each image as many true ones as said, and as many found ones, nine in ten of them near a
true one. Both sides begin at the same arrays and take turns, round by round, ours five times in each. Timed of ours:
`evaluate`, from columns to all that it gives (the twelve figures in all and by class, curves, F1 by score, calibration,
mix-ups, counts). Timed of pycocotools: `evaluate`, `accumulate` and `summarize` alone, which give the twelve figures;
that it has to be given a dict a box first is told apart, and does not count for us. Beside these, of ours: the twelve
figures alone, and the intervals of one model and of the difference of two. Seconds are medians, CPU seconds those of
all threads; `at_worst` sets our slowest time against the quickest one of pycocotools. Prints JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detector.domain import ImageSize, LabelSet
from detector.measuring import intervals
from detector.measuring.box_columns import Found, Truths
from detector.measuring.coco_figures import accumulate
from detector.measuring.evaluation import Evaluation, evaluate
from detector.measuring.pairing import xywh

SIZE = ImageSize(1920, 1080)
CLASSES = (1, 3, 20)
REPEATS = 5  # of ours in a round: a second is easily disturbed, a minute is not
IN_ORDER = (
    *("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"),
    *("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"),
)  # as pycocotools has them
Seconds = dict[str, list[float]]  # wall clock and CPU


def drawn(images: int, boxes: int, classes: int, seed: int = 0) -> tuple[Truths, Found]:
    """So many true boxes and found ones on each image; scores are higher where a box lies near."""
    dice = np.random.default_rng(seed)
    image = np.repeat(np.arange(images, dtype=np.int32), boxes)
    sides = np.exp(dice.uniform(np.log(12), np.log(240), (len(image), 2)))
    start = dice.uniform(0, 1, (len(image), 2)) * (np.array([SIZE.width, SIZE.height]) - sides)
    box = np.concatenate((start, start + sides), axis=1)
    label = dice.integers(0, classes, len(image)).astype(np.int32)
    near = dice.random(len(image)) < 0.9
    moved = box + dice.normal(0, 0.06, box.shape) * np.tile(sides, 2)
    invented = np.roll(box, 7 * boxes, axis=0)
    found = np.where(near[:, None], moved, invented)
    found = np.maximum(found, [0, 0, 1, 1])
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    score = np.clip(dice.beta(np.where(near, 4, 2), np.where(near, 2, 4)), 0.01, 1)
    order = np.lexsort((-score, image))
    return Truths(image, label, box), Found(image, label[order], found[order], score[order])


def timed(took: Seconds, work: Callable[[], Any]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    took.setdefault("seconds", []).append(time.perf_counter() - wall)
    took.setdefault("cpu_seconds", []).append(time.process_time() - cpu)
    return made


def given(truths: Truths, found: Found, images: int, classes: int) -> tuple[COCO, COCO]:
    """What pycocotools wants: a dict for each true box, and its own objects."""
    truth = COCO()
    truth.dataset = {
        "images": [{"id": image, "width": SIZE.width, "height": SIZE.height} for image in range(images)],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
        "annotations": [
            {"id": n, "image_id": image, "category_id": label, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for n, (image, label, box) in enumerate(
                zip(truths.image.tolist(), truths.label.tolist(), xywh(truths.box).tolist(), strict=True), start=1
            )
        ],
    }
    truth.createIndex()
    return truth, truth.loadRes(np.column_stack((found.image, xywh(found.box), found.score, found.label)))


def judged(truth: COCO, found: COCO) -> Sequence[float]:
    run = COCOeval(truth, found, "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
    figures: Sequence[float] = run.stats
    return figures


def compare(images: int, boxes: int, classes: int, rounds: int) -> dict[str, Any]:
    truths, found = drawn(images, boxes, classes)
    labels = LabelSet(tuple(range(classes)), tuple(str(label) for label in range(classes)))
    sizes = [SIZE] * images
    everything: Seconds = {}
    twelve: Seconds = {}
    theirs: Seconds = {}
    making: Seconds = {}
    apart = 0.0
    evaluate(*drawn(10, 10, classes), [SIZE] * 10, labels)  # nobody pays for what is loaded once
    for _ in range(rounds):
        for _ in range(REPEATS):
            ours: Evaluation = timed(everything, lambda: evaluate(truths, found, sizes, labels))
            timed(twelve, lambda: accumulate(truths, found, sizes, labels).figures())
        with contextlib.redirect_stdout(io.StringIO()):
            truth, results = timed(making, lambda: given(truths, found, images, classes))
            reference = timed(theirs, lambda truth=truth, results=results: judged(truth, results))  # type: ignore[misc]
        figures = [-1.0 if (value := getattr(ours, name)) is None else value for name in IN_ORDER]
        apart = max(apart, float(np.abs(np.array(figures) - reference).max()))
    ours_taken, theirs_taken = everything["seconds"], theirs["seconds"]
    return {
        "classes": classes,
        "evaluate_s": median(ours_taken),
        "evaluate_cpu_s": median(everything["cpu_seconds"]),
        "twelve_figures_s": median(twelve["seconds"]),
        "pycocotools_s": median(theirs_taken),
        "pycocotools_cpu_s": median(theirs["cpu_seconds"]),
        "pycocotools_objects_s": median(making["seconds"]),
        "times_quicker": round(statistics.median(theirs_taken) / statistics.median(ours_taken), 1),
        "at_worst": round(min(theirs_taken) / max(ours_taken), 1),
        "twelve_figures_alone": round(statistics.median(theirs_taken) / statistics.median(twelve["seconds"]), 1),
        "largest_difference": apart,
    }


def doubts(images: int, boxes: int, classes: int) -> dict[str, Any]:
    truths, found = drawn(images, boxes, classes)
    other = found.where(np.random.default_rng(1).random(len(found)) < 0.95)
    one: Seconds = {}
    two: Seconds = {}
    alone = timed(one, lambda: intervals.of_figures(truths, found, images, classes))
    beside = timed(two, lambda: intervals.of_difference(truths, found, other, images, classes))
    return {
        "of_figures_s": median(one["seconds"]),
        "of_difference_s": median(two["seconds"]),
        "resamples": min(alone.resamples, beside.resamples),
    }


def median(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds), 3)


def measure(images: int, boxes: int, rounds: int, classes: Sequence[int] = CLASSES) -> dict[str, Any]:
    return {
        "images": images,
        "boxes_an_image": boxes,
        "rounds": rounds,
        "by_classes": [compare(images, boxes, count, rounds) for count in classes],
        "intervals": doubts(images, boxes, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--boxes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--classes", default=",".join(map(str, CLASSES)), help="numbers of classes, one after the other"
    )
    options = parser.parse_args()
    classes = [int(count) for count in options.classes.split(",")]
    print(json.dumps(measure(options.images, options.boxes, options.rounds, classes), indent=1))


if __name__ == "__main__":
    main()

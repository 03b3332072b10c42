"""Labels needed to reach 90 and 95 % of full-data AP50 on BCCD, from 10 images on: what is advised, against random.

    python -m benchmarks.active_learning [--seeds 0 1 2 3 4] [--ways advised random] [--table]

A course labels ten images, trains for some 80 steps from the model before (as runs do while somebody labels), looks at
all other images and chooses the next ten, until 120 are labelled. All ways of a seed begin with the same ten images and
the same first model. Every fifth labelled image is set aside to judge runs by, and counts as labelled all the same.
AP50 is that on the 72 test images. Full data: runs on all 292 images.

Courses are kept below .bench/active-learning round by round, and go on where they were broken off; --table puts the
figures together from what is there. Runs train the head on kept features, and are limited by steps, so that a busy
machine takes longer and finds the same. OMP_NUM_THREADS=1 is quicker where others compute, too.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np

from benchmarks import sets
from benchmarks.command_line import ROOT
from benchmarks.plots import plot_lines
from benchmarks.results import RESULTS, keep
from detector.advising.curation import Rows, Worth, advise, at_random, class_weights, farthest_first, worth_of
from detector.advising.embeddings import EmbeddingStore, embed, network_of
from detector.advising.sureness import learned_from
from detector.domain import LabelSet, Prediction
from detector.features.feature_cache import FeatureCache
from detector.learning.training import fit
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import Scope, TrainConfig

KEPT = ROOT / ".bench" / "active-learning"
FIRST, STEP, MOST = 10, 10, 120  # images
BATCH, STEPS = 4, 80
FULL_STEPS = STEPS * MOST // STEP  # as many as a whole course has
SHARES = (0.9, 0.95)  # of full-data AP50
VAL_EVERY = 5
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # 95 %, n values

Course = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the images that are not labelled yet.

    boxes: how many a person would expect to correct on each.   looks, known: embeddings of them and of labelled ones.
    """

    worth: Worth
    boxes: np.ndarray
    looks: Rows
    known: Rows
    weights: np.ndarray


RANDOM = "random"
WAYS: dict[str, Callable[[Seen], list[int]]] = {  # to the places of the next images
    "advised": lambda s: [one.image for one in advise(s.worth, s.looks, s.known, s.weights, STEP)],
    "unsure": lambda s: np.argsort(-s.worth.teaches, kind="stable")[:STEP].tolist(),
    "unsure a box": lambda s: np.argsort(-s.worth.teaches / (1 + s.boxes), kind="stable")[:STEP].tolist(),
    "diverse": lambda s: farthest_first(s.looks, s.known, STEP).tolist(),
}


def measure(seeds: Sequence[int], ways: Sequence[str], full_seeds: Sequence[int]) -> None:
    """Run what is missing: on the full data first, then seed after seed, all ways of each."""
    data = sets.load("bccd")
    pool = [*data.train, *data.val]
    for seed in full_seeds:
        _full(pool, data, seed)
    for seed in seeds:
        for way in ways:
            _course(pool, data, seed, way)


def _course(pool: Sequence[Example], data: sets.TrainingSet, seed: int, way: str) -> None:
    """Go on with a course to its end, round by round."""
    file = KEPT / f"{way.replace(' ', '-')}.{seed}.json"
    course: Course = _read(file) or {"way": way, "seed": seed, "rounds": [], "labelled": _first_ones(pool, seed)}
    by_key = {example.key: example for example in pool}

    def model_of(images: int) -> Path:
        return KEPT / "work" / (f"first.{seed}" if images == FIRST else f"{file.stem}/{images}")

    while True:
        labelled = [by_key[key] for key in course["labelled"]]
        model, before = model_of(len(labelled)), model_of(len(labelled) - STEP)
        if [one["images"] for one in course["rounds"]][-1:] != [len(labelled)]:
            if not model.exists():
                _train(labelled, data.labels, seed, model, None if len(labelled) == FIRST else before, STEPS)
            boxes = sum(len(example.annotations) for example in labelled)
            now = {"images": len(labelled), "boxes": boxes, "test_ap50": _ap50(model, data)}
            course["rounds"].append(now)
            _write(file, course)
            print(f"{time.strftime('%H:%M:%S')} {way}, seed {seed}: {now}", file=sys.stderr, flush=True)
        if len(labelled) >= MOST:
            return
        course["labelled"] += _next(way, model, labelled, pool, 1000 * seed + len(labelled))
        _write(file, course)
        if len(labelled) > FIRST + STEP:
            shutil.rmtree(before, ignore_errors=True)


def _next(way: str, model: Path, labelled: Sequence[Example], pool: Sequence[Example], seed: int) -> list[str]:
    """Keys of the images to label next."""
    known = {example.key for example in labelled}
    others = [example for example in pool if example.key not in known]
    chosen = at_random(len(others), STEP, seed) if way == RANDOM else WAYS[way](_seen(model, labelled, others))
    return [others[place].key for place in chosen]


def _full(pool: Sequence[Example], data: sets.TrainingSet, seed: int) -> None:
    file, model = KEPT / f"full.{seed}.json", KEPT / "work" / f"full.{seed}"
    if file.exists():
        return
    if not model.exists():
        shuffled = list(pool)
        random.Random(seed).shuffle(shuffled)
        _train(shuffled, data.labels, seed, model, None, FULL_STEPS)
    _write(file, {"test_ap50": _ap50(model, data)})
    print(f"{time.strftime('%H:%M:%S')} full data, seed {seed}: {file.read_text()}", file=sys.stderr, flush=True)


def _full_ap50() -> dict[int, float]:
    """By seed, of the runs that there are."""
    files = sorted(KEPT.glob("full.*.json"))
    return {int(file.stem.partition(".")[2]): json.loads(file.read_text("utf-8"))["test_ap50"] for file in files}


def _first_ones(pool: Sequence[Example], seed: int) -> list[str]:
    return [example.key for example in random.Random(seed).sample(list(pool), FIRST)]


def _train(
    labelled: Sequence[Example], labels: LabelSet, seed: int, model: Path, before: Path | None, steps: int
) -> None:
    """Put the best model into the folder `model`, which may be the one before."""
    run = model.with_name(f".{model.name}.run")
    shutil.rmtree(run, ignore_errors=True)
    val = list(labelled[::VAL_EVERY])
    train = [example for place, example in enumerate(labelled) if place % VAL_EVERY]
    epochs = max(2, round(steps * BATCH / len(train)))
    config = TrainConfig(seed=seed, batch_size=BATCH, epochs=epochs, scope=Scope.HEAD)
    result = fit(train, val, labels, config, folder=run, parent=before, cache=_cache())
    best = result.folder or before
    assert best is not None, "a first run has no model to beat"
    beside = model.with_name(f".{model.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(best, beside)
    beside.rename(model)
    shutil.rmtree(run, ignore_errors=True)


def _ap50(model: Path, data: sets.TrainingSet) -> float:
    truths = Truths.of([example.annotations for example in data.test])
    found = Found.of(_predicted(model, data.test))
    return evaluate(truths, found, [example.size for example in data.test], data.labels).ap50 or 0.0


def _predicted(model: Path, examples: Sequence[Example]) -> list[tuple[Prediction, ...]]:
    predictor = Predictor(model, cache=_cache())
    paths, keys, sizes = zip(*((example.path, example.key, example.size) for example in examples), strict=True)
    return [one.predictions for one in predictor.predict(paths, keys=keys, sizes=sizes)]


def _seen(model: Path, labelled: Sequence[Example], others: Sequence[Example]) -> Seen:
    """What Boxloop's own job would know, see gui/jobs/next_images.py."""
    val = labelled[::VAL_EVERY]
    predicted = _predicted(model, [*val, *others])
    truths = Truths.of([example.annotations for example in val])
    sureness = learned_from(Found.of(predicted[: len(val)]), truths)
    found = Found.of(predicted[len(val) :])
    network = network_of(model)
    assert network is not None, "BCCD's images are not cut into tiles"
    counts = Counter(box.label for example in labelled for box in example.annotations)
    weights = class_weights([counts[label] for label in range(network.spec.classes)])
    rows = embed(network, [*labelled, *others], _cache(), EmbeddingStore(KEPT / "embeddings"), seconds=600.0)
    looks, known = (np.stack([rows[e.key] for e in part]).astype(np.float32) for part in (others, labelled))
    expected = np.bincount(found.image, sureness.of(found.score), len(others))
    return Seen(worth_of(found, len(others), sureness, weights), expected, looks, known, weights)


def _cache() -> FeatureCache:
    return FeatureCache(KEPT / "features")


def _read(file: Path) -> Course | None:
    try:
        found: Course = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found


def _write(file: Path, content: Course) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(content), "utf-8")
    beside.replace(file)


def needed(rounds: Sequence[Course], goal: float, unit: str) -> float | None:
    """How many labels (`unit`: images or boxes) it took to reach an AP50 for the first time; between two rounds in
    proportion. None where it was not reached."""
    before: Course | None = None
    for now in rounds:
        if now["test_ap50"] >= goal:
            if before is None:
                return float(now[unit])
            share = (goal - before["test_ap50"]) / (now["test_ap50"] - before["test_ap50"])
            return float(before[unit] + share * (now[unit] - before[unit]))
        before = now
    return None


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Between which the mean lies at 95 %, by Student's t; None for fewer than two values."""
    if len(values) not in STUDENT:
        return None
    half = STUDENT[len(values)] * stdev(values) / len(values) ** 0.5
    return round(fmean(values) - half, 1), round(fmean(values) + half, 1)


def figures(courses: dict[str, dict[int, Course]], full: dict[int, float]) -> Course:
    """What is kept, from courses by way and seed as far as they went, and full-data AP50 by seed."""
    rows = []
    for (way, by_seed), share, unit in product(courses.items(), SHARES, ("images", "boxes")):
        goal = share * fmean(full.values())
        took = {seed: needed(course["rounds"], goal, unit) for seed, course in by_seed.items()}
        got_there = [value for value in took.values() if value is not None]
        saved = []
        for seed, value in took.items():
            other = courses.get("random", {}).get(seed)
            if other and way != RANDOM and len(other["rounds"]) == len(by_seed[seed]["rounds"]):
                # a course that never got there took at least all that it labelled
                by_chance = needed(other["rounds"], goal, unit) or other["rounds"][-1][unit]
                saved.append(by_chance - (value or by_seed[seed]["rounds"][-1][unit]))
        rows.append(
            {
                "way": way,
                "share": share,
                "labels": unit,
                "mean": round(fmean(got_there), 1) if got_there else None,
                "by seed": [None if value is None else round(value, 1) for value in took.values()],
                "fewer than random": round(fmean(saved), 1) if saved else None,
                "95 %": interval(saved) if saved else None,
            }
        )
    return {
        "full_ap50": {str(seed): round(value, 4) for seed, value in full.items()},
        "ap50_to_reach": {str(share): round(share * fmean(full.values()), 4) for share in SHARES},
        "steps_a_run": STEPS,
        "needed": rows,
        "ap50_over_rounds": [_over_rounds(way, by_seed, courses.get(RANDOM, {})) for way, by_seed in courses.items()],
        "mean_ap50": {
            way: {
                str(images): round(fmean(reached), 4)
                for images in range(FIRST, MOST + 1, STEP)
                if (reached := _reached(by_seed, images))
            }
            for way, by_seed in courses.items()
        },
    }


def _over_rounds(way: str, by_seed: dict[int, Course], others: dict[int, Course]) -> Course:
    """AP50 averaged over the rounds after the first, by seed, and in points of 100 above random."""

    def mean(course: Course) -> float:
        return fmean([one["test_ap50"] for one in course["rounds"][1:]] or [0.0])

    both = [s for s, c in by_seed.items() if s in others and len(others[s]["rounds"]) == len(c["rounds"])]
    above = [100 * (mean(by_seed[seed]) - mean(others[seed])) for seed in both] if way != RANDOM else []
    return {
        "way": way,
        "by seed": [round(mean(course), 3) for course in by_seed.values()],
        "points above random": round(fmean(above), 1) if above else None,
        "95 %": interval(above) if above else None,
    }


def _reached(by_seed: dict[int, Course], images: int) -> list[float]:
    """AP50 with so many images, where all courses came so far."""
    found = [one["test_ap50"] for course in by_seed.values() for one in course["rounds"] if one["images"] == images]
    return found if len(found) == len(by_seed) else []


def report() -> None:
    """Keep the figures and the plot of the courses that are there."""
    courses: dict[str, dict[int, Course]] = {}
    for way in (*WAYS, RANDOM):
        for file in sorted(KEPT.glob(f"{way.replace(' ', '-')}.*.json")):
            course = _read(file)
            if course and course["rounds"]:
                courses.setdefault(way, {})[course["seed"]] = course
    full = _full_ap50()
    if not courses or not full:
        sys.exit("No course has begun yet.")
    curves = {
        way: [[(r["images"], r["test_ap50"]) for r in course["rounds"]] for course in by_seed.values()]
        for way, by_seed in courses.items()
    }
    plot_lines(
        RESULTS / "active-learning-bccd.svg",
        "Labelling BCCD: what to label next",
        "images labelled",
        "test AP50",
        curves,
    )
    keep("active-learning-bccd", figures(courses, full))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--ways", nargs="+", choices=[*WAYS, RANDOM], default=["advised", RANDOM])
    parser.add_argument("--full-seeds", type=int, nargs="+", default=[0], help="of the runs on the full data")
    parser.add_argument("--table", action="store_true", help="run nothing; put together what is there")
    given = parser.parse_args()
    if not given.table:
        KEPT.mkdir(parents=True, exist_ok=True)
        measure(given.seeds, given.ways, given.full_seeds)
    report()


if __name__ == "__main__":
    main()

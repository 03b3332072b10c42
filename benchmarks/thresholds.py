"""What thresholds that were chosen on validation images lose on test images, against the best that is possible there.

    python -m benchmarks.thresholds [--seeds 3] [--seconds 60] [--go-on]

Each data set (BCCD, and the demo's drawn smears) is imported, trained on by the command line for so many seconds, once
a seed, and looked at all over; then thresholds are chosen by what the page chooses by
(`gui.figures.thresholding`). Besides, the choice is repeated on 5, 10, 20 and 40 of the validation images, drawn 100
times, for other ways of treating classes of few boxes: each by itself, all alike, and shrunk towards all by so many
boxes. `--go-on` takes up runs that were trained before.

F1 counts every box alike; `classes` is the mean of the F1 of single classes, each with its own threshold, against the
best of each.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from benchmarks import sets
from benchmarks.command_line import ROOT, boxloop
from benchmarks.results import keep
from detector.measuring.curves import Reals
from detector.measuring.judged import Cost, Judged
from detector.measuring.thresholds import PRIOR, Choice, choose
from detector.measuring.wishes import Wish, WishKind
from gui.figures.examining import examine, of_split
from storage.records import Split
from storage.store import Store
from storage.workspace import Workspace

KEPT = ROOT / ".bench" / "thresholds"  # what the models found, once a run
DATASETS = ("bccd", "demo")
PROJECT = "Benchmark"
WISHES = (
    Wish(WishKind.MISSES, 5),
    Wish(WishKind.MISSES, 10),
    Wish(WishKind.FALSE_ALARMS, 1),
    Wish(WishKind.FALSE_ALARMS, 5),
)
LOST = ("lost", "lost by class thresholds", "lost, mean of classes")
RULES = {"each by itself": 1e-9, f"by {PRIOR:g}": PRIOR, "by 5": 5.0, "by 20": 20.0, "all alike": 1e9}
SMALL = (5, 10, 20, 40)  # validation images
DRAWS = 100

Run = tuple[str, int, Judged, Judged]  # data set, seed, what was found on validation and on test images


def measure(seeds: int = 3, seconds: float = 60.0, *, go_on: bool = False) -> dict[str, Any]:
    """Train what is not there, and put the figures together."""
    runs: list[Run] = []
    for seed in range(seeds):
        for name in DATASETS:
            runs.append((name, seed, *_judged(name, seed, seconds, go_on)))
            print(f"{time.strftime('%H:%M:%S')} {name}, seed {seed}: {_run_row(runs[-1])}", file=sys.stderr, flush=True)
    of_data = {name: [run for run in runs if run[0] == name] for name in DATASETS}
    rows = {name: [_run_row(run) for run in of_data[name]] for name in DATASETS}
    return {
        "seconds of training": seconds,
        "lost F1, mean and most": {
            name: {what: [mean(row[what] for row in rows[name]), max(row[what] for row in rows[name])] for what in LOST}
            for name in DATASETS
        },
        "runs": [row for name in DATASETS for row in rows[name]],
        "wishes": [_wish_row(name, wish, of_data[name]) for name in DATASETS for wish in WISHES],
        "rules": [row for name in DATASETS for row in _rule_rows(name, of_data[name])],
    }


def _judged(name: str, seed: int, seconds: float, go_on: bool) -> tuple[Judged, Judged]:
    kept = KEPT / f"{name}-{seconds:g}-{seed}.pickle"
    if not (go_on and kept.exists()):
        # a worker may still be at what follows a run while the folder goes
        with tempfile.TemporaryDirectory(prefix="boxloop-thresholds-", ignore_cleanup_errors=True) as folder:
            found = _train_and_look(Path(folder) / "workspace", name, seed, seconds)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(found))
    judged: tuple[Judged, Judged] = pickle.loads(kept.read_bytes())
    return judged


def _train_and_look(root: Path, name: str, seed: int, seconds: float) -> tuple[Judged, Judged]:
    boxloop(root, "import", "--project", PROJECT, "--format", "voc", str(sets.folder_of(name)))
    boxloop(root, "train", "--project", PROJECT, "--max-minutes", str(seconds / 60), "--seed", str(seed))
    boxloop(root, "predict", "--project", PROJECT, "--all")
    with Store(Workspace(root)) as store:
        project = store.projects.find(PROJECT)
        assert project is not None
        assert project.active_model_id is not None
        val, test = (examine(store, project.active_model_id, of_split(split)) for split in (Split.VAL, Split.TEST))
    return (
        Judged.of(val.truths, val.found, len(val.images)),
        Judged.of(test.truths, test.found, len(test.images)),
    )


def _run_row(run: Run) -> dict[str, Any]:
    name, seed, val, test = run
    choice = _chosen(val, Wish())
    best = float(_f1_curves(test, together=True).max())
    reached = f1(test.costs(choice.overall, {}).all)
    by_class = f1(test.costs(choice.overall, choice.by_label).all)
    return {
        "data": name,
        "seed": seed,
        "threshold": choice.overall,
        "test F1": reached,
        "best": best,
        "lost": best - reached,
        "by class thresholds": by_class,
        "lost by class thresholds": best - by_class,  # less than 0 where they do better than any one for all
        "lost, mean of classes": lost_by_classes(choice, test),
    }


def _wish_row(name: str, wish: Wish, runs: Sequence[Run]) -> dict[str, Any]:
    """What a wish that was kept on the validation images comes to on the test images, mean over seeds."""
    told = f"miss at most {wish.value:g} %" if wish.kind is WishKind.MISSES else f"1 false alarm in {wish.value:g}"
    choices = [(_chosen(val, wish), test) for _, _, val, test in runs]
    row: dict[str, Any] = {"data": name, "wish": told, "had": sum(choice.nearest is None for choice, _ in choices)}
    for way in ("one", "each"):
        costs = [t.costs(choice.overall, choice.by_label if way == "each" else {}) for choice, t in choices]
        row[f"missed %, {way}"] = mean(100 * (1 - cost.all.found / cost.all.boxes) for cost in costs)
        row[f"false alarms an image, {way}"] = mean(cost.all.wrong / cost.images for cost in costs)
        found = [c.found / c.boxes for cost in costs for c in cost.by_label.values() if c.boxes]
        row[f"found, mean of classes, {way}"] = mean(found)
    return row


def _rule_rows(name: str, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Lost F1 by the number of validation images and by how classes of few boxes are treated."""
    rows = []
    for images in (*SMALL, None):
        lost: dict[str, list[float]] = {rule: [] for rule in RULES}
        for _, seed, val, test in runs:
            for draw in range(1 if images is None else DRAWS):
                drawn = val if images is None else some_images(val, images, f"{seed}/{draw}")
                for rule, prior in RULES.items():
                    choice = choose(drawn.curves(), Wish(), prior)
                    if choice is not None:
                        lost[rule].append(lost_by_classes(choice, test))
        rows.append(
            {"data": name, "validation images": images or "all", **{rule: mean(of) for rule, of in lost.items()}}
        )
    return rows


def some_images(judged: Judged, images: int, seed: str) -> Judged:
    """What was found on some of the images."""
    wanted = np.sort(np.array(random.Random(seed).sample(range(judged.images), min(images, judged.images)), np.int32))
    found, truth = np.isin(judged.image, wanted), np.isin(judged.truth_image, wanted)
    return replace(
        judged,
        image=np.searchsorted(wanted, judged.image[found]).astype(np.int32),
        label=judged.label[found],
        score=judged.score[found],
        right=judged.right[found],
        truth_image=np.searchsorted(wanted, judged.truth_image[truth]).astype(np.int32),
        truth_label=judged.truth_label[truth],
        images=len(wanted),
    )


def lost_by_classes(choice: Choice, test: Judged) -> float:
    """Mean over classes that are on test images: the best F1 of the class there, less that at its threshold."""
    curves = test.curves()
    reached = {label: f1(cost) for label, cost in test.costs(choice.overall, choice.by_label).by_label.items()}
    best = dict(zip(curves.labels, _f1_curves(test, together=False).max(axis=1).tolist(), strict=True))
    there = [label for label, boxes in zip(curves.labels, curves.boxes, strict=True) if boxes > 0]
    lost: float = mean(best[label] - reached[label] for label in there)
    return lost


def _f1_curves(judged: Judged, *, together: bool) -> Reals:
    """[K, 99], [1, 99] of all classes together."""
    curves = judged.curves().together() if together else judged.curves()
    curve: Reals = 2 * curves.right / np.maximum(curves.shown + curves.boxes[:, None], 1)
    return curve


def f1(cost: Cost) -> float:
    """2 right / (shown + true); 0 where there is neither."""
    return 2.0 * cost.found / max(cost.found + cost.wrong + cost.boxes, 1)


def _chosen(judged: Judged, wish: Wish) -> Choice:
    choice = choose(judged.curves(), wish)
    if choice is None:
        sys.exit("The model found nothing right on the validation images; train for longer (--seconds).")
    return choice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--go-on", action="store_true")
    given = parser.parse_args()
    keep("thresholds", measure(given.seeds, given.seconds, go_on=given.go_on))


if __name__ == "__main__":
    main()

"""How many wrong labels the queue "Check labels" finds: errors planted into a data set, and where they come in it.

    python -m benchmarks.label_errors [--dataset demo | --completed] [--seeds 0 1 2]

Of all boxes of all images 5 % are dropped, 5 % are shifted by half their width or height, and 5 % get another class,
drawn by the seed, no box twice. Then everything runs as in the worker: cross-validation, suspects, one queue. The first
15 % of the queue are as many places as 15 % of the boxes that there were before any was dropped, which is as many as
errors were planted. A planted error is found there if a place names the label that was shifted or swapped, or a
prediction that lies on the dropped box (IoU >= 0.5). Precision is the share of those places that name a planted error.
"Needed" says how many places it takes, as a share of the boxes, until 80 % of a kind are found. The control asks in a
random order about all labels, and all objects seen with 0.3 or more that no label touches.

On BCCD precision and the share of dropped boxes are too low as they stand: many of its red cells never had a box. They
count as false alarms here, and take places from planted errors. Of 50 false alarms drawn at random from the first
places of seed 0, 46 showed an error of BCCD's own when looked at. The demo set is drawn and has none but the planted.
`--completed` asks what is found where somebody has gone through such a set once: BCCD is checked as it is, each object
that the first 15 % of that queue say to lack a box gets the model's, and errors are planted into the boxes that it had
before.

Each seed's folds and figures are kept in `.bench/label_errors`, so that a broken-off call goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import sets
from benchmarks.command_line import ROOT
from benchmarks.results import keep
from detector import devices
from detector.advising.crossing import cross, start_for
from detector.advising.folds import Crossing
from detector.advising.label_errors import LEAST, SEEN_FROM, share_seen, suspects_of
from detector.advising.suspects import KINDS, NONE, ErrorKind, Suspects
from detector.domain import SAME_OBJECT, Annotation, Box, ImageSize, LabelSet, clipped
from detector.features.feature_cache import FeatureCache
from detector.measuring.box_columns import Found, Truths
from detector.measuring.pairing import overlapping
from detector.pictures.dataset import Example
from detector.runs import TrainConfig

KEPT = ROOT / ".bench" / "label_errors"
SHARE = 0.05  # of the boxes, for each kind of error
FIRST = 0.15  # of the boxes before any was dropped: so many places of the queue are looked at
ENOUGH = 0.8  # of the planted errors of a kind
PLANTED = ("dropped", "shifted", "swapped")
SHUFFLES = 50
Bools = NDArray[np.bool_]
Hit = tuple[str, int] | None  # a planted error: its kind and its row


@dataclass(frozen=True, slots=True)
class Planted:
    """Examples with errors.

    Attributes:
        dropped: the boxes that are gone, by their image.
        wrong: for each label that stands, in order, "shifted", "swapped" or "".
        boxes: among how many they were drawn.
    """

    examples: tuple[Example, ...]
    dropped: Truths
    wrong: tuple[str, ...]
    boxes: int


def plant(examples: Sequence[Example], classes: int, seed: int, own: Bools | None = None) -> Planted:
    """Errors drawn by the seed; the same each time.

    Args:
        own: [N] by box, in order, whether it may be drawn; None for all.
    """
    dice = np.random.default_rng(seed)
    fate = np.full(sum(len(example.annotations) for example in examples), "", dtype="<U8")
    may = np.arange(len(fate)) if own is None else np.flatnonzero(own)
    each = round(SHARE * len(may))
    order = may[dice.permutation(len(may))]
    for number, kind in enumerate(PLANTED):
        fate[order[number * each : (number + 1) * each]] = kind
    fates = iter(fate.tolist())
    made, gone, wrong = [], [], []
    for example in examples:
        kept: list[Annotation] = []
        dropped: list[Annotation] = []
        for annotation in example.annotations:
            kind = next(fates)
            if kind == "dropped":
                dropped.append(annotation)
                continue
            if kind == "shifted":
                annotation = replace(annotation, box=_shifted(annotation.box, example.size, dice))
            elif kind == "swapped":
                annotation = replace(annotation, label=(annotation.label + int(dice.integers(1, classes))) % classes)
            kept.append(annotation)
            wrong.append(kind)
        made.append(replace(example, annotations=tuple(kept)))
        gone.append(dropped)
    return Planted(tuple(made), Truths.of(gone), tuple(wrong), len(may))


def completed(examples: Sequence[Example], truths: Truths, found: Found) -> tuple[list[Example], Bools]:
    """The examples with the boxes that they lack by the first places of the queue, and [N] which they had before."""
    suspects = suspects_of(truths, found, least=0.0)
    suspects = suspects.rows(np.arange(min(len(suspects), math.ceil(FIRST * len(truths)))))
    made, own = [], []
    for place, example in enumerate(examples):
        named = suspects.rows((suspects.kind == KINDS.index(ErrorKind.MISSING)) & (suspects.image == place)).found
        more = [Annotation(Box(*found.box[row].tolist()), int(found.label[row])) for row in named.tolist()]
        made.append(replace(example, annotations=(*example.annotations, *more)))
        own += [True] * len(example.annotations) + [False] * len(more)
    return made, np.array(own, bool)


def _shifted(box: Box, size: ImageSize, dice: np.random.Generator) -> Box:
    """Half its width or height away, in one of the four directions, where more than half of it stays in the picture."""
    for turn in dice.permutation(4).tolist():
        x, y = ((0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5))[turn]
        x, y = x * box.width, y * box.height
        moved = clipped(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y, size)
        if moved is not None and moved.area > 0.9 * box.area:
            return moved
    return box if moved is None else moved


def measure_seed(dataset: str, seed: int, folder: Path, *, complete: bool) -> dict[str, Any]:
    """Plant, cross, and look where the planted errors come in the queue."""
    data = sets.load(dataset)
    examples, own = [*data.train, *data.val, *data.test], None
    cache = FeatureCache(folder.parent / "features")
    if complete:
        before = Truths.of([example.annotations for example in examples])
        examples, own = completed(examples, before, _crossed(examples, data.labels, folder / "as-it-is", cache))
    planted = plant(examples, len(data.labels), seed, own)
    found = _crossed(planted.examples, data.labels, folder / f"seed-{seed}", cache)
    truths = Truths.of([example.annotations for example in planted.examples])
    began = time.monotonic()
    suspects = suspects_of(truths, found, least=0.0)  # those below LEAST come last, and nobody is asked about them
    ranking = time.monotonic() - began
    added = 0 if own is None else int((~own).sum())
    figures = {
        "seed": seed,
        "boxes added before": added,
        "ranking seconds": round(ranking, 3),
        "labels confirmed": share_seen(truths, found),
    }
    return figures | score(planted, truths, found, suspects) | {"random": control(planted, truths, found)}


def _crossed(examples: Sequence[Example], labels: LabelSet, folder: Path, cache: FeatureCache) -> Found:
    crossing, device = Crossing.usual(len(examples)), devices.resolve("auto")
    start = start_for(examples, labels, TrainConfig(), device=device.type)
    told: set[int] = set()

    def tell(number: int) -> None:
        if number not in told:
            told.add(number)
            print(f"fold {number} of {crossing.folds}", file=sys.stderr, flush=True)

    found = cross(
        examples,
        labels,
        start,
        crossing,
        folder=folder,
        cache=cache,
        on_progress=lambda fold: tell(fold.number),
    )
    assert found is not None
    return found


def score(planted: Planted, truths: Truths, found: Found, suspects: Suspects) -> dict[str, Any]:
    """Shares found in the first places, by kind of error, precision there, and what the queue expected."""
    hits = _hits(planted, truths, found, suspects)
    many = math.ceil(FIRST * planted.boxes)
    first = hits[:many]
    counts = Counter({"dropped": len(planted.dropped), **Counter(kind for kind in planted.wrong if kind)})
    named = {kind: {hit for hit in first if hit and hit[0] == kind} for kind in PLANTED}
    boxes = len(truths) + len(planted.dropped)
    top = suspects.rows(np.arange(min(many, len(suspects))))
    kinds = []
    for number, kind in enumerate(KINDS):
        rows = np.flatnonzero(top.kind == number)
        right = sum(hits[row] is not None for row in rows.tolist())
        kinds.append(
            {"kind": kind.value, "places": len(rows), "planted": right, "expected": float(top.probability[rows].sum())}
        )
    return {
        "boxes": len(truths),
        "places": many,
        "queue": int((suspects.probability >= LEAST).sum()),
        "planted": dict(counts),
        "found": {kind: len(named[kind]) / counts[kind] for kind in PLANTED},
        "dropped by class": _by_class(planted, {row for _, row in named["dropped"]}),
        "needed": {kind: _needed(hits, kind, counts[kind], boxes) for kind in PLANTED},
        "precision": sum(hit is not None for hit in first) / max(1, len(first)),
        "precision of the first 100": sum(hit is not None for hit in hits[:100]) / 100,
        "expected wrong": float(top.probability.sum()),
        "kinds": kinds,
    }


def _hits(planted: Planted, truths: Truths, found: Found, suspects: Suspects) -> list[Hit]:
    """For each place of the queue the planted error that it names, or None."""
    on = overlapping((found.image, planted.dropped.image), (found.box, planted.dropped.box), SAME_OBJECT)
    gone = dict(zip(on.first.tolist(), on.second.tolist(), strict=True))
    hits: list[Hit] = []
    for truth, prediction in zip(suspects.truth.tolist(), suspects.found.tolist(), strict=True):
        if truth != NONE and planted.wrong[truth]:
            hits.append((planted.wrong[truth], truth))
        elif truth == NONE and prediction in gone:
            hits.append(("dropped", gone[prediction]))
        else:
            hits.append(None)
    return hits


def _by_class(planted: Planted, found: set[int]) -> list[dict[str, Any]]:
    """How many boxes of each class were dropped, and the share of them that was found."""
    labels = planted.dropped.label.tolist()
    many, there = Counter(labels), Counter(labels[row] for row in found)
    return [{"label": label, "dropped": many[label], "found": there[label] / many[label]} for label in sorted(many)]


def _needed(hits: Sequence[Hit], kind: str, planted: int, boxes: int) -> float | None:
    """How many places, as a share of the boxes, until ENOUGH of a kind are named; None where they never are."""
    known: set[Hit] = set()
    for place, hit in enumerate(hits, start=1):
        if hit and hit[0] == kind:
            known.add(hit)
            if len(known) >= ENOUGH * planted:
                return place / boxes
    return None


def control(planted: Planted, truths: Truths, found: Found) -> dict[str, float]:
    """The same shares where labels, and objects that no label touches, are asked about in a random order."""
    touched = np.zeros(len(found), bool)
    touched[overlapping((truths.image, found.image), (truths.box, found.box), SAME_OBJECT).second] = True
    free = np.flatnonzero(~touched & (found.score >= SEEN_FROM))
    places = len(truths) + len(free)
    truth = np.concatenate([np.arange(len(truths)), np.full(len(free), NONE)])
    prediction = np.concatenate([np.full(len(truths), NONE), free])
    means: Counter[str] = Counter()
    for shuffle in range(SHUFFLES):
        order: NDArray[np.int64] = np.random.default_rng(shuffle).permutation(places)
        rows = Suspects(
            np.zeros(places, np.int8), np.zeros(places), np.zeros(places, np.int32), truth[order], prediction[order],
            np.full(places, NONE),
        )  # fmt: skip
        drawn = score(planted, truths, found, rows)
        for name, share in (drawn["found"] | {"precision": drawn["precision"]}).items():
            means[name] += share / SHUFFLES
    return dict(means)


def measure(dataset: str, seeds: Sequence[int], *, complete: bool = False) -> dict[str, Any]:
    """All seeds; those that were finished before are taken as they were."""
    rows, folder = [], KEPT / (f"{dataset}-completed" if complete else dataset)
    for seed in seeds:
        kept = folder / f"seed-{seed}.json"
        if not kept.exists():
            figures = measure_seed(dataset, seed, folder, complete=complete)
            kept.write_text(json.dumps(figures), "utf-8")
        rows.append(json.loads(kept.read_text("utf-8")))
        print(f"seed {seed}: {rows[-1]['found']}, precision {rows[-1]['precision']:.3f}", file=sys.stderr, flush=True)
    flat = [
        {"seed": row["seed"], **row["found"], "precision": row["precision"]}
        | {"of the first 100": row["precision of the first 100"]}
        | {f"random {kind}": share for kind, share in row["random"].items()}
        for row in rows
    ]
    return {
        "definition": "share of planted errors named in the first 15 % of the queue (of the boxes), per seed",
        "found": {kind: [row["found"][kind] for row in rows] for kind in PLANTED},
        "needed": {kind: [row["needed"][kind] for row in rows] for kind in PLANTED},
        "precision": [row["precision"] for row in rows],
        "seeds": flat,
        "details": {str(row["seed"]): row for row in rows},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the planted errors")
    parser.add_argument("--dataset", choices=sets.NAMES, default="bccd", help="demo has no errors but the planted ones")
    parser.add_argument("--completed", action="store_true", help="go through the set once before errors are planted")
    given = parser.parse_args()
    name = f"label_errors-{given.dataset}" + ("-completed" if given.completed else "")
    keep(name, measure(given.dataset, given.seeds, complete=given.completed))


if __name__ == "__main__":
    main()

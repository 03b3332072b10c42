"""How much human labour Boxloop saves: a simulated annotator labels all of BCCD's train and val images with it.

    python -m benchmarks.labour [--seeds 0 1 2] [--go-on] [--images 40]

The images come in without labels, in an order drawn by the seed. The annotator (see `annotator`) labels one after the
other, saves each through the server's routes, and has switched on "Learn while I label": runs start by the rule of
`gui.learning`, as long as it says. They are real runs of a worker that the server starts; while one goes on the
annotator's clock stands still, and afterwards every model that it gave out counts as there from the second of the run
in which it was given out. No run is begun while another one goes on by that clock, and before a run the server may
prepare features for as long as the annotator has labelled since the last one. So the annotator sees what a person at
this pace would see. Thresholds are those that the page would show, learnt from the last images
(`gui.queues.advising`). The other side is the same person on the same canvas without a model: every box drawn, the key
of a class pressed only when the class changes.
"""

from __future__ import annotations

import argparse
import pickle
import random
import shutil
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import sets
from benchmarks.acts import CAREFUL_DRAW_SECONDS, Act, Labelled, Tally
from benchmarks.annotator import USUAL_THRESHOLD, Annotator
from benchmarks.clicks import watch_run
from benchmarks.command_line import ROOT, boxloop
from benchmarks.desk import PROJECT, Desk
from benchmarks.plots import plot_lines
from benchmarks.results import RESULTS, keep, readable
from detector.domain import Box
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from gui.learning import is_enough, run_seconds
from gui.queues.advising import learned_from
from storage.corrections import MOST, Finished
from storage.records import StoredPrediction

KEPT = ROOT / ".bench" / "labour"  # courses that are finished
BOXES_COME_AFTER = 2.0  # seconds from a model being given out to its boxes lying on the next image
ASKED_EVERY = 5  # images, after which the page asks for thresholds again
WINDOW = 20  # images that the plotted curve is averaged over


@dataclass(frozen=True, slots=True)
class Ready:
    """A model that the annotator may see boxes of from a moment of its clock on."""

    at: float
    model_id: int
    folder: Path
    threshold: float  # that it advises for all classes
    thresholds: dict[int, float]  # and for single ones
    learnt: int  # images that were done when its run began


@dataclass
class Course:
    """How the work went: one tally an image, with the hand's beside it, and the trainings."""

    helped: list[Tally] = field(default_factory=list)
    by_hand: list[Tally] = field(default_factory=list)
    trainings: list[dict[str, Any]] = field(default_factory=list)
    clock: float = 0.0


def measure(seeds: Sequence[int] = (0, 1, 2), images: int | None = None, *, go_on: bool = False) -> dict[str, Any]:
    """Label everything once a seed, and put the figures together; `go_on` takes up seeds that were finished before."""
    data = sets.load("bccd")
    courses = []
    for seed in seeds:
        examples = [*data.train, *data.val]
        random.Random(seed).shuffle(examples)
        kept = KEPT / f"seed-{seed}.pickle"
        if go_on and images is None and kept.exists():
            course = pickle.loads(kept.read_bytes())
        else:
            with tempfile.TemporaryDirectory(prefix="boxloop-labour-") as folder:
                course = _label_all(Path(folder), examples[:images], data.labels.names)
            if images is None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(pickle.dumps(course))
        print(f"seed {seed}: {_figures([course])['saved']}", file=sys.stderr, flush=True)
        courses.append(course)
    if images is None:
        _plot(courses)
    return {
        "seeds": list(seeds),
        **_figures(courses),
        "trainings": [
            row | {"seed": seed} for seed, course in zip(seeds, courses, strict=True) for row in course.trainings
        ],
    }


def _label_all(folder: Path, examples: Sequence[Example], names: Sequence[str]) -> Course:
    root = folder / "workspace"
    _bring_in(root, folder / "pictures", examples)
    with Desk(root) as desk:
        class_ids = [desk.post(f"/api/projects/{desk.project}/classes", {"name": name})["id"] for name in names]
        work = _Work(desk, folder / "models", class_ids)
        ids = desk.store.images.ids(desk.project)
        for image_id, example in zip(ids, examples, strict=True):
            work.on(image_id, example)
    return work.course


def _bring_in(root: Path, folder: Path, examples: Sequence[Example]) -> None:
    """The pictures alone, in this order."""
    folder.mkdir(parents=True)
    for place, example in enumerate(examples):
        shutil.copyfile(example.path, folder / f"{place:04d}{example.path.suffix}")
    boxloop(root, "import", "--project", PROJECT, "--format", "images", str(folder))


class _Work:
    """The annotator at the desk, image after image."""

    def __init__(self, desk: Desk, models: Path, class_ids: Sequence[int]) -> None:
        self.course = Course()
        self._desk, self._models, self._classes = desk, models, class_ids
        self._helped, self._alone = Annotator(class_ids), Annotator(class_ids)
        self._ready: list[Ready] = []
        self._began_at: int | None = None  # images that were done when the last run began
        self._busy_until = 0.0
        self._looking: tuple[Ready, Predictor] | None = None
        self._done: list[Example] = []
        self._finished: dict[int, Finished] = {}  # by place, with what the newest model that may tell found there
        self._thresholds: dict[int, float] = {}

    def on(self, image_id: int, example: Example) -> None:
        """Label one image; a run starts if it is time."""
        course, place = self.course, len(self._done)
        model = self._newest()
        if model is not None and (self._looking is None or self._looking[0] is not model):
            self._look_with(model)
        found = [] if model is None else self._boxes_on(example)
        if model is not None and place % ASKED_EVERY == 0:
            self._thresholds = self._advised(model)
        done = self._helped.label(example.annotations, found, self._thresholds)
        course.by_hand.append(self._alone.by_hand(example.annotations))
        self._save(image_id, done, model)
        course.clock += done.tally.seconds()
        course.helped.append(done.tally)
        self._done.append(example)
        if model is not None:
            self._finished[place] = self._as_finished(place, found)
        fresh = None if self._began_at is None else len(self._done) - self._began_at
        if course.clock >= self._busy_until and is_enough(len(self._done), fresh):
            self._train()

    def _newest(self) -> Ready | None:
        there = [model for model in self._ready if model.at <= self.course.clock]
        return there[-1] if there else None

    def _look_with(self, model: Ready) -> None:
        """A new model comes to the page: it looks at what was done since its run began, too, and brings its advice."""
        self._looking = (model, Predictor(model.folder))
        for place in range(model.learnt, len(self._done)):
            self._finished[place] = self._as_finished(place, self._boxes_on(self._done[place]))
        self._thresholds = self._advised(model)

    def _as_finished(self, place: int, found: Sequence[StoredPrediction]) -> Finished:
        boxes = tuple((self._classes[one.label], one.box) for one in self._done[place].annotations)
        return Finished(place, boxes, tuple(found))

    def _advised(self, model: Ready) -> dict[int, float]:
        """As `Thresholds` of the page: learnt for the class, advised for the class, learnt, advised, usual."""
        last = sorted(self._finished)[-MOST:]
        learned = learned_from([self._finished[place] for place in last])
        if learned is None:
            return {class_id: model.thresholds.get(class_id, model.threshold) for class_id in self._classes}
        by_class, usual = model.thresholds | learned.by_label, learned.overall or model.threshold
        return {class_id: by_class.get(class_id, usual) for class_id in self._classes}

    def _boxes_on(self, example: Example) -> list[StoredPrediction]:
        assert self._looking is not None
        predictor = self._looking[1]
        [found] = predictor.predict([example.path])
        return [StoredPrediction(predictor.labels.ids[p.label], p.box, p.score) for p in found.predictions]

    def _save(self, image_id: int, done: Labelled, model: Ready | None) -> None:
        """As the page does, once an image."""
        opened = self._desk.get(f"/api/images/{image_id}")
        origin = {"model_version_id": None if model is None else model.model_id}
        drawn = [_box(class_id, box) for class_id, box in done.drawn]
        taken = [_box(c, b) | origin | {"source": "model", "score": p.score} for p, c, b in done.taken]
        body = {
            "revision": opened["revision"],
            "boxes": [box | {"id": str(uuid.uuid4())} for box in (*drawn, *taken)],
            "rejected": [_box(p.class_id, p.box) | origin | {"score": p.score} for p in done.rejected],
            "state": "done",
            "key": uuid.uuid4().hex,
        }
        self._desk.api.put(f"/api/images/{image_id}/annotations", json=body).raise_for_status()

    def _train(self) -> None:
        images, clicked = len(self._done), self.course.clock
        prepared = self._desk.build_features(clicked - self._busy_until)
        config = {"max_seconds": run_seconds(images)}
        published, seconds, job = watch_run(self._desk, config, None, self._models)
        for row in published:
            at = clicked + row["seconds"] + BOXES_COME_AFTER
            known = self._desk.store.models.get(row["model"], deleted=True)
            by_class = {int(class_id): value for class_id, value in known.meta.get("thresholds", {}).items()}
            usual = known.metrics.get("threshold", USUAL_THRESHOLD)
            self._ready.append(Ready(at, known.id, self._models / str(known.id), usual, by_class, images))
        self._began_at, self._busy_until = images, clicked + seconds
        best = published[-1] if published else {}
        figures = {"val_ap": best.get("val_ap"), "val_ap50": best.get("val_ap50")}
        times = {"seconds": round(seconds, 1), "preparing": round(prepared, 1)}
        row = {"images": images, **times, "models": len(published), **figures}
        self.course.trainings.append(row)
        print(f"{row} {job.message}", file=sys.stderr, flush=True)


def _box(class_id: int, box: Box) -> dict[str, Any]:
    return {"class_id": class_id, "x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2}


def _figures(courses: Sequence[Course]) -> dict[str, Any]:
    """What was saved over all seeds; `last_quarter` over the images of the end, when the model knows most."""
    helped = [sum(course.helped, Tally()) for course in courses]
    alone = [sum(course.by_hand, Tally()) for course in courses]
    quarter = len(courses[0].helped) // 4
    late = [(sum(c.helped[-quarter:], Tally()), sum(c.by_hand[-quarter:], Tally())) for c in courses]
    images = len(courses[0].helped)
    return {
        "images": images,
        "boxes": alone[0].acts[Act.DRAW],
        "saved": {
            "actions": _saved(zip(helped, alone, strict=True), lambda t: t.actions),
            "seconds": _saved(zip(helped, alone, strict=True), lambda t: t.seconds()),
            "seconds where drawing is careful": _saved(
                zip(helped, alone, strict=True), lambda t: t.seconds(CAREFUL_DRAW_SECONDS)
            ),
            "actions against two a box": _saved(zip(helped, map(_two_a_box, alone), strict=True), lambda t: t.actions),
            "actions, last quarter": _saved(late, lambda t: t.actions),
            "seconds, last quarter": _saved(late, lambda t: t.seconds()),
        },
        "an image": {
            "actions by hand": alone[0].actions / images,
            "actions": [tally.actions / images for tally in helped],
            "seconds by hand": alone[0].seconds() / images,
            "seconds": [tally.seconds() / images for tally in helped],
        },
        "acts": [
            {
                "act": act.value,
                "by hand": alone[0].acts[act],
                **{f"seed {n}": t.acts[act] for n, t in enumerate(helped)},
            }
            for act in Act
        ],
    }


def _saved(pairs: Iterable[tuple[Tally, Tally]], cost: Callable[[Tally], float]) -> list[float]:
    """Share of the labour by hand that was not needed, a seed each."""
    return [round(1 - cost(helped) / cost(alone), 3) for helped, alone in pairs]


def _two_a_box(tally: Tally) -> Tally:
    """As in tools where each box needs the key of its class."""
    return Tally(Counter({**tally.acts, Act.CLASS_KEY: tally.acts[Act.DRAW]}))


def _plot(courses: Sequence[Course]) -> None:
    curves = {
        "with Boxloop": [_curve([t.actions for t in course.helped]) for course in courses],
        "by hand": [_curve([t.actions for t in course.by_hand]) for course in courses],
    }
    title = "Labelling BCCD: actions an image as the work goes on"
    plot_lines(RESULTS / "labour-bccd.svg", title, "images labelled", "actions an image", curves)


def _curve(values: Sequence[float]) -> list[tuple[float, float]]:
    """Averages over the images before each."""
    return [(n, sum(values[max(0, n - WINDOW) : n]) / min(n, WINDOW)) for n in range(1, len(values) + 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the orders of the images")
    parser.add_argument("--go-on", action="store_true", help="with seeds that an earlier, broken-off call finished")
    parser.add_argument("--images", type=int, help="only so many, for a trial; nothing is kept then")
    given = parser.parse_args()
    figures = measure(given.seeds, given.images, go_on=given.go_on)
    if given.images is None:
        keep("labour-bccd", figures)
    else:
        print(readable("labour-bccd", figures))


if __name__ == "__main__":
    main()

"""Presses it takes to label 20 images of BCCD with 13 boxes each.

    python -m benchmarks.effort [--images 20] [--driven 4]

Two tasks: from nothing, and correcting a model's boxes. Every tool is counted by the rules of effort_rivals.py, the
rivals' taken from their documentation and sources. Ours are proven: the first images are done in a real browser with
real mouse and keys, each press is counted as it is made and must be what the rules say, and what the server has stored
in the end must be right: every box of the truth with its class, and no other. A press is a key (with or without
modifiers), a click or a drag; pointing alone costs nothing.

The model's boxes are made up and always the same: of the true ones MISSED are left out, WRONG_CLASS have another class,
SHIFTED have one corner so far off that IoU lies between 0.5 and 0.7, the others are off by a few hundredths of their
sides; FALSE more stand where nothing is.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.areas import contains, middle
from benchmarks.correcting import pulled_in_turn, rejected_together
from benchmarks.datasets import dataset
from benchmarks.effort_rivals import (
    CVAT_SINGLE_SHAPE,
    CVAT_STANDARD,
    MAKESENSE_AI,
    OURS,
    RIVALS,
    Way,
    Work,
    in_turn,
    presses,
)
from benchmarks.results import table
from detector.domain import Box
from detector.geometry import iou, match
from storage.formats import voc
from storage.formats.dataset import DatasetImage
from storage.records import StoredPrediction
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.label_page import LabelPage
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import add_model, open_page
from tests.install_browser import find_browser

BOXES = 13
CLASSES = ("RBC", "WBC", "Platelets")
MISSED, WRONG_CLASS, SHIFTED, FALSE = 0.10, 0.05, 0.20, 0.08
RIGHT = 0.7  # IoU from which a box counts as right, as in benchmarks.labour
SEED = 7


@dataclass(frozen=True)
class Found:
    """A box of the made-up model. `truth` is the place of the true box it stands for, None for a false one."""

    box: Box
    name: str
    truth: int | None
    fault: str | None


@dataclass
class Task:
    """One image, what is true on it, and what the model found."""

    image: DatasetImage
    found: list[Found] = field(default_factory=list)

    @property
    def missed(self) -> list[int]:
        held = {one.truth for one in self.found}
        return [place for place in range(len(self.image.boxes)) if place not in held]

    def of(self, fault: str) -> list[Found]:
        return [one for one in self.found if one.fault == fault]

    def names(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.image.boxes[place].class_name for place in places)

    @property
    def off(self) -> list[int]:
        return [one.truth for one in self.of("shifted") if one.truth is not None]

    @property
    def nothing(self) -> Work:
        return Work(self.names(range(len(self.image.boxes))))

    @property
    def theirs(self) -> Work:
        """Where a box that is off is pulled right by its corner."""
        return Work(self.names(self.missed), len(self.of("false")), len(self.of("class")), len(self.off))

    @property
    def ours(self) -> Work:
        """False boxes that lie together are rejected together."""
        areas, single = self.rejections
        return Work(self.names(self.missed), len(areas) + len(single), len(self.of("class")), len(self.off))

    @property
    def rejections(self) -> tuple[list[Box], list[Box]]:
        """Areas to reject in, and false boxes to reject one by one."""
        others = [one.box for one in self.found if one.fault != "false"]
        return rejected_together([one.box for one in self.of("false")], others)


def tasks(images: int) -> list[Task]:
    """The first images in order of their names that have just so many boxes."""
    read = voc.read(dataset("bccd"))
    fitting = sorted((one for one in read.images if len(one.boxes) == BOXES), key=lambda one: one.name)
    if len(fitting) < images:
        sys.exit(f"BCCD has {len(fitting)} images of {BOXES} boxes")
    draw = random.Random(SEED)
    return [Task(image, _model_boxes(image, draw)) for image in fitting[:images]]


def _model_boxes(image: DatasetImage, draw: random.Random) -> list[Found]:
    found = []
    for place, truth in enumerate(image.boxes):
        fate = draw.random()
        if fate < MISSED:
            continue
        box, name, fault = _nearly(truth.box, draw), truth.class_name, None
        if fate < MISSED + WRONG_CLASS:
            name, fault = draw.choice([other for other in CLASSES if other != name]), "class"
        elif fate < MISSED + WRONG_CLASS + SHIFTED:
            box, fault = _shifted(truth.box), "shifted"
        found.append(Found(box, name, place, fault))
    for _ in image.boxes:
        if draw.random() < FALSE and (free := _elsewhere(image, draw)) is not None:
            found.append(Found(free, draw.choice(CLASSES), None, "false"))
    return found


def _nearly(box: Box, draw: random.Random) -> Box:
    width, height = box.x2 - box.x1, box.y2 - box.y1
    right, lower = (draw.uniform(0, 0.03) for _ in range(2))
    return Box(box.x1, box.y1, box.x2 - right * width, box.y2 - lower * height)


def _shifted(box: Box) -> Box:
    """A fifth of each side is missing at the lower right: IoU 0.64."""
    return Box(box.x1, box.y1, box.x2 - 0.2 * (box.x2 - box.x1), box.y2 - 0.2 * (box.y2 - box.y1))


def _elsewhere(image: DatasetImage, draw: random.Random) -> Box | None:
    for _ in range(50):
        x, y, side = draw.uniform(0, 560), draw.uniform(0, 400), draw.uniform(40, 80)
        box = Box(x, y, x + side, y + side)
        if all(iou(box, other.box) < 0.1 for other in image.boxes):
            return box
    return None


class Hand:
    """Works on the page and counts what it presses."""

    def __init__(self, label: LabelPage, classes: dict[str, int]) -> None:
        self.label = label
        self.classes = classes
        self.presses = 0
        self.current = CLASSES[0]

    def key(self, key: str) -> None:
        self.presses += 1
        self.label.press(key)

    def draw(self, box: Box) -> None:
        """With Shift, since cells touch: so a press never takes hold of a box that is there."""
        self.presses += 1
        count = len(self.label.read("boxes"))
        self.label.page.keyboard.down("Shift")
        self.label.drag((box.x1, box.y1), (box.x2, box.y2))
        self.label.page.keyboard.up("Shift")
        self.label.until(f"boxloop.canvas.boxes.length === {count + 1}")

    def draw_all(self, image: DatasetImage, places: Sequence[int]) -> None:
        """By class; the key of another class comes after its first box, which it changes, and holds from then on."""
        names = [image.boxes[place].class_name for place in places]
        for name in in_turn(names, self.current):
            for place in places:
                if image.boxes[place].class_name != name:
                    continue
                self.draw(image.boxes[place].box)
                if name != self.current:
                    self.choose(name)

    def reject_within(self, area: Box) -> None:
        self.presses += 1
        count = len(self.label.read("shown"))
        self.label.drag((area.x1, area.y1), (area.x2, area.y2), button="right")
        self.label.until(f"boxloop.canvas.shown.length <= {count - 2}")

    def pull(self, box: Box, to: Box) -> None:
        """The lower right corner of a box of the model, which becomes a box of the person."""
        self.presses += 1
        count = len(self.label.read("boxes"))
        self.label.drag((box.x2, box.y2), (to.x2, to.y2))
        self.label.until(f"boxloop.canvas.boxes.length === {count + 1}")

    def choose(self, name: str) -> None:
        self.key(str(CLASSES.index(name) + 1))
        self.current = name

    def point(self, spot: tuple[float, float]) -> None:
        self.label.page.mouse.move(*self.label.point(*spot))


def spot_on(box: Box, others: Sequence[Box]) -> tuple[float, float]:
    """A point of the box that is on as few others as can be."""
    steps = [share / 10 for share in range(1, 10)]
    points = [(box.x1 + a * (box.x2 - box.x1), box.y1 + b * (box.y2 - box.y1)) for a in steps for b in steps]

    def crowd(point: tuple[float, float]) -> int:
        x, y = point
        return sum(o.x1 - 3 <= x <= o.x2 + 3 and o.y1 - 3 <= y <= o.y2 + 3 for o in others)

    return min(points, key=crowd)


def from_nothing(hand: Hand, task: Task) -> None:
    hand.draw_all(task.image, range(len(task.image.boxes)))
    hand.key("Enter")


def correct(hand: Hand, task: Task) -> None:
    """Reject what is false, pull right what is off, rename what has the wrong class, draw what is missing, accept."""
    areas, single = task.rejections
    boxes = [one.box for one in task.found]
    for area in areas:
        hand.reject_within(area)
        boxes = [box for box in boxes if not contains(area, middle(box))]
    for false in single:
        hand.point(spot_on(false, [box for box in boxes if box is not false]))
        count = len(hand.label.read("shown"))
        hand.key("x")
        hand.label.until(f"boxloop.canvas.shown.length === {count - 1}")
        boxes.remove(false)
    boxes = _put_right(hand, task, boxes)
    for one in task.of("class"):
        hand.point(spot_on(one.box, [box for box in boxes if box is not one.box]))
        hand.key(f"Alt+{CLASSES.index(task.names([one.truth or 0])[0]) + 1}")
    hand.draw_all(task.image, task.missed)
    hand.key("Shift+Enter")


def _put_right(hand: Hand, task: Task, shown: list[Box]) -> list[Box]:
    """By a corner; what cannot be taken hold of is drawn anew and gets the class that the model sees there.

    Returns:
        The boxes that stand or are shown then.
    """
    off = [(one.box, task.image.boxes[one.truth].box) for one in task.of("shifted") if one.truth is not None]
    order, left = pulled_in_turn(off, shown)
    for place in order:
        hand.pull(*off[place])
    for place in left:
        hand.draw(off[place][1])
    truths = {id(box): truth for box, truth in off}
    return [truths.get(id(box), box) for box in shown]


def wrong_boxes(label: LabelPage, image: int, truth: DatasetImage, classes: dict[str, int]) -> int:
    """How many boxes the server holds that are not right, and how many of the truth it lacks."""
    stored = label.stored(image)["annotations"]
    wrong = 0
    for name, class_id in classes.items():
        held = [Box(b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored if b["class_id"] == class_id]
        true = [one.box for one in truth.boxes if one.class_name == name]
        hits = sum(place is not None for place in match(true, held, RIGHT))
        wrong += len(held) - hits + len(true) - hits
    return wrong


def prepare(
    server: RunningServer, work: Sequence[Task], name: str, *, predicted: bool
) -> tuple[int, dict[str, int], list[int]]:
    """A project with the images; its id, its classes and the ids of the images."""
    project: int = server.api.post("/api/projects", json={"name": name}).raise_for_status().json()["id"]
    url = f"/api/projects/{project}"
    made = [server.api.post(f"{url}/classes", json={"name": one}).raise_for_status().json()["id"] for one in CLASSES]
    classes = dict(zip(CLASSES, made, strict=True))
    images = []
    for task in work:
        files = {"file": (task.image.name, task.image.path.read_bytes())}
        answer = server.api.post(f"{url}/upload", files=files).raise_for_status().json()
        images.append(answer["results"][0]["image_id"])
    if predicted:
        with Store(Workspace(server.workspace)) as store:
            model = add_model(store, project, 1, None)
            store.projects.set_active_model(project, model)
            rows = [
                (image, [StoredPrediction(classes[one.name], one.box, 0.9) for one in task.found], False)
                for image, task in zip(images, work, strict=True)
            ]
            store.predictions.put_many(model, rows)
    return project, classes, images


def drive(server: RunningServer, page: Any, work: Sequence[Task], *, predicted: bool) -> dict[str, Any]:
    """Do one task on all images; the presses it took and what is wrong in the end."""
    name = "corrected" if predicted else "from nothing"
    project, classes, images = prepare(server, work, name, predicted=predicted)
    label = LabelPage(page, server, project)
    label.open(images[0], "&threshold=0.5")
    hand = Hand(label, classes)
    for task, image in zip(work, images, strict=True):
        label.until(f"boxloop.canvas.imageId === {image}")
        label.until("document.querySelectorAll('dialog[open]').length === 0")
        (correct if predicted else from_nothing)(hand, task)
    label.until_saved()
    wrong = sum(wrong_boxes(label, image, task.image, classes) for task, image in zip(work, images, strict=True))
    return {"presses": hand.presses, "wrong_boxes": wrong}


def measure(images: int, driven: int) -> dict[str, Any]:
    """Both tasks by all tools; ours also done in a browser for the first `driven` images."""
    if find_browser() is None:
        sys.exit("There is no Chromium on this machine: run `python -m tests.install_browser`.")
    work = tasks(images)
    proofs = _proofs(work[:driven])
    faults = {fault: sum(len(task.of(fault)) for task in work) for fault in ("false", "class", "shifted")}
    return {
        "images": images,
        "boxes": sum(len(task.image.boxes) for task in work),
        "model": {**faults, "missed": sum(len(task.missed) for task in work)},
        "driven_in_a_browser": proofs,
        "presses": _rows(work),
        "acts": [_act(way, act) for way in (OURS, *RIVALS) for act in way.costs],
    }


def _proofs(work: Sequence[Task]) -> list[dict[str, Any]]:
    """Ours as it was done, beside what the rules say of the same images. Ends the program where the two differ."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "workspace")
        server.start()
        try:
            with open_page() as page:
                done = {predicted: drive(server, page, work, predicted=predicted) for predicted in (False, True)}
        finally:
            server.close()
    counted = {
        predicted: presses(OURS, [task.ours if predicted else task.nothing for task in work], CLASSES[0])
        for predicted in done
    }
    for predicted, one in done.items():
        if one["presses"] != counted[predicted] or one["wrong_boxes"]:
            sys.exit(f"{one} where {counted[predicted]} presses and no wrong box were due")
    names = {False: "from nothing", True: "correcting"}
    return [{"task": names[key], "images": len(work), **one, "by_the_rules": counted[key]} for key, one in done.items()]


def _rows(work: Sequence[Task]) -> list[dict[str, Any]]:
    """One row a tool; CVAT by the better of its two ways, for each task."""
    drawn = {way.name: presses(way, [task.nothing for task in work], CLASSES[0]) for way in (OURS, *RIVALS)}
    fixed = {way.name: presses(way, [task.theirs for task in work], CLASSES[0]) for way in RIVALS}
    fixed[OURS.name] = presses(OURS, [task.ours for task in work], CLASSES[0])
    ways = {OURS.name: [OURS], "CVAT": [CVAT_STANDARD, CVAT_SINGLE_SHAPE], MAKESENSE_AI.name: [MAKESENSE_AI]}
    best = {name: [min(task[way.name] for way in some) for task in (drawn, fixed)] for name, some in ways.items()}
    return [
        {
            "tool": name,
            "from_nothing": nothing,
            "to_ours": round(nothing / best[OURS.name][0], 2),
            "correcting": correcting,
            "correcting_to_ours": round(correcting / best[OURS.name][1], 2),
        }
        for name, (nothing, correcting) in best.items()
    ]


def _act(way: Way, act: str) -> dict[str, Any]:
    cost = way.costs[act]
    return {"tool": way.name, "act": act, "presses": cost.presses, "how": cost.how, "source": cost.source}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--driven", type=int, default=4, help="images that are done in a browser")
    options = parser.parse_args()
    figures = measure(options.images, options.driven)
    print(json.dumps(figures, indent=1))
    rows = figures["presses"]
    print(table(list(rows[0]), [list(row.values()) for row in rows]), file=sys.stderr)


if __name__ == "__main__":
    main()

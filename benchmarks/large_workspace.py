"""A workspace of 100,000 images and 1,000,000 boxes, for measurements on a large project.

    python -m benchmarks.large_workspace FOLDER [--images 100000] [--boxes 1000000]

Made in about half a minute, so not as a person would: pictures are links to a few files under made-up digests,
and rows are written in bulk. What stands there is as if it had been labelled for three months by four people: states,
splits, tags, history, and a model that has looked at every image. The same numbers make the same workspace.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector import pixels
from detector.domain import ImageSize
from gui.demo_pictures import draw
from storage.packing import RECORD
from storage.records import ImageState, Split
from storage.store import Store
from storage.workspace import Workspace

CLASSES = ("car", "bus", "truck", "bicycle", "person", "dog", "sign", "lamp", "bench", "hydrant", "cone", "barrier")
TAGS = ("night", "rain", "blurred", "crowded", "north gate", "second look")
PEOPLE = ("ada", "ben", "chen", "dora")
SIZES = (ImageSize(640, 480), ImageSize(480, 640), ImageSize(800, 450))
STATES = {  # share of the images in each
    ImageState.DONE: 0.55,
    ImageState.NEW: 0.25,
    ImageState.IN_PROGRESS: 0.1,
    ImageState.SKIPPED: 0.05,
    ImageState.IN_DOUBT: 0.05,
}
NOTHING_HERE = 0.05  # of the done ones
SPLITS = (Split.TRAIN, Split.VAL, Split.TEST, None)
PICTURES = 48  # different ones of each size; a file takes at most 65,000 links on ext4
CHUNK = 5000  # images per statement
FOUND = 8  # boxes of the model on each image
NEWEST = 1_760_000_000_000  # ms since 1970: when the last image was saved
SPAN = 90 * 86_400_000  # ms over which images were added and saved
SAVED = frozenset(STATES) - {ImageState.NEW}


@dataclass(frozen=True)
class Made:
    """What was written. `classes` and `model` are ids."""

    project: int
    classes: tuple[int, ...]
    model: int
    images: int
    boxes: int


def make(root: Path, images: int = 100_000, boxes: int = 1_000_000, seed: int = 0) -> Made:
    """Write such a workspace into a folder that holds none. Takes about half a minute at the sizes given."""
    workspace = Workspace(root)
    workspace.create()
    with Store(workspace) as store:
        project = store.projects.create("Street").id
        classes = tuple(c.id for c in store.classes.ensure(project, list(CLASSES)).values())
        model = _add_model(store, project)
        store.projects.set_active_model(project, model)
        rows = _Rows(project, classes, model, images, boxes, np.random.default_rng(seed))
        _link_pictures(workspace, rows)
        for start in range(0, images, CHUNK):
            _insert(store, rows.chunk(start, min(start + CHUNK, images)))
        _insert(store, {"tags": [{"project_id": project, "name": name} for name in TAGS]})
        _insert(store, {"image_tags": rows.tagged()})
    return Made(project, classes, model, images, boxes)


def opened(root: Path) -> Made:
    """What `make` wrote there before, as it is now."""
    with Store(Workspace(root)) as store:
        project = store.projects.list()[0]
        counts = store.projects.counts(project.id)
        classes = tuple(one.id for one in store.classes.list(project.id))
        return Made(project.id, classes, store.models.list(project.id)[0].id, counts.images, counts.boxes)


def is_there(root: Path) -> bool:
    """Whether the folder holds a workspace."""
    return Workspace(root).database.exists()


class _Rows:
    """The rows of all tables, drawn beforehand; image ids are 1 to `images`."""

    def __init__(
        self, project: int, classes: tuple[int, ...], model: int, images: int, boxes: int, dice: np.random.Generator
    ) -> None:
        self.project, self.classes, self.model, self.dice = project, classes, model, dice
        states = list(STATES)
        self.state = [states[i] for i in dice.choice(len(states), images, p=list(STATES.values()))]
        labelled = np.array([state is not ImageState.NEW for state in self.state])
        empty = np.array([state is ImageState.DONE for state in self.state]) & (dice.random(images) < NOTHING_HERE)
        weights = dice.gamma(1.5, size=images) * (labelled & ~empty)
        self.boxes: NDArray[np.int64] = dice.multinomial(boxes, weights / weights.sum())
        self.split = dice.choice(len(SPLITS), images, p=[0.5, 0.1, 0.1, 0.3])
        self.added = NEWEST - SPAN + np.sort(dice.integers(0, SPAN // 2, images))
        self.saved = self.added + dice.integers(0, SPAN // 2, images)
        self.author = dice.choice(len(PEOPLE), images)
        self.bytes = dice.integers(40_000, 900_000, images)
        self.sha = [_digest(number) for number in range(images)]

    def tagged(self) -> list[dict[str, int]]:
        """A fifth of the images carries a tag, some two."""
        count = len(self.sha) // 10
        pairs = set()
        for tag in range(len(TAGS)):
            chosen = self.dice.choice(len(self.sha), max(1, count // (tag + 1)), replace=False)
            pairs |= {(tag + 1, int(image) + 1) for image in chosen}
        return [{"tag_id": tag, "image_id": image} for tag, image in sorted(pairs)]

    def chunk(self, start: int, end: int) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "history": [], "predictions": []}
        for index in range(start, end):
            size = SIZES[index % len(SIZES)]
            boxes = list(self._drawn(index, size))
            rows["images"].append(self._image(index, size))
            rows["annotations"] += boxes
            if self.state[index] in SAVED:
                rows["history"].append(self._history(index, boxes))
            rows["predictions"].append(self._predicted(index, size))
        return rows

    def _image(self, index: int, size: ImageSize) -> dict[str, Any]:
        name = f"cam-{index % 7}/street {index:06d}.jpg"
        split = SPLITS[self.split[index]]
        saved = self.state[index] in SAVED
        moment = int(self.saved[index]) if saved else int(self.added[index])
        return {
            "id": index + 1,
            "project_id": self.project,
            "sha256": self.sha[index],
            "name": name,
            "search_name": name,
            "width": size.width,
            "height": size.height,
            "format": "JPEG",
            "exif_orientation": 1,
            "has_view": False,
            "bytes": int(self.bytes[index]),
            "state": self.state[index].value,
            "split": split.value if split else None,
            "revision": int(saved),
            "boxes": int(self.boxes[index]),
            "created_at": int(self.added[index]),
            "updated_at": moment,
            "saved_at": moment if saved else None,
            "saved_by": PEOPLE[self.author[index]] if saved else None,
        }

    def _drawn(self, index: int, size: ImageSize) -> Iterator[dict[str, Any]]:
        count = int(self.boxes[index])
        kinds = np.minimum(self.dice.geometric(0.3, count), len(self.classes)) - 1
        for position, (x1, y1, x2, y2) in enumerate(_places(self.dice, count, size).tolist()):
            yield {
                "image_id": index + 1,
                "id": f"{index:x}-{position:x}",
                "position": position,
                "class_id": self.classes[int(kinds[position])],
                "x1": x1,
                "y1": y1,
                "x2": x2,
                "y2": y2,
                "source": "person",
            }

    def _history(self, index: int, boxes: list[dict[str, Any]]) -> dict[str, Any]:
        kept = [[b["id"], b["class_id"], b["x1"], b["y1"], b["x2"], b["y2"], b["source"]] for b in boxes]
        return {
            "image_id": index + 1,
            "revision": 1,
            "key": self.sha[index],
            "state": self.state[index].value,
            "boxes": json.dumps(kept),
            "author": PEOPLE[self.author[index]],
            "saved_at": int(self.saved[index]),
            "project_id": self.project,
        }

    def _predicted(self, index: int, size: ImageSize) -> dict[str, Any]:
        records = np.zeros(FOUND, RECORD)
        records["class_id"] = self.dice.choice(self.classes, FOUND)
        records["box"] = _places(self.dice, FOUND, size)
        records["score"] = np.sort(self.dice.beta(1.2, 1.6, FOUND) * 0.98 + 0.01)[::-1]
        best = float(records["score"][0])
        packed = {"packed": records.tobytes(), "limit_reached": False, "best": best}
        return {"model_version_id": self.model, "image_id": index + 1, **packed}


def _places(dice: np.random.Generator, count: int, size: ImageSize) -> NDArray[np.float64]:
    """Boxes [count, 4] in whole pixels that lie in a picture of this size."""
    sides = dice.integers(24, 140, (count, 2))
    corners = np.stack([dice.integers(0, size.width - sides[:, 0]), dice.integers(0, size.height - sides[:, 1])], 1)
    return np.concatenate([corners, corners + sides], 1).astype(np.float64)


def _insert(store: Store, rows: dict[str, list[dict[str, Any]]]) -> None:
    with store.database.transaction() as connection:
        for table, values in rows.items():
            if values:
                names = list(values[0])
                marks = ", ".join(f":{name}" for name in names)
                connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)


def _add_model(store: Store, project: int) -> int:
    store.workspace.model("v1").mkdir(parents=True, exist_ok=True)
    return store.models.add(
        project,
        folder="v1",
        preset="retinanet-lite",
        parent_id=None,
        job_id=None,
        snapshot_digest="0" * 64,
        metrics={"ap": 0.41, "ap50": 0.66},
        meta={},
    ).id


def _digest(number: int) -> str:
    """As unlike its neighbours as a real one, but within 256 folders, which take less time to make than 65,536."""
    return "00" + hashlib.sha256(str(number).encode()).hexdigest()[2:]


def _link_pictures(workspace: Workspace, rows: _Rows) -> None:
    """An original and a thumbnail for each image, as links to few files."""
    kept = [_picture(workspace, number) for number in range(min(PICTURES * len(SIZES), len(rows.sha)))]
    made = set()
    for index, digest in enumerate(rows.sha):
        number = index % len(kept)  # of the size that the row has, since there are as many pictures of each
        for source, target in zip(kept[number], (workspace.original(digest), workspace.thumb(digest)), strict=True):
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            os.link(source, target)


def _picture(workspace: Workspace, number: int) -> tuple[Path, Path]:
    """One picture and its thumbnail, somewhere to link to."""
    held = BytesIO()
    draw(number, size=SIZES[number % len(SIZES)]).image.save(held, "JPEG", quality=88)
    data = held.getvalue()
    digest = "ff" + hashlib.sha256(data).hexdigest()[2:]
    workspace.write(workspace.original(digest), data)
    workspace.write(workspace.thumb(digest), pixels.thumbnail(workspace.original(digest)))
    return workspace.original(digest), workspace.thumb(digest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    options = parser.parse_args()
    if is_there(options.folder):
        sys.exit(f"{options.folder} holds a workspace already; name another folder")
    begun = time.perf_counter()
    made = make(options.folder, options.images, options.boxes)
    print(f"{made.images:,} images and {made.boxes:,} boxes in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()

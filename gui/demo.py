"""The demo project: drawn blood smears, a third of them labelled, some labels wrong, and the truth known."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.domain import Box, ImageSize, clipped
from gui.demo_pictures import CLASS_NAMES, PLATELET, RED_CELL, DrawnPicture, draw
from gui.intake import Intake
from storage.formats.dataset import NamedBox
from storage.records import ImageState, Project, StoredBox
from storage.store import Store
from storage.workspace import Workspace

DEMO_NAME = "Demo: blood smear"
PICTURES = 36
LABELLED_EACH = 3  # every third picture is labelled
AUTHOR = "demo"
_BOX_IDS = uuid.UUID("7f8f2a56-0c1b-5f5e-9a57-2f6f6e0b6d11")  # any fixed one: ids are the same on each machine


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label that is deliberately wrong: what was done to which box of which picture."""

    picture: str
    kind: str
    truth: NamedBox


def ensure_demo(store: Store) -> Project:
    """The demo project; made, where there is none, in a few seconds. One that has pictures is left as it is.

    The truth of all pictures and the list of wrong labels stand in the workspace, in `truth_file(...)`.

    Raises:
        StorageError: the workspace cannot be written.
    """
    project = store.projects.find(DEMO_NAME) or _restored(store) or store.projects.create(DEMO_NAME)
    if store.projects.counts(project.id).images == 0:
        _fill(store, project)
    return project


def truth_file(workspace: Workspace, project_id: int) -> Path:
    """Where the truth of a demo project stands: `{"pictures": {name: [box]}, "mistakes": [...]}`, as JSON."""
    return workspace.root / "demo" / f"truth-{project_id}.json"


def labels_of(index: int, drawn: DrawnPicture, size: ImageSize) -> tuple[list[NamedBox], list[tuple[str, NamedBox]]]:
    """The labels of a demo picture, and (kind, true object) of each that is wrong.

    Of the labelled pictures every third has one mistake: a wrong class, a box that was forgotten, a box set askew.
    """
    labels, wrong = list(drawn.truth), []
    number = index // LABELLED_EACH
    reds = [place for place, one in enumerate(labels) if one.class_name == RED_CELL and _is_whole(one.box, size)]
    if number % 3 == 1 and reds:
        place = reds[number % len(reds)]
        kind = ("wrong class", "missing", "askew")[(number // 3) % 3]
        wrong.append((kind, labels[place]))
        labels[place : place + 1] = _spoilt(kind, labels[place], size)
    return labels, wrong


def _restored(store: Store) -> Project | None:
    """The demo project out of the bin, whose name is still taken."""
    binned = next((one for one in store.projects.list(deleted=True) if one.name == DEMO_NAME), None)
    return store.projects.restore(binned.id) if binned else None


def _fill(store: Store, project: Project) -> None:
    class_ids = {name: one.id for name, one in store.classes.ensure(project.id, CLASS_NAMES).items()}
    intake = Intake(store)
    truth: dict[str, list[NamedBox]] = {}
    mistakes: list[Mistake] = []
    for index in range(PICTURES):
        drawn, name = draw(index), f"smear-{index + 1:02d}.jpg"
        truth[name] = list(drawn.truth)
        added = intake.add_file(project.id, name, _jpeg(drawn))
        if index % LABELLED_EACH or added.image_id is None or added.size is None:
            continue
        labels, wrong = labels_of(index, drawn, added.size)
        mistakes += [Mistake(name, kind, one) for kind, one in wrong]
        boxes = [
            StoredBox(str(uuid.uuid5(_BOX_IDS, f"{project.id}/{name}/{place}")), class_ids[one.class_name], one.box)
            for place, one in enumerate(labels)
        ]
        key = f"demo-{project.id}-{name}"
        store.annotations.save(added.image_id, revision=0, boxes=boxes, state=ImageState.DONE, key=key, author=AUTHOR)
    _write_truth(store.workspace, project.id, truth, mistakes)


def _spoilt(kind: str, one: NamedBox, size: ImageSize) -> list[NamedBox]:
    box = one.box
    if kind == "missing":
        return []
    if kind == "wrong class":
        return [NamedBox(PLATELET, box)]
    right, down = round(box.width * 0.35), round(box.height * 0.25)
    askew = clipped(box.x1 + right, box.y1 + down, box.x2 + right, box.y2 + down, size)
    return [NamedBox(one.class_name, askew or box)]


def _is_whole(box: Box, size: ImageSize) -> bool:
    """Not cut by the edge, with room to be set askew."""
    return box.x1 > 0 and box.y1 > 0 and box.x2 + box.width / 2 < size.width and box.y2 + box.height / 2 < size.height


def _jpeg(drawn: DrawnPicture) -> bytes:
    written = io.BytesIO()
    drawn.image.save(written, "JPEG", quality=92, subsampling=0)
    return written.getvalue()


def _write_truth(
    workspace: Workspace, project_id: int, truth: dict[str, list[NamedBox]], mistakes: list[Mistake]
) -> None:
    content = {
        "pictures": {name: [_plain(one) for one in objects] for name, objects in truth.items()},
        "mistakes": [{"picture": m.picture, "kind": m.kind, "truth": _plain(m.truth)} for m in mistakes],
    }
    workspace.write(truth_file(workspace, project_id), json.dumps(content, indent=1).encode())


def _plain(one: NamedBox) -> dict[str, Any]:
    return {"class": one.class_name, "box": list(one.box.as_tuple())}

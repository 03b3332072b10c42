"""A workspace as it stands after some runs, written through the stores, so that no test of a page has to train."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from detector import pixels
from detector.domain import Box, ImageSize
from detector.runs import EpochReport, JobKind, RunState
from gui.demo_pictures import draw
from storage.records import ImageState, Job, NewImage, Split, StoredBox, StoredPrediction
from storage.store import Store
from storage.workspace import Workspace
from tests.install_browser import find_browser

BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
IMAGES = 8
DONE = 4
SCORES = (0.95, 0.75, 0.55, 0.35, 0.15)  # of the model's boxes on each image, so that counts are known by heart
SIZE = ImageSize(320, 240)


@dataclass(frozen=True)
class Seeded:
    """Ids of what was written."""

    project: int
    empty_project: int
    cell: int
    parasite: int
    images: tuple[int, ...]
    first_model: int
    second_model: int
    finished_run: int
    failed_run: int
    interrupted_run: int


def place(index: int) -> Box:
    """Where the box number `index` of each image stands; no two of them touch."""
    return Box(10 + 60 * index, 20, 50 + 60 * index, 60)


def epoch(number: int, of: int = 20, *, best: bool = False) -> EpochReport:
    return EpochReport(
        epoch=number,
        epochs=of,
        step=number * 4,
        seconds=number * 2.0,
        seconds_left=(of - number) * 2.0,
        classification_loss=1.0 / number,
        box_loss=0.5 / number,
        ap=0.4,
        ap50=0.7,
        learning_rate=1e-3,
        is_best=best,
    )


def seed(root: Path) -> Seeded:
    """Write a project of 8 images (4 done: one labelled box on the model's first), 2 versions, 3 runs that ended.

    Version 2 is active and has predicted all images: five boxes each, scores SCORES, the last one of another class.
    """
    workspace = Workspace(root)
    workspace.create()
    with Store(workspace) as store:
        project = store.projects.create("Smear").id
        classes = store.classes.ensure(project, ["cell", "parasite"])
        cell, parasite = classes["cell"].id, classes["parasite"].id
        images = tuple(_add_image(store, project, index) for index in range(IMAGES))
        for image in images[:DONE]:
            boxes = [StoredBox(str(uuid.uuid4()), cell, place(0))]
            store.annotations.save(image, revision=0, boxes=boxes, state=ImageState.DONE, key=str(uuid.uuid4()))
        finished, failed, interrupted = (_ended_run(store, project, state) for state in _ENDINGS)
        models = [add_model(store, project, number, finished.id) for number in (1, 2)]
        store.projects.set_active_model(project, models[1])
        found = [StoredPrediction(cell, place(k), score) for k, score in enumerate(SCORES[:-1])]
        found.append(StoredPrediction(parasite, place(4), SCORES[-1]))
        store.predictions.put_many(models[1], [(image, found, False) for image in images])
        empty = store.projects.create("Empty").id
    return Seeded(
        project, empty, cell, parasite, images, models[0], models[1], finished_run=finished.id, failed_run=failed.id,
        interrupted_run=interrupted.id,
    )  # fmt: skip


_ENDINGS = {
    RunState.SUCCEEDED: "Version 1 is ready.",
    RunState.FAILED: "The loss is no longer finite. Try a lower learning rate.",
    RunState.INTERRUPTED: "The worker ended in epoch 3.",
}


def _add_image(store: Store, project: int, index: int) -> int:
    held = BytesIO()
    draw(index, size=SIZE).image.save(held, "PNG")
    data = held.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    original = store.workspace.original(digest)
    store.workspace.write(original, data)
    store.workspace.write(store.workspace.thumb(digest), pixels.thumbnail(original))
    split = (Split.VAL if index % 2 else Split.TRAIN) if index < DONE else None
    image = NewImage(digest, f"smear {index:02d}.png", SIZE, "PNG", 1, False, len(data), split)
    return store.images.add_many(project, [image])[0][0].id


def claimed_run(store: Store, project: int) -> Job:
    """A run that this process works on, as a worker would; it counts as alive for 30 s after each report."""
    job = store.jobs.enqueue(project, JobKind.TRAIN, {"config": {}, "deadline": None})
    claimed = store.jobs.claim(job.id, os.getpid())
    assert claimed is not None
    return claimed


def _ended_run(store: Store, project: int, state: RunState) -> Job:
    job = claimed_run(store, project)
    for number in (1, 2, 3):
        store.jobs.add_epoch(job.id, epoch(number, best=number == 2))
    store.workspace.write(store.workspace.log(job.id), b"first line\n<b>not markup</b>\n")
    return store.jobs.finish(job.id, state, _ENDINGS[state])


def add_model(store: Store, project: int, number: int, job: int | None) -> int:
    folder = f"version-{number}"
    store.workspace.model(folder).mkdir(parents=True)
    return store.models.add(
        project,
        folder=folder,
        preset="retinanet-lite",
        parent_id=None,
        job_id=job if number == 1 else None,
        snapshot_digest=f"{number:064x}",
        metrics={"ap": 0.3 * number, "ap50": 0.4 * number, "train_images": 2, "val_images": 2, "boxes": 4},
        meta={},
    ).id


@contextmanager
def open_page(*options: str) -> Iterator[Page]:
    """One page of a browser of its own, with these options of its command line besides ours.

    An error in a script of ours fails the test that looks at it.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_ARGS, *options])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(60_000)
        yield page
        browser.close()
    assert faults == []

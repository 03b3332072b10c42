"""How soon the mistakes follow the threshold, with 2,000 images and 100 boxes of the model on each.

    python -m benchmarks.mistakes [--images 2000] [--predictions 100] [--moves 60]

A workspace that is thrown away, a server, and a headless Chromium without a GPU of its own. Measured are

- the answer with everything: seconds until the server has given all of it, and its size as it is sent;
- opening the view, from the start of the navigation until the first crops have been painted;
- moves of the threshold, and then of the overlap: milliseconds from the slider's event until a frame with the new crops
  has been painted, and until the crops on the screen, those among them that were never seen before, are there as well;
  Crops stand with the least sure first, so that every move of the threshold changes them all;
- which requests the moves made: those of the view besides crops, and crops that were sent although the browser had
  them; both should be none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from benchmarks.save_latency import summary
from detector.domain import Box, ImageSize
from gui.demo_pictures import draw
from storage.records import NewImage, Split, StoredPrediction
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import open_page
from tests.install_browser import find_browser

SIZE = ImageSize(640, 480)
LABELS = 20  # on each image
PICTURES = 40  # different ones; the files of the images are links to them
CHUNK = 200  # images in one transaction
CLASSES = ("car", "bus", "truck", "person", "sign")
WRONG_CLASS, NOTHING_THERE = 0.1, 0.3  # shares of the model's boxes
FIRST_CROPS = (
    "[...document.querySelectorAll('.mistake-tile[role=option] img[src]')].filter((crop) => crop.complete).length > 8"
)
KEEP_ALL = "performance.setResourceTimingBufferSize(1_000_000)"
# What the browser has in its cache is listed too, with nothing transferred.
SENT_CROPS = """performance.getEntriesByType("resource")
  .filter(({ name, transferSize }) => name.includes("/crop?") && transferSize > 0)
  .map(({ name }) => name)"""
MOVE = """async ([name, value]) => {
  const slider = document.querySelector(`input[aria-label="${name}"]`);
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const begun = performance.now();
  slider.value = String(value);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  await painted();
  const shown = performance.now() - begun;
  const area = document.querySelector(".mistakes-scroller").getBoundingClientRect();
  const inSight = (picture) => {
    const { top, bottom } = picture.getBoundingClientRect();
    return bottom > area.top && top < area.bottom;
  };
  const crops = () => [...document.querySelectorAll(".mistake-tile[role=option] img")].filter(inSight);
  while (crops().some((crop) => !crop.complete || !crop.getAttribute("src"))) await painted();
  return [shown, performance.now() - begun, document.querySelector(".mistakes-summary").textContent];
}"""


def make(root: Path, images: int, predictions: int, seed: int = 0) -> tuple[int, int]:
    """Write a project of validation images, all of them done; returns its id and that of its model."""
    workspace = Workspace(root)
    workspace.create()
    dice = np.random.default_rng(seed)
    with Store(workspace) as store:
        project = store.projects.create("Street").id
        classes = [one.id for one in store.classes.ensure(project, list(CLASSES)).values()]
        model = store.models.add(
            project, folder="v1", preset="retinanet-lite", parent_id=None, job_id=None, snapshot_digest="0" * 64,
            metrics={"ap": 0.41, "ap50": 0.66, "threshold": 0.4}, meta={},
        ).id  # fmt: skip
        store.projects.set_active_model(project, model)
        kept = [_picture(workspace, number) for number in range(PICTURES)]
        for start in range(0, images, CHUNK):
            ids = _add_images(store, project, kept, range(start, min(start + CHUNK, images)))
            drawn = {image: _boxes(dice, LABELS) for image in ids}
            kinds = {image: dice.choice(classes, LABELS) for image in ids}
            rows = ((i, [(int(k), Box(*b)) for k, b in zip(kinds[i], drawn[i].tolist(), strict=True)]) for i in ids)
            store.annotations.save_imported(project, rows)
            found = ((i, _found(dice, drawn[i], kinds[i], classes, predictions), False) for i in ids)
            store.predictions.put_many(model, found)
    return project, model


def _picture(workspace: Workspace, number: int) -> Path:
    held = BytesIO()
    draw(number, size=SIZE).image.save(held, "JPEG", quality=88)
    path = workspace.original(f"ff{number:062x}")
    workspace.write(path, held.getvalue())
    return path


def _add_images(store: Store, project: int, kept: list[Path], numbers: range) -> list[int]:
    new = []
    for number in numbers:
        digest = f"{number % 256:02x}{number:062x}"
        target = store.workspace.original(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(kept[number % len(kept)], target)
        new.append(NewImage(digest, f"street {number:05d}.jpg", SIZE, "JPEG", 1, False, 60_000, Split.VAL))
    return [image.id for image, _ in store.images.add_many(project, new)]


def _boxes(dice: np.random.Generator, count: int) -> NDArray[np.float64]:
    sides = dice.integers(20, 140, (count, 2))
    corners = np.stack([dice.integers(0, SIZE.width - sides[:, 0]), dice.integers(0, SIZE.height - sides[:, 1])], 1)
    return np.concatenate([corners, corners + sides], 1).astype(np.float64)


def _found(
    dice: np.random.Generator, drawn: NDArray[np.float64], kinds: NDArray[Any], classes: list[int], count: int
) -> list[StoredPrediction]:
    """Boxes near the labels, some of another class, and boxes where nothing is."""
    about = dice.integers(0, len(drawn), count)
    near = drawn[about] + dice.normal(0, 8, (count, 4))
    anywhere = dice.random(count) < NOTHING_THERE
    box = np.where(anywhere[:, None], _boxes(dice, count), near)
    box = np.clip(box, 0, [SIZE.width, SIZE.height, SIZE.width, SIZE.height])
    box[:, 2:] = np.clip(np.maximum(box[:, 2:], box[:, :2] + 2), 2, [SIZE.width, SIZE.height])
    box[:, :2] = np.minimum(box[:, :2], box[:, 2:] - 2)
    kind = np.where(dice.random(count) < WRONG_CLASS, dice.choice(classes, count), kinds[about])
    score = dice.beta(1.2, 1.6, count) * 0.98 + 0.01
    return [StoredPrediction(int(k), Box(*b), float(s)) for k, b, s in zip(kind, box.tolist(), score, strict=True)]


def ask(url: str, project: int) -> dict[str, float]:
    """The answer, as a browser asks for it; the first one reads the disk."""
    took = []
    with httpx.Client(base_url=url, timeout=120) as client:
        for _ in range(3):
            begun = time.perf_counter()
            with client.stream("GET", f"/api/projects/{project}/mistakes?split=val") as answer:
                size = sum(len(part) for part in answer.iter_raw())
            took.append(time.perf_counter() - begun)
    return {"seconds_first": round(took[0], 2), "seconds": round(min(took), 2), "megabytes_sent": round(size / 1e6, 2)}


def look(page: Page, url: str, project: int, moves: int) -> dict[str, Any]:
    """Open the view and move its sliders."""
    page.add_init_script(KEEP_ALL)
    page.goto("about:blank")
    begun = time.perf_counter()
    page.goto(f"{url}/evaluate?project={project}&view=mistakes&sort=score")
    page.wait_for_function(FIRST_CROPS, polling=50)
    opened = time.perf_counter() - begun
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dice = np.random.default_rng(1)
    thresholds = _moved(page, "Threshold", np.round(dice.uniform(0.02, 0.98, moves), 2).tolist())
    overlaps = _moved(page, "Overlap", dice.integers(0, 10, moves).tolist())
    own = [one for one in asked if not any(part in one for part in ("/api/pulse", "/ui-assets/", "/files/images/"))]
    crops = Counter(page.evaluate(SENT_CROPS))
    return {
        "seconds_to_open": round(opened, 2),
        "threshold": thresholds,
        "overlap": overlaps,
        "requests": {
            "besides_crops": len(own),
            "crops": len(crops),
            "crops_sent_again": sum(crops.values()) - len(crops),
        },
    }


def _moved(page: Page, slider: str, values: list[float]) -> dict[str, Any]:
    shown, whole, said = zip(*(page.evaluate(MOVE, [slider, value]) for value in values), strict=True)
    return {
        "moves": len(values),
        "pictures": len(set(said)),
        "shown_ms": summary([*shown]),
        "crops_there_ms": summary([*whole]),
    }


def measure(images: int, predictions: int, moves: int) -> dict[str, Any]:
    """All of it, one after the other."""
    if find_browser() is None:
        sys.exit("There is no Chromium on this machine: run `python -m tests.install_browser`.")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        project, _ = make(root, images, predictions)
        server = RunningServer(root, "--no-background-features")
        server.start()
        try:
            answer = ask(server.url, project)
            with open_page() as page:
                seen = look(page, server.url, project, moves)
        finally:
            server.close()
    return {"images": images, "predictions": images * predictions, "labels": images * LABELS, "answer": answer, **seen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--predictions", type=int, default=100, help="boxes of the model on each image")
    parser.add_argument("--moves", type=int, default=60, help="of each slider")
    options = parser.parse_args()
    print(json.dumps(measure(options.images, options.predictions, options.moves), indent=2))


if __name__ == "__main__":
    main()

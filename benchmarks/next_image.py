"""How long it takes from a key to the next image, pixels and boxes painted, with photographs of 12 megapixels.

    python -m benchmarks.next_image [--images 36]

A server of its own on a workspace that is thrown away, a project of so many textured JPEGs of 4000 x 3000 pixels (about
3 MB each) with 20 labelled boxes and 40 predictions, and a headless Chromium without a GPU. Images are opened with the
key D once a second, each half and each quarter of one, then with D held down, and at last by clicks on thumbnails far
away, which nothing was fetched ahead for.

The clock starts at the time stamp of the browser's own keydown (or click) event. It stops at the beginning of the
second animation frame after the one in which the page painted that image's boxes over pixels as fine as the screen: by
then the frame with them has been handed to the compositor. So a figure holds one to two frames (17 to 33 ms) of
waiting. While D is held down (`flipped`) it is the time from one image painted with its boxes over its enlarged
thumbnail to the next; `let_go` is from the key's release to pixels as fine as the screen.
Prints the median, the p95 and the longest in milliseconds, and the memory of the pictures held decoded.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import uuid
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.save_latency import summary
from detector.domain import Box
from storage.records import StoredPrediction
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.label_page import LabelPage
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import add_model, open_page
from tests.install_browser import find_browser

WIDTH, HEIGHT = 4000, 3000
BOXES, PREDICTIONS = 20, 40
SETTLE_MS = 3000
PACES_MS = (1000, 500, 250)
WATCH = """() => {
  window.turns = [];
  let from = null, at = 0;
  const begin = (event) => {
    if (event.type === "keydown" && event.key !== "d") return;
    if (event.type === "click" && !event.target.closest(".bc-thumb")) return;
    if (from !== null) return;
    from = boxloop.canvas.imageId;
    at = event.timeStamp;
  };
  addEventListener("keydown", begin, { capture: true });
  addEventListener("click", begin, { capture: true });
  const ended = new MessageChannel(); // its message comes after the frame in which it was sent, paint and all
  ended.port1.onmessage = () => {
    const { imageId, sharp } = boxloop.canvas.painted;
    if (from !== null && sharp && imageId !== from && imageId === boxloop.canvas.imageId) {
      const [began, was] = [at, from];
      from = null;
      const keep = () => window.turns.push({ ms: performance.now() - began, was, imageId });
      requestAnimationFrame(() => requestAnimationFrame(keep));
    }
  };
  const look = () => {
    ended.port2.postMessage(null);
    requestAnimationFrame(look);
  };
  look();
}"""


FLIPS = """() => {
  window.flips = [];
  window.letGo = null;
  const ended = new MessageChannel();
  let last = boxloop.canvas.imageId, released = null;
  addEventListener("keyup", (event) => { released = event.timeStamp; }, { capture: true });
  ended.port1.onmessage = () => {
    const { imageId, seen, sharp } = boxloop.canvas.painted;
    if (seen && imageId !== last && released === null) window.flips.push(performance.now());
    if (seen) last = imageId;
    if (sharp && released !== null) window.letGo ??= performance.now() - released;
  };
  const look = () => {
    ended.port2.postMessage(null);
    requestAnimationFrame(look);
  };
  look();
}"""


def photograph(seed: int) -> bytes:
    """Soft patches of colour with fine grain, about as heavy to decode as a photograph."""
    random = np.random.default_rng(seed)
    patches = Image.fromarray(random.integers(0, 255, (HEIGHT // 100, WIDTH // 100, 3), dtype=np.uint8))
    grain = random.normal(0, 6, (HEIGHT, WIDTH, 1)).astype(np.int16)
    pixels = np.asarray(patches.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16) + grain
    held = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(held, "JPEG", quality=88)
    return held.getvalue()


def places(count: int) -> list[Box]:
    return [
        Box(100 + 380 * (k % 10), 100 + 350 * (k // 10), 400 + 380 * (k % 10), 350 + 350 * (k // 10))
        for k in range(count)
    ]


def prepare(server: RunningServer, images: int) -> tuple[int, list[int]]:
    """A project of labelled and predicted photographs; ids of the project and of the images."""
    project = server.api.post("/api/projects", json={"name": "Photographs"}).raise_for_status().json()["id"]
    made = server.api.post(f"/api/projects/{project}/classes", json={"name": "coin"}).raise_for_status().json()["id"]
    ids = []
    for number in range(images):
        files = {"file": (f"photograph {number:02d}.jpg", photograph(number))}
        uploaded = server.api.post(f"/api/projects/{project}/upload", files=files).raise_for_status().json()
        ids.append(uploaded["results"][0]["image_id"])
        boxes = [
            {"id": str(uuid.uuid4()), "class_id": made, "x1": b.x1, "y1": b.y1, "x2": b.x2, "y2": b.y2}
            for b in places(BOXES)
        ]
        body = {"revision": 0, "boxes": boxes, "state": "done", "key": str(uuid.uuid4())}
        server.api.put(f"/api/images/{ids[-1]}/annotations", json=body).raise_for_status()
    with Store(Workspace(server.workspace)) as store:
        model = add_model(store, project, 1, None)
        store.projects.set_active_model(project, model)
        found = [StoredPrediction(made, box, 0.9 - 0.01 * k) for k, box in enumerate(places(PREDICTIONS))]
        store.predictions.put_many(model, [(image, found, False) for image in ids])
    return project, ids


def turns(page: Page) -> list[float]:
    found = [turn["ms"] for turn in page.evaluate("window.turns")]
    page.evaluate("() => { window.turns = []; }")
    return found


def open_first(label: LabelPage, image: int) -> None:
    label.open(image)
    label.until("boxloop.canvas.painted.sharp")
    label.page.wait_for_timeout(SETTLE_MS)
    label.page.evaluate(WATCH)


def step(label: LabelPage, steps: int, pace_ms: int) -> list[float]:
    """D once in so many milliseconds, counted from key to key."""
    for count in range(1, steps + 1):
        began = label.page.evaluate("performance.now()")
        label.press("d")
        label.page.wait_for_function(f"window.turns.length === {count}")
        spent = label.page.evaluate("performance.now()") - began
        label.page.wait_for_timeout(max(0, pace_ms - spent))
    return turns(label.page)


def hold(label: LabelPage, first: int, last: int) -> tuple[list[float], float]:
    """D held from one image to the last: a key event each 33 ms, as most keyboards send them.

    Returns the times from image to image, and that from the key's release to the pixels.
    """
    label.open(first)
    label.until("boxloop.canvas.painted.sharp")
    label.page.wait_for_timeout(SETTLE_MS)
    label.page.evaluate(FLIPS)
    label.page.keyboard.down("d")
    label.page.wait_for_timeout(500)  # keyboards wait before they repeat
    while label.read("imageId") != last:
        label.page.keyboard.down("d")
        label.page.wait_for_timeout(33)
    label.page.keyboard.up("d")
    label.page.wait_for_function("window.letGo !== null")
    at = label.page.evaluate("window.flips")
    return [later - sooner for sooner, later in pairwise(at[1:])], label.page.evaluate("window.letGo")


def jump(label: LabelPage, ids: list[int], count: int) -> list[float]:
    """To images that nothing was fetched ahead for: every fifth one backwards."""
    for number in range(1, count + 1):
        label.page.locator(f'.bc-thumb[data-image="{ids[-1 - 5 * number]}"]').click()
        label.page.wait_for_function(f"window.turns.length === {number}")
        label.page.wait_for_timeout(1000)
    return turns(label.page)


def measure(images: int) -> dict[str, Any]:
    """All ways of turning, in one window."""
    if find_browser() is None:
        sys.exit("There is no Chromium on this machine: run `python -m tests.install_browser`.")
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "workspace")
        server.start()
        try:
            project, ids = prepare(server, images)
            with open_page() as page:
                label = LabelPage(page, server, project)
                found = {}
                for pace in PACES_MS:
                    open_first(label, ids[0])
                    found[f"every_{pace}_ms"] = step(label, images - 2, pace)
                held_mb = label.read("pictureBytes") / 2**20
                found["flipped"], let_go = hold(label, ids[0], ids[-1])
                open_first(label, ids[-1])
                found["not_fetched_ahead"] = jump(label, ids, (images - 1) // 5)
        finally:
            server.close()
    return {
        "picture": f"{WIDTH} x {HEIGHT}",
        "images": images,
        "pictures_held_mb": round(held_mb),
        "let_go_ms": round(let_go, 1),
        **{name: {"turns": len(taken), "ms": summary(taken)} for name, taken in found.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=36, help="at least 12")
    options = parser.parse_args()
    if options.images < 12:
        parser.error("--images must be at least 12")
    print(json.dumps(measure(options.images), indent=2))


if __name__ == "__main__":
    main()

"""How long the Label page takes to paint, and how evenly frames come, with hundreds of boxes on a large picture.

    python -m benchmarks.canvas [--steps 120]

A server of its own on a workspace that is thrown away, one picture per case, and a headless Chromium without a GPU, so
that the picture is scaled by the processor: a desk with a GPU does better. In each case a box is drawn, the picture is
panned and zoomed, by that many mouse events each. Prints per gesture, in milliseconds, the median, the p95 and the
longest of two things: what one paint of ours costs, and the time between two animation frames (16.7 at best). Both are
by the clock, so they mean something on a quiet machine only; `cpu_ms_per_paint`, the time that the page's main thread
was on a processor, hardly depends on what else runs.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import CDPSession, Page

from benchmarks.save_latency import summary
from tests.e2e.label_page import LabelPage
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import open_page
from tests.install_browser import find_browser

MOST_STEPS = 180  # the page keeps its last 600 paints, and three gestures must fit
WINDOW = {"width": 1280, "height": 800}  # CSS pixels
START_FRAMES = """() => {
  window.benchFrames = [];
  const tick = (now) => { window.benchFrames.push(now); window.benchTick = requestAnimationFrame(tick); };
  window.benchTick = requestAnimationFrame(tick);
}"""
STOP_FRAMES = """() => {
  cancelAnimationFrame(window.benchTick);
  return window.benchFrames.slice(1).map((now, index) => now - window.benchFrames[index]);
}"""


@dataclass(frozen=True)
class Case:
    """One picture, in pixels, with so many boxes on it."""

    width: int
    height: int
    boxes: int


CASES = (Case(4000, 3000, 240), Case(6000, 4000, 500))


def picture(case: Case) -> bytes:
    """A JPEG of grey noise, so that no part of it is cheaper to scale than another."""
    held = BytesIO()
    Image.effect_noise((case.width, case.height), 60).convert("RGB").save(held, "JPEG", quality=85)
    return held.getvalue()


def grid(case: Case, class_id: int) -> Iterator[dict[str, Any]]:
    """Boxes in rows over the whole picture, each a little larger than its cell, so that neighbours overlap."""
    columns = math.ceil(math.sqrt(case.boxes * case.width / case.height))
    cell_x, cell_y = case.width / columns, case.height / math.ceil(case.boxes / columns)
    for index in range(case.boxes):
        x, y = index % columns * cell_x, index // columns * cell_y
        yield {
            "id": f"box {index}",
            "class_id": class_id,
            "x1": x,
            "y1": y,
            "x2": min(x + 1.2 * cell_x, case.width),
            "y2": min(y + 1.2 * cell_y, case.height),
        }


def prepare(server: RunningServer, case: Case) -> tuple[int, int]:
    """A project with the picture and its boxes; ids of the project and of the image."""
    name = f"{case.width} x {case.height}"
    project = server.api.post("/api/projects", json={"name": name}).raise_for_status().json()["id"]
    made = server.api.post(f"/api/projects/{project}/classes", json={"name": "coin"}).raise_for_status().json()
    files = {"file": (f"{name}.jpg", picture(case))}
    uploaded = server.api.post(f"/api/projects/{project}/upload", files=files).raise_for_status().json()
    image = uploaded["results"][0]["image_id"]
    body = {"revision": 0, "boxes": list(grid(case, made["id"])), "state": "done", "key": name}
    server.api.put(f"/api/images/{image}/annotations", json=body).raise_for_status()
    return project, image


def middle(page: Page) -> tuple[float, float]:
    stage = page.locator(".bc-stage").bounding_box()
    assert stage is not None
    return stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2


def draw(page: Page, steps: int) -> None:
    """Drag a box open from a point; Shift keeps the press from taking hold of a box that lies there."""
    x, y = middle(page)
    page.mouse.move(x - 200, y - 150)
    page.keyboard.down("Shift")
    page.mouse.down()
    for step in range(steps):
        page.mouse.move(x - 200 + 400 * step / steps, y - 150 + 300 * step / steps)
    page.mouse.up()
    page.keyboard.up("Shift")


def pan(page: Page, steps: int) -> None:
    """Once round in a circle with the middle button."""
    x, y = middle(page)
    page.mouse.move(x + 150, y)
    page.mouse.down(button="middle")
    for step in range(steps):
        turn = 2 * math.pi * step / steps
        page.mouse.move(x + 150 * math.cos(turn), y + 150 * math.sin(turn))
    page.mouse.up(button="middle")


def zoom(page: Page, steps: int) -> None:
    """In by half of the steps and out again."""
    page.mouse.move(*middle(page))
    for step in range(steps):
        page.mouse.wheel(0, -40 if step < steps / 2 else 40)


GESTURES: dict[str, Callable[[Page, int], None]] = {"drawing": draw, "panning": pan, "zooming": zoom}


def main_thread_ms(devtools: CDPSession) -> float:
    """How long the page's main thread has been on a processor."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def timed(label: LabelPage, gesture: Callable[[Page, int], None], steps: int) -> dict[str, Any]:
    devtools = label.page.context.new_cdp_session(label.page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    known = len(label.read("paintMs"))
    label.page.evaluate(START_FRAMES)
    before = main_thread_ms(devtools)
    gesture(label.page, steps)
    spent = main_thread_ms(devtools) - before
    frames = label.page.evaluate(STOP_FRAMES)
    devtools.detach()
    paints = label.read("paintMs")[known:]
    if len(paints) < steps / 4:
        sys.exit(f"only {len(paints)} paints for {steps} mouse events: the gesture did not reach the canvas")
    return {
        "paints": len(paints),
        "paint_ms": summary(paints),
        "frame_ms": summary(frames),
        "cpu_ms_per_paint": round(spent / len(paints), 2),
    }


def measure_case(page: Page, server: RunningServer, case: Case, steps: int) -> dict[str, Any]:
    project, image = prepare(server, case)
    label = LabelPage(page, server, project)
    label.open(image)
    page.wait_for_function("boxloop.canvas.painted.sharp")
    gestures = {name: timed(label, gesture, steps) for name, gesture in GESTURES.items()}
    if len(label.read("boxes")) != case.boxes + 1:
        sys.exit("drawing did not make exactly one box: the figures are not those of drawing")
    label.until_saved()
    return {"picture": f"{case.width} x {case.height}", "boxes": case.boxes, **gestures}


def measure(steps: int) -> dict[str, Any]:
    """All cases, one after the other, in one window."""
    if find_browser() is None:
        sys.exit("There is no Chromium on this machine: run `python -m tests.install_browser`.")
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "workspace")
        server.start()
        try:
            with open_page() as page:
                page.set_viewport_size({"width": WINDOW["width"], "height": WINDOW["height"]})
                cases = [measure_case(page, server, case, steps) for case in CASES]
        finally:
            server.close()
    return {"window": f"{WINDOW['width']} x {WINDOW['height']}", "events_per_gesture": steps, "cases": cases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=120, help=f"mouse events per gesture, 20 to {MOST_STEPS}")
    options = parser.parse_args()
    if not 20 <= options.steps <= MOST_STEPS:
        parser.error(f"--steps must lie between 20 and {MOST_STEPS}")
    print(json.dumps(measure(options.steps), indent=2))


if __name__ == "__main__":
    main()

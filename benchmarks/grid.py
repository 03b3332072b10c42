"""The Images page with 100,000 images and 1,000,000 boxes, beside Gradio's own gallery with a tenth of them.

    python -m benchmarks.grid [--images 100000] [--boxes 1000000] [--gallery 10000] [--workspace FOLDER]

A workspace, a server and a headless Chromium without a GPU of its own; all is thrown away afterwards, but for a
workspace that was named: `python -m benchmarks.large_workspace` makes one. The server prepares no features meanwhile.

Measured are: questions to the store, each filter in each order at nine places, told apart from the beginning of a list
that nobody has asked for since the last change, and from the making of that list; the same page over HTTP with boxes
and tags; and in the browser

- first paint: from the start of the navigation (the browser's own clock) until every thumbnail on the screen, with no
  place left empty, has been decoded and a frame with them has been painted; as a visit of a browser that knows nothing
  of us yet, and as a later one, with a fresh page each time;
- the time between two animation frames while the grid is rolled through by the wheel as fast as it goes, dragged from
  one end to the other, and passed at 1,800 pixels a second, where every picture can be seen; what stands in the
  document, and the JavaScript heap after that.

Times in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from benchmarks.canvas import START_FRAMES, STOP_FRAMES
from benchmarks.command_line import ROOT
from benchmarks.large_workspace import Made, make
from benchmarks.save_latency import summary
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.records import ImageState, Split
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.running_server import PATIENCE, RunningServer, free_port
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.install_browser import find_browser

PLACES = 9
STEPS = 240  # of the wheel, 400 pixels each
JUMPS = 60  # of the scroll bar, from one end to the other
VISITS = 5
# Notes the moment at which the first screen of thumbnails has been painted: the second frame after the last was decoded
# begins when the first one is done. `%s`: the thumbnails, and what stands where one is still to come.
NOTE_PAINT = """(() => {
  const [pictures, gaps] = ["%s", "%s"];
  const onScreen = (one) => {
    const { top, right, bottom, left, width } = one.getBoundingClientRect();
    return width > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(onScreen);
  const look = async () => {
    const shown = all(pictures);
    const ready = shown.length > 0 && shown.every((one) => one.complete && one.naturalWidth > 0) && !all(gaps).length;
    if (!ready) return requestAnimationFrame(look);
    await Promise.all(shown.map((one) => one.decode()));
    requestAnimationFrame(() => requestAnimationFrame(() => { window.benchPainted = performance.now(); }));
  };
  requestAnimationFrame(look);
})()"""


@dataclass(frozen=True)
class Screen:
    """A page of pictures: what scrolls, the thumbnails, and what stands where one is still to come, as selectors."""

    address: str
    scroller: str
    thumbs: str
    gaps: str


VIEWPORT: ViewportSize = {"width": 1280, "height": 800}


def filters(made: Made) -> dict[str, ImageFilter]:
    """What people ask for, by name; from all images down to hardly any."""
    model = made.model
    return {
        "all": ImageFilter(model_id=model),
        "to label": ImageFilter(states=frozenset({ImageState.NEW, ImageState.IN_PROGRESS}), model_id=model),
        "nothing here": ImageFilter(nothing_here=True, model_id=model),
        "validation, 5 to 20 boxes": ImageFilter(
            splits=frozenset({Split.VAL}), boxes_from=5, boxes_to=20, model_id=model
        ),
        "frequent class": ImageFilter(class_ids=frozenset(made.classes[:1]), model_id=model),
        "rare class": ImageFilter(class_ids=frozenset(made.classes[10:11]), model_id=model),
        "tag": ImageFilter(tag_ids=frozenset({2}), model_id=model),
        "part of the name": ImageFilter(query="0042", model_id=model),
        "by one person": ImageFilter(saved_by=frozenset({"ada"}), model_id=model),
        "model unsure": ImageFilter(model_id=model, score_from=0.3, score_to=0.6),
    }


def ask_store(root: Path, made: Made) -> dict[str, Any]:
    """Pages of 100 from each filter in each order."""
    first: dict[str, float] = {}
    made_anew: dict[str, float] = {}
    others: dict[str, float] = {}
    with Store(Workspace(root)) as store:
        for name, wanted in filters(made).items():
            for by in SortBy:
                order = ImageOrder(by, descending=True)
                page = store.pages.listed(made.project, wanted, order)  # what the disk must be read for once
                for place in range(PLACES):
                    at = page.total * place // PLACES
                    begun = time.perf_counter()
                    store.pages.listed(made.project, wanted, order, first=at, token=page.token)
                    others[f"{name}, by {by}, from {at:,}"] = _ms(begun)
        lists = type(store.pages)(store.database)  # remembers nothing
        for name, wanted in filters(made).items():
            for by in SortBy:
                order = ImageOrder(by, descending=True)
                begun = time.perf_counter()
                lists.begin(made.project, wanted, order)
                first[f"{name}, by {by}"] = _ms(begun)
                begun = time.perf_counter()
                lists.listed(made.project, wanted, order)
                made_anew[f"{name}, by {by}"] = _ms(begun)
    return {"first_of_a_list": _told(first), "any_other_page": _told(others), "making_a_list": _told(made_anew)}


def ask_server(url: str, made: Made) -> dict[str, Any]:
    """The same over HTTP, as the grid asks: 100 images with their boxes and tags."""
    took: dict[str, float] = {}
    queries = ["", "state=new,in_progress&sort=-saved", f"class={made.classes[0]}&sort=-boxes", "tag=2&sort=name"]
    with httpx.Client(base_url=f"{url}/api/projects/{made.project}", timeout=60) as client:
        for query in queries:
            page = client.get(f"/grid?{query}").json()
            for place in range(PLACES):
                at = page["total"] * place // PLACES
                begun = time.perf_counter()
                client.get(f"/grid?{query}&first={at}&list={page['list']}").raise_for_status()
                took[f"{query or 'all'}, from {at:,}"] = _ms(begun)
    return _told(took)


def _ms(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def _told(took: dict[str, float]) -> dict[str, Any]:
    worst = max(took, key=lambda name: took[name])
    return {**summary(list(took.values())), "questions": len(took), "worst": worst}


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        yield browser
        browser.close()


def look(browser: Browser, screen: Screen) -> dict[str, Any]:
    """Open a page of pictures again and again, and scroll through it."""
    cold = [_visit_first(browser, screen) for _ in range(VISITS)]
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.add_init_script(NOTE_PAINT % (screen.thumbs, screen.gaps))
    session = context.new_cdp_session(page)
    _first_paint(page, screen.address)
    page.wait_for_load_state("networkidle")
    paints = [_first_paint(page, screen.address) for _ in range(VISITS)]
    page.wait_for_load_state("networkidle")
    nodes = page.evaluate("document.querySelectorAll('*').length")
    area = page.locator(screen.scroller).first
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    rolled = _frames(page, lambda: _roll(page))
    dragged = _frames(page, lambda: _drag(page, screen.scroller))
    strolled = _frames(page, lambda: _stroll(page, screen.scroller))
    found = {
        "first_paint_ms": summary(paints),
        "first_paint_of_a_first_visit_ms": summary(cold),
        "nodes": nodes,
        "frames_rolling_ms": rolled,
        "frames_dragging_ms": dragged,
        "frames_strolling_ms": strolled,
        "nodes_after": page.evaluate("document.querySelectorAll('*').length"),
        "heap_mb_after": round(_heap(session) / 1e6, 1),
    }
    context.close()
    return found


def _visit_first(browser: Browser, screen: Screen) -> float:
    """First paint in a browser profile that keeps nothing of earlier visits."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.add_init_script(NOTE_PAINT % (screen.thumbs, screen.gaps))
    took = _first_paint(page, screen.address)
    page.wait_for_load_state("networkidle")
    context.close()
    return took


def _first_paint(page: Page, address: str) -> float:
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.benchPainted !== undefined", polling=100, timeout=120_000)
    return float(page.evaluate("window.benchPainted"))


def _frames(page: Page, gesture: Callable[[], None]) -> dict[str, float]:
    page.evaluate(START_FRAMES)
    gesture()
    return summary(page.evaluate(STOP_FRAMES))


def _roll(page: Page) -> None:
    for _ in range(STEPS):
        page.mouse.wheel(0, 400)


def _drag(page: Page, scroller: str) -> None:
    page.evaluate(
        """async ([scroller, jumps]) => {
          const area = document.querySelector(scroller);
          const whole = area.scrollHeight - area.clientHeight;
          for (let jump = 0; jump <= jumps; jump += 1) {
            area.scrollTop = (whole * jump) / jumps;
            for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
          }
        }""",
        [scroller, JUMPS],
    )


def _stroll(page: Page, scroller: str) -> None:
    page.evaluate(
        """async ([scroller, steps]) => {
          const area = document.querySelector(scroller);
          area.scrollTop = 0;
          for (let step = 0; step < steps; step += 1) {
            await new Promise(requestAnimationFrame);
            area.scrollTop += 30;
          }
        }""",
        [scroller, STEPS],
    )


def _heap(session: CDPSession) -> float:
    """Bytes of JavaScript that are in use once what is unreachable is gone."""
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


GALLERY = """
import sys
import gradio as gr
from pathlib import Path
paths = sorted(Path(sys.argv[1]).rglob("*.jpg"))[: int(sys.argv[2])]
with gr.Blocks() as demo:
    gr.Gallery([str(path) for path in paths], columns=6, height=700)
demo.launch(server_port=int(sys.argv[3]), allowed_paths=[sys.argv[1]], quiet=True)
"""


def look_at_gallery(browser: Browser, root: Path, images: int) -> dict[str, Any]:
    """The peer: Gradio's gallery with the same thumbnails."""
    port = free_port()
    command = [sys.executable, "-c", GALLERY, str(root / "thumbs"), str(images), str(port)]
    peer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}")
        return look(browser, Screen(f"http://127.0.0.1:{port}", ".grid-wrap", ".grid-wrap img", ".no-gaps"))
    finally:
        peer.terminate()
        peer.wait(30)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    sys.exit("Gradio's gallery did not come up")


def found(root: Path) -> Made:
    """What `python -m benchmarks.large_workspace` has written into a folder."""
    with Store(Workspace(root)) as store:
        project = store.projects.list()[0]
        counts = store.projects.counts(project.id)
        classes = tuple(one.id for one in store.classes.list(project.id))
        model = project.active_model_id
    if model is None:
        sys.exit(f"{root} holds another workspace; make one with `python -m benchmarks.large_workspace`")
    return Made(project.id, classes, model, counts.images, counts.boxes)


def measure(images: int, boxes: int, gallery: int, workspace: Path | None = None) -> dict[str, Any]:
    """All of it, one after the other; in `workspace` where one is named."""
    if find_browser() is None:
        sys.exit("There is no Chromium on this machine: run `python -m tests.install_browser`.")
    with tempfile.TemporaryDirectory() as folder:
        root = workspace or Path(folder) / "workspace"
        begun = time.perf_counter()
        made = make(root, images, boxes) if workspace is None else found(root)
        written = time.perf_counter() - begun if workspace is None else None
        store = ask_store(root, made)
        server = RunningServer(root, "--no-background-features")
        server.start()
        try:
            http = ask_server(server.url, made)
            address = f"{server.url}/images?project={made.project}"
            with open_browser() as browser:
                grid = look(browser, Screen(address, ".image-grid-scroller", ".image-tile img", ".image-tile.empty"))
        finally:
            server.close()
        with open_browser() as browser:
            peer = look_at_gallery(browser, root, gallery) if gallery else None
    return {
        "images": made.images,
        "boxes": made.boxes,
        "seconds_to_write_the_workspace": None if written is None else round(written, 1),
        "store_ms": store,
        "http_ms": http,
        "browser": grid,
        "gallery": None if peer is None else {"images": gallery, **peer},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--gallery", type=int, default=10_000, help="images in Gradio's gallery; 0 leaves it out")
    parser.add_argument("--workspace", type=Path, help="a folder that benchmarks.large_workspace has filled")
    options = parser.parse_args()
    print(json.dumps(measure(options.images, options.boxes, options.gallery, options.workspace), indent=2))


if __name__ == "__main__":
    main()

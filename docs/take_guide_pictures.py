"""Take the pictures of the guide, one for each way of working: `python docs/take_guide_pictures.py WORKSPACE [FOLDER]`.

WORKSPACE is that of the demo after a training run. For the views of Evaluate it wants two versions of a model that have
looked at all images, some of them still to be labelled, and the lists of "Label next" and "Check labels" made (choose
them with --only). It is copied, so that what is done for a picture stays out of it.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.e2e.label_page import LabelPage, with_class
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.install_browser import find_browser

DESK = {"width": 1280, "height": 800}
Scene = Callable[[LabelPage], None]


def images(label: LabelPage, state: str) -> list[int]:
    """Ids of the project's images in a state."""
    answer = label.server.api.get(f"/api/projects/{label.project}/images", params={"state": state, "limit": 20})
    return [one["id"] for one in answer.json()["items"]]


def sharp(label: LabelPage) -> None:
    label.until("boxloop.canvas.painted.sharp")
    label.until_frames_passed(10)


def work(label: LabelPage) -> None:
    """The Label page as it is most of the time: the model's boxes beside those that a person drew."""
    review(label)
    label.press("e", "e", "e", "Escape")
    label.until_saved()


def review(label: LabelPage) -> None:
    label.open(images(label, "new")[4])
    sharp(label)
    label.press("Tab")


def filters(label: LabelPage) -> None:
    label.page.goto(f"{label.url}/images?project={label.project}")
    label.page.locator(".image-tile-picture img").first.wait_for()
    label.page.get_by_role("button", name=re.compile("^Filter")).click()
    panel = label.page.get_by_role("dialog", name="Filter")
    panel.get_by_role("button", name=re.compile("^white cell")).first.click()
    label.page.wait_for_load_state("networkidle")


def merge(label: LabelPage) -> None:
    label.open(images(label, "done")[1])
    sharp(label)
    label.page.locator(".bc-class").last.click(button="right")
    label.page.get_by_role("menuitem", name="Merge into another class").click()
    label.page.locator(".cm-crop").first.wait_for()
    label.page.wait_for_load_state("networkidle")


def split(label: LabelPage) -> None:
    label.open(images(label, "done")[1])
    sharp(label)
    label.page.locator(".bc-class").nth(1).click(button="right")
    label.page.get_by_role("menuitem", name="Give some boxes another class").click()
    label.page.locator(".cm-tile").nth(2).wait_for()
    for place in (0, 2):
        label.page.locator(".cm-tile").nth(place).click()
    label.page.wait_for_load_state("networkidle")


def history(label: LabelPage) -> None:
    image = images(label, "new")[3]
    label.open(image)
    sharp(label)
    label.press("Tab", "e", "e", "e", "Escape")
    label.until_saved()
    label.drag((60, 60), (130, 125))
    label.until_saved()
    label.press("Escape", "y")
    label.page.locator(".bc-revision").first.click()
    label.page.locator("canvas.bc-differences").wait_for()
    label.until_frames_passed(20)


def conflict(label: LabelPage) -> None:
    """Somebody else saves while this page is not told."""
    image = images(label, "done")[2]
    label.open(image)
    sharp(label)
    label.page.route("**/api/pulse**", lambda route: route.abort())
    stored = label.stored(image)
    boxes = [{**box, "x1": box["x1"] + 9 * (place == 0)} for place, box in enumerate(stored["annotations"])]
    body = {"revision": stored["revision"], "boxes": boxes, "state": "done", "key": "another"}
    label.server.api.put(f"/api/images/{image}/annotations", json=body).raise_for_status()
    first = stored["annotations"][0]
    label.click((first["x1"] + first["x2"]) / 2, (first["y1"] + first["y2"]) / 2)
    label.press("ArrowDown", "ArrowDown", "ArrowDown")
    label.page.locator(".bc-conflict").wait_for()
    label.until_frames_passed(20)


def shortcuts(label: LabelPage) -> None:
    label.open(images(label, "done")[1])
    sharp(label)
    label.press("?")
    label.until_frames_passed(20)


def window(label: LabelPage) -> None:
    """An image of 16 bits, of which most lies in a few values."""
    project = label.server.api.post("/api/projects", json={"name": "Scans"}).json()["id"]
    random = np.random.default_rng(1)
    down, across = np.mgrid[0:480, 0:640]
    values = 3000.0 + random.normal(0, 8, (480, 640))
    for _ in range(25):
        y, x, radius = random.uniform(0, 480), random.uniform(0, 640), random.uniform(18, 34)
        values += 180 * np.exp(-((((down - y) ** 2 + (across - x) ** 2) / radius**2) ** 2))
    values[:4, :4] = 60_000
    held = io.BytesIO()
    Image.fromarray(values.astype(np.uint16)).save(held, "PNG")
    files = {"file": ("scan 01.png", held.getvalue())}
    added = label.server.api.post(f"/api/projects/{project}/upload", files=files).json()["results"][0]
    scans = LabelPage(label.page, label.server, project)
    with_class(scans, "cell")
    scans.open(added["image_id"])
    sharp(scans)
    scans.press("w")
    scans.until_frames_passed(20)


def evaluate(label: LabelPage, view: str) -> Page:
    label.page.goto(f"{label.url}/evaluate?project={label.project}&view={view}")
    return label.page


def figures(label: LabelPage) -> None:
    page = evaluate(label, "figures")
    page.locator('[data-chart="precision-recall"] .main-svg').first.wait_for()
    page.wait_for_load_state("networkidle")


def mistakes(label: LabelPage) -> None:
    page = evaluate(label, "mistakes")
    page.locator(".mistake-tile[role=option]").nth(4).wait_for()
    page.wait_for_load_state("networkidle")


def compare(label: LabelPage) -> None:
    """One picture, with what two versions find on it side by side."""
    page = evaluate(label, "compare")
    page.get_by_text("What changed", exact=True).click()
    page.locator(".compare-tile").first.click()
    page.get_by_role("dialog", name="One image in both versions").wait_for()
    page.wait_for_load_state("networkidle")


def following(label: LabelPage) -> None:
    evaluate(label, "next").locator(".label-next-cards > li").nth(3).wait_for()
    label.page.wait_for_load_state("networkidle")


def check(label: LabelPage) -> None:
    evaluate(label, "check").locator(".check-sentence").wait_for()
    label.page.wait_for_load_state("networkidle")


def trying(label: LabelPage) -> None:
    """Three pictures that are not in the project, as far as the page can tell."""
    ids = images(label, "new")[:3]
    shown = [label.server.api.get(f"/files/images/{one}/view").raise_for_status() for one in ids]
    files = [
        {"name": f"smear {place}.jpg", "mimeType": one.headers["content-type"], "buffer": one.content}
        for place, one in enumerate(shown, start=1)
    ]
    page = evaluate(label, "try")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose", exact=True).click()
    chooser.value.set_files(files)  # type: ignore[arg-type]
    page.locator(".try-facts", has_text=" box").wait_for()
    page.wait_for_load_state("networkidle")


SCENES: dict[str, Scene] = {
    "figures": figures,
    "mistakes": mistakes,
    "compare": compare,
    "next": following,
    "check": check,
    "try": trying,
    "label": work,
    "review": review,
    "filters": filters,
    "merge": merge,
    "split": split,
    "history": history,
    "conflict": conflict,
    "shortcuts": shortcuts,
    "window": window,
}


def take(page: Page, label: LabelPage, folder: Path, names: list[str]) -> None:
    for name in names:
        SCENES[name](label)
        shot = Image.open(io.BytesIO(page.screenshot()))
        shot.convert("RGB").save(folder / f"{name}.webp", quality=82, method=6)
        page.unroute_all(behavior="ignoreErrors")
        page.goto("about:blank")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "pictures")
    parser.add_argument("--only", nargs="+", choices=SCENES, default=list(SCENES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copy:
        root = Path(copy) / "workspace"
        shutil.copytree(options.workspace, root)
        server = RunningServer(root, "--no-background-features")
        server.start()
        try:
            project = httpx.get(f"{server.url}/api/projects").json()[0]["id"]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
                page = browser.new_page(viewport=DESK)  # type: ignore[arg-type]
                take(page, LabelPage(page, server, project), options.folder, options.only)
                browser.close()
        finally:
            server.close()


if __name__ == "__main__":
    main()

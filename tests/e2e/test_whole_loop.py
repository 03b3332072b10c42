"""The whole loop as a person goes it: upload, label by mouse and keys, train, look, accept, export."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from detector.domain import Box, ImageSize
from gui.demo_pictures import CLASS_NAMES, DrawnPicture, draw
from tests.e2e.label_page import LabelPage
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import open_page

pytestmark = [pytest.mark.browser, pytest.mark.training, pytest.mark.timeout(540)]

SIZE = ImageSize(320, 240)
PICTURES = 12
LABELLED = 7
EMPTY = 5  # which of the labelled ones has nothing on it
PATIENCE_MS = 240_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "workspace")
    running.start()
    yield running
    running.close()


@pytest.fixture
def page() -> Iterator[Page]:
    with open_page() as opened:
        yield opened


def pictures() -> list[DrawnPicture]:
    drawn = [draw(index, size=SIZE) for index in range(PICTURES)]
    drawn[EMPTY] = DrawnPicture(Image.new("RGB", (SIZE.width, SIZE.height), (236, 228, 214)), ())
    return drawn


def file(index: int, picture: DrawnPicture) -> dict[str, object]:
    held = io.BytesIO()
    picture.image.save(held, "PNG")
    return {"name": f"smear {index:02d}.png", "mimeType": "image/png", "buffer": held.getvalue()}


def corners(box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    return (box.x1, box.y1), (box.x2, box.y2)


def test_from_an_empty_workspace_to_exported_labels(page: Page, server: RunningServer, tmp_path: Path) -> None:
    drawn = pictures()
    project = make_project(page, server)
    images = upload(page, server, project, drawn)
    label_by_hand(LabelPage(page, server, project), images, drawn)
    train_and_reload_half_way(page, server, project)
    accepted = look_and_accept(page, server, project)
    exported = export(page, server, project, tmp_path)
    held = json.loads(exported.read(next(name for name in exported.namelist() if name.endswith(".json"))))
    assert {one["name"] for one in held["categories"]} >= set(CLASS_NAMES)
    done = server.api.get(f"/api/projects/{project}").json()["counts"]
    assert done["done"] == LABELLED + 1
    assert sum(name.endswith(".png") for name in exported.namelist()) == done["done"], "empty images are exported too"
    assert accepted > 0


def make_project(page: Page, server: RunningServer) -> int:
    page.goto(server.url)
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Smear Übung")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images?project=*")
    (project,) = server.api.get("/api/projects").json()
    assert project["name"] == "Smear Übung"
    return int(project["id"])


def upload(page: Page, server: RunningServer, project: int, drawn: list[DrawnPicture]) -> list[tuple[int, int]]:
    """All pictures and a broken file, in two goes. Returns (id, number of the picture), in the order of the page."""
    made = [file(number, picture) for number, picture in enumerate(drawn)]
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": bytes(made[0]["buffer"])[:900]}  # type: ignore[call-overload]
    for go in ([*made[:LABELLED], broken], made[LABELLED:]):
        page.get_by_role("button", name="Add images").first.click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("menuitem", name="Files or a zip").click()
        chooser.value.set_files(go)  # type: ignore[arg-type]
        if broken in go:
            expect(page.get_by_role("region", name="Upload")).to_contain_text("1 could not be read")
            expect(page.get_by_role("region", name="Upload").locator("li", has_text="broken.png")).to_be_visible()
        expect(page.locator(".image-tile[data-image]")).to_have_count(LABELLED if broken in go else PICTURES)
    listed = server.api.get(f"/api/projects/{project}/images").json()["items"]
    return [(image["id"], int(image["name"][6:8])) for image in listed]


def label_by_hand(label: LabelPage, images: list[tuple[int, int]], drawn: list[DrawnPicture]) -> None:
    """Every true box of the first pictures by a drag and a digit; one of them has nothing on it."""
    make_first_class(label, images, drawn)
    keys = digits(label)
    label.open(images[0][0])
    label.press("Shift+F")
    assert label.read("view.k") == 1
    for place, (image, number) in enumerate(images[:LABELLED]):
        truth = drawn[number].truth
        label.until(f"boxloop.canvas.imageId === {image}")
        draw_all(label, [(corners(one.box), keys[one.class_name]) for one in truth])
        if place == 1 and truth:
            take_back_a_deletion(label, len(truth))
        assert sorted(label.rects()) == sorted(one.box.as_tuple() for one in truth)
        label.press("Enter" if truth else "n")
        label.until(f"boxloop.canvas.imageId === {images[place + 1][0]}")
        label.press("f")  # the first picture was drawn at 100 %, the others at the zoom that fits the window
    label.until_saved()
    for image, number in images[:LABELLED]:
        stored = label.stored(image)
        rects = sorted((b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored["annotations"])
        assert rects == sorted(one.box.as_tuple() for one in drawn[number].truth)
        assert stored["state"] == "done"


def make_first_class(label: LabelPage, images: list[tuple[int, int]], drawn: list[DrawnPicture]) -> None:
    """The first box asks for its class; it is taken back, and the other classes come in beside it."""
    image, truth = next((image, drawn[number].truth) for image, number in images if drawn[number].truth)
    label.open(image)
    label.drag(*corners(truth[0].box))
    label.page.keyboard.type(CLASS_NAMES[0])
    label.press("Enter")
    label.until("boxloop.canvas.boxes.length === 1")
    label.press("Control+z")
    label.until("boxloop.canvas.boxes.length === 0")
    label.until_saved()
    for name in CLASS_NAMES[1:]:
        label.server.api.post(f"/api/projects/{label.project}/classes", json={"name": name}).raise_for_status()


def take_back_a_deletion(label: LabelPage, boxes: int) -> None:
    label.press("Delete")
    label.until(f"boxloop.canvas.boxes.length === {boxes - 1}")
    label.press("Control+z")
    label.until(f"boxloop.canvas.boxes.length === {boxes}")


def digits(label: LabelPage) -> dict[str, str]:
    """Which key stands for which class."""
    classes = label.server.api.get(f"/api/projects/{label.project}").json()["classes"]
    return {one["name"]: str(place + 1) for place, one in enumerate(classes)}


def draw_all(label: LabelPage, wanted: list[tuple[tuple[tuple[float, float], tuple[float, float]], str]]) -> None:
    """Drag with Shift, which draws over other boxes too, and Alt, which snaps to nothing; a digit gives the class."""
    for count, (ends, key) in enumerate(wanted, start=1):
        for held in ("Shift", "Alt"):
            label.page.keyboard.down(held)
        label.drag(*ends)
        for held in ("Alt", "Shift"):
            label.page.keyboard.up(held)
        label.until(f"boxloop.canvas.boxes.length === {count}")
        label.press(key)


def train_and_reload_half_way(page: Page, server: RunningServer, project: int) -> None:
    page.goto(f"{server.url}/train?project={project}")
    expect(page.locator(".bl-plan-sentence")).to_contain_text(f"{LABELLED} images")
    page.get_by_text("Expert settings").click()
    page.get_by_label("Minutes, at most").fill("0.75")  # the best model by then will do
    page.get_by_role("button", name="Train", exact=True).click()

    def learning() -> bool:
        jobs = server.api.get(f"/api/projects/{project}/jobs?kind=train").json()
        assert all(job["state"] in ("queued", "running") for job in jobs), jobs
        return any(job["progress"].get("epoch", 0) >= 2 for job in jobs)

    wait_until(learning, "the second epoch", 200)
    page.reload()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Model v\d+ is ready")).first).to_be_visible(timeout=PATIENCE_MS)
    wait_until(lambda: predicted(server, project), "the new model to look at all images", 120)


def predicted(server: RunningServer, project: int) -> bool:
    jobs = server.api.get(f"/api/projects/{project}/jobs?kind=predict").json()
    return bool(jobs) and jobs[0]["state"] == "succeeded"


def look_and_accept(page: Page, server: RunningServer, project: int) -> int:
    """Slide without a request, then take a new image's boxes over as labels. Returns how many."""
    page.goto(f"{server.url}/predictions?project={project}&threshold=0.05")
    summary = page.locator(".predictions-summary")
    expect(summary).to_contain_text("boxes on")
    page.wait_for_load_state("networkidle")
    many = int((summary.text_content() or "").split()[0].replace(",", ""))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_label("Least score shown", exact=True)
    slider.evaluate("(s) => { s.value = 0.9; s.dispatchEvent(new Event('input', {bubbles: true})); }")
    page.wait_for_function(
        "(before) => parseInt(document.querySelector('.predictions-summary').textContent.replace(',', '')) < before",
        arg=many,
    )
    own = ("/api/pulse", "/jobs?kind=predict", "/ui-assets/")  # asked whether somebody slides or not
    assert [url for url in asked if not any(part in url for part in own)] == []
    new = server.api.get(f"/api/projects/{project}/images?state=new").json()["items"][0]
    model = server.api.get(f"/api/projects/{project}").json()["active_model_id"]
    found = server.api.get(f"/api/images/{new['id']}", params={"model": model}).json()["predictions"]
    threshold = sorted((one["score"] for one in found), reverse=True)[0] - 0.01
    page.goto(f"{server.url}/predictions?project={project}&threshold={threshold:.2f}&image={new['id']}")
    expect(page.locator(".predictions-entry").first).to_be_visible()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("Accepted").first).to_be_visible()
    taken = server.api.get(f"/api/images/{new['id']}").json()
    assert taken["state"] == "done"
    assert {box["model_version_id"] for box in taken["annotations"]} == {model}
    assert {box["source"] for box in taken["annotations"]} == {"model"}
    return len(taken["annotations"])


def export(page: Page, server: RunningServer, project: int, folder: Path) -> zipfile.ZipFile:
    page.goto(f"{server.url}/models?project={project}")
    page.get_by_text("COCO").click()
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Download").click()
    target = folder / "labels.zip"
    download.value.save_as(target)
    return zipfile.ZipFile(target)

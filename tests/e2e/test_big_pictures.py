"""Big pictures and deep grey on the Label page: seen at once, then sharp wherever one looks; boxes stay exact."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.e2e.label_page import LabelPage, with_class
from tests.e2e.running_server import RunningServer

pytestmark = pytest.mark.browser
RED, BLUE, WHITE = (220, 20, 20), (20, 20, 220), (235, 235, 235)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on an empty workspace."""
    running = RunningServer(tmp_path_factory.mktemp("bare") / "workspace", "--no-background-features")
    running.start()
    yield running
    running.close()


@pytest.fixture
def label(page: Page, bare: RunningServer) -> LabelPage:
    page.set_viewport_size({"width": 1280, "height": 800})
    known = bare.api.get("/api/projects").json()
    made = bare.api.post("/api/projects", json={"name": f"Project {len(known)}"}).json()
    return LabelPage(page, bare, made["id"])


def upload(label: LabelPage, picture: Image.Image, form: str, **options: Any) -> int:
    held = io.BytesIO()
    picture.save(held, form, **options)
    answer = label.server.api.post(f"/api/projects/{label.project}/upload", files={"file": ("a", held.getvalue())})
    result = answer.json()["results"][0]
    assert result["status"] == "added", result
    image_id: int = result["image_id"]
    return image_id


def seen_at(label: LabelPage, *points: tuple[float, float]) -> list[tuple[int, ...]]:
    """Colours of the screen where points of the image lie."""
    shot = Image.open(io.BytesIO(label.page.screenshot())).convert("RGB")
    found = [shot.getpixel((int(x), int(y))) for x, y in (label.point(*point) for point in points)]
    return [tuple(colour) for colour in found if isinstance(colour, tuple)]


def alike(seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 24


def test_80_megapixels_are_sharp_where_one_looks_and_boxes_exact(label: LabelPage) -> None:
    picture = Image.new("RGB", (10_000, 8_000), WHITE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((7670, 3328, 7697, 3343), fill=RED)  # 28 x 16 pixels, over the edge of two tiles
    draw.rectangle((100, 7000, 1500, 7900), fill=BLUE)
    turned = Image.Exif()
    turned[0x0112] = 6  # stored lying on its side, as by a phone
    stored = picture.transpose(Image.Transpose.ROTATE_90)
    image = upload(label, stored, "JPEG", quality=95, subsampling=0, exif=turned.tobytes())
    with_class(label, "Cell")
    label.open(image)
    label.until("(boxloop.canvas.painted ?? boxloop.canvas).sharp")
    expect(label.page.locator(".bc-tiles-note")).to_be_hidden()
    blue, white = seen_at(label, (800, 7450), (5000, 4000))
    assert alike(blue, BLUE) and alike(white, WHITE)
    label.page.mouse.move(*label.point(7683.5, 3335.5))
    while label.read("view")["k"] < 8:
        label.page.mouse.wheel(0, -200)
        label.until_frames_passed(2)
    label.until("(boxloop.canvas.painted ?? boxloop.canvas).sharp")
    label.press("h")  # the lines at the pointer lie on what is looked at
    label.page.mouse.move(5, 5)
    label.until_frames_passed(2)
    inside = [(7671.5, 3329.5), (7696.5, 3342.5), (7683.5, 3335.5)]
    beside = [(7668.5, 3328.5), (7699.5, 3343.5), (7683.5, 3326.5), (7683.5, 3345.5)]
    assert all(alike(seen, RED) for seen in seen_at(label, *inside))
    assert all(alike(seen, WHITE) for seen in seen_at(label, *beside))
    label.press("h")
    label.drag((7670, 3328), (7698, 3344))
    label.until_saved()
    assert np.abs(np.subtract(label.rects()[0], (7670, 3328, 7698, 3344))).max() < 0.1
    assert label.page.locator(".bc-tiled canvas").count() < 12  # not the whole pyramid


def test_deep_grey_is_seen_through_a_window_that_a_person_sets(label: LabelPage) -> None:
    values = np.full((400, 600), 3000, np.uint16)
    values[:, 300:], values[:10, :10], values[:10, 590:] = 3255, 0, 60_000
    image = upload(label, Image.fromarray(values), "PNG")
    label.open(image)
    label.until("(boxloop.canvas.painted ?? boxloop.canvas).sharp")
    left, right = (150, 200), (450, 200)
    assert seen_at(label, left, right) == [(0, 0, 0), (255, 255, 255)]  # by itself: dark from what is bright
    label.press("w")
    panel = label.page.get_by_role("dialog", name="Window of grey values")
    expect(panel.get_by_label("Black up to", exact=True)).to_be_focused()
    panel.get_by_label("White from, value").fill("3510")
    panel.get_by_label("White from, value").press("Enter")
    label.until_frames_passed(3)
    assert seen_at(label, left, right) == [(0, 0, 0), (128, 128, 128)]
    label.open(image)  # again: remembered
    label.until("(boxloop.canvas.painted ?? boxloop.canvas).sharp")
    assert seen_at(label, left, right)[1] == (128, 128, 128)
    label.press("w")
    panel.get_by_role("button", name="Full range").click()
    label.until_frames_passed(3)
    assert seen_at(label, left, right) == [(13, 13, 13), (14, 14, 14)]
    panel.get_by_role("button", name="Automatic").click()
    label.press("Escape")
    expect(panel).to_be_hidden()
    label.until_frames_passed(3)
    assert seen_at(label, left, right) == [(0, 0, 0), (255, 255, 255)]
    ordinary = upload(label, Image.new("RGB", (60, 40)), "PNG")
    label.open(ordinary)
    expect(label.page.locator(".bc-window-tool")).to_be_hidden()

"""Try it: pictures, a video and a camera are looked at by a real model in the browser, and added by one click."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from storage.store import Store
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import IMAGES, Seeded, open_page
from tests.gui.labelled_project import draw
from tests.gui.model_folder import write_model
from tests.gui.picture_files import picture

pytestmark = pytest.mark.browser

VIDEO = Path(__file__).parent / "assets" / "moving.webm"  # 2 s of 160 x 120
BOXES = ".try-overlay .predictions-found"
# One event that brings files: {type, target, files: [[name, type, base64]]}
BRING = """({ type, files }) => {
  const data = new DataTransfer();
  for (const [name, kind, encoded] of files) {
    const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: kind }));
  }
  const options = { bubbles: true, cancelable: true };
  const made = type === "paste"
    ? new ClipboardEvent(type, { ...options, clipboardData: data })
    : new DragEvent(type, { ...options, dataTransfer: data });
  document.body.dispatchEvent(made);
}"""
File = tuple[str, str, bytes]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """With a camera that shows a test picture, and that no one has to be asked for."""
    with open_page("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def works(house: tuple[RunningServer, Seeded]) -> None:
    """The active model of the project can look at pictures."""
    server, seeded = house
    write_model(server.workspace / "models" / "version-2", (seeded.cell, seeded.parasite))


@pytest.fixture(autouse=True)
def opened(page: Page, server: RunningServer, seeded: Seeded) -> None:
    page.goto(f"{server.url}/evaluate?project={seeded.project}&view=try&threshold=0.30")
    expect(page.get_by_text("Drop a picture or a short video here")).to_be_visible()


def bring(page: Page, event: str, *files: File) -> None:
    encoded = [[name, kind, base64.b64encode(data).decode()] for name, kind, data in files]
    page.evaluate(BRING, {"type": event, "files": encoded})


def looked_at(page: Page, name: str, size: str) -> int:
    """Wait for what was found on a picture of this name and size; returns how many boxes are said to be shown."""
    expect(page.locator(".try-foot")).to_contain_text(name)
    facts = page.locator(".try-facts")
    expect(facts).to_have_text(re.compile(rf"^{size} · \d+ box(es)? .*s$"))
    shown = re.search(r"· ([\d,]+) box", facts.inner_text())
    assert shown is not None
    return int(shown[1])


def found_by_server(server: RunningServer, seeded: Seeded, data: bytes, threshold: float) -> int:
    answer = server.api.post(f"/api/projects/{seeded.project}/try?model={seeded.second_model}", content=data)
    assert answer.status_code == 200, answer.text
    return sum(one["score"] >= threshold for one in answer.json()["predictions"])


def test_pictures_are_tried_one_after_the_other_and_one_is_added(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    first, second = draw(31)[0], draw(32)[0]
    bring(page, "paste", ("image.png", "image/png", first))
    shown = looked_at(page, "pasted 2", "128 × 96")
    assert shown == found_by_server(server, seeded, first, 0.30) > 0
    expect(page.locator(BOXES)).to_have_count(shown)

    percent = page.locator(".try-zoom > span")
    fitted = percent.inner_text()
    page.locator(".try-stage").hover()
    page.mouse.wheel(0, -400)
    expect(percent).not_to_have_text(fitted)
    page.keyboard.press("f")
    expect(percent).to_have_text(fitted)

    deep = picture(90, size=(60, 50), format="TIFF")
    bring(page, "drop", ("cells.png", "image/png", second), ("deep.tif", "image/tiff", deep), ("notes.txt", "", b"hm"))
    expect(page.locator(".try-tile")).to_have_count(4)
    looked_at(page, "cells.png", "128 × 96")
    page.keyboard.press("d")
    looked_at(page, "deep.tif", "60 × 50")
    expect(page.locator(".try-media img")).to_have_attribute("src", re.compile("^data:image/jpeg"))
    page.keyboard.press("d")
    expect(page.locator(".try-said")).to_contain_text("Not a picture")
    page.keyboard.press("a")
    page.keyboard.press("a")
    looked_at(page, "cells.png", "128 × 96")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/try" in request.url else None)
    typed = page.get_by_label("Least score shown, typed")
    typed.fill("0.9")
    typed.press("Enter")
    fewer = found_by_server(server, seeded, second, 0.9)
    expect(page.locator(BOXES)).to_have_count(fewer)
    assert looked_at(page, "cells.png", "128 × 96") == fewer
    assert asked == [], "the threshold acts in the browser"

    page.wait_for_url("**threshold=0.90*")
    version = page.get_by_label("Model version")
    version.select_option(str(seeded.first_model))
    expect(page.locator(".try-said")).to_contain_text("holds no model")
    version.select_option(str(seeded.second_model))
    assert looked_at(page, "cells.png", "128 × 96") == fewer
    expect(page.locator(".try-tile")).to_have_count(4)

    assert store.projects.counts(seeded.project).images == IMAGES, "nothing was added by trying"
    page.get_by_role("button", name="Add to project").click()
    link = page.get_by_role("link", name="Label it")
    expect(link).to_be_visible()
    image = int(re.findall(r"image=(\d+)", link.get_attribute("href") or "")[0])
    assert store.images.get(image).name == "cells.png"
    assert store.workspace.original(store.images.get(image).sha256).read_bytes() == second


def test_a_video_is_looked_at_where_it_stands_and_while_it_plays_and_a_frame_is_added(
    page: Page, seeded: Seeded, store: Store
) -> None:
    bring(page, "drop", ("moving.webm", "video/webm", VIDEO.read_bytes()))
    looked_at(page, "moving.webm", "160 × 120")
    place = page.get_by_label("Place in the video")
    place.evaluate("(s) => { s.value = 1; s.dispatchEvent(new Event('input', { bubbles: true })); }")
    page.wait_for_function("document.querySelector('.try-media video').currentTime === 1")
    expect(page.locator(".try-overlay:not(.stale)")).to_be_visible()
    page.get_by_role("button", name="Add to project").click()
    link = page.get_by_role("link", name="Label it")
    expect(link).to_be_visible()
    image = store.images.get(int(re.findall(r"image=(\d+)", link.get_attribute("href") or "")[0]))
    assert (image.name, image.size.width, image.size.height) == ("moving 0m01.00s.jpg", 160, 120)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Add to project")).to_be_visible()  # another frame is in sight
    page.wait_for_function("document.querySelector('.try-media video').ended")
    expect(page.locator(".try-overlay:not(.stale)")).to_be_visible()
    bring(page, "drop", ("broken.mp4", "video/mp4", b"no video at all"))
    expect(page.locator(".try-said")).to_contain_text("This browser cannot play this video")


def test_what_the_camera_sees_is_looked_at_frame_after_frame_and_one_is_added(
    page: Page, seeded: Seeded, store: Store
) -> None:
    page.get_by_role("button", name="Camera", exact=True).click()
    looked_at(page, "Camera", r"\d+ × \d+")
    expect(page.get_by_label("Frames looked at in a second")).to_have_text(re.compile("frames a second"))
    page.get_by_role("button", name="Add to project").click()
    link = page.get_by_role("link", name="Label it")
    expect(link).to_be_visible()
    image = store.images.get(int(re.findall(r"image=(\d+)", link.get_attribute("href") or "")[0]))
    assert re.fullmatch(r"camera \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg", image.name)
    expect(page.get_by_role("button", name="Play (Space)")).to_be_visible()  # it holds still what was added
    expect(page.locator(".try-overlay:not(.stale)")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Hold still (Space)")).to_be_visible()
    track = "document.querySelector('.try-media video').srcObject.getTracks()[0].readyState"
    assert page.evaluate(track) == "live"
    handle = page.evaluate_handle("document.querySelector('.try-media video').srcObject.getTracks()[0]")
    page.get_by_role("link", name="Figures").click()
    page.wait_for_function("(track) => track.readyState === 'ended'", arg=handle)

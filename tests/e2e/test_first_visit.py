"""What somebody reads who is here for the first time: which image is open, what came in, what is still to come."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from detector.runs import RunState
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import Seeded, claimed_run

pytestmark = pytest.mark.browser

COMING = {
    "predictions": "its boxes appear here when it is ready",
    "evaluate": "its figures stand here when it is ready",
    "models": "it is listed here when it is ready",
}


def test_the_label_page_names_the_open_image_on_a_laptop(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    server, seeded = house
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/label?project={seeded.project}")
    name = page.locator(".bc-file")
    expect(name).to_be_visible()
    expect(name).to_contain_text("×")
    box = name.bounding_box()
    assert box is not None and box["width"] > 150


def test_a_file_that_is_here_already_is_named(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    server, _ = house
    project = server.api.post("/api/projects", json={"name": "twice"}).json()["id"]
    held = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 40, 20)).save(held, "PNG")
    page.goto(f"{server.url}/images?project={project}")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose images").click()
    files = [{"name": name, "mimeType": "image/png", "buffer": held.getvalue()} for name in ("one.png", "copy.png")]
    chooser.value.set_files(files)  # type: ignore[arg-type]
    panel = page.get_by_role("region", name="Upload")
    expect(panel).to_contain_text("1 image added, 1 already here.")
    expect(panel).to_contain_text("1 file with the same content as an image that is here")
    expect(panel.locator(".upload-name")).to_be_visible()  # either of the two, whichever came second


def test_the_button_of_an_open_menu_can_be_read(page: Page, house: tuple[RunningServer, Seeded]) -> None:
    server, seeded = house
    page.goto(f"{server.url}/images?project={seeded.project}")
    expect(page.locator("#bl-ahead")).to_have_count(0)  # a press while the page is handed over may go astray
    button = page.get_by_role("button", name="Add images")
    button.click()  # and the pointer stays on it
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("name", COMING)
def test_an_empty_page_tells_that_the_first_model_is_on_its_way(
    page: Page, house: tuple[RunningServer, Seeded], name: str
) -> None:
    server, _ = house
    project = int(server.api.post("/api/projects", json={"name": f"first run, {name}"}).json()["id"])
    page.goto(f"{server.url}/{name}?project={project}")
    expect(page.locator(".bl-empty")).to_contain_text("No model yet")
    with Store(Workspace(server.workspace)) as store:
        run = claimed_run(store, project)
        page.reload()
        expect(page.locator(".bl-empty")).to_contain_text(f"The first model is being trained; {COMING[name]}.")
        store.jobs.finish(run.id, RunState.CANCELLED, "Stopped.")
    expect(page.locator(".bl-empty")).to_contain_text("No model yet", timeout=20_000)  # by itself, soon

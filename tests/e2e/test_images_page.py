"""The Images page, driven as a person drives it: add, look through, filter, select, delete, take back."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import DONE, IMAGES, Seeded

pytestmark = pytest.mark.browser


@pytest.fixture
def empty(server: RunningServer, request: pytest.FixtureRequest) -> int:
    """A new project for this test, by the name of the test."""
    answer = server.api.post("/api/projects", json={"name": request.node.name})
    answer.raise_for_status()
    return int(answer.json()["id"])


def picture(shade: int, kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 255 - shade, 90)).save(held, kind)
    return held.getvalue()


def show(page: Page, server: RunningServer, project: int, rest: str = "") -> None:
    page.goto(f"{server.url}/images?project={project}{rest}")
    expect(page.locator(".image-status")).to_contain_text("on disk")


def tiles(page: Page) -> Locator:
    return page.locator(".image-tile[data-image]")


def filtered(page: Page, *choices: str) -> None:
    """By the Filter panel, which is left open."""
    page.get_by_role("button", name=re.compile("^Filter")).click()
    for choice in choices:
        page.get_by_role("dialog", name="Filter").get_by_role("button", name=re.compile(f"^{choice}")).click()


def test_images_with_open_comments_are_found_and_the_address_says_so(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    said = server.api.post(f"/api/images/{seeded.images[1]}/comments", json={"text": "One cell or two?"}).json()
    show(page, server, seeded.project)
    filtered(page, "Open")
    expect(tiles(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Drop the filter: Open comments")).to_be_visible()
    page.reload()
    expect(page.locator(f'.image-tile[data-image="{seeded.images[1]}"]')).to_be_visible()
    server.api.patch(f"/api/comments/{said['id']}", json={"resolved": True}).raise_for_status()
    page.reload()
    expect(page.locator(".image-status")).to_contain_text("on disk")
    expect(tiles(page)).to_have_count(0)


def choose(page: Page, files: list[dict[str, object]]) -> None:
    """Through the button and the menu, as a person does."""
    page.get_by_role("button", name="Add images").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Files or a zip").click()
    chooser.value.set_files(files)  # type: ignore[arg-type]


def file(name: str, data: bytes, kind: str = "image/png") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": data}


def test_images_stand_in_the_grid_with_their_names_and_states(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    show(page, server, seeded.project)
    expect(tiles(page)).to_have_count(IMAGES)
    expect(tiles(page).first).to_have_attribute("aria-label", "smear 00.png, done, 1 box")
    expect(page.locator(".image-status")).to_contain_text(f"{IMAGES} images, {DONE} boxes")


def test_boxes_are_painted_where_they_are(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    expect(tiles(page)).to_have_count(IMAGES)
    # Where the painted pixels of the first tile lie, as shares of its picture.
    # The box is (10, 20)-(50, 60) of 320 x 240.
    bounds = page.wait_for_function(
        """() => {
          const canvas = document.querySelector(".image-tile[data-image] canvas");
          const { width, height } = canvas;
          if (!width) return null;
          const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
          let [left, top, right, bottom] = [width, height, -1, -1];
          for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
            if (!pixels[4 * (y * width + x) + 3]) continue;
            left = Math.min(left, x); right = Math.max(right, x + 1);
            top = Math.min(top, y); bottom = Math.max(bottom, y + 1);
          }
          return right < 0 ? null : [left / width, top / height, right / width, bottom / height];
        }"""
    ).json_value()
    assert bounds == pytest.approx([10 / 320, 20 / 240, 50 / 320, 60 / 240], abs=0.02)


def test_filters_stand_in_the_address_and_come_back_with_it(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    page.get_by_role("button", name=re.compile("^Done")).click()
    expect(tiles(page)).to_have_count(DONE)
    assert "state=done" in page.url
    page.get_by_label("Find by name").fill("smear 02")
    expect(tiles(page)).to_have_count(1)
    page.reload()
    expect(tiles(page)).to_have_count(1)
    expect(page.get_by_label("Find by name")).to_have_value("smear 02")
    expect(page.get_by_role("button", name=re.compile("^Done"))).to_have_attribute("aria-pressed", "true")


def test_back_takes_a_filter_away(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    filtered(page, "Validation")
    expect(tiles(page)).to_have_count(DONE // 2)
    page.go_back()
    expect(tiles(page)).to_have_count(IMAGES)


def test_filters_that_fit_nothing_say_so_and_can_be_cleared(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project, "&q=zebra")
    expect(page.get_by_text("No image fits these filters.")).to_be_visible()
    page.get_by_role("button", name="Show all images").click()
    expect(tiles(page)).to_have_count(IMAGES)


def test_a_class_narrows_the_grid_to_its_images(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    filtered(page, "cell")
    expect(tiles(page)).to_have_count(DONE)


def test_deleting_goes_to_the_bin_and_undo_brings_back(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    tiles(page).nth(1).hover()
    tiles(page).nth(1).locator(".image-tile-tick").click()
    tiles(page).nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("3 images selected")).to_be_visible()
    page.keyboard.press("Delete")
    expect(tiles(page)).to_have_count(IMAGES - 3)
    page.get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(IMAGES)


def test_the_bin_shows_what_was_deleted_and_restores_it(page: Page, server: RunningServer, seeded: Seeded) -> None:
    server.api.post("/api/images/delete", json={"ids": [seeded.images[0]]}).raise_for_status()
    show(page, server, seeded.project)
    expect(tiles(page)).to_have_count(IMAGES - 1)
    page.get_by_role("button", name="Bin", exact=True).click()
    expect(tiles(page)).to_have_count(1)
    tiles(page).first.click()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The bin is empty.")).to_be_visible()
    page.get_by_role("button", name="Leave the bin").click()
    expect(tiles(page)).to_have_count(IMAGES)


def test_an_act_on_many_images_is_undone_from_the_activity_after_a_reload(
    page: Page, server: RunningServer, empty: int
) -> None:
    show(page, server, empty)
    choose(page, [file(f"shade {shade}.png", picture(shade)) for shade in (10, 20, 30)])
    expect(tiles(page)).to_have_count(3)
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Delete").click()
    expect(tiles(page)).to_have_count(0)
    page.reload()
    expect(page.locator(".image-status")).to_contain_text("on disk")
    page.locator(".top-bar-project").click()
    page.get_by_role("menuitem", name="Activity").click()
    deleted = page.locator(".activity-row").filter(has_text="3 images into the bin")
    deleted.get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(3)
    expect(deleted).to_contain_text("undone")
    expect(deleted.get_by_role("button", name="Undo")).to_have_count(0)
    page.keyboard.press("Escape")


def test_the_keyboard_alone_is_enough(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(tiles(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+a")
    expect(page.get_by_text(f"{IMAGES} images selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Selected images")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/label?project={seeded.project}&image={seeded.images[1]}**")


def test_all_that_match_are_tagged_found_by_the_tag_and_walked_through(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    show(page, server, seeded.project, "&state=done&sort=-name")
    page.keyboard.press("Control+a")
    tiles(page).first.locator(".image-tile-tick").click()
    expect(page.get_by_text(f"{DONE - 1} images selected")).to_be_visible()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("combobox", name="Tag").fill("night")
    page.get_by_role("button", name="Put it on").click()
    expect(page.get_by_text(f"{DONE - 1} images tagged “night”.")).to_be_visible()
    expect(page.locator(".image-tile-tag")).to_have_count(DONE - 1)
    filtered(page, "night")
    expect(tiles(page)).to_have_count(DONE - 1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Drop the filter: Tag night")).to_be_visible()
    # Newest name first: smear 02, 01, 00.
    tiles(page).nth(1).click()
    page.wait_for_url(f"**/label?project={seeded.project}&image={seeded.images[1]}**")
    expect(page.locator(".bc-position")).to_have_text(f"2 / {DONE - 1}")
    page.keyboard.press("d")
    page.wait_for_url(f"**image={seeded.images[0]}**")
    page.reload()
    expect(page.locator(".bc-position")).to_have_text(f"3 / {DONE - 1}")
    page.get_by_role("button", name="As in the grid").click()
    expect(page.locator(".bc-position")).to_have_text(f"1 / {IMAGES}")


def test_a_click_opens_the_label_page(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded.project)
    tiles(page).nth(2).click()
    page.wait_for_url(f"**/label?project={seeded.project}&image={seeded.images[2]}**")


def test_uploads_tell_what_came_in_what_was_here_and_what_failed(page: Page, server: RunningServer, empty: int) -> None:
    show(page, server, empty)
    good = [file(f"shade {shade}.png", picture(shade)) for shade in range(0, 120, 10)]
    choose(
        page, [*good, file("again.png", picture(0)), file("<img src=x>broken.jpg", b"no picture at all", "image/jpeg")]
    )
    account = page.get_by_role("region", name="Upload")
    expect(account).to_contain_text("12 images added, 1 already here, 1 could not be read.")
    expect(account).to_contain_text("<img src=x>broken.jpg")  # shown as text
    expect(account.locator("li", has_text="broken")).to_contain_text(re.compile(r"\.jpg.+"))
    expect(tiles(page)).to_have_count(12)


def test_a_zip_expands(page: Page, server: RunningServer, empty: int) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for shade in (10, 20, 30):
            archive.writestr(f"inner/{shade}.png", picture(shade))
    show(page, server, empty)
    choose(page, [file("three.zip", held.getvalue(), "application/zip")])
    expect(page.get_by_role("region", name="Upload")).to_contain_text("3 images added.")
    expect(tiles(page)).to_have_count(3)


def test_a_drop_anywhere_on_the_page_adds_images(page: Page, server: RunningServer, empty: int) -> None:
    show(page, server, empty)
    transfer = page.evaluate_handle(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
          return transfer;
        }""",
        list(picture(77)),
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop images, folders or a zip to add them")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop images, folders or a zip to add them")).to_be_hidden()
    expect(tiles(page)).to_have_count(1)
    expect(tiles(page).first).to_contain_text("dropped.png")


def test_a_folder_on_the_server_is_imported(page: Page, server: RunningServer, empty: int, tmp_path: Path) -> None:
    for shade in (1, 2, 3, 4):
        (tmp_path / f"{shade}.png").write_bytes(picture(shade))
    show(page, server, empty)
    page.get_by_role("button", name="Add images").click()
    page.get_by_role("menuitem", name="A folder on the server").click()
    page.get_by_role("textbox", name="Folder").fill(str(tmp_path / "nowhere"))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("nowhere")
    page.get_by_role("textbox", name="Folder").fill(str(tmp_path))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(tiles(page)).to_have_count(4, timeout=60_000)


def test_an_empty_project_says_what_to_do(page: Page, server: RunningServer, empty: int) -> None:
    show(page, server, empty)
    expect(page.get_by_text("Drop images, a folder or a zip anywhere on this page.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose images")).to_be_visible()


def test_many_images_cost_no_more_of_the_document_than_a_screenful(
    page: Page, server: RunningServer, empty: int
) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number:03d}.png", picture(number % 256) + bytes([number % 256, number // 256]))
    server.api.post(f"/api/projects/{empty}/upload", files={"file": ("many.zip", held.getvalue())}).raise_for_status()
    show(page, server, empty)
    expect(page.locator(".image-status")).to_contain_text("300 images")
    expect(tiles(page).first).to_be_visible()
    assert tiles(page).count() < 80
    page.locator(".image-grid-scroller").evaluate("scroller => scroller.scrollTo(0, scroller.scrollHeight)")
    expect(page.locator(".image-tile", has_text="299.png")).to_be_visible()
    assert tiles(page).count() < 80
    expect(page.locator(".image-tile", has_text="000.png")).to_have_count(0)

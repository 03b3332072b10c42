"""The start page and the frame of every page: projects, their bin, the bar, the theme."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import DONE, IMAGES, Seeded

pytestmark = pytest.mark.browser


def show(page: Page, server: RunningServer) -> None:
    page.goto(server.url)
    expect(page.locator(".project-card").first).to_be_visible()


def card(page: Page, project: int) -> Locator:
    return page.locator(f'.project-card[data-project="{project}"]')


def make(server: RunningServer, name: str) -> int:
    answer = server.api.post("/api/projects", json={"name": name})
    answer.raise_for_status()
    return int(answer.json()["id"])


def test_a_project_shows_its_counts_first_pictures_and_disk_use(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    show(page, server)
    shown = card(page, seeded.project)
    expect(shown).to_contain_text(f"{IMAGES} images, {DONE} done, {DONE} boxes")
    expect(shown.locator("img")).to_have_count(4)
    expect(shown.locator(".project-disk")).to_contain_text("B")
    expect(card(page, seeded.empty_project)).to_contain_text("No images yet")


def test_a_new_project_opens_its_images_page(page: Page, server: RunningServer) -> None:
    show(page, server)
    page.get_by_role("button", name="New project").click()
    page.get_by_role("textbox", name="Name").fill("Käfer <i>& Co</i>")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images?project=*")
    expect(page.get_by_text("Drop images, a folder or a zip anywhere on this page.")).to_be_visible()
    expect(page.locator(".top-bar-project")).to_have_text("Käfer <i>& Co</i>")


def test_a_name_that_is_taken_is_told_in_the_dialog(page: Page, server: RunningServer) -> None:
    make(server, "Taken")
    show(page, server)
    page.get_by_role("button", name="New project").click()
    page.get_by_role("textbox", name="Name").fill("Taken")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Taken")


def test_renaming(page: Page, server: RunningServer) -> None:
    project = make(server, "Old name")
    show(page, server)
    card(page, project).get_by_role("button", name="More for Old name").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("New name")
    page.get_by_role("button", name="Rename").click()
    expect(card(page, project)).to_contain_text("New name")
    assert server.api.get(f"/api/projects/{project}").json()["name"] == "New name"


def test_deleting_asks_nothing_and_undo_brings_back(page: Page, server: RunningServer) -> None:
    project = make(server, "Mistake")
    show(page, server)
    card(page, project).get_by_role("button", name="More for Mistake").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(card(page, project)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(card(page, project)).to_be_visible()


def test_the_bin_restores_a_project(page: Page, server: RunningServer) -> None:
    project = make(server, "Binned")
    server.api.delete(f"/api/projects/{project}").raise_for_status()
    show(page, server)
    expect(card(page, project)).to_have_count(0)
    page.get_by_role("button", name="Bin", exact=True).click()
    card(page, project).get_by_role("button", name="Restore").click()
    expect(card(page, project)).to_have_count(0)
    page.get_by_role("button", name="Leave the bin").click()
    expect(card(page, project)).to_be_visible()


def test_the_links_keep_the_project(page: Page, server: RunningServer, seeded: Seeded) -> None:
    page.goto(f"{server.url}/images?project={seeded.project}&state=done")
    for name, path in (
        ("Train", "train"),
        ("Predictions", "predictions"),
        ("Evaluate", "evaluate"),
        ("Models", "models"),
    ):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        page.wait_for_url(f"**/{path}?project={seeded.project}**")
        expect(page.locator(".top-bar-links [aria-current]")).to_have_text(name)
    expect(page).to_have_title("Models – Smear – Boxloop")


def test_a_page_without_a_project_opens_the_one_used_last(page: Page, server: RunningServer, seeded: Seeded) -> None:
    page.goto(f"{server.url}/images?project={seeded.project}")
    expect(page.locator(".top-bar-project")).to_have_text("Smear")
    page.goto(f"{server.url}/images")
    page.wait_for_url(f"**/images?project={seeded.project}")


def test_the_theme_is_kept_and_outweighs_the_system(page: Page, server: RunningServer) -> None:
    page.emulate_media(color_scheme="light")
    show(page, server)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    assert page.evaluate("document.body.classList.contains('dark')")
    page.reload()
    expect(page.locator("body.dark")).to_be_visible()
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitemradio", name="As the system").click()
    expect(page.locator("body.dark")).to_have_count(0)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body.dark")).to_be_visible()
    page.emulate_media(color_scheme="light")


def test_help_opens_with_its_key_and_closes_with_escape(page: Page, server: RunningServer) -> None:
    show(page, server)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="How Boxloop works")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "images", "label", "train", "predictions", "evaluate", "models"])
def test_no_page_asks_anything_of_another_site(page: Page, server: RunningServer, seeded: Seeded, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/{path}?project={seeded.project}")
    expect(page.locator(".top-bar")).to_be_visible()
    page.wait_for_load_state("networkidle") if not path else page.wait_for_load_state("load")
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_page_is_wider_than_its_window(page: Page, server: RunningServer, seeded: Seeded, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("", "images", "train", "models"):
        page.goto(f"{server.url}/{path}?project={seeded.project}")
        expect(page.locator(".top-bar")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_first_start_tells_the_story_with_one_button(tmp_path: Path, page: Page) -> None:
    fresh = RunningServer(tmp_path / "workspace")
    fresh.start()
    assert page.context.browser is not None
    # A context of its own: Chromium would lend the new server's page code that it compiled for the old one's address.
    with page.context.browser.new_context() as context:
        first = context.new_page()
        try:
            first.goto(fresh.url)
            expect(first.get_by_role("heading", name="Find things in your pictures")).to_be_visible()
            expect(first.get_by_role("button", name="New project")).to_have_count(1)
        finally:
            fresh.close()

"""A server with a login, in a real browser: in by the keyboard, every page whole under our policy, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from gui.app import PAGES
from gui.auth_file import add_user
from gui.intake import Intake
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.gui.labelled_project import draw
from tests.install_browser import find_browser

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"
# The bar and the page are in their places, say something, and their pictures have come. (Quiet on the network, which a
# page that asks how its job goes may never be, would tell less.)
IS_WHOLE = """() => {
  const parts = [".top-bar", ".bl-page"].map((part) => document.querySelector(`.bl-module ${part}`));
  const images = [...document.images].filter((image) => image.loading !== "lazy");
  const said = parts.every((part) => part?.innerText.trim());
  return !document.querySelector("#bl-ahead") && said && images.every((image) => image.complete);
}"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with Store(Workspace(tmp_path / "workspace")) as store:
        project = store.projects.create("shapes")
        Intake(store).add_file(project.id, "shape.png", draw(1)[0])
    add_user(tmp_path / "users.json", "ada", PASSWORD)
    running = RunningServer(tmp_path / "workspace", "--auth-file", str(tmp_path / "users.json"), "--no-browser")
    running.api.headers["accept"] = "text/html"
    running.api.follow_redirects = True  # its sign of life is a page, which is the login's here
    running.start()
    yield running
    running.close()


@pytest.fixture
def page(server: RunningServer) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        opened = browser.new_page(base_url=server.url)
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()


def at_the_door(page: Page) -> None:
    """The login page is there, and its first field has the focus, which it gets only when it is drawn."""
    expect(page).to_have_title("Log in to Boxloop")
    expect(page.locator("#name")).to_be_focused()


def log_in(page: Page, password: str) -> None:
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_in_by_the_keyboard_to_the_page_that_was_asked_for_and_out_again(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto("/images?project=1")
    at_the_door(page)
    assert complaints == []  # our two styles, no script, nothing refused by the page's policy
    with page.expect_console_message(lambda said: "401" in said.text):  # the browser's own words
        log_in(page, "wrong password")
    page.get_by_role("alert").get_by_text("Name or password is wrong.").wait_for()
    complaints.clear()

    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/images?project=1")
    page.locator("[title^='shape.png']").first.wait_for()
    page.wait_for_function(IS_WHOLE)  # else what is left half loaded complains on the next page

    for shown in PAGES:
        page.goto(f"/{shown.path}?project=1")
        page.get_by_role("link", name="Boxloop").first.wait_for()
        page.wait_for_function(IS_WHOLE)
        assert complaints == [], shown.name

    assert page.evaluate("document.cookie") == ""  # no script can read the session
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto("/images?project=1")
    at_the_door(page)

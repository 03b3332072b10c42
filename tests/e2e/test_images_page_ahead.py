"""The Images page before the page framework has started, and what of it is there afterwards: everything."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import DONE, IMAGES, Seeded

pytestmark = pytest.mark.browser

FRAMEWORK = re.compile(r"/assets/index-[^/]*\.js$")
PLACES = """() => ["header.top-bar", ".image-toolbar", ".image-states", ".image-tile", ".image-status"].map((one) => {
  const { x, y, width, height } = document.querySelector(one).getBoundingClientRect();
  return [one, x, y, width, height, getComputedStyle(document.querySelector(one)).font];
})"""


class Held:
    """The framework's script, kept back until the test lets it go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.routes: list[Route] = []
        self.free = False
        page.route(FRAMEWORK, self._meet)

    def open(self, address: str) -> None:
        """Open a page and wait until its first screen is there, upon which the framework is asked for."""
        with self.page.expect_request(FRAMEWORK):
            self.page.goto(address, wait_until="commit")

    def let_go(self) -> None:
        """Let the framework come, and wait until it has taken over."""
        self.free = True
        while self.routes:
            self.routes.pop().continue_()
        expect(self.page.locator("#bl-ahead")).to_have_count(0)
        expect(self.page.locator("gradio-app .images-page")).to_have_count(1)

    def close(self) -> None:
        while self.routes:
            self.routes.pop().abort()
        self.page.goto("about:blank")
        self.page.unroute(FRAMEWORK)

    def _meet(self, route: Route) -> None:
        if self.free:
            route.continue_()
        else:
            self.routes.append(route)


@pytest.fixture
def held(page: Page) -> Iterator[Held]:
    page.set_viewport_size({"width": 1280, "height": 800})
    keeper = Held(page)
    yield keeper
    keeper.close()


def tiles(page: Page) -> Locator:
    return page.locator(".image-tile[data-image]")


def settled(page: Page) -> None:
    expect(page.locator(".image-status")).to_contain_text("on disk")


def test_images_are_filtered_and_selected_before_the_framework_is_there_and_stay_so(
    page: Page, server: RunningServer, seeded: Seeded, held: Held
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held.open(f"{server.url}/images?project={seeded.project}")
    settled(page)
    expect(page.locator("gradio-app .images-page")).to_have_count(0)
    expect(tiles(page)).to_have_count(IMAGES)
    page.get_by_role("button", name=re.compile("^Done")).click()
    expect(tiles(page)).to_have_count(DONE)
    tiles(page).nth(1).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 image selected")).to_be_visible()
    before = page.evaluate(PLACES)
    lists = [url for url in asked if "/grid?" in url]

    held.let_go()
    expect(page.get_by_text("1 image selected")).to_be_visible()
    expect(tiles(page)).to_have_count(DONE)
    expect(tiles(page).nth(1)).to_be_focused()
    assert page.evaluate(PLACES) == before
    assert [url for url in asked if "/grid?" in url] == lists
    expect(page.locator("header.top-bar")).to_have_count(1)
    # Each key is heard once: twice would leave the image as it was.
    page.keyboard.press("Space")
    expect(tiles(page).nth(1)).to_have_attribute("aria-selected", "false")


def test_the_place_is_kept_when_the_framework_comes_and_by_reload_and_back(
    page: Page, server: RunningServer, seeded: Seeded, held: Held
) -> None:
    page.set_viewport_size({"width": 500, "height": 500})  # one large tile beside no other
    held.open(f"{server.url}/images?project={seeded.project}&sort=name")
    page.get_by_role("button", name="Large").click()
    scroller = page.locator(".image-grid-scroller")
    scroller.evaluate("area => { area.scrollTop = 700; }")
    page.wait_for_function("history.state?.place === 1")
    held.let_go()
    assert scroller.evaluate("area => area.scrollTop") == 700
    page.reload()
    page.wait_for_function("document.querySelector('.image-grid-scroller').scrollTop > 300")
    tiles(page).nth(1).click()
    page.wait_for_url("**/label?**")
    page.go_back()
    page.wait_for_function("document.querySelector('.image-grid-scroller').scrollTop > 300")
    page.get_by_role("button", name="Middle").click()


def test_text_that_is_being_typed_goes_on_when_the_framework_comes(
    page: Page, server: RunningServer, seeded: Seeded, held: Held
) -> None:
    held.open(f"{server.url}/images?project={seeded.project}")
    search = page.get_by_label("Find by name")
    search.click()
    page.keyboard.type("smear ")
    held.let_go()
    expect(search).to_be_focused()
    page.keyboard.type("02")
    expect(tiles(page)).to_have_count(1)
    expect(search).to_have_value("smear 02")


def test_the_page_comes_with_the_framework_where_it_could_not_come_before(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    broken = re.compile(r"/shared/early\.js$")
    page.route(broken, lambda route: route.abort(), times=1)
    page.goto(f"{server.url}/images?project={seeded.project}")
    expect(tiles(page)).to_have_count(IMAGES)
    expect(page.locator("#bl-ahead")).to_have_count(0)
    expect(page.locator(".images-page")).to_have_count(1)
    page.unroute(broken)


def test_a_second_visit_asks_for_no_script_and_no_thumbnail_again(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    address = f"{server.url}/images?project={seeded.project}"
    page.goto(address)
    settled(page)
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    expect(tiles(page)).to_have_count(IMAGES)
    asked = page.evaluate(
        """() => performance.getEntriesByType("resource")
          .filter((one) => /ui-assets|thumb/.test(one.name) && one.transferSize > 0).map((one) => one.name)"""
    )
    assert asked == []

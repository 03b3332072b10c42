"""The view "Figures" of the Evaluate page: figures with ranges, charts that zoom and tell, any choice of images."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import Seeded

pytestmark = pytest.mark.browser
House = tuple[RunningServer, Seeded]


def show(page: Page, house: House, rest: str = "") -> None:
    page.goto(f"{house[0].url}/evaluate?project={house[1].project}{rest}")


def chart(page: Page, key: str) -> Locator:
    """A chart that plotly has drawn and that listens, on a page where nothing is to come that would move it."""
    expect(page.locator('[data-figure="ap50"] .bl-figures-range')).to_have_text("too few images for a range")
    expect(page.locator('.bl-plot[aria-busy="true"]')).to_have_count(0)
    drawn = page.locator(f'[data-chart="{key}"] .bl-plot')
    expect(drawn.locator(".nsewdrag")).to_be_visible()
    return drawn


def size_of(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["width"], box["height"]


def range_of_x(drawn: Locator) -> list[float]:
    found: list[float] = drawn.evaluate("(plot) => plot._fullLayout.xaxis.range")
    return found


def test_figures_come_with_what_they_mean_and_charts_from_this_server_alone(page: Page, house: House) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, house)
    # One true box on each of two images, found exactly and first: every box of another place is a false one below it.
    expect(page.locator('[data-figure="ap50"] .bl-figures-value')).to_have_text("1.000")
    expect(page.locator(".bl-figures-notes")).to_contain_text("2 images only: these figures can be off")
    expect(page.locator('[data-figure="ap50"] .bl-figures-range')).to_have_text("too few images for a range")
    expect(page.locator(".bl-figures-table").get_by_role("row", name="cell")).to_contain_text("1.000")
    for key in ("precision-recall", "threshold", "confusion", "counting", "calibration"):
        title = page.locator(f'[data-chart="{key}"] h3').inner_text()
        expect(chart(page, key)).to_have_attribute("aria-label", re.compile(f"^{re.escape(title)}.? .{{40}}"))
    outside = [url for url in asked if not url.startswith((house[0].url, "data:", "blob:"))]
    assert outside == []
    assert sum(url.endswith("/plotly.min.js") for url in asked) == 1
    expect(page.locator('.modebar-btn[data-title*="hare"]')).to_have_count(0)  # plotly's own button to its maker's site


def test_a_chart_tells_what_is_under_the_pointer_zooms_and_comes_back(page: Page, house: House) -> None:
    show(page, house)
    drawn = chart(page, "threshold")
    whole = range_of_x(drawn)
    field = drawn.locator(".nsewdrag")
    width, height = size_of(field)
    field.hover(position={"x": width * 0.3, "y": height / 2})
    expect(drawn.locator(".hoverlayer")).to_contain_text("Found (recall)")
    page.mouse.down()
    field.hover(
        position={"x": width * 0.5, "y": height / 2}, force=True
    )  # plotly lays a cover over all while one drags
    field.hover(position={"x": width * 0.6, "y": height / 2 + 2}, force=True)
    page.mouse.up()
    page.wait_for_function(
        '([key, width]) => { const [low, high] = document.querySelector(`[data-chart="${key}"] .bl-plot`)'
        "._fullLayout.xaxis.range; return high - low < width / 2; }",
        arg=["threshold", whole[1] - whole[0]],
    )
    drawn.locator('.modebar-btn[data-title="Reset axes"]').click()
    page.wait_for_function(
        '([key, whole]) => document.querySelector(`[data-chart="${key}"] .bl-plot`)'
        "._fullLayout.xaxis.range.every((end, at) => Math.abs(end - whole[at]) < 1e-6)",
        arg=["threshold", whole],
    )


def test_all_of_it_can_be_kept_as_one_file(page: Page, house: House) -> None:
    show(page, house)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Report to send").click()
    assert waiting.value.suggested_filename == "Smear v2.html"
    html = Path(waiting.value.path()).read_text("utf-8")
    assert "How good is v2 of Smear?" in html
    assert "2 validation images" in html


def test_what_is_mixed_up_leads_to_its_mistakes(page: Page, house: House) -> None:
    show(page, house)
    link = page.locator('[data-chart="confusion"]').get_by_role("link").first
    expect(link).to_contain_text("found where nothing is")
    asked = parse_qs(urlsplit(link.get_attribute("href") or "").query)
    assert (asked["view"], asked["kind"], asked["split"]) == (["mistakes"], ["background"], ["val"])
    field = chart(page, "confusion").locator(".nsewdrag")
    width, height = size_of(field)
    field.click(position={"x": width / 6, "y": height / 6})  # found as what it is
    page.wait_for_url(f"**kind=right&class={house[1].cell}")


def test_any_filter_of_the_images_page_can_be_measured(page: Page, house: House) -> None:
    page.goto(f"{house[0].url}/images?project={house[1].project}&class={house[1].cell}")
    page.get_by_role("link", name="Figures on these images").click()
    expect(page.locator(".bl-figures-card")).to_contain_text("4 images with 4 true boxes")
    expect(page.locator(".bl-figures-notes")).to_contain_text("2 of these are training images")
    expect(page.get_by_role("radio", name="cell")).to_be_checked()
    page.reload()
    expect(page.locator(".bl-figures-card")).to_contain_text("4 images with 4 true boxes")
    page.get_by_text("Validation", exact=True).click()
    expect(page.locator(".bl-figures-card")).to_contain_text("2 validation images")
    assert "images=" not in page.url


def test_the_order_of_classes_stays_in_the_address(page: Page, house: House) -> None:
    show(page, house)
    head = page.locator(".bl-figures-table").get_by_role("button", name="Boxes")
    rows = page.locator(".bl-figures-table tbody th")
    head.click()
    expect(rows).to_have_text(["parasite", "cell"])
    page.reload()
    expect(rows).to_have_text(["parasite", "cell"])
    expect(page.locator(".bl-figures-table").get_by_role("columnheader", name="Boxes")).to_have_attribute(
        "aria-sort", "ascending"
    )


def test_a_split_without_images_says_what_to_do(page: Page, house: House) -> None:
    show(page, house, "&split=test")
    expect(page.locator(".bl-figures .bl-empty")).to_contain_text("no done image in the test split")
    expect(page.locator(".bl-figures").get_by_role("link", name="Images")).to_be_visible()

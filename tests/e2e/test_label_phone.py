"""The Label page on a phone: the image has the room, and what else there is comes up from below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 390, 844
LONG = "Trypanosoma brucei gambiense, late bloodstream trypomastigote"
TOO_SMALL = """() => [...document.querySelectorAll(".bc button, .bc select")].filter((one) => {
  const { width, height } = one.getBoundingClientRect();
  return one.checkVisibility({ visibilityProperty: true }) && (width < 40 || height < 40);
}).map((one) => one.outerHTML)"""


@contextmanager
def phone_at(label: LabelPage, image: int) -> Iterator[LabelPage]:
    browser = label.page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, is_mobile=True)
    phone = LabelPage(context.new_page(), label.server, label.project)
    phone.open(image)
    yield phone
    context.close()


def height_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["height"]


def test_the_image_has_most_of_the_height_and_nothing_to_tap_is_too_small(fresh: Fresh) -> None:
    label, images = fresh(3)
    with_class(label, "coin")
    with phone_at(label, images[0]) as phone:
        assert height_of(phone.page.locator(".bc-stage")) > 0.6 * HEIGHT
        assert phone.page.evaluate(TOO_SMALL) == []
        phone.page.get_by_role("button", name="No boxes").tap()
        expect(phone.page.get_by_role("combobox", name="State of this image")).to_be_visible()
        expect(phone.page.locator(".bc-thumb.current")).to_be_in_viewport()
        assert phone.page.evaluate(TOO_SMALL) == []


def test_the_sheet_of_boxes_is_pulled_up_over_the_image_and_let_down_again(fresh: Fresh) -> None:
    label, images = fresh(1)
    with_class(label, "coin")
    with phone_at(label, images[0]) as phone:
        page = phone.page
        phone.drag((50, 50), (150, 120))
        phone.until_saved()
        grip = page.get_by_role("button", name="1 box", exact=True)
        row = page.locator(".bc-box")
        expect(row).to_have_count(1)
        expect(row).to_be_hidden()
        stage = height_of(page.locator(".bc-stage"))
        start = grip.bounding_box()
        assert start is not None
        x, y = start["x"] + 100, start["y"] + 20
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - 150, steps=3)
        page.mouse.move(x, 20, steps=3)
        page.mouse.up()
        expect(grip).to_have_attribute("aria-expanded", "true")
        expect(row).to_be_visible()
        assert height_of(page.locator(".bc-boxes")) > 0.9 * stage
        grip.tap()
        expect(row).to_be_hidden()
        grip.press("Enter")
        expect(row).to_be_visible()
        row.get_by_role("button", name="Delete").tap()
        phone.until("boxloop.canvas.boxes.length === 0")


def test_a_long_name_of_a_class_is_shown_whole_among_all_classes(fresh: Fresh) -> None:
    label, images = fresh(1)
    with_class(label, LONG)
    with phone_at(label, images[0]) as phone:
        phone.page.get_by_role("button", name="Manage classes").tap()
        name = phone.page.get_by_role("dialog", name="Classes").get_by_role("button", name=f"Rename {LONG}")
        expect(name).to_be_visible()
        assert name.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")

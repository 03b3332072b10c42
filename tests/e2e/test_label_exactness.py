"""Coordinates are exact at every zoom, by mouse and by finger, and a finger can do what keys do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.fingers import Fingers, Point
from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser

ZOOM_STEPS = (-6, -3, -1, 0, 2, 5, 9, 14)  # times 1.25 from the fitted image
Draw = Callable[[LabelPage, Point, Point], None]


def middle(label: LabelPage) -> tuple[int, int]:
    """The pixel of the image in the middle of the stage."""
    stage = label.page.locator(".bc-stage").bounding_box()
    assert stage is not None
    view = label.read("view")
    middle_x, middle_y = stage["width"] / 2, stage["height"] / 2
    return round((middle_x - view["ox"]) / view["k"]), round((middle_y - view["oy"]) / view["k"])


def drawn_at_each_zoom(label: LabelPage, draw: Draw) -> Iterator[tuple[float, Any, Any]]:
    """For each zoom: the zoom, the box that was meant, and the box that was made."""
    for steps in ZOOM_STEPS:
        label.press("f", *(["+"] * steps if steps > 0 else ["-"] * -steps))
        x, y = middle(label)
        zoom = label.read("view.k")
        reach = max(5, min(90, round(70 / zoom)))
        start, end = (x - reach, y - reach + 1), (x + reach + 3, y + reach)
        draw(label, start, end)
        made = label.rects()
        label.press("Control+a", "Delete")
        yield zoom, [(*start, *end)], made


def test_a_box_drawn_by_mouse_is_exact_at_eight_zooms(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    found = list(drawn_at_each_zoom(label, lambda page, start, end: page.drag(start, end)))
    assert [made for _, _, made in found] == [meant for _, meant, _ in found]
    zooms = [zoom for zoom, _, _ in found]
    assert zooms[0] < 0.6
    assert zooms[-1] > 40


def test_fingers_draw_exactly_at_eight_zooms_select_several_and_open_the_menu(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin", "ring")
    fingers = Fingers(label, image)
    phone = fingers.phone
    found = list(drawn_at_each_zoom(phone, fingers.draw))
    assert [made for _, _, made in found] == [meant for _, meant, _ in found]
    assert found[0][0] < 0.3
    phone.press("f")
    fingers.draw(phone, (50, 50), (100, 100))
    fingers.draw(phone, (200, 50), (250, 100))
    page = phone.page
    several = page.get_by_role("button", name="Select several")
    several.click()
    expect(several).to_have_attribute("aria-pressed", "true")
    fingers.tap(75, 75)
    phone.until("boxloop.canvas.selected.length === 2")
    several.click()
    expect(several).to_have_attribute("aria-pressed", "false")
    fingers.draw(phone, (75, 75), (75, 115))
    assert phone.rects() == [(50, 90, 100, 140), (200, 90, 250, 140)]
    fingers.tap(300, 200)
    fingers.touch("Start", phone.point(225, 115))
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    fingers.touch("End")
    menu.get_by_role("menuitemradio", name="ring").click()
    expect(menu).to_have_count(0)
    page.get_by_role("toolbar", name="What is selected").get_by_role("button", name="Delete").click()
    expect(page.locator(".bc-box")).to_have_count(1)
    phone.press("Control+z")
    phone.until_saved()
    assert [box["class_id"] for box in phone.stored(image)["annotations"]][1] != phone.read("boxes")[0]["class_id"]
    fingers.context.close()

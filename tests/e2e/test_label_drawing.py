"""Drawing and changing boxes on the Label page with real mouse and keys: what is drawn is what is stored."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, with_class

pytestmark = pytest.mark.browser


def test_a_box_is_stored_to_the_pixel_at_one_to_one_and_at_another_zoom(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.press("Shift+F")
    assert label.read("view.k") == 1
    label.drag((20, 30), (121, 87))
    label.until_saved()
    label.page.mouse.move(*label.point(200, 150))
    label.page.mouse.wheel(0, -700)
    label.until("boxloop.canvas.view.k > 2")
    label.drag((150, 120), (233, 171))
    label.until("boxloop.canvas.boxes.length === 2")
    label.until_saved()
    assert label.rects() == [(20, 30, 121, 87), (150, 120, 233, 171)]
    stored = label.stored(image)
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored["annotations"]] == label.rects()
    assert stored["state"] == "in_progress"


def test_the_first_box_asks_for_the_first_class_where_it_was_drawn(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    label.open(image)
    label.drag((50, 50), (150, 120))
    prompt = label.page.get_by_role("textbox", name="Name of the first class")
    expect(prompt).to_be_focused()
    assert label.read("boxes") == []
    label.press("Escape")
    expect(prompt).to_have_count(0)
    label.drag((50, 50), (150, 120))
    label.page.keyboard.type("Zebra Übergröße")
    label.press("Enter")
    label.until_saved()
    assert label.rects() == [(50, 50, 150, 120)]
    expect(label.page.locator(".bc-class-name")).to_have_text(["Zebra Übergröße"])


def test_boxes_move_resize_and_stay_inside_the_image(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.press("Shift+F")
    label.drag((100, 100), (160, 150))
    label.drag((160, 150), (181, 163))  # the lower right handle
    assert label.rects() == [(100, 100, 181, 163)]
    label.drag((100, 131), (90, 131))  # the handle in the middle of the left side
    assert label.rects() == [(90, 100, 181, 163)]
    label.drag((120, 120), (520, 420))  # thrown over the corner, it stops at the border
    assert label.rects() == [(309, 237, 400, 300)]
    label.press("ArrowLeft", "Shift+ArrowUp")
    assert label.rects() == [(308, 227, 399, 290)]
    label.press("Shift+ArrowRight")
    assert label.rects() == [(309, 227, 400, 290)]
    label.until_saved()
    assert label.stored(image)["annotations"][0]["x2"] == 400


def test_undo_and_redo_cover_every_edit_and_are_saved(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    first, second = with_class(label, "coin", "ring")
    label.open(image)
    label.drag((50, 50), (150, 120))
    label.press("2")
    assert [box["class_id"] for box in label.read("boxes")] == [second]
    label.press("Delete")
    assert label.read("boxes") == []
    assert label.read("state") == "in_progress"
    label.press("Control+z")
    assert label.rects() == [(50, 50, 150, 120)]
    label.press("Control+z")
    assert [box["class_id"] for box in label.read("boxes")] == [first]
    label.press("Control+z")
    assert label.read("boxes") == []
    label.press("Control+Shift+z", "Control+y")
    label.until_saved()
    assert [box["class_id"] for box in label.stored(image)["annotations"]] == [second]


def test_a_digit_without_a_selection_is_for_the_next_box(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    _, second = with_class(label, "coin", "ring")
    label.open(image)
    label.press("2")
    label.drag((50, 50), (150, 120))
    label.until_saved()
    assert label.stored(image)["annotations"][0]["class_id"] == second

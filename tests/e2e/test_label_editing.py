"""Editing many boxes on the Label page: selecting, drawing by corners, copying, locking, sizes by key and by number."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser

Rect = tuple[float, float, float, float]


def put(label: LabelPage, image: int, class_id: int, *rects: Rect) -> None:
    """Boxes of a person, stored before the page is opened."""
    boxes = [
        {"id": f"{image}-{k}", "class_id": class_id, "source": "person", "x1": a, "y1": b, "x2": c, "y2": d}
        for k, (a, b, c, d) in enumerate(rects)
    ]
    body = {"revision": 0, "boxes": boxes, "rejected": [], "state": "in_progress", "key": f"put {image}"}
    answer = label.server.api.put(f"/api/images/{image}/annotations", json=body)
    assert answer.status_code == 200, answer.text


def test_many_boxes_are_selected_and_changed_as_one_step(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    coin, ring = with_class(label, "coin", "ring")
    before: list[Rect] = [(20, 20, 60, 60), (100, 20, 140, 60), (200, 20, 240, 60), (20, 150, 60, 190)]
    put(label, image, coin, *before)
    label.open(image)
    keys = label.page.keyboard
    label.click(40, 40)
    keys.down("Shift")
    label.click(120, 40)
    label.click(220, 40)
    label.click(220, 40)
    keys.up("Shift")
    assert label.read("selected") == [f"{image}-0", f"{image}-1"]
    label.drag((40, 40), (50, 70))  # one of them is dragged, both go
    assert label.rects() == [(30, 50, 70, 90), (110, 50, 150, 90), *before[2:]]
    label.press("Control+z")
    assert label.rects() == before
    keys.down("Control")
    label.drag((10, 10), (250, 100))  # a band round the upper three
    keys.up("Control")
    assert len(label.read("selected")) == 3
    label.press("2")
    assert [box["class_id"] for box in label.read("boxes")] == [ring, ring, ring, coin]
    label.page.mouse.move(*label.point(40, 170))
    label.press("Alt+2")  # the one under the pointer, whatever is selected
    assert [box["class_id"] for box in label.read("boxes")] == [ring] * 4
    label.press("Control+z", "Control+z", "Control+a", "Shift+ArrowRight", "Shift+ArrowRight")
    assert label.rects() == [(x1 + 20, y1, x2 + 20, y2) for x1, y1, x2, y2 in before]
    label.press("Control+z", "Control+a", "Delete")
    assert label.rects() == []
    label.press("Control+z")
    label.until_saved()
    assert label.rects() == before


def test_a_box_is_drawn_by_its_two_corners_and_snaps_to_the_border(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    _, ring = with_class(label, "coin", "ring")
    label.open(image)
    label.press("Shift+F")  # one to one: what follows is in pixels of image and screen alike
    expect(label.page.locator(".bc-touch-bar")).to_be_hidden()  # a mouse has keys beside it, and the bar hid its tools
    label.page.get_by_role("button", name="Draw by two clicks").click()
    label.click(50, 50)
    expect(label.page.locator(".bc-draw-note")).to_have_text("Click the opposite corner, or Esc")
    label.press("Escape")
    assert label.rects() == []
    label.click(50, 50)
    label.press("2")  # a key of a class while the box is on its way
    label.click(120, 90)
    label.press("Shift+C", "Escape")
    label.page.mouse.move(*label.point(396, 250))
    label.press("c")
    label.page.mouse.move(*label.point(300, 297))
    label.press("c")
    label.page.keyboard.down("Alt")
    label.press("Escape")
    label.drag((4, 200), (60, 240))
    label.page.keyboard.up("Alt")
    label.until_saved()
    assert label.rects() == [(50, 50, 120, 90), (300, 250, 400, 300), (4, 200, 60, 240)]
    assert [box["class_id"] for box in label.read("boxes")] == [ring, ring, ring]
    label.press("o")
    label.drag((310, 260), (350, 290))
    label.press("o")
    assert label.rects()[-1] == (310, 260, 350, 290)


def test_boxes_are_duplicated_pasted_elsewhere_and_repeated_without_doubles(fresh: Fresh) -> None:
    label, images = fresh(3)
    (coin,) = with_class(label, "coin")
    put(label, images[0], coin, (20, 20, 60, 60), (100, 20, 140, 60))
    put(label, images[2], coin, (21, 20, 61, 60))
    label.open(images[0])
    label.press("Shift+F")
    label.click(40, 40)
    label.press("Control+d")
    assert label.rects()[-1] == (32, 32, 72, 72)
    label.press("Control+z", "Control+a", "Control+c", "d")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.press("Control+v")
    assert label.rects() == [(20, 20, 60, 60), (100, 20, 140, 60)]
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[2]}")
    label.press("r")
    expect(label.page.get_by_text("Repeated 1 box of “plain 1.png”; 1 stood here already.")).to_be_visible()
    assert label.rects() == [(21, 20, 61, 60), (100, 20, 140, 60)]
    label.until_saved()
    assert len(label.stored(images[1])["annotations"]) == 2


def test_locked_boxes_stay_hidden_ones_come_back_and_the_one_below_can_be_picked(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    coin, ring = with_class(label, "coin", "ring")
    put(label, image, coin, (20, 20, 200, 200), (50, 50, 120, 120), (70, 70, 90, 90))
    label.open(image)
    for expected in (2, 1, 0, 2):
        label.click(80, 80)
        assert label.read("selection") == f"{image}-{expected}"
    label.press("b")
    assert label.read("selection") == f"{image}-1"
    label.press("b", "l", "Delete", "ArrowRight")
    assert label.rects()[0] == (20, 20, 200, 200)
    label.press("2")  # selected deliberately, its class can be changed
    assert label.read("boxes")[0]["class_id"] == ring
    label.drag((150, 150), (180, 180))  # a locked box is not in the way of drawing
    assert label.rects()[-1] == (150, 150, 180, 180)
    label.press("Control+a")
    assert f"{image}-0" not in label.read("selected")
    label.press("Shift+H", "Escape")
    assert [item["id"] for item in label.read("shown")] == [f"{image}-0"]
    expect(label.page.locator(".bc-box.unseen")).to_have_count(3)
    label.page.reload()
    label.until(f"boxloop?.canvas?.imageId === {image} && boxloop.canvas.shown.length === 1")
    label.press("Shift+H")
    assert len(label.read("shown")) == 4
    label.page.get_by_role("button", name="Unlock").click()
    label.click(30, 30)
    label.press("Delete")
    label.until_saved()
    assert len(label.rects()) == 3


def test_sizes_change_by_key_and_by_typed_numbers(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    (coin,) = with_class(label, "coin")
    put(label, image, coin, (20, 20, 60, 60))
    label.open(image)
    label.click(40, 40)
    label.press("Control+ArrowRight", "Control+Shift+ArrowDown", "Alt+ArrowLeft", "Alt+ArrowDown")
    assert label.rects() == [(19, 21, 61, 70)]
    label.press("t")
    page = label.page
    expect(page.get_by_role("textbox", name="Left edge in pixels")).to_be_focused()
    page.keyboard.type("400")
    label.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Left edge")).to_have_text(
        "Left edge: 0 to 399; the image is 400 wide."
    )
    page.keyboard.type("10")
    label.press("Tab", "Tab")
    page.keyboard.type("25")
    label.press("Enter")
    assert label.rects() == [(10, 21, 35, 70)]
    label.press("t")
    page.keyboard.type("99")
    label.press("Escape", "ArrowRight")
    label.until_saved()
    assert label.rects() == [(11, 21, 36, 70)]

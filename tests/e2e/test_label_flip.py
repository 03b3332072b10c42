"""A key that is held runs through the images like a flip book, and only where it stops counts."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Request, expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser

IMAGES = 14
SHOWN = """() => {
  const { imageId, boxes, painted } = boxloop.canvas;
  return [imageId, boxes.length, painted.seen ? painted.imageId : null];
}"""


def with_boxes(label: LabelPage, images: list[int]) -> None:
    """As many boxes on each image as images lie before it, and one more."""
    (made,) = with_class(label, "coin")
    for count, image in enumerate(images, start=1):
        places = [{"x1": 20 * k, "y1": 10, "x2": 20 * k + 15, "y2": 40} for k in range(count)]
        boxes = [{"id": str(uuid.uuid4()), "class_id": made, **place} for place in places]
        body = {"revision": 0, "boxes": boxes, "state": "done", "key": str(uuid.uuid4())}
        label.server.api.put(f"/api/images/{image}/annotations", json=body).raise_for_status()


def hold(label: LabelPage, key: str, until: int) -> list[tuple[int, int]]:
    """Hold a key until an image is painted; (image, boxes) as they were seen on the way. The key stays down."""
    seen: list[tuple[int, int]] = []
    for _ in range(2000):
        label.page.keyboard.down(key)  # again while it is down: the browser takes it for a held key
        label.until_frames_passed(2)
        image, boxes, painted = label.page.evaluate(SHOWN)
        if image == painted and (image, boxes) not in seen:
            seen.append((image, boxes))
        if painted == until:
            return seen
    raise AssertionError(f"image {until} was not reached; seen: {seen}")


def test_a_held_key_shows_every_image_with_its_boxes_and_opens_only_the_last(fresh: Fresh) -> None:
    label, images = fresh(IMAGES)
    with_boxes(label, images)
    label.open(images[0])
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    expect(label.page.locator(".bc-thumb.current")).to_have_attribute("data-image", str(images[1]))
    steps = label.page.evaluate("history.length")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(f"{request.method} {request.url}")

    label.page.on("request", note)
    label.page.keyboard.down("d")
    seen = hold(label, "d", images[-1])
    assert seen == [(image, number) for number, image in enumerate(images, start=1) if (image, number) in seen]
    assert len(seen) >= IMAGES - 3  # the first ones may have gone by with the first press
    label.page.keyboard.up("d")
    expect(label.page).to_have_url(re.compile(f"image={images[-1]}$"))
    label.until("boxloop.canvas.painted.sharp")
    expect(label.page.locator(".bc-thumb.current")).to_have_attribute("data-image", str(images[-1]))
    label.page.remove_listener("request", note)
    assert not [line for line in asked if line.startswith("PUT") or "next-free" in line]
    opened = {
        int(found[1]) for line in asked if "ahead=1" not in line and (found := re.search(r"images/(\d+)\?", line))
    }
    passed = set(images[3:-1])  # the press before the key counted as held opens one as ever
    assert not opened & passed
    assert label.page.evaluate("history.length") <= steps + 2


def test_an_edit_is_saved_although_the_key_is_held_right_after_it(fresh: Fresh) -> None:
    label, images = fresh(IMAGES)
    with_class(label, "coin")
    label.open(images[0])
    label.drag((50, 50), (150, 120))
    label.page.keyboard.down("d")
    hold(label, "d", images[-1])
    label.page.keyboard.up("d")
    label.until_saved()
    assert len(label.stored(images[0])["annotations"]) == 1
    expect(label.page).to_have_url(re.compile(f"image={images[-1]}$"))
    label.page.keyboard.down("a")
    back = hold(label, "a", images[0])
    label.page.keyboard.up("a")
    assert back[-1] == (images[0], 1)
    expect(label.page).to_have_url(re.compile(f"image={images[0]}$"))
    assert len(label.rects()) == 1

"""Going through what the Images page showed: the next free image is one of that list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh

pytestmark = pytest.mark.browser


def test_the_next_free_image_follows_the_list_of_the_address(fresh: Fresh) -> None:
    label, images = fresh(6)
    for image in (images[1], images[4]):
        (tag,) = label.server.api.put(f"/api/images/{image}/tags", json={"names": ["night"]}).json()
    label.open(images[1], f"&walk=tag%3D{tag['id']}")
    expect(label.page.locator(".bc-position")).to_have_text("1 / 2")
    label.press("g")
    label.until(f"boxloop.canvas.imageId === {images[4]}")
    expect(label.page.locator(".bc-position")).to_have_text("2 / 2")
    label.press("n")
    label.until_saved()
    label.press("g")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.press("n")
    label.until(f"boxloop.canvas.imageId === {images[4]}")
    label.until_saved()
    label.press("g")
    expect(label.page.locator(".bl-toast", has_text="Nothing is left to label in this list")).to_be_visible()
    assert label.read("imageId") == images[4]

"""From image to image on the Label page: by key, by state, along the filmstrip and the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, LabelPage, with_class
from tests.e2e.seeded_workspace import Seeded

pytestmark = pytest.mark.browser


def test_enter_is_done_n_is_nothing_here_and_the_address_follows(
    fresh: Fresh,
) -> None:
    label, images = fresh(3)
    with_class(label, "coin")
    label.open(images[0])
    expect(label.page.locator(".bc-position")).to_have_text("1 / 3")
    label.drag((50, 50), (150, 120))
    label.press("Enter")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.press("n")
    label.until(f"boxloop.canvas.imageId === {images[2]}")
    expect(label.page).to_have_url(re.compile(f"image={images[2]}"))
    label.until_saved()
    assert [label.stored(image)["state"] for image in images] == ["done", "done", "new"]
    assert label.stored(images[1])["annotations"] == []
    expect(label.page.locator(f'.bc-thumb[data-image="{images[1]}"]')).to_have_attribute("data-state", "done")
    label.press("a")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.page.go_back()
    label.until(f"boxloop.canvas.imageId === {images[2]}")
    label.page.reload()
    label.until(f"boxloop?.canvas?.imageId === {images[2]}")


def test_unlabelled_only_walks_past_what_is_done(label: LabelPage, seeded: Seeded) -> None:
    label.open(seeded.images[0], "&unlabelled=1")
    expect(label.page.get_by_role("checkbox", name="unlabelled only")).to_be_checked()
    label.press("d")
    label.until(f"boxloop.canvas.imageId !== {seeded.images[0]}")
    assert label.stored(label.read("imageId"))["state"] in ("new", "in_progress")


def test_the_filmstrip_is_scrolled_both_ways_and_follows_a_walk(fresh: Fresh) -> None:
    label, images = fresh(110)
    label.open(images[100])
    thumbs = label.page.locator(".bc-thumb")
    shown = "[...document.querySelectorAll('.bc-thumb')].map((thumb) => Number(thumb.dataset.image))"
    expect(thumbs.first).to_have_attribute("data-image", str(images[60]))
    label.page.evaluate("document.querySelector('.bc-strip').scrollLeft = 0")
    expect(thumbs).to_have_count(110)
    assert label.page.evaluate(shown) == images
    label.page.locator(f'.bc-thumb[data-image="{images[3]}"]').click()
    expect(label.page.locator(".bc-thumb.current")).to_have_attribute("data-image", str(images[3]))
    label.open(images[5], "&walk=sort%3D-added")
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[4]}")
    assert label.page.evaluate(shown)[:2] == [images[45], images[44]]


def test_an_image_of_another_project_is_not_opened_under_this_ones_classes(fresh: Fresh, seeded: Seeded) -> None:
    label, (image,) = fresh(1)
    label.page.goto(f"{label.server.url}/label?project={label.project}&image={seeded.images[0]}")
    label.until(f"boxloop?.canvas?.imageId === {image}")
    expect(label.page).to_have_url(re.compile(f"image={image}$"))


def test_an_empty_project_says_where_to_begin(label: LabelPage, seeded: Seeded) -> None:
    label.page.goto(f"{label.server.url}/label?project={seeded.empty_project}")
    expect(label.page.get_by_role("heading", name="Add images first")).to_be_visible()
    expect(label.page.get_by_role("link", name="Add images")).to_have_attribute(
        "href", f"/images?project={seeded.empty_project}"
    )

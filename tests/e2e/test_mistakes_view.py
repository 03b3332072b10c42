"""The mistakes of a model on the Evaluate page: found, put right on the spot, taken back, looked at on Label."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from storage.records import ImageState, StoredBox
from storage.store import Store
from tests.e2e.label_page import WAIT_MS
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import Seeded, place

pytestmark = pytest.mark.browser

# On each of the two validation images stand five boxes, scores 0.95 to 0.15; the first one is labelled.


@pytest.fixture
def mislabelled(seeded: Seeded, store: Store) -> Iterator[int]:
    """A validation image whose label has the wrong class."""
    image = seeded.images[1]
    save(store, image, seeded.parasite)
    yield image
    save(store, image, seeded.cell)


def save(store: Store, image: int, class_id: int) -> None:
    now = store.annotations.get(image)
    box = StoredBox(str(uuid.uuid4()), class_id, place(0))
    store.annotations.save(image, revision=now.revision, boxes=[box], state=ImageState.DONE, key=str(uuid.uuid4()))


def show(page: Page, server: RunningServer, seeded: Seeded, rest: str = "") -> None:
    page.goto(f"{server.url}/evaluate?project={seeded.project}&view=mistakes{rest}")
    expect(page.locator(".mistakes-summary")).to_contain_text(" on ")


def crops(page: Page):
    return page.locator(".mistake-tile[role=option]")


def summary(page: Page, text: str) -> None:
    expect(page.locator(".mistakes-summary")).to_have_text(text)


def slide(page: Page, name: str, value: float) -> None:
    page.get_by_label(name, exact=True).evaluate(
        "(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})); }", str(value)
    )


def test_threshold_and_filters_act_in_the_browser_and_stand_in_the_address(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    show(page, server, seeded)
    summary(page, "4 mistakes on 2 images")
    expect(crops(page)).to_have_count(4)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for value, mistakes, images in ((0.9, 0, 0), (0.3, 6, 2), (0.7, 2, 2), (0.1, 8, 2)):
        slide(page, "Threshold", value)
        summary(page, f"{mistakes} mistake{'' if mistakes == 1 else 's'} on {images} images")
        expect(crops(page)).to_have_count(mistakes)
    assert [url for url in asked if "/mistakes" in url] == []
    page.get_by_label("Model says").select_option(label="parasite")
    summary(page, "2 mistakes on 2 images")
    page.get_by_role("button", name="Wrong class").click()
    expect(page.get_by_text("No mistake of this kind passes these filters. Clear some filters.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text("No mistake of this kind at this threshold. Try a lower one.")).to_be_visible()
    page.wait_for_url(lambda url: "kind=wrong_class" in url and "threshold=0.10" in url and "class=" not in url)
    # as the confusion matrix links here
    show(page, server, seeded, f"&threshold=0.1&kind=background&class={seeded.parasite}")
    summary(page, "2 mistakes on 2 images")
    expect(crops(page).first).to_have_text("0.15parasite, nothing there")


def test_a_wrong_label_is_put_right_by_a_key_taken_back_and_looked_at(
    page: Page, server: RunningServer, seeded: Seeded, store: Store, mislabelled: int
) -> None:
    def stored() -> int:
        (label,) = store.annotations.get(mislabelled).boxes
        return label.class_id

    show(page, server, seeded, "&kind=wrong_class")
    summary(page, "1 mistake on 1 image")
    crops(page).click()
    expect(page.locator(".mistakes-words")).to_contain_text("The model says cell (0.95), the label parasite.")
    page.keyboard.press("e")
    expect(crops(page).locator(".mistake-dealt")).to_be_visible()
    expect(page.locator(".mistakes-summary")).to_contain_text("0 mistakes on 0 images 1 label put right.")
    wait_until(lambda: stored() == seeded.cell, "the label to be saved")
    assert store.annotations.get(mislabelled).state is ImageState.DONE
    page.keyboard.press("Control+z")
    summary(page, "1 mistake on 1 image")
    wait_until(lambda: stored() == seeded.parasite, "the label to be as it was")

    page.wait_for_url("**at=p*")
    crops(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/label?*image={mislabelled}*")
    page.wait_for_function("() => window.boxloop?.canvas?.selection", timeout=WAIT_MS)
    zoomed = page.evaluate("window.boxloop.canvas.view.k")
    page.keyboard.press("f")
    page.wait_for_function("(zoomed) => window.boxloop.canvas.view.k < zoomed", arg=zoomed)  # it was larger than fits
    page.go_back()
    page.wait_for_url("**/evaluate?*kind=wrong_class*")
    expect(crops(page)).to_have_count(1)
    expect(crops(page)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".mistakes-words")).to_contain_text("The model says cell (0.95), the label parasite.")

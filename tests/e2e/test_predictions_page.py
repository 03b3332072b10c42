"""The Predictions page: the threshold acts in the browser, accepting makes labels and can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from detector.runs import JobKind
from storage.records import ImageState, Source
from storage.store import Store
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import DONE, IMAGES, Seeded, place

pytestmark = pytest.mark.browser


def show(page: Page, server: RunningServer, seeded: Seeded, rest: str = "") -> None:
    page.goto(f"{server.url}/predictions?project={seeded.project}{rest}")
    expect(page.locator(".predictions-summary")).to_contain_text("boxes on")


def summary(page: Page, text: str) -> None:
    expect(page.locator(".predictions-summary")).to_have_text(text)


def test_sliding_changes_the_counts_and_asks_nobody(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded)
    summary(page, f"{3 * IMAGES} boxes on {IMAGES} of {IMAGES} images")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_label("Least score shown", exact=True)
    for value, shown in (("0.9", 1), ("0.3", 4), ("0.05", 5), ("0.6", 2)):
        slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})); }", value)
        summary(page, f"{shown * IMAGES} boxes on {IMAGES} of {IMAGES} images")
        expect(page.locator(".image-tile-caption").first).to_contain_text(str(shown))
    # What the page asks by itself, sliding or not: the pill's pulse and whether somebody predicts.
    own = ("/api/pulse", "/jobs?kind=predict", "/ui-assets/")
    assert [url for url in asked if not any(part in url for part in own)] == []
    page.wait_for_url("**threshold=0.6*")


def test_the_address_brings_back_threshold_and_classes(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded, f"&threshold=0.1&classes={seeded.parasite}")
    summary(page, f"{IMAGES} boxes on {IMAGES} of {IMAGES} images")
    page.locator(".predictions-chip", has_text="cell").click()
    summary(page, f"{5 * IMAGES} boxes on {IMAGES} of {IMAGES} images")


def test_only_differences_leaves_out_what_agrees_and_what_nobody_labelled(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    show(page, server, seeded, "&threshold=0.9")
    page.get_by_label("Only differences").check()
    expect(page.get_by_text("Model and labels agree")).to_be_visible()
    page.get_by_label("Least score shown, typed").fill("0.7")
    page.get_by_label("Least score shown, typed").press("Enter")
    expect(page.locator(".image-tile")).to_have_count(DONE)


def test_one_box_is_accepted_with_its_model_and_taken_back(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    image = seeded.images[4]
    show(page, server, seeded, f"&threshold=0.5&image={image}")
    expect(page.locator(".predictions-entry")).to_have_count(3)
    page.keyboard.press("e")
    expect(page.get_by_text("Accepted 1 box.")).to_be_visible()
    (box,) = store.annotations.get(image).boxes
    assert (box.box, box.class_id, box.source, box.model_version_id) == (
        place(0), seeded.cell, Source.MODEL, seeded.second_model,
    )  # fmt: skip
    assert box.score == pytest.approx(0.95, abs=1e-3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".predictions-marked")).to_have_count(0)
    assert store.annotations.get(image).boxes == ()


def test_accept_done_next_labels_the_image_and_shows_the_next(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    image, following = seeded.images[5], seeded.images[6]
    show(page, server, seeded, f"&threshold=0.7&image={image}")
    expect(page.locator(".predictions-entry")).to_have_count(2)
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("Accepted 2 boxes on 1 image.")).to_be_visible()
    page.wait_for_url(f"**image={following}*")
    saved = store.annotations.get(image)
    assert saved.state is ImageState.DONE
    assert len(saved.boxes) == 2


def test_all_shown_are_accepted_once_and_taken_back(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    show(page, server, seeded, "&threshold=0.9")
    before = {image: store.annotations.get(image).boxes for image in seeded.images}
    without = [image for image, boxes in before.items() if not boxes]
    page.get_by_role("button", name="Accept all shown").click()
    page.get_by_role("menuitem", name=f"Accept {IMAGES} boxes on {IMAGES} images").click()
    expect(page.get_by_text(f"Accepted {len(without)} boxes on {len(without)} images.")).to_be_visible()
    assert all(len(store.annotations.get(image).boxes) == 1 for image in without)  # labelled ones got no second box
    page.locator(".bl-toast", has_text="Accepted").get_by_role("button", name="Undo").click()
    expect(page.locator(f'.image-tile[data-image="{without[0]}"]')).to_have_attribute("data-state", "new")
    assert {image: store.annotations.get(image).boxes for image in seeded.images} == before


def test_a_save_that_somebody_overtook_shows_theirs_and_loses_nothing(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    image = seeded.images[0]
    show(page, server, seeded, f"&threshold=0.7&image={image}")
    expect(page.locator(".predictions-entry")).to_have_count(2)
    now = store.annotations.get(image)
    store.annotations.save(image, revision=now.revision, boxes=[], state=ImageState.SKIPPED, key="theirs")
    page.get_by_role("button", name="Accept cell 0.75").click()
    expect(page.locator(".bl-toast.error")).to_be_visible()
    expect(page.locator(".predictions-marked")).to_have_count(0)
    assert store.annotations.get(image).boxes == ()


def test_a_picture_that_was_closed_is_no_place_to_come_back_to_and_what_was_set_on_it_stays(
    page: Page, server: RunningServer, seeded: Seeded
) -> None:
    page.goto(f"{server.url}/models?project={seeded.project}")
    show(page, server, seeded)
    tiles = page.locator(".image-tile")
    single = page.locator(".predictions-single")
    for _ in range(2):
        tiles.nth(1).click()
        expect(single).to_be_visible()
        page.keyboard.press("Escape")
        expect(single).to_be_hidden()
        expect(tiles.nth(1)).to_be_focused()
    tiles.nth(1).click()
    expect(page.locator(".predictions-entry")).to_have_count(3)
    page.get_by_label("Least score shown, typed").fill("0.7")
    page.get_by_label("Least score shown, typed").press("Enter")
    expect(page.locator(".predictions-entry")).to_have_count(2)
    page.get_by_role("button", name="All images").click()
    expect(single).to_be_hidden()
    summary(page, f"{2 * IMAGES} boxes on {IMAGES} of {IMAGES} images")
    page.wait_for_url(lambda url: "threshold=0.7" in url and "image=" not in url)
    page.go_back()
    page.wait_for_url("**/models?*")


def test_a_version_that_has_not_looked_offers_to_predict(page: Page, server: RunningServer, seeded: Seeded) -> None:
    show(page, server, seeded, f"&model={seeded.first_model}")
    expect(page.get_by_role("button", name="Predict all images")).to_be_visible()


def test_predicting_in_the_background_is_shown_with_counts(
    page: Page, server: RunningServer, seeded: Seeded, store: Store
) -> None:
    job = store.jobs.enqueue(seeded.project, JobKind.PREDICT, {"model_version_id": seeded.second_model})
    assert store.jobs.claim(job.id, 1) is not None or store.jobs.get(job.id).state.is_active
    store.jobs.report(job.id, {"done": 3, "total": IMAGES})
    show(page, server, seeded)
    expect(page.get_by_text(f"Predicting: 3 of {IMAGES} images")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert store.jobs.is_cancelling(job.id)


def test_without_a_model_the_page_says_what_to_do(page: Page, server: RunningServer, seeded: Seeded) -> None:
    page.goto(f"{server.url}/predictions?project={seeded.empty_project}")
    expect(page.get_by_text("No model yet: label about 10 images, then train.")).to_be_visible()
    expect(page.locator(".bl-empty").get_by_role("link", name="Train")).to_be_visible()

"""Comparing two versions in the browser: what broke, a picture in both, and a version that has yet to look."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from storage.records import ModelVersion, StoredPrediction
from storage.store import Store
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import DONE, Seeded, add_model, place

pytestmark = pytest.mark.browser


@pytest.fixture
def other(store: Store, seeded: Seeded) -> ModelVersion:
    """A version that has looked at nothing yet, beside the active one."""
    number = store.models.list(seeded.project)[-1].number + 1
    return store.models.get(add_model(store, seeded.project, number, None))


def let_see(store: Store, seeded: Seeded, model: ModelVersion, images: Sequence[int]) -> None:
    """The version finds the labelled box, which is number 0, and nothing else."""
    found = [StoredPrediction(seeded.cell, place(0), 0.9)]
    store.predictions.put_many(model.id, [(image, found, False) for image in images])


def show(page: Page, house: tuple[RunningServer, Seeded], other: ModelVersion, rest: str = "") -> None:
    page.goto(f"{house[0].url}/evaluate?project={house[1].project}&view=compare&with={other.id}{rest}")


def test_from_what_broke_to_the_picture_in_both_versions(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, other: ModelVersion
) -> None:
    name = f"v{other.number}"
    let_see(store, house[1], other, house[1].images[1:DONE:2])
    show(page, house, other)
    expect(page.get_by_text("On 2 images with 2 boxes.")).to_be_visible()
    expect(page.get_by_role("row", name="AP50 1.000 1.000").first).to_be_visible()
    expect(page.get_by_text(f"2 images only: too few to tell v2 and {name} apart")).to_be_visible()

    page.get_by_text("What changed", exact=True).click()
    tiles = page.locator(".compare-tile")
    # From 0.50 up the active version has two boxes more than the other on each of two images, where nothing is.
    expect(tiles).to_have_count(4)
    new_ones = page.locator(".compare-kinds").get_by_role("button", name="New false alarms 4")
    new_ones.click()
    expect(page.get_by_text("0 differences shown")).to_be_visible()
    new_ones.click()
    pair = page.get_by_role("dialog", name="One image in both versions")
    steps = page.evaluate("history.length")
    for _ in range(2):
        tiles.first.click()
        expect(pair).to_be_visible()
        page.keyboard.press("Escape")
        expect(pair).to_have_count(0)
    assert page.evaluate("history.length") == steps + 1, "a picture that was closed is no place to come back to"
    tiles.first.click()
    expect(pair.locator(".compare-pane-name")).to_have_text(["v2", name])
    expect(pair.locator(".compare-pane").first.locator(".compare-mark.wrong")).to_have_count(2)
    expect(pair.locator(".compare-pane").last.locator(".compare-mark")).to_have_count(0)
    expect(pair.get_by_text("1 / 2")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(pair.get_by_text("2 / 2")).to_be_visible()

    page.keyboard.press("b")
    shown = pair.locator(".compare-pane:visible .compare-pane-name")
    expect(shown).to_have_text([name])
    page.keyboard.press("b")
    expect(shown).to_have_text(["v2"])
    page.reload()
    expect(pair.get_by_text("2 / 2")).to_be_visible()
    expect(shown).to_have_text(["v2"])
    seen = pair.locator("header > .bl-cut").inner_text()
    page.keyboard.press("Escape")
    expect(pair).to_have_count(0)
    expect(page.locator(".compare-tile:focus")).to_have_attribute("title", seen)


def test_a_version_is_asked_to_look_and_the_view_fills_by_itself(
    page: Page, house: tuple[RunningServer, Seeded], store: Store, other: ModelVersion
) -> None:
    name, val = f"v{other.number}", house[1].images[1:DONE:2]
    # The job is a stand-in: a worker would want weights, and the seeded versions have none.
    job = {"id": 999, "state": "running", "progress": {"done": 0, "total": 1}, "message": ""}
    page.route("**/compare/look", lambda route: route.fulfill(status=202, json=job))
    page.route("**/api/jobs/999", lambda route: route.fulfill(json=job))
    let_see(store, house[1], other, val[:1])
    show(page, house, other)
    expect(page.get_by_text(f"{name} has not looked at 1 of these 2 images")).to_be_visible()
    page.get_by_role("button", name=f"Predict with {name}").click()
    expect(page.get_by_role("progressbar", name=f"How far {name} is")).to_be_visible()
    let_see(store, house[1], other, val)
    job |= {"state": "succeeded", "message": "It has looked at 1 image."}
    expect(page.get_by_text("On 2 images with 2 boxes.")).to_be_visible()
    expect(page.locator(".compare-looking .bl-note")).to_have_count(0)
    page.unroute_all(behavior="wait")

"""What to label next: the queue with its reasons, and the Label page walking along it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from storage.queues import NEXT
from storage.records import ImageState
from storage.store import Store
from tests.e2e.label_page import LabelPage
from tests.e2e.running_server import RunningServer, wait_until
from tests.e2e.seeded_workspace import DONE, Seeded

pytestmark = pytest.mark.browser


def test_from_the_queue_to_labelling_along_it(
    page: Page, server: RunningServer, seeded: Seeded, store: Store, label: LabelPage
) -> None:
    page.goto(f"{server.url}/evaluate?project={seeded.project}&view=next")
    expect(page.get_by_text("Let v2 choose what to label next")).to_be_visible()

    to_label = seeded.images[DONE:]
    order = [to_label[2], to_label[0], to_label[3], to_label[1]]
    why = {"in_doubt": 14, "unlike": True, "may_hold": [seeded.parasite], "seen": True}
    items = [(order[0], why), *((image, {"in_doubt": 1, "seen": True}) for image in order[1:])]
    newest = seeded.images[-1]
    details = {"way": "advised", "model_version_id": seeded.second_model, "newest_image_id": newest}
    store.queues.replace(seeded.project, NEXT, items, details)

    cards = page.locator(".label-next-cards > li")
    expect(cards).to_have_count(4)
    expect(page.get_by_text("4 images, chosen by v2")).to_be_visible()
    expect(cards.first.locator("ul")).to_contain_text("may hold parasite (you have none yet)")
    expect(cards.first.locator("ul")).to_contain_text("looks like nothing you have labelled")
    expect(cards.first.locator("ul")).to_contain_text("14 boxes that the model is unsure of")
    assert [card.get_attribute("data-image") for card in cards.all()] == [str(image) for image in order]

    page.get_by_role("link", name="Start labelling").click()
    label.until(f"boxloop?.canvas?.imageId === {order[0]}")
    expect(page.get_by_role("button", name="Label next")).to_be_visible()
    for image, following in pairwise(order[:3]):
        label.press("n")
        label.until(f"boxloop?.canvas?.imageId === {following}")
        wait_until(lambda done=image: store.images.get(done).state is ImageState.DONE, "the save")

    page.goto(f"{server.url}/evaluate?project={seeded.project}&view=next")
    expect(cards).to_have_count(2)
    expect(cards.first).to_have_attribute("data-image", str(order[2]))

"""From a wish on the Evaluate page to the sliders of the other pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from storage.store import Store
from tests.e2e.label_page import LabelPage
from tests.e2e.seeded_workspace import DONE, Seeded
from tests.e2e.toasts import keep_toasts

pytestmark = pytest.mark.browser


def test_a_wish_is_chosen_undone_and_used_on_the_label_page(label: LabelPage, seeded: Seeded, store: Store) -> None:
    page, model = label.page, seeded.second_model
    page.goto(f"{label.url}/evaluate?project={label.project}")
    panel = page.get_by_role("region", name="Threshold", exact=True)
    expect(panel.locator(".bl-threshold-costs")).to_contain_text("On 2 validation images it finds 2 of 2 objects")
    panel.get_by_label("Percent that may be missed").fill("5")
    expect(panel.get_by_role("radio", name="Miss at most")).to_be_checked()
    expect(panel.locator("tbody tr").first).to_contain_text("0.94")
    expect(panel.locator(".bl-threshold-costs")).to_contain_text("no false alarm")
    expect(panel).to_contain_text("only 2 boxes to choose by")

    foot = panel.locator(".bl-threshold-foot")
    panel.get_by_label("Percent that may be missed").fill("")
    expect(foot).to_have_attribute("inert", "")  # the wish before must not be kept instead
    panel.get_by_label("Percent that may be missed").fill("5")
    expect(foot).not_to_have_attribute("inert", "")

    keep_toasts(page)
    panel.get_by_role("button", name="Use it").click()
    expect(panel.get_by_role("button", name="In use")).to_be_disabled()
    chosen = store.models.get(model).thresholds
    assert chosen is not None
    assert (chosen["wish"], chosen["all"]) == ({"kind": "misses", "value": 5}, 0.94)
    page.locator(".bl-toast").get_by_role("button", name="Undo").click()
    expect(panel).to_contain_text("what it advises by itself")
    assert store.models.get(model).thresholds is None
    panel.get_by_role("button", name="Use it").click()
    expect(panel.get_by_role("button", name="In use")).to_be_disabled()

    label.open(seeded.images[DONE])
    expect(page.locator(".bc-threshold-value").first).to_have_text("0.94")
    expect(page.locator(".bc-advice")).to_contain_text("1 of 5 shown")
    expect(page.locator(".bc-advice [title]")).to_have_attribute(
        "title", "Shows what was chosen for this version: miss at most 5 %"
    )

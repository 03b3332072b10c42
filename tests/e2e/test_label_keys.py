"""The keys of the Label page: described, changed by a person, and never a trap."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, with_class

pytestmark = pytest.mark.browser

UNNAMED = """() => [...document.querySelectorAll("button, a[href], input, select")]
  .filter((one) => one.getClientRects().length > 0)
  .filter((one) => !one.getAttribute("aria-label") && !one.textContent.trim() && !one.title && !one.labels?.length)
  .map((one) => one.outerHTML)"""


def test_a_person_changes_a_key_and_sheet_tooltip_and_page_follow(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    page = label.page
    label.press("?")
    sheet = page.get_by_role("dialog", name="How Boxloop works")
    expect(sheet.locator("dd", has_text="Hide or show all boxes")).to_be_visible()
    sheet.get_by_role("button", name="Change shortcuts").click()
    dialog = page.get_by_role("dialog", name="Change shortcuts")
    assert dialog.locator("[data-id][aria-label*=': no key.']").all_inner_texts() == [], "no key stands for two"
    hide = dialog.locator("[data-id='view.hide']")
    hide.click()
    label.press("Control+w")
    expect(dialog.get_by_role("status")).to_contain_text("belongs to the browser")
    hide.click()
    label.press("f")
    expect(dialog.get_by_role("status")).to_contain_text("F is for “Fit the image”. Swap the two keys?")
    dialog.get_by_role("button", name="Swap").click()
    expect(hide).to_have_accessible_name("Hide or show all boxes: F. Change it")
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_have_count(0)
    label.press("f")
    assert label.read("hidden") is True
    tool = page.get_by_role("button", name="Hide all boxes")
    tool.hover()
    expect(tool).to_have_attribute("title", "Hide all boxes (F)")
    page.reload()
    label.until(f"boxloop?.canvas?.imageId === {image}")
    label.press("f")
    assert label.read("hidden") is True
    label.press("?")
    page.get_by_role("button", name="Change shortcuts").click()
    page.get_by_role("button", name="Reset all").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(dialog).to_have_count(0)
    label.press("h")
    assert label.read("hidden") is False


def test_f6_leads_round_the_page_and_edits_are_told_to_screen_readers(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    page = label.page
    told = page.locator(".bc-announcer")
    label.drag((50, 40), (110, 90))
    expect(told).to_have_text("coin, 60 by 50, at 50, 40; 1 of 1")
    label.press("ArrowRight", "ArrowRight", "l")
    expect(told).to_have_text("coin, 60 by 50, at 52, 40, locked; 1 of 1")
    label.press("l", "Delete")
    expect(told).to_have_text("1 box deleted; Nothing selected; 0 boxes")
    stage = page.get_by_role("application")
    expect(stage).to_be_focused()
    parts = (".bc-boxes", ".bc-bar", ".top-bar", ".bc-classes", ".bc-stage")
    for part in parts:
        label.press("F6")
        assert page.evaluate("(part) => document.activeElement.closest(part) !== null", part), part
    label.press("Shift+F6")
    assert page.evaluate("document.activeElement.closest('.bc-classes') !== null")
    assert page.evaluate(UNNAMED) == []

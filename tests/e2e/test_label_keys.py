"""The keys of the Label page: described, changed by a person, and never a trap."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, with_class

pytestmark = pytest.mark.browser


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

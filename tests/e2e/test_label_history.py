"""The history of an image on the Label page: undo that outlives the page, what each revision changed, comments."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

pytestmark = pytest.mark.browser

ONE, TWO = (50, 50, 150, 120), (200, 60, 300, 160)


def until_rects(label: LabelPage, *rects: tuple[float, ...]) -> None:
    """Wait until just these boxes stand on the page, and are saved."""
    wanted = [list(rect) for rect in rects]
    shown = "JSON.stringify(boxloop.canvas.boxes.map((b) => [b.x1, b.y1, b.x2, b.y2]))"
    label.until(f"boxloop.canvas.saved.waiting === 0 && {shown} === '{json.dumps(wanted, separators=(',', ':'))}'")


def test_undo_and_redo_go_on_after_a_reload(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.drag(ONE[:2], ONE[2:])
    until_rects(label, ONE)
    label.drag(TWO[:2], TWO[2:])
    until_rects(label, ONE, TWO)
    label.press("Control+z")
    until_rects(label, ONE)
    label.open(image)
    label.press("Control+Shift+z")
    until_rects(label, ONE, TWO)
    label.press("Control+z")
    until_rects(label, ONE)
    label.press("Control+z")
    until_rects(label)
    assert label.stored(image)["state"] == "new"
    label.press("Control+z")
    expect(label.page.locator(".bl-toast").filter(has_text="nothing left to undo")).to_be_visible()
    label.open(image)
    label.press("Control+Shift+z")
    until_rects(label, ONE)
    label.press("Control+Shift+z")
    until_rects(label, ONE, TWO)
    expect(label.page.get_by_role("button", name="Redo")).to_be_disabled()


def test_a_revision_shows_what_it_changed_and_can_be_brought_back(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    (coin,) = with_class(label, "coin")
    api = label.server.api
    first = {"id": "a", "class_id": coin, "x1": 50, "y1": 50, "x2": 150, "y2": 120}
    other = {"id": "b", "class_id": coin, "x1": 200, "y1": 60, "x2": 300, "y2": 160}
    for revision, boxes in enumerate([[first], [first, other], [{**other, "x1": 190}]]):
        body = {"revision": revision, "boxes": boxes, "state": "in_progress", "key": str(revision)}
        assert api.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    label.open(image)
    label.press("y")
    rows = label.page.locator(".bc-revision")
    expect(rows).to_have_text([re.compile(words) for words in ("−1 box, 1 moved", r"\+1 box", r"\+1 box, in progress")])
    label.press("ArrowDown", "ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    expect(label.page.locator(".bc-stage.comparing canvas.bc-differences")).to_be_visible()
    label.press("b")
    expect(label.page.get_by_role("button", name="Before", exact=True)).to_have_attribute("aria-pressed", "true")
    label.press("Delete")  # boxes that cannot be seen are not changed
    label.press("Enter")
    until_rects(label, ONE, TWO)
    expect(rows.first).to_contain_text("Restored: revision 2")
    label.press("Control+z")
    until_rects(label, (190, 60, 300, 160))
    label.press("Escape")
    expect(label.page.locator(".bc-drawer")).to_be_hidden()


def test_a_comment_is_said_resolved_and_listed_as_activity(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.press("k")
    page = label.page
    page.get_by_label("New comment").fill("Is this <b>one</b>?")
    label.press("Escape")  # back to the image, without losing what was typed
    expect(page.locator(".bc-drawer")).to_be_hidden()
    label.press("k")
    expect(page.get_by_label("New comment")).to_have_value("Is this <b>one</b>?")
    label.press("Control+Enter")
    comment = page.locator(".bc-comment")
    expect(comment.locator("p")).to_have_text("Is this <b>one</b>?")
    expect(page.locator(".bc-badge")).to_have_text("1")
    comment.get_by_role("button", name="Delete").click()
    page.locator(".bl-toast").get_by_role("button", name="Undo").click()
    comment.get_by_role("button", name="Resolve").click()
    expect(page.locator(".bc-badge")).to_be_hidden()
    page.locator(".top-bar-project").click()
    page.get_by_role("menuitem", name="Activity").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".activity-row").nth(1)).to_contain_text("Commented · plain 0.png")
    expect(dialog).to_contain_text("Added the class “coin”")
    dialog.locator(".activity-row").filter(has_text="the class").get_by_role("button", name="Undo").click()
    expect(dialog.locator(".activity-row").first).to_contain_text("Deleted the class “coin”")
    dialog.get_by_label("Kind").select_option("Comments")
    expect(dialog.locator(".activity-row")).to_have_count(2)
    label.press("Escape")

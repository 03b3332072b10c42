"""Saving from the Label page: nothing drawn is lost, whatever the server, the network or somebody else does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.label_page import Fresh, with_class

pytestmark = pytest.mark.browser


def test_a_lost_server_is_said_and_the_edit_outlives_the_page(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    label.page.route("**/annotations", lambda route: route.abort())
    label.drag((50, 50), (150, 120))
    label.expect_status("Not saved: server not reached, retrying")
    asked: list[str] = []

    def leave(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    label.page.once("dialog", leave)
    label.page.goto("about:blank")
    assert asked == ["beforeunload"]
    assert label.stored(image)["annotations"] == []
    label.page.unroute("**/annotations")
    label.open(image)
    label.until_saved()
    assert label.rects() == [(50, 50, 150, 120)]
    assert len(label.stored(image)["annotations"]) == 1


def test_a_repeated_save_after_a_lost_answer_changes_nothing(
    fresh: Fresh,
) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    lost: list[str] = []

    def lose_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    label.page.route("**/annotations", lose_first_answer)
    label.drag((50, 50), (150, 120))
    label.until_saved()
    assert len(lost) == 1
    stored = label.stored(image)
    assert (stored["revision"], len(stored["annotations"])) == (1, 1)


@pytest.mark.parametrize("choice", ["Keep mine", "Take theirs"])
def test_a_stale_save_shows_both_versions_and_asks(fresh: Fresh, choice: str) -> None:
    label, (image,) = fresh(1)
    (coin,) = with_class(label, "coin")
    label.open(image)
    other = {"id": "other", "class_id": coin, "x1": 200, "y1": 200, "x2": 260, "y2": 240, "source": "person"}
    body = {"revision": 0, "boxes": [other], "state": "done", "key": f"other {image}"}
    assert label.server.api.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    label.drag((50, 50), (150, 120))
    dialog = label.page.get_by_role("dialog")
    expect(dialog).to_contain_text("changed meanwhile")
    expect(dialog.locator("canvas")).to_have_count(2)
    label.expect_status("changed meanwhile")
    assert label.stored(image)["annotations"][0]["id"] == "other"
    dialog.get_by_role("button", name=choice).click()
    mine, theirs = (50, 50, 150, 120), (200, 200, 260, 240)
    expected = mine if choice == "Keep mine" else theirs
    label.until(f"boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes[0].x1 === {expected[0]}")
    assert label.rects() == [expected]
    stored = label.stored(image)["annotations"]
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored] == [expected]


def test_what_the_server_refuses_is_said_and_can_be_let_go(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    with_class(label, "coin")
    label.open(image)
    refusal = {"error": "The box sticks out of the picture."}
    label.page.route("**/annotations", lambda route: route.fulfill(status=422, json=refusal))
    label.drag((50, 50), (150, 120))
    label.expect_status("Not saved: The box sticks out of the picture.")
    label.page.unroute("**/annotations")
    label.page.get_by_role("button", name="Discard").click()
    label.until("boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes.length === 0")
    assert label.stored(image)["revision"] == 0

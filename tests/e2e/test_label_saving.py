"""Saving from the Label page: nothing drawn is lost, whatever the server, the network or somebody else does."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.label_page import Fresh, LabelPage, with_class

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


def save_elsewhere(
    label: LabelPage, image: int, revision: int, *boxes: dict[str, Any], state: str = "in_progress"
) -> None:
    body = {"revision": revision, "boxes": list(boxes), "state": state, "key": f"elsewhere {image} {revision}"}
    answer = label.server.api.put(f"/api/images/{image}/annotations", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("key", "expected"), [("m", (60, 50, 160, 120)), ("t", (50, 90, 150, 160)), ("b", (50, 90, 150, 160))]
)
def test_two_changes_to_one_box_are_shown_and_one_key_chooses(
    fresh: Fresh, key: str, expected: tuple[float, float, float, float]
) -> None:
    label, (image,) = fresh(1)
    (coin,) = with_class(label, "coin")
    box = {"id": "shared", "class_id": coin, "x1": 50, "y1": 50, "x2": 150, "y2": 120}
    save_elsewhere(label, image, 0, box)
    label.open(image)
    save_elsewhere(label, image, 1, {**box, "y1": 90, "y2": 160}, state="done")
    label.click(50, 80)
    label.press("Shift+ArrowRight")
    dialog = label.page.get_by_role("dialog")
    expect(dialog).to_contain_text("changed meanwhile")
    expect(dialog.locator("canvas")).to_have_count(3)
    label.expect_status("changed meanwhile")
    label.press("Escape")  # the question can be put off, and nothing is lost by that
    expect(dialog).to_have_count(0)
    assert label.stored(image)["revision"] == 2
    label.page.get_by_role("button", name="Compare").click()
    if key == "b":
        dialog.get_by_role("button", name="Theirs", exact=True).click()
    label.press(key)
    label.until(f"boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes[0].y1 === {expected[1]}")
    assert label.rects() == [expected]
    stored = label.stored(image)
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in stored["annotations"]] == [expected]
    assert stored["state"] == ("in_progress" if key == "m" else "done")


def test_changes_that_do_not_touch_are_put_together_and_that_can_be_undone(fresh: Fresh) -> None:
    label, (image,) = fresh(1)
    (coin,) = with_class(label, "coin")
    label.open(image)
    save_elsewhere(label, image, 0, {"id": "other", "class_id": coin, "x1": 200, "y1": 200, "x2": 260, "y2": 240})
    label.drag((50, 50), (150, 120))
    toast = label.page.locator(".bl-toast").filter(has_text="meanwhile")
    expect(toast).to_contain_text("1 change to boxes taken over beside yours")
    label.until_saved()
    assert sorted(label.rects()) == [(50, 50, 150, 120), (200, 200, 260, 240)]
    assert len(label.stored(image)["annotations"]) == 2
    toast.get_by_role("button", name="Undo").click()
    label.until("boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes.length === 1")
    assert [b["x1"] for b in label.stored(image)["annotations"]] == [50]


def test_edits_made_while_the_server_is_away_wait_in_the_browser_and_are_sent_oldest_first(fresh: Fresh) -> None:
    label, images = fresh(3)
    with_class(label, "coin")
    label.open(images[0])
    earlier = {"imageId": images[2], "revision": 0, "flight": None, "wanted": {"boxes": [], "state": "skipped"}}
    label.page.evaluate("(kept) => localStorage.setItem('boxloop.unsaved.gone.7', JSON.stringify(kept))", earlier)
    label.page.route("**/annotations", lambda route: route.abort())
    label.drag((50, 50), (150, 120))
    label.drag((200, 50), (300, 120))
    label.press("d")
    label.until(f"boxloop.canvas.imageId === {images[1]}")
    label.drag((60, 60), (160, 130))
    label.expect_status("3 edits on 2 images since")
    sent: list[int] = []

    def count(route: Route) -> None:
        sent.append(int(route.request.url.split("/")[-2]))
        route.continue_()

    label.page.once("dialog", lambda dialog: dialog.accept())
    label.page.goto("about:blank")
    label.page.unroute("**/annotations")
    label.page.route("**/annotations", count)
    label.open(images[1])
    label.until("boxloop.canvas.saved.waiting === 0")
    assert sent[:2] == images[:2]
    assert label.rects() == [(60, 60, 160, 130)]
    assert [len(label.stored(image)["annotations"]) for image in images] == [2, 1, 0]
    assert label.stored(images[2])["state"] == "skipped"
    assert label.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('unsaved'))") == []


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

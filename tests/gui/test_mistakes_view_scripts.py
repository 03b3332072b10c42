"""Mistakes put right by keys, with a server that waits and fails as each test needs it; thresholds of a model."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from detector.domain import LabelSet
from detector.measuring.box_columns import Found, Truths
from gui.figures.examining import Examined
from gui.figures.mistakes import mistakes
from storage.store import Store
from tests.gui.labelled_project import labelled_project, model_of
from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

PLACES = np.array([[10, 10, 40, 40], [50, 10, 80, 40], [10, 50, 40, 80]], dtype=np.float64)
SCORES = (0.9, 0.8, 0.7, 0.4)
OPEN = """async ({ body, model, classes, query }) => {
  history.replaceState(null, "", `/mistakes?project=1&${query}`);
  const bytes = Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0));
  const server = { asked: [], down: false, failing: 0, held: Promise.resolve(), release: () => {}, labels: [] };
  server.hold = () => (server.held = new Promise((done) => (server.release = done)));
  window.server = server;
  window.fetch = async (url, { method = "GET", body: sent }) => {
    const path = String(url).split("?")[0];
    if (path.endsWith("/mistakes")) return new Response(bytes);
    if (method === "PUT") {
      server.asked.push(JSON.parse(sent).boxes.map((one) => one.class_id).join());
      await server.held;
    }
    if (server.down || (method === "PUT" && server.failing-- > 0)) throw new TypeError("no network");
    if (method === "PUT") server.labels = JSON.parse(sent).boxes;
    return new Response(JSON.stringify({ revision: 1, state: "done", annotations: server.labels }));
  };
  const href = "/error_browser/error_browser.css";
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  document.head.append(style);
  await new Promise((done) => (style.onload = done));
  document.body.innerHTML = "<main></main>";
  const { open } = await import("/error_browser/main.js");
  const context = { project: { id: 1, classes }, model, colors: new Map(), wanted: { split: "val" } };
  window.view = open(document.querySelector("main"), context);
}"""
LEAVE = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"  # whether the browser would ask
# Instead of leaving the page it is told that something leads elsewhere.
STAY = """void (navigation.onnavigate = (event) => {
  if (event.destination.sameDocument) return;
  event.preventDefault();
  server.asked.push("left");
})"""


@pytest.fixture
def examined(store: Store) -> Examined:
    """One image without labels, on which the model sees three of the first class and one of the second."""
    made = labelled_project(store)
    places = np.concatenate([PLACES, [[50, 50, 80, 80]]])
    found = Found(np.zeros(4, np.int32), np.array([0, 0, 0, 1], np.int32), places, np.array(SCORES))
    none = Truths(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, 4)))
    labels = LabelSet(made.class_ids, ("dark", "red"))
    return Examined(model_of(made), made.images[:1], labels, none, found, 0, 0)


def start(page: Page, examined: Examined, query: str = "", **model: Any) -> None:
    page.goto(urljoin(page.url, "/shared/dom.js"))
    classes = [{"id": i, "name": name} for i, name in zip(examined.labels.ids, ("dark", "red"), strict=True)]
    body = base64.b64encode(mistakes(examined)).decode()
    given = {"body": body, "model": {"id": 1, **model}, "classes": classes, "query": query}
    page.evaluate(OPEN, given)
    expect(page.locator(".mistakes-summary")).to_contain_text(" on ")


def summary(page: Page, text: str) -> None:
    expect(page.locator(".mistakes-summary")).to_have_text(text)


def crops(page: Page) -> Any:
    return page.locator(".mistake-tile[role=option]")


def asked(page: Page, saves: list[str]) -> None:
    page.wait_for_function("(saves) => server.asked.join(';') === saves.join(';')", arg=saves)


def test_a_second_key_waits_for_the_first_save_and_leaving_is_asked_about(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    (dark, _) = examined.labels.ids
    page.evaluate("void server.hold()")
    crops(page).first.focus()
    for key in ("e", "ArrowRight", "e"):
        page.keyboard.press(key)
    summary(page, "1 mistake on 1 image 2 labels put right. Count anew")
    assert page.evaluate(LEAVE)
    page.evaluate("server.release()")
    asked(page, [f"{dark}", f"{dark},{dark}"])
    page.wait_for_function(f"() => !({LEAVE})()")


def test_what_could_not_be_saved_is_open_again_and_said(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    page.evaluate("server.down = true")
    crops(page).first.focus()
    page.keyboard.press("e")
    expect(page.locator(".bl-toast.error")).to_contain_text("The server does not answer.")
    summary(page, "3 mistakes on 1 image")
    assert page.evaluate(LEAVE)
    page.evaluate("server.down = false")
    page.keyboard.press("e")
    expect(page.locator(".mistakes-words")).to_contain_text("Added as dark.")
    page.wait_for_function(f"() => !({LEAVE})()")


def test_the_message_of_a_lost_fix_stays_until_that_one_is_saved(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    (dark, _) = examined.labels.ids
    page.evaluate("server.down = true")
    crops(page).first.focus()
    page.keyboard.press("e")
    message = page.locator(".bl-toast.error")
    expect(message).to_be_visible()
    page.evaluate("server.down = false")
    for key in ("ArrowRight", "e"):
        page.keyboard.press(key)
    asked(page, [f"{dark}"])
    page.evaluate("void server.hold()")
    for key in ("ArrowLeft", "e"):
        page.keyboard.press(key)
    asked(page, [f"{dark}", f"{dark},{dark}"])
    expect(message).to_be_visible()  # the second is saved, as the third is on its way
    page.evaluate("server.release()")
    expect(message).to_have_count(0)


def test_a_view_that_was_left_opens_no_image_when_the_answer_comes(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    page.evaluate(STAY)
    page.evaluate("void server.hold()")
    crops(page).first.focus()
    for key in ("e", "Enter"):
        page.keyboard.press(key)
    (dark, _) = examined.labels.ids
    asked(page, [f"{dark}"])
    page.evaluate("view.close(); server.release()")
    page.wait_for_function(f"() => !({LEAVE})()")
    asked(page, [f"{dark}"])


def test_a_fix_that_is_made_again_stays_when_the_first_save_fails(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    (dark, _) = examined.labels.ids
    page.evaluate("void server.hold(); server.failing = 1")
    crops(page).first.focus()
    for key in ("e", "Control+z", "e"):
        page.keyboard.press(key)
    page.evaluate("server.release()")
    asked(page, [f"{dark}", f"{dark}"])
    page.wait_for_function(f"() => !({LEAVE})()")
    summary(page, "2 mistakes on 1 image 1 label put right. Count anew")


def test_ctrl_z_takes_the_last_one_back_also_after_counting_anew_and_is_named_on_that_crop_alone(
    page: Page, examined: Examined
) -> None:
    start(page, examined, "threshold=0.5")
    (dark, _) = examined.labels.ids
    crops(page).first.focus()
    for key in ("e", "ArrowRight", "e"):
        page.keyboard.press(key)
    undo = page.locator(".mistakes-detail").get_by_role("button", name="Undo")
    expect(undo).to_have_text("UndoCtrl Z")
    page.keyboard.press("ArrowLeft")
    expect(undo).to_have_text("Undo")
    asked(page, [f"{dark}", f"{dark},{dark}"])
    page.get_by_role("button", name="Count anew").click()
    summary(page, "3 mistakes on 1 image")  # this server always answers the same
    page.keyboard.press("Control+z")
    asked(page, [f"{dark}", f"{dark},{dark}", f"{dark}"])


def test_a_double_click_puts_right_once_and_takes_nothing_back(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    (dark, _) = examined.labels.ids
    crops(page).first.focus()
    detail = page.locator(".mistakes-detail")
    detail.get_by_role("button", name="Add as a label").dblclick()
    expect(detail).to_contain_text("Added as dark.")
    detail.get_by_role("button", name="Undo").dblclick()
    expect(detail).to_contain_text("The model sees dark (0.90)")
    asked(page, [f"{dark}", ""])


def test_the_focus_stays_in_the_bar_while_what_it_says_changes(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    crops(page).first.focus()
    detail = page.locator(".mistakes-detail")
    right, undo = (detail.get_by_role("button", name=name) for name in ("Add as a label", "Undo"))
    right.focus()
    page.keyboard.press("Enter")
    expect(detail).to_contain_text("Added as dark.")
    expect(right).to_be_focused()
    page.keyboard.press("Enter")  # held too long: it is done
    undo.focus()
    page.keyboard.press("Enter")
    expect(detail).to_contain_text("The model sees dark (0.90)")
    expect(right).to_be_focused()
    page.get_by_label("Threshold", exact=True).evaluate(
        "(s) => { s.value = 0.95; s.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(detail).to_contain_text("Choose a crop")
    assert page.evaluate("document.activeElement === document.body"), "no crop is left to have it"


@pytest.mark.parametrize("failing", [1, 2])
def test_count_anew_keeps_the_focus_when_a_save_fails_and_leaves_it_to_the_crops_when_none_is_left(
    page: Page, examined: Examined, failing: int
) -> None:
    start(page, examined, "threshold=0.5")
    page.evaluate("(failing) => { server.hold(); server.failing = failing; }", failing)
    crops(page).first.focus()
    for key in ("e", "ArrowRight", "e"):
        page.keyboard.press(key)
    summary(page, "1 mistake on 1 image 2 labels put right. Count anew")
    anew = page.get_by_role("button", name="Count anew")
    anew.focus()
    page.evaluate("server.release()")
    one_left = failing == 1
    summary(page, "2 mistakes on 1 image 1 label put right. Count anew" if one_left else "3 mistakes on 1 image")
    expect(anew if one_left else page.get_by_role("listbox", name="Crops")).to_be_focused()


def test_each_class_begins_at_its_own_threshold_and_the_slider_sets_one_for_all(page: Page, examined: Examined) -> None:
    dark, red = examined.labels.ids
    kept = {"all": 0.5, "by_class": {str(dark): 0.75, str(red): 0.3}, "wish": {"kind": "misses", "value": 5}}
    start(page, examined, chosen_thresholds=kept)
    summary(page, "3 mistakes on 1 image")
    slider = page.locator(".mistakes-threshold")
    expect(slider.locator("output")).to_have_text("each class its own")
    title = slider.locator("label").get_attribute("title") or ""
    assert "Chosen for this version: miss at most 5 %" in title
    assert "dark from 0.75, red from 0.30" in title
    page.get_by_label("Threshold", exact=True).evaluate(
        "(s) => { s.value = 0.6; s.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    summary(page, "3 mistakes on 1 image")
    expect(slider.locator("output")).to_have_text("0.60")
    expect(page.locator(".mistake-caption").last).to_have_text("dark, nothing there")
    page.wait_for_url("**threshold=0.60*")
    slider.get_by_role("button", name="As chosen: each class").click()
    expect(page.locator(".mistake-caption").last).to_have_text("red, nothing there")
    page.wait_for_url(lambda url: "threshold" not in url)


def test_after_a_choice_in_a_list_arrow_keys_move_through_the_crops(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    order = page.get_by_label("Order")
    order.focus()
    order.select_option(label="Least sure first")
    page.keyboard.press("ArrowRight")
    expect(crops(page).first).to_be_focused()
    expect(page.locator(".mistakes-words")).to_contain_text("dark (0.70)")


def test_a_crop_that_does_not_come_is_no_broken_picture(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")  # this server has no pictures
    expect(page.locator(".mistake-broken")).to_have_count(3)
    expect(page.locator(".mistake-picture img:visible")).to_have_count(0)


def test_a_crop_that_did_not_come_is_asked_for_again_only_after_a_while(page: Page) -> None:
    same = call(
        page,
        "error_browser/tile.js",
        """(() => {
          const box = { class_id: 1, x1: 0, y1: 0, x2: 10, y2: 10, score: 0.9 };
          const image = { id: 7, name: "a.png", width: 100, height: 100 };
          const shown = { name: "0", image, box, truth: null, text: "", dealt: false, colors: new Map() };
          const picture = () => m.createTile(shown).querySelector("img");
          const first = picture();
          first.dispatchEvent(new Event("error"));
          const at = performance.now();
          performance.now = () => at + given * 1000;
          return [4, 6].map((seconds) => { given = seconds; return picture() === first; });
        })()""",
        0,
    )
    assert same == [True, False]


def test_whoever_may_only_look_puts_nothing_right_by_keys(page: Page, examined: Examined) -> None:
    start(page, examined, "threshold=0.5")
    page.evaluate("document.documentElement.dataset.role = 'viewer'")
    crops(page).first.focus()
    page.keyboard.press("e")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mistakes-words")).to_contain_text("dark (0.80)")
    summary(page, "3 mistakes on 1 image")
    assert page.evaluate("server.asked") == []

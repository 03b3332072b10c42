"""Checking labels while others do so too, lists are made anew, and the view is left and opened again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.gui.check_view import ASK, LEAVE, NAMES, STAY, asks_to_stay, dealt, running, shows, standing, start
from tests.gui.script_page import script_page

pytestmark = pytest.mark.browser
page = script_page


def test_leaving_is_asked_about_while_an_answer_is_on_its_way_or_was_lost(page: Page) -> None:
    start(page)
    assert not page.evaluate(LEAVE)
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    assert page.evaluate(LEAVE)
    page.evaluate("server.release()")
    asks_to_stay(page, False)
    page.evaluate("server.down = true")
    page.keyboard.press("k")
    expect(page.locator(".bl-toast.error")).to_contain_text("The server does not answer.")
    asks_to_stay(page, True)
    shows(page, NAMES[2])  # stays in hand; what was lost comes next
    page.keyboard.press("s")
    shows(page, NAMES[1])
    expect(page.get_by_text("What you said of this one was not saved. Say it again.")).to_be_visible()
    page.evaluate("server.down = false")
    page.keyboard.press("k")
    asks_to_stay(page, False)


def test_what_was_lost_is_known_when_the_list_was_read_again_meanwhile(page: Page) -> None:
    start(page, standing(job=running("Learning.")))
    page.evaluate("server.down = true")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    expect(page.locator(".bl-toast.error")).to_be_visible()
    page.evaluate("server.state.items = server.state.items.slice(0, 2); server.down = false")
    dealt(page, 1)  # somebody else answered the third
    page.keyboard.press("s")
    shows(page, NAMES[0])
    expect(page.locator(".check-lost")).to_be_visible()
    page.keyboard.press("k")
    asks_to_stay(page, False)


def test_a_list_that_was_made_anew_is_shown_when_that_is_asked_for(page: Page) -> None:
    start(page, standing(job=running("Learning.")))
    page.keyboard.press("s")
    shows(page, NAMES[1])
    page.evaluate("(state) => Object.assign(server.state, state)", standing((2,), made_at="2026-01-02"))
    expect(page.locator(".check-note")).to_contain_text("The list was made anew.")
    shows(page, NAMES[1])
    page.keyboard.press("k")
    shows(page, NAMES[2])
    page.get_by_role("button", name="Show it").click()
    expect(page.locator(".check-note")).to_have_count(0)
    shows(page, NAMES[2])
    dealt(page, 2)


def test_a_newer_list_waits_for_answers_on_their_way_and_those_that_fail_come_back(page: Page) -> None:
    start(page, standing(job=running("One.")))
    page.evaluate("void server.hold()")
    for _ in range(3):
        page.keyboard.press("k")
    expect(page.locator(".check-columns")).to_have_class("check-columns alone")
    newer = standing((2,), made_at="2026-01-02", job=running("Two."))
    page.evaluate(f"(state) => {{ Object.assign(server.state, state); {ASK}; }}", newer)
    expect(page.get_by_text("Two.")).to_be_visible()
    expect(page.locator(".check-columns")).to_have_class("check-columns alone")
    page.evaluate("server.down = true; server.release()")
    shows(page, NAMES[0])
    dealt(page, 0)
    page.evaluate(f"server.down = false; {ASK}")
    expect(page.locator(".check-note")).to_contain_text("The list was made anew.")
    for _ in range(3):
        page.keyboard.press("k")
    page.evaluate(ASK)
    shows(page, NAMES[2])  # all is saved, and of the newer list this one is left
    dealt(page, 2)
    expect(page.locator(".check-note")).to_have_count(0)


def test_what_somebody_else_deals_with_goes_but_for_the_one_in_hand(page: Page) -> None:
    start(page, standing(job=running("Learning.")))
    page.evaluate("server.state.items = server.state.items.slice(2)")
    expect(page.locator(".check-note")).to_contain_text("This one has been dealt with meanwhile.")
    shows(page, NAMES[0])
    page.get_by_role("button", name="Go on").click()
    shows(page, NAMES[2])
    dealt(page, 2)


def test_a_fix_on_the_label_page_waits_for_what_was_said_and_taken_back(page: Page) -> None:
    start(page)
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    page.keyboard.press("z")
    shows(page, NAMES[0])
    page.keyboard.press("f")
    page.evaluate("server.release()")
    page.wait_for_url("**/label?project=1&image=10*")
    assert page.evaluate("sessionStorage.asked") == "POST kept 10,DELETE kept 10,left"


def test_a_view_that_was_left_leads_nowhere_when_the_answer_comes(page: Page) -> None:
    start(page)
    page.evaluate(STAY)
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    page.keyboard.press("f")
    page.evaluate("view.close(); server.release()")
    asks_to_stay(page, False)
    assert page.evaluate("server.asked") == ["POST kept 10"]


@pytest.mark.parametrize(("button", "job"), [("Check again", None), ("Stop", running("Learning."))])
def test_a_view_that_was_left_follows_no_check(page: Page, button: str, job: Any) -> None:
    start(page, standing(job=job))
    page.evaluate("void server.hold()")
    page.get_by_role("button", name=button).click()
    page.wait_for_function("() => server.asked.length === 1")
    late = """async () => {
      view.close();
      const before = server.reads;
      server.release();
      for (let n = 0; n < 20; n += 1) await new Promise((done) => setTimeout(done));
      return server.reads - before;
    }"""
    assert page.evaluate(late) == 0


def test_a_view_that_is_opened_again_waits_for_the_answers_given_before(page: Page) -> None:
    start(page)
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    page.evaluate("view.close(); begin()")
    page.wait_for_function("() => server.reads === 2")
    expect(page.locator(".check-columns")).to_be_hidden()  # the list that came does not know of the answer
    expect(page.get_by_text("Saving …")).to_be_visible()
    page.evaluate("server.state.items.shift(); server.release()")
    shows(page, NAMES[1])
    dealt(page, 1)
    expect(page.get_by_text("Saving …")).to_have_count(0)


def test_a_list_that_was_read_before_an_answer_was_saved_is_read_again(page: Page) -> None:
    start(page)
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    page.evaluate("server.reading = new Promise((done) => (server.read = done)); view.close(); begin()")
    page.wait_for_function("() => server.reads === 2")
    page.evaluate("server.state.items.shift(); server.release()")
    asks_to_stay(page, False)
    page.evaluate("server.read()")
    shows(page, NAMES[1])
    dealt(page, 1)


def test_the_address_leads_to_the_same_suspect_in_a_newer_list_and_past_one_that_is_dealt_with(page: Page) -> None:
    start(page)
    page.keyboard.press("s")
    shows(page, NAMES[1])
    begin_anew = "view.close(); begin()"
    page.evaluate("(state) => Object.assign(server.state, state)", standing((2, 0, 1), made_at="2026-01-02"))
    page.evaluate(f"server.state.items.forEach((one, place) => (one.place = place)); {begin_anew}")
    shows(page, NAMES[1])
    page.keyboard.press("s")
    shows(page, NAMES[2])  # the first of this list
    page.keyboard.press("s")
    shows(page, NAMES[0])
    page.evaluate(f"server.state.items = server.state.items.filter(({{ image_id }}) => image_id !== 10); {begin_anew}")
    shows(page, NAMES[1])  # as on the way back from the image where it was put right
    page.evaluate(f"history.replaceState(null, '', '/check?project=1&at=1'); {begin_anew}")
    shows(page, NAMES[2])  # an address of before, which names a rank in a list that nobody knows any more


def test_answers_to_a_view_that_was_left_are_saved_before_those_to_the_next_one(page: Page) -> None:
    start(page)
    saved = """async () => {
      const { Turns } = await import("/shared/turns.js");
      const [before, now, said] = [new Turns(), new Turns(), []];
      let [answer, refuse] = [];
      const answered = new Promise((done) => (answer = done));
      const refused = new Promise((_, fail) => (refuse = fail));
      const first = before.take(() => answered.then(() => said.push("first")));
      const second = before.take(() => refused);
      before.close();
      const third = now.take(async () => said.push("third"));
      const settled = now.settled().then((all) => said.push(all));
      answer();
      await first;
      refuse(Object.assign(new Error("No."), { status: 0 }));
      await Promise.allSettled([second, third, settled]);
      return [said, now.waiting, dispatchEvent(new Event("beforeunload", { cancelable: true }))];
    }"""
    assert page.evaluate(saved) == [["first", "third", False], 0, True]

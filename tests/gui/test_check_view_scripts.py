"""Checking labels by keys and clicks: what is said, saved, lost and taken back."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.gui.check_view import NAMES, OPEN, asks_to_stay, dealt, running, shows, standing, start
from tests.gui.script_page import script_page

pytestmark = pytest.mark.browser
page = script_page


def test_the_message_of_a_lost_answer_stays_until_that_one_is_saved(page: Page) -> None:
    start(page)
    page.evaluate("server.down = true")
    page.keyboard.press("k")
    message = page.locator(".bl-toast.error")
    expect(message).to_be_visible()
    page.evaluate("server.down = false")
    page.keyboard.press("k")
    shows(page, NAMES[0])
    page.evaluate("void server.hold()")
    page.keyboard.press("k")
    page.wait_for_function("() => server.asked.join() === 'POST kept 10,POST kept 11,POST kept 10'")
    expect(message).to_be_visible()  # the second is saved, as the third is on its way
    page.evaluate("server.release()")
    expect(message).to_have_count(0)


def test_several_answers_that_fail_come_back_once_each_and_with_one_message(page: Page) -> None:
    start(page)
    page.evaluate("void server.hold()")
    for _ in range(3):
        page.keyboard.press("k")
    expect(page.locator(".check-columns")).to_have_class("check-columns alone")
    page.keyboard.press("z")  # the third, whose save then fails
    page.evaluate("server.down = true; server.release()")
    shows(page, NAMES[2])
    dealt(page, 0)
    expect(page.locator(".bl-toast")).to_have_count(1)
    expect(page.locator(".check-progress")).to_contain_text("Of the 3 left")


def test_an_undo_that_got_lost_can_be_tried_again_and_one_that_is_refused_is_asked_of_the_server(page: Page) -> None:
    start(page)
    page.keyboard.press("k")
    shows(page, NAMES[1])
    asks_to_stay(page, False)
    page.evaluate("server.down = true; server.state.items.shift()")
    page.keyboard.press("z")
    expect(page.locator(".bl-toast.error")).to_contain_text("The server does not answer.")
    shows(page, NAMES[1])
    dealt(page, 1)
    page.evaluate("server.down = false; server.refuse = 'No.'")
    page.keyboard.press("z")
    expect(page.locator(".bl-toast.error")).to_contain_text("No.")
    shows(page, NAMES[1])
    dealt(page, 1)


def test_keys_work_again_after_a_choice_and_the_focus_stays_on_the_button_that_was_pressed(page: Page) -> None:
    start(page)
    page.get_by_label("Kind").focus()
    page.get_by_label("Kind").select_option(label="Wrong class")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    page.get_by_role("button", name="Keep mine").focus()
    page.keyboard.press("Enter")
    shows(page, NAMES[2])
    expect(page.get_by_role("button", name="Keep mine")).to_be_focused()
    page.get_by_label("Class", exact=True).focus()
    page.keyboard.press("ArrowDown")  # through the closed list: one stays in it
    expect(page.get_by_label("Class", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    shows(page, NAMES[1])


def test_stop_stays_where_it_is_while_the_figures_beside_it_change(page: Page) -> None:
    start(page, standing(job=running("One.")))
    button = page.get_by_role("button", name="Stop").element_handle()
    page.evaluate("(job) => { server.state.job = job; }", running("Two."))
    expect(page.get_by_text("Two.")).to_be_visible()
    assert button.evaluate("(one) => one.isConnected")
    button.click()
    page.wait_for_function("() => server.asked.includes('POST cancel 9')")


def test_a_crop_that_does_not_come_is_said_and_can_still_be_answered(page: Page) -> None:
    start(page)  # this server has no pictures
    expect(page.locator(".check-broken")).to_contain_text("This image cannot be shown.")
    page.keyboard.press("k")
    shows(page, NAMES[1])
    expect(page.locator(".check-broken")).to_have_count(1)


def test_whoever_may_only_look_changes_nothing_by_keys(page: Page) -> None:
    start(page)
    page.evaluate("document.documentElement.dataset.role = 'viewer'")
    for key in "ekf":
        page.keyboard.press(key)
    shows(page, NAMES[0])
    page.keyboard.press("s")
    shows(page, NAMES[1])
    assert page.evaluate("server.asked") == []


def test_where_too_little_is_labelled_it_says_so_and_leads_to_labelling(page: Page) -> None:
    reason = "Checking needs at least 10 images that are done; there are 3. Label some more first."
    page.goto(urljoin(page.url, "/shared/dom.js"))
    page.evaluate(OPEN, standing(()) | {"queue": None, "reason": reason})
    expect(page.get_by_text(reason)).to_be_visible()
    expect(page.get_by_role("link", name="Label images")).to_have_attribute("href", "/label?project=1")

"""Checking labels by keys and clicks, with a server that waits, fails and changes its mind as each test needs it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.gui.script_page import script_page
from tests.gui.test_check_scripts import suspect

pytestmark = pytest.mark.browser
page = script_page

NAMES = ("the first", "the second", "the third")
LABELS = [{"id": f"b{n}", "class_id": 1, "x1": 0, "y1": 0, "x2": 10, "y2": 10, "source": "person"} for n in range(3)]
OPEN = """async (state) => {
  history.replaceState(null, "", "/check?project=1");
  sessionStorage.clear();
  const server = { state, asked: [], reads: 0, down: false, refuse: null, held: Promise.resolve(), release: () => {} };
  const log = (text) => {
    server.asked.push(text);
    sessionStorage.asked = server.asked.join();
  };
  server.hold = () => (server.held = new Promise((done) => (server.release = done)));
  window.server = server;
  window.fetch = async (url, { method = "GET", body }) => {
    const path = String(url).split("?")[0];
    const json = (value, status = 200) => new Response(JSON.stringify(value), { status });
    if (method !== "GET") {
      log(`${method} ${path.split("/").at(method === "DELETE" ? -2 : -1)} ${path.split("/")[3]}`);
      await server.held;
    }
    if (server.down) throw new TypeError("no network");
    if (method !== "GET" && server.refuse) return json({ error: server.refuse }, 422);
    if (path.endsWith("/check")) {
      server.reads += method === "GET";
      return json(method === "GET" ? server.state : { id: 9, state: "queued" });
    }
    if (path.endsWith("/kept")) return json({ id: 5 }, 201);
    if (method === "PUT") {
      server.labels[path.split("/")[3]] = JSON.parse(body).boxes;
      return json({ revision: 2, state: "done" });
    }
    return json({ revision: 1, state: "done", annotations: server.labels[path.split("/")[3]] });
  };
  server.labels = Object.fromEntries(state.items.map((one) => [one.image_id, state.labels]));
  addEventListener("pagehide", () => log("left"));
  document.body.innerHTML = "<main></main>";
  const { open } = await import("/label_check/main.js");
  const classes = [{ id: 1, name: "cell", color: "#112233" }, { id: 2, name: "WBC", color: "#445566" }];
  window.begin = () => (window.view = open(document.querySelector("main"), { project: { id: 1, classes } }));
  begin();
}"""
ASK = "void document.dispatchEvent(new Event('visibilitychange'))"  # the page is seen again, and asks how it stands
LEAVE = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"  # whether the browser would ask
# Instead of leaving the page it is told that something leads elsewhere.
STAY = """void (navigation.onnavigate = (event) => {
  if (event.destination.sameDocument) return;
  event.preventDefault();
  server.asked.push("left");
})"""


def standing(places: tuple[int, ...] = (0, 1, 2), made_at: str = "2026-01-01", job: Any = None) -> dict[str, Any]:
    """What the server says of a check: each suspect on an image of its own, which is called after it."""
    items = [suspect(place, image_id=10 + place) for place in places]
    images = {10 + place: {"name": NAMES[place], "width": 100, "height": 100} for place in places}
    queue = {"made_at": made_at, "suspects": 3, "boxes": 3, "seen": 0.9}
    return {
        "queue": queue, "items": items, "images": images, "job": job, "done": 10, "seconds": 60, "reason": None,
        "labels": LABELS,
    }  # fmt: skip


def running(message: str) -> dict[str, Any]:
    return {"id": 9, "state": "running", "message": message, "progress": {"fraction": 0.1, "seconds_left": 60}}


def start(page: Page, state: dict[str, Any] | None = None) -> None:
    page.goto(urljoin(page.url, "/shared/dom.js"))
    page.evaluate(OPEN, standing() if state is None else state)
    shows(page, NAMES[0])


def shows(page: Page, name: str) -> None:
    expect(page.locator(".check-asked > .bl-cut")).to_have_text(name)


def dealt(page: Page, count: int) -> None:
    expect(page.locator(".check-progress")).to_contain_text(f"{count} of 3 dealt with")


def asks_to_stay(page: Page, expected: bool) -> None:
    page.wait_for_function(f"(expected) => ({LEAVE})() === expected", arg=expected)


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
    page.evaluate("server.state.items.shift(); server.release()")
    shows(page, NAMES[1])
    dealt(page, 1)


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

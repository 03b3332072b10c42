"""The Evaluate page's frame, what to label next and the Models page, run where they run; a test gives the answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import ANSWERS, call, script_page

pytestmark = pytest.mark.browser
page = script_page

FRAME = """(async () => {
  %s
  const here = location.href;
  history.replaceState(null, "", `/evaluate?project=1&${given}`);
  const model = { id: 3, number: 3, parent_id: null, chosen_thresholds: null };
  const mounted = m.mount(place);
  asks("/api/projects/1")[0].answer({ id: 1, classes: [], models: [model], active_model_id: 3 });
  asks("/models")[0].answer([model]);
  await mounted;
  const tab = (name) => [...place.querySelectorAll("nav a")].find((link) => link.textContent === name);
  const shows = (text) => until(() => place.querySelector(".bl-evaluate-view").textContent.includes(text));
  try { return await (%s)(); } finally { place.remove(); history.replaceState(null, "", here); }
})()"""


def test_a_press_on_the_open_tab_shows_what_its_link_shows_and_keeps_the_focus(page: Page) -> None:
    steps, shown, more = call(
        page,
        "evaluation_panel/main.js",
        FRAME
        % (
            ANSWERS,
            """async () => {
              await shows("Over");
              const before = history.length;
              tab("Compare").focus();
              tab("Compare").click();
              await shows("There is one version only");
              const after = [history.length - before, location.search, document.activeElement.textContent];
              tab("Compare").click();
              return [after[0], after.slice(1), history.length - before];
            }""",
        ),
        "view=compare&part=life",
    )
    assert shown == ["?project=1&view=compare", "Compare"]
    assert (steps, more) == (0, 0), "what is open is no place to come back to"


def test_the_learning_curve_offers_no_choice_of_images_and_says_why(page: Page) -> None:
    shown = call(
        page,
        "evaluation_panel/main.js",
        FRAME
        % (
            ANSWERS,
            """async () => {
              const choice = () => !place.querySelector(".bl-evaluate-bar .bl-choice").closest("[hidden]");
              const part = (name) => [...place.querySelectorAll("label")].find((one) => one.textContent === name);
              await shows("Always on validation images");
              const found = [choice()];
              part("Figures").click();
              await shows("There is one version only");
              found.push(choice());
              part("Learning curve").click();
              await shows("Always on validation images");
              found.push(choice());
              tab("Figures").click();
              await until(() => asks("/figures").length === 1);
              return [...found, choice()];
            }""",
        ),
        "view=compare&part=life&split=test",
    )
    assert shown == [False, True, False, True]


NEXT = """(async () => {
  %s
  const looks = { thumb_url: "", width: 9, height: 9, reasons: ["new"] };
  const image = (id) => ({ id, place: id, name: `${id}.png`, ...looks });
  const all = Array.from({ length: 100 }, (_, place) => image(place));
  const made = { at: "2026-11-22T06:00:00Z", way: "advised", model_id: 3, model_number: 3, stale: "" };
  const page = (left, items) => {
    const next = left.at(-1) === items.at(-1) ? null : items.at(-1).place;
    return { made, left: left.length, to_label: left.length, job: null, items, next };
  };
  /** Answer whatever has been asked with what is left, as the server does. */
  const serve = (left) => {
    for (const one of asks("/next").filter((one) => !one.served)) {
      one.served = true;
      const asked = new URL(one.url, location.origin).searchParams;
      const after = Number(asked.get("after") ?? -1);
      one.answer(page(left, left.filter(({ place }) => place > after).slice(0, Number(asked.get("limit") ?? 60))));
    }
  };
  const view = m.open(place, { project: { id: 1 }, model: { id: 3, number: 3 }, colors: new Map() });
  const cards = () => [...place.querySelectorAll("li[data-image]")];
  const ids = () => cards().map((card) => Number(card.dataset.image));
  const button = (name) => [...place.querySelectorAll("button")].find((one) => one.textContent === name);
  const served = async (left, is) => until(() => { serve(left); return is(); });
  try { return await (%s)(); } finally { view.close(); place.remove(); }
})()"""


def test_show_more_pressed_twice_shows_each_image_once(page: Page) -> None:
    shown = call(
        page,
        "label_next/main.js",
        NEXT
        % (
            ANSWERS,
            """async () => {
              await served(all, () => cards().length === 60);
              button("Show more").click();
              button("Show more").click();
              await served(all, () => cards().length > 60);
              await turns(5);
              return ids();
            }""",
        ),
    )
    assert shown == list(range(100))


def test_what_was_shown_stays_when_one_of_its_images_has_been_labelled(page: Page) -> None:
    shown, kept = call(
        page,
        "label_next/main.js",
        NEXT
        % (
            ANSWERS,
            """async () => {
              await served(all, () => cards().length === 60);
              button("Show more").click();
              await served(all, () => cards().length === 100);
              const last = cards().at(-1);
              last.querySelector("a").focus();
              document.dispatchEvent(new Event("visibilitychange"));
              await served(all.slice(1), () => ids()[0] === 1);
              return [ids(), last.contains(document.activeElement)];
            }""",
        ),
    )
    assert shown == list(range(1, 100))
    assert kept, "the card that had the focus is the one that was there"


def test_a_queue_that_cannot_be_asked_for_says_why_and_can_be_tried_again(page: Page) -> None:
    said, count = call(
        page,
        "label_next/main.js",
        NEXT
        % (
            ANSWERS,
            """async () => {
              const [first] = asks("/next");
              first.served = true;
              first.answer({ error: "The disk is full." }, 507);
              await until(() => button("Try again"));
              const said = place.querySelector(".bl-empty").textContent;
              button("Try again").click();
              await served(all, () => cards().length === 60);
              return [said, cards().length];
            }""",
        ),
    )
    assert "The disk is full." in said
    assert count == 60


def test_boxes_are_drawn_from_half_the_threshold_that_a_person_chose_for_their_class(page: Page) -> None:
    module = "label_next/main.js"
    model = {"metrics": {"threshold": 0.2}, "thresholds": {}}
    chosen = {"all": 0.6, "by_class": {"7": 0.4}, "wish": {"kind": "balance", "value": None}}
    expression = "[1, 7].map(m.leastScore(given))"
    assert call(page, module, expression, model) == [0.1, 0.1]
    assert call(page, module, expression, model | {"chosen_thresholds": chosen}) == [0.3, 0.2]


MODELS = """(async () => {
  %s
  const here = location.href;
  history.replaceState(null, "", "/models?project=1");
  const plain = { parent_id: null, job_id: null, pinned: false, metrics: {}, snapshot_digest: "", preset: "" };
  const created_at = "2026-11-22T06:00:00Z";
  const model = (number) => ({ ...plain, created_at, id: number, number, active: number === 2 });
  m.mount(place);
  const serve = () => {
    for (const one of asked.filter((one) => !one.served)) {
      one.served = true;
      if (one.method === "POST") one.answer({});
      else if (one.url.endsWith("/models")) one.answer([model(1), model(2)]);
      else if (one.url.endsWith("/bin")) one.answer({ models: [] });
      else if (one.url.endsWith("/session")) one.answer({ user: "ada", role: given });
      else one.answer(one.url.includes("/jobs") ? [] : { active_model_id: 2 });
    }
  };
  const served = (is) => until(() => { serve(); return is(); });
  await served(() => place.querySelector("tbody tr"));
  const buttons = () => [...document.querySelectorAll("button")];
  try { return await (%s)(); } finally {
    place.remove();
    document.querySelector(".bl-toasts")?.remove();
    history.replaceState(null, "", here);
  }
})()"""


@pytest.mark.parametrize("role", ["viewer", "labeller"])
def test_names_and_notes_are_only_read_by_who_may_not_write_them(page: Page, role: str) -> None:
    page.goto(page.url)  # who is logged in is asked once a page
    may_write, unmarked = call(
        page,
        "model_list/main.js",
        MODELS
        % (
            ANSWERS,
            """async () => [
              [...place.querySelectorAll(".bl-models-field")].map((field) => !field.readOnly),
              buttons().filter((one) => !one.closest("[data-needs]")).map((one) => one.ariaLabel || one.textContent),
            ]""",
        ),
        role,
    )
    assert may_write == [role == "labeller"] * 4
    assert unmarked == ["More for v2", "More for v1"], "every other button is hidden from who may not use it"


def test_choosing_another_active_version_can_be_undone(page: Page) -> None:
    page.goto(page.url)
    posted = call(
        page,
        "model_list/main.js",
        MODELS
        % (
            ANSWERS,
            """async () => {
              const button = (name) => buttons().find((one) => one.textContent === name);
              button("Back to v1").click();
              await served(() => button("Undo"));
              button("Undo").click();
              await served(() => asks("/activate", "POST").length === 2);
              return asks("/activate", "POST").map(({ url }) => url);
            }""",
        ),
        "labeller",
    )
    assert posted == ["/api/models/1/activate", "/api/models/2/activate"]


WITHOUT_MODEL = """(async () => {
  %s
  const here = location.href;
  history.replaceState(null, "", "/evaluate?project=1&view=check");
  const project = { id: 1, classes: [], models: [], active_model_id: null };
  const answerAll = (path, value) => {
    for (const one of asks(path).filter((one) => !one.done)) Object.assign(one, { done: true }).answer(value);
  };
  const mounted = m.mount(place);
  const serve = (models) => { // the longer address first, as each is part of the next
    answerAll("/models", models);
    answerAll("/check", { queue: null, items: [], images: {}, job: null, to_check: 12, seconds: 60, reason: null });
    answerAll("/api/projects/1", { ...project, models, active_model_id: models[0]?.id ?? null });
    answerAll("/api/pulse", { job: null });
  };
  serve([]);
  await mounted;
  const view = () => place.querySelector(".bl-evaluate-view").textContent;
  try {
    await until(() => { serve([]); return view().includes("Check labels"); });
    const chooses = !place.querySelector("select").hidden;
    const waits = async (tab, advice) => {
      [...place.querySelectorAll("nav a")].find((link) => link.textContent === tab).click();
      const said = `No model yet: label about 10 images, then train, and ${advice}.`;
      await until(() => { serve([]); return view().includes(said); });
    };
    await waits("Try it", "you can try it here on any picture");
    await waits("Figures", "its figures stand here");
    document.dispatchEvent(new Event("visibilitychange")); // the next question, at once
    const model = { id: 3, number: 3, parent_id: null, chosen_thresholds: null };
    await until(() => { serve([model]); return !place.querySelector("select").hidden; });
    return [chooses, place.querySelector("select").value];
  } finally { place.remove(); history.replaceState(null, "", here); }
})()"""


def test_labels_can_be_checked_before_there_is_a_model_and_figures_come_with_the_first(page: Page) -> None:
    assert call(page, "evaluation_panel/main.js", WITHOUT_MODEL % ANSWERS) == [False, "3"]

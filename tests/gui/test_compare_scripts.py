"""The Compare view's scripts, run where they run: its address, what is shown of differences, and looking nearer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import ANSWERS, call, script_page

pytestmark = pytest.mark.browser
page = script_page

MODELS = [
    {"id": 11, "number": 1, "parent_id": None},
    {"id": 12, "number": 2, "parent_id": 11},
    {"id": 14, "number": 4, "parent_id": 12},
]
WANTED = """(() => {
  const found = m.readWanted(given.query, given.models, given.models.find(({ id }) => id === given.model));
  return { ...found, changes: [...found.changes] };
})()"""


def wanted(page: Page, model: int, models: list[dict[str, Any]] | None = None, **query: str) -> dict[str, Any]:
    given = {"query": query, "models": MODELS if models is None else models, "model": model}
    return dict(call(page, "compare_view/address.js", WANTED, given))


def test_without_a_word_a_version_is_compared_with_its_parent_else_the_one_before_or_after(page: Page) -> None:
    assert [wanted(page, model)["others"] for model in (14, 12, 11)] == [[12], [11], [12]]
    assert wanted(page, 11, MODELS[:1])["others"] == []
    assert wanted(page, 14)["part"] == "figures"
    assert wanted(page, 14)["changes"] == ["found", "gone", "lost", "new"]


def test_the_address_names_what_is_compared_and_nonsense_in_it_is_passed_over(page: Page) -> None:
    read = wanted(
        page, 14, **{"with": "11,14,99,12,x", "part": "changes", "at": "0.356", "change": "lost,old", "of": "3"}
    )
    assert (read["others"], read["part"], read["threshold"], read["changes"], read["classId"]) == (
        [11, 12],
        "changes",
        0.36,
        ["lost"],
        3,
    )
    odd = wanted(page, 14, **{"with": "99", "part": "x", "at": "7", "change": "x", "of": "a", "image": "-1"})
    assert odd == wanted(page, 14)


def test_what_is_as_usual_stays_out_of_the_address(page: Page) -> None:
    usual = "part: 'figures', changes: new Set(m.CHANGES), classId: null, blink: false, size: 'boxes', figure: 'ap'"
    written = call(
        page, "compare_view/address.js", f"m.addressOf({{ others: [3, 1], threshold: 0.4, image: 7, {usual} }})"
    )
    names = ("part", "change", "of", "blink", "over", "by")
    assert written == dict.fromkeys(names) | {"with": "3,1", "at": "0.40", "image": 7}


def test_the_address_says_over_what_the_learning_curve_is_drawn(page: Page) -> None:
    read = wanted(page, 14, over="images", by="ap50")
    assert (read["size"], read["figure"]) == ("images", "ap50")
    assert [wanted(page, 14, over="x", by="")[one] for one in ("size", "figure")] == ["boxes", "ap"]
    written = call(page, "compare_view/address.js", "m.addressOf({ size: 'images', figure: 'ap50' })")
    assert written == {"over": "images", "by": "ap50"}


def change(
    kind: str, image: int, score: float, class_id: int = 1, mistake: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"change": kind, "image": image, "score": score, "class_id": class_id, "mistake": mistake}


def test_of_the_differences_the_surest_come_first_and_their_images_with_them(page: Page) -> None:
    mite = {"kind": "wrong_class", "class_id": 2, "score": 0.6}
    changes = [change("found", 3, 0.5), change("new", 1, 0.9), change("lost", 0, 0.7), change("found", 1, 0.8, 3, mite)]

    def shown(kinds: str, class_id: str = "null") -> list[list[Any]]:
        expression = f"m.shownChanges(given, {{ changes: new Set({kinds}), classId: {class_id} }})"
        found, images = (
            call(page, "compare_view/changes.js", text, {"changes": changes})
            for text in (expression, f"m.imagesOf({expression})")
        )
        return [[one["score"] for one in found], images]

    assert shown("['found', 'new']") == [[0.9, 0.8, 0.5], [1, 3]]
    assert shown("['found', 'lost']") == [[0.8, 0.7, 0.5], [1, 0, 3]]
    assert shown("['found', 'lost', 'new']", "2") == [[0.8], [1]], "what it was taken for counts too"


def test_each_difference_says_who_did_what(page: Page) -> None:
    mite = {"kind": "wrong_class", "class_id": 2, "score": 0.62}
    nothing = {"kind": "background", "class_id": 2, "score": 0.62}
    told = [change("found", 0, 0.9, mistake=mite), change("lost", 0, 0.9), change("gone", 0, 0.9, mistake=nothing)]
    told.append(change("new", 0, 0.9, mistake={"kind": "duplicate", "class_id": 2, "score": 0.62}))
    said = call(page, "compare_view/changes.js", "given.map((one) => m.saidOf(one, 'v4', 'v3', () => 'mite'))", told)
    assert said == ["v3 took it for mite 0.62", "v4 missed it", "v3: nothing there", "v4: a second box"]


def test_a_difference_is_marked_where_it_is_right_and_where_it_is_wrong(page: Page) -> None:
    marks = "['found', 'gone', 'lost', 'new'].map((kind) => [m.markOf(kind, true), m.markOf(kind, false)])"
    assert call(page, "compare_view/changes.js", marks) == [
        ["right", "wrong"],
        [None, "wrong"],
        ["wrong", "right"],
        ["wrong", None],
    ]


def test_differences_are_written_with_their_sign_and_span(page: Page) -> None:
    span = {"value": 0.0312, "low": -0.0101, "high": 0.00004}
    assert call(page, "compare_view/differences.js", "m.differenceText(given)", span) == "+0.031 (−0.010 to 0.000)"
    points = call(page, "compare_view/differences.js", "given.map(m.pointsText)", [-0.13, 0.012, 0])
    assert points == ["−13 points", "+1 point", "the same"]


def test_looking_nearer_keeps_what_is_under_the_pointer(page: Page) -> None:
    expression = """(() => {
      const whole = m.fitted({ width: 400, height: 100 }, { width: 212, height: 112 });
      const near = m.zoomed(whole, 4, { x: 106, y: 56 }, whole.scale);
      const back = m.zoomed(near, 0.01, { x: 0, y: 0 }, whole.scale);
      return { whole, near, back, none: m.fitted({ width: 4, height: 4 }, { width: 0, height: 0 }) };
    })()"""
    found = call(page, "compare_view/view_rect.js", expression)
    assert found["whole"] == {"scale": 0.5, "left": 6, "top": 31}
    assert found["near"] == {"scale": 2, "left": -294, "top": -44}
    assert found["back"]["scale"] == 0.5
    assert found["none"] is None


PART = """(async () => {
  %s
  const seen = { threshold: 0.5, thresholds: {}, unseen: 0, job: null };
  const models = [3, 2].map((id) => ({ ...seen, id, number: id, name: `v${id}` }));
  const classes = [1, 2].map((id) => ({ id, class_id: id, name: `class ${id}`, color: "#888888", boxes: 5 }));
  const project = { id: 1, classes };
  const context = { project, models, model: models[0], wanted: { split: "val" }, colors: new Map() };
  const kinds = new Set(["found", "gone", "lost", "new"]);
  const all = { others: [2], threshold: null, changes: kinds, classId: null, image: null };
  const chosen = [];
  const part = m[given](place, context, { ...all, classId: 2 }, (change) => chosen.push(change));
  try { return await (%s)(); } finally { part.close(); place.remove(); }
})()"""


def test_figures_of_an_earlier_question_do_not_come_over_later_ones_and_curves_are_of_the_class_in_the_address(
    page: Page,
) -> None:
    said, asked_of, chosen, points = call(
        page,
        "compare_view/figures_part.js",
        PART
        % (
            ANSWERS,
            """async () => {
              const quality = { ap: 0.5, ap50: 0.5, ap75: 0.5, ar100: 0.5, precision: 1, f1: 1 };
              quality.per_class = classes.map(() => ({ ap50: 0.5 }));
              const recalls = [0.4634, 0.4355];
              const sides = models.map((side, at) => ({ ...side, quality: { ...quality, recall: recalls[at] } }));
              const found = (images) => ({ models: sides, classes, images, boxes: 9, left_out: 0 });
              const head = () => asks("/compare").filter(({ url }) => !/difference|curves/.test(url));
              part.load();
              head()[1].answer(found(20));
              await until(() => place.textContent.includes("20 images"));
              head()[0].answer(found(10));
              await turns(5);
              const of = () => asks("/curves").map(({ url }) => url.match(/class_id=(\\d*)/)[1]);
              part.follow({ ...all, classId: 1 });
              const select = place.querySelector("select");
              select.value = "2";
              select.dispatchEvent(new Event("change"));
              const found_row = [...place.querySelectorAll("tr")].find((row) => row.textContent.startsWith("Found"));
              return [place.querySelector("p").textContent, of(), chosen, found_row.textContent];
            }""",
        ),
        "figuresPart",
    )
    assert said == "On 20 images with 9 boxes."
    assert asked_of == ["2", "1"]
    assert chosen == [{"classId": 2}]
    assert points == "Found46 %44 %+2 points", "the difference of what stands beside it"


def test_a_kind_of_difference_keeps_the_focus_and_a_slider_let_go_of_writes_no_address_of_another_view(
    page: Page,
) -> None:
    focused, waited, chosen = call(
        page,
        "compare_view/changes_part.js",
        PART
        % (
            ANSWERS,
            """async () => {
              const counts = { found: 0, gone: 0, lost: 0, new: 0 };
              const found = { models, counts, changes: [], images: [], compared: 4, told: 0, all: 0, left_out: 0 };
              asks("/changes")[0].answer(found);
              await until(() => place.querySelector(".compare-kind"));
              place.querySelectorAll(".compare-kind")[2].focus();
              part.follow({ ...all, changes: new Set(["lost"]) });
              const focused = document.activeElement.textContent;
              const slider = place.querySelector("input[type=range]");
              const { setTimeout, clearTimeout } = window;
              const later = new Map(); // what waits, done when the test likes
              window.setTimeout = (task) => later.set(later.size + 1, task).size;
              window.clearTimeout = (number) => later.delete(number);
              slider.value = "0.3";
              slider.dispatchEvent(new Event("input"));
              const waited = later.size;
              part.close();
              Object.assign(window, { setTimeout, clearTimeout });
              for (const task of later.values()) task();
              return [focused, waited, chosen];
            }""",
        ),
        "changesPart",
    )
    assert focused == "Lost0"
    assert (waited, chosen) == (1, [])


def test_a_view_that_was_left_is_not_told_that_a_version_has_looked(page: Page) -> None:
    told = """(async () => {
      %s
      let told = 0;
      const notes = m.lookingNotes({ project: 1, wanted: {} }, () => (told += 1));
      place.append(notes.element);
      notes.show([{ id: 4, name: "v4", unseen: 3, job: { id: 9, state: "running" } }], 3, () => "v4 looks.");
      await until(() => asks("/jobs/9").length === 1);
      if (given) notes.close();
      asks("/jobs/9")[0].answer({ id: 9, state: "succeeded" });
      await turns(5);
      place.remove();
      return told;
    })()"""
    left, stays = (call(page, "compare_view/looking.js", told % ANSWERS, is_left) for is_left in (True, False))
    assert (left, stays) == (0, 1)

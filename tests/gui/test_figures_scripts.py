"""The scripts of the Figures view and of charts, run in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import ANSWERS, call, script_page

pytestmark = pytest.mark.browser
page = script_page

ROWS: list[dict[str, Any]] = [
    {"name": "b", "ap50": 0.5, "boxes": 3},
    {"name": "a", "ap50": None, "boxes": 9},
    {"name": "c", "ap50": 0.25, "boxes": 1},
]


@pytest.mark.parametrize(
    ("sort", "names"),
    [("", "bac"), ("ap50", "cba"), ("-ap50", "bca"), ("name", "abc"), ("-boxes", "abc"), ("nonsense", "bac")],
)
def test_classes_are_sorted_by_any_column_with_the_unknown_at_the_end(page: Page, sort: str, names: str) -> None:
    found = call(page, "figures/class_table.js", f"m.sorted(given, '{sort}').map((row) => row.name).join('')", ROWS)
    assert found == names


def test_a_second_click_turns_the_order_round(page: Page) -> None:
    assert call(page, "figures/class_table.js", "[m.sortedBy('', 'ap'), m.sortedBy('ap', 'ap')]") == ["ap", "-ap"]


def test_unknown_figures_are_a_dash_and_few_images_have_no_range(page: Page) -> None:
    module = "figures/tiles.js"
    assert call(page, module, "[0.4862, null].map(m.figureText)") == ["0.486", "–"]
    assert call(page, module, "m.intervalText({low: 0.78123, high: 0.86})") == "0.781 to 0.860"
    assert "too few images" in call(page, module, "m.intervalText(null)")


def test_names_of_colours_become_the_colours_of_the_page_however_deep(page: Page) -> None:
    chart = {"a": ["--bl-accent", 3, None], "b": {"c": "--bl-accent", "d": "text"}}
    style = "{getPropertyValue: (name) => ` of ${name} `}"
    found = call(page, "charts/plot.js", f"m.inColors(given, {style})", chart)
    assert found == {"a": ["of --bl-accent", 3, None], "b": {"c": "of --bl-accent", "d": "text"}}


FIGURES = """(async () => {
  %s
  const confusion = { key: "confusion", title: "", words: "", data: [], empty: "none", height: 100 };
  const none = Object.fromEntries(given.map((name) => [name, []]));
  const figures = (shown) => ({ ...none, shown, charts: [confusion] });
  const model = { id: 3, number: 3, chosen_thresholds: null };
  const images = { wanted: { split: "val" }, split: "val", images: null };
  const context = { project: { id: 1 }, models: [model], model, colors: new Map(), ...images };
  const view = m.open(place, context);
  const figure = () => place.querySelector(".bl-figures-shown")?.textContent;
  try { return await (%s)(); } finally { view.close(); place.remove(); }
})()"""


PARTS = ["notes", "main", "sizes", "fewer", "per_class", "mix_ups", "card"]


def test_figures_that_could_not_be_read_again_are_asked_for_until_they_come(page: Page) -> None:
    said, shown = call(
        page,
        "figures/main.js",
        FIGURES
        % (
            ANSWERS,
            """async () => {
              await until(() => asks("/figures").length === 1);
              asks("/figures")[0].answer(figures("first"));
              await until(() => asks("/intervals").length === 1);
              asks("/intervals")[0].answer({});
              dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
              await until(() => asks("/figures").length === 2);
              asks("/figures")[1].answer({ error: "Busy." }, 503);
              await until(() => place.textContent.includes("Busy."));
              const said = figure() ?? null;
              document.dispatchEvent(new Event("visibilitychange")); // the next question, at once
              await until(() => asks("/figures").length === 3);
              asks("/figures")[2].answer(figures("second"));
              await until(() => figure());
              return [said, figure()];
            }""",
        ),
        PARTS,
    )
    assert (said, shown) == (None, "second")


def test_a_view_that_was_left_asks_no_more(page: Page) -> None:
    asked = call(
        page,
        "figures/main.js",
        FIGURES
        % (
            ANSWERS,
            """async () => {
              for (const part of ["/figures", "/thresholds"]) {
                await until(() => asks(part).length === 1);
                asks(part)[0].answer({ error: "Busy." }, 503);
              }
              await until(() => place.textContent.includes("Busy."));
              await turns(5); // so that both wait for their next question
              view.close();
              document.dispatchEvent(new Event("visibilitychange")); // which would be now
              return ["/figures", "/thresholds"].map((part) => asks(part).length);
            }""",
        ),
        PARTS,
    )
    assert asked == [1, 1]


def test_of_two_answers_the_one_to_the_later_question_is_shown_whichever_comes_last(page: Page) -> None:
    shown, live, kinds = call(
        page,
        "figures/main.js",
        FIGURES
        % (
            ANSWERS,
            """async () => {
              await until(() => asks("/figures").length === 1);
              dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
              await until(() => asks("/figures").length === 2);
              const [first, second] = asks("/figures");
              second.answer(figures("new"));
              await until(() => figure() === "new");
              first.answer(figures("old"));
              await until(() => asks("/intervals").length === 1);
              await turns(5);
              const live = [...place.querySelectorAll("[aria-live], [role=status]")].map((one) => one.textContent);
              return [figure(), live, place.querySelector(".bl-figures").closest("[aria-live]")];
            }""",
        ),
        PARTS,
    )
    assert shown == "new"
    assert "The figures of v3 are here." in live
    assert kinds is None, "what is read aloud by itself is one sentence, not all figures"


def test_a_chart_that_is_closed_while_it_is_drawn_is_taken_apart_and_drawn_no_more(page: Page) -> None:
    found = call(
        page,
        "charts/chart_card.js",
        """(async () => {
          const said = [];
          let drawn;
          const react = () => { said.push("drawn"); return new Promise((done) => { drawn = done; }); };
          window.Plotly = { react, purge: () => said.push("purged") };
          const url = URL.createObjectURL(new Blob(["/* plotly is there already */"], { type: "text/javascript" }));
          const card = m.chartCard({ key: "k", title: "T", words: "w", data: [{}], layout: {}, height: 80 }, url);
          document.body.append(card.element);
          while (!said.length) await new Promise((done) => setTimeout(done));
          card.close();
          drawn();
          while (!said.includes("purged")) await new Promise((done) => setTimeout(done));
          document.body.classList.toggle("dark");
          await new Promise((done) => setTimeout(done));
          document.body.classList.toggle("dark");
          card.element.remove();
          return said;
        })()""",
    )
    assert found == ["drawn", "purged"]

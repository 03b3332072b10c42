"""The scripts of the Figures view and of charts, run in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

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

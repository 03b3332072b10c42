"""What the threshold panel says, run where it runs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

WORDS = "evaluation_panel/threshold_words.js"
BALANCE = {"kind": "balance", "value": None}


def costs(boxes: int, found: int, wrong: int, images_with_wrong: int) -> dict[str, int]:
    return {"boxes": boxes, "found": found, "wrong": wrong, "images_with_wrong": images_with_wrong}


def priced(**more: Any) -> dict[str, Any]:
    return {
        "wish": BALANCE,
        "nearest": None,
        "split": "test",
        "images": 72,
        "chosen_on": {"images": 87, "boxes": 900},
        **more,
    }


@pytest.mark.parametrize(
    ("known", "of", "said"),
    [
        (
            priced(),
            costs(430, 412, 9, 9),
            "On 72 test images it finds 412 of 430 objects (96 %); 9 false alarms, about 1 in 8 images has one.",
        ),
        (priced(), costs(430, 0, 0, 0), "On 72 test images it finds 0 of 430 objects (0 %); no false alarm."),
        (
            priced(),
            costs(1, 1, 90, 60),
            "On 72 test images it finds 1 of 1 object (100 %); 90 false alarms, on most images.",
        ),
        (
            priced(split="val", images=2),
            costs(0, 0, 2, 2),
            "On 2 validation images there is no object; 2 false alarms, on every image.",
        ),
    ],
)
def test_what_a_threshold_comes_to_is_one_sentence(
    page: Page, known: dict[str, Any], of: dict[str, int], said: str
) -> None:
    assert call(page, WORDS, "m.costsInWords(given[0], given[1])", [known, of]) == said


def test_what_must_be_known_beside_the_figures_is_said(page: Page) -> None:
    def cautions(**more: Any) -> str:
        return " ".join(call(page, WORDS, "m.cautions(given)", priced(**more)))

    misses, rare = {"kind": "misses", "value": 5}, {"kind": "false_alarms", "value": 500}
    assert cautions() == ""
    assert "7.3 % are missed" in cautions(wish=misses, nearest=7.31)
    assert "once in 7 images" in cautions(wish=rare, nearest=7.9)
    assert "about 4 times an image" in cautions(wish=rare, nearest=0.26)
    assert "only 87 validation images" in cautions(wish=rare)
    assert cautions(wish=rare | {"value": 87}) == ""
    assert "no test images" in cautions(split="val")


def test_a_class_of_few_boxes_says_so(page: Page) -> None:
    rows = [{"few": boxes < 10, "chosen_on_boxes": boxes} for boxes in (0, 1, 9, 10)]
    assert call(page, WORDS, "given.map(m.fewInWords)", rows) == [
        "no box to choose by: as the other classes",
        "only 1 box to choose by, so it may be off",
        "only 9 boxes to choose by, so it may be off",
        "",
    ]

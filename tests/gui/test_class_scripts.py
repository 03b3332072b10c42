"""Classes in the browser, the pure parts: which key picks which, how they are searched, which were used last."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page


def a_class(number: int, hotkey: str | None = None, archived: bool = False, name: str = "") -> dict[str, Any]:
    return {"id": number, "name": name or f"class {number}", "hotkey": hotkey, "archived": archived}


@pytest.mark.parametrize(
    ("classes", "keys"),
    [
        pytest.param([a_class(1), a_class(2)], {1: "1", 2: "2"}, id="digits of their places"),
        pytest.param([a_class(1), a_class(2, "q")], {1: "1", 2: "q"}, id="a key of its own"),
        pytest.param([a_class(1), a_class(2, "1")], {2: "1"}, id="a digit given to another class"),
        pytest.param([a_class(1, archived=True), a_class(2)], {2: "1"}, id="archived ones have no place"),
        pytest.param([a_class(1, "q", archived=True), a_class(2, "q")], {2: "q"}, id="and no key"),
        pytest.param(
            [a_class(n) for n in range(1, 13)], {n: str(n % 10) for n in range(1, 11)}, id="ten digits, 0 the last"
        ),
    ],
)
def test_a_class_has_its_key_else_the_digit_of_its_place(
    page: Page, classes: list[dict[str, Any]], keys: dict[int, str]
) -> None:
    found = call(page, "box_canvas/class_keys.js", "[...m.keysOfClasses(given)]", classes)
    assert {one: key for one, key in found} == keys  # noqa: C416 - pairs come as lists


def test_chords_of_keys_are_those_of_commands(page: Page) -> None:
    classes = [a_class(1), a_class(2, "+"), a_class(3, "q")]
    picked = "given[1].map((chord) => m.classByChord(given[0], chord)?.id ?? null)"
    found = call(page, "box_canvas/class_keys.js", picked, [classes, ["1", "Plus", "Q", "q", "9", "Ctrl+Q"]])
    assert found == [1, 2, 3, None, None, None]
    assert call(
        page, "box_canvas/class_keys.js", "given.map(m.keyOfChord)", ["Q", "Plus", "7", "F5", "Shift+A", "ä"]
    ) == ["q", "+", "7", None, None, "ä"]


def test_search_puts_beginnings_before_words_before_letters_in_order(page: Page) -> None:
    names = ["barn owl", "howler", "owl", "owlet", "old wolf", "snowy owl", "Öwl", "cat"]
    classes = [a_class(n, name=name) for n, name in enumerate(names)]
    found = call(page, "box_canvas/class_search.js", "m.findClasses(given, ' OWL ').map((f) => f.entry.name)", classes)
    assert found == ["owl", "Öwl", "owlet", "barn owl", "snowy owl", "howler"]
    # letters apart count only where no name has them together
    assert call(page, "box_canvas/class_search.js", "m.findClasses(given, 'bow')[0].marks", classes) == [0, 5, 6]
    assert call(page, "box_canvas/class_search.js", "m.findClasses(given, 'xyz')", classes) == []


def test_what_was_used_last_comes_first_and_stays_where_it_is(page: Page) -> None:
    script = """(() => {
      const kept = new Map([["boxloop.recent-classes.7", given]]);
      const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
      const recent = new m.RecentClasses(7, storage);
      const moved = [1, 2, 1, 3, 4, 5, 6].map((id) => recent.note(id));
      return [recent.ids, moved, new m.RecentClasses(7, storage).ids, new m.RecentClasses(8, storage).ids];
    })()"""
    ids, moved, again, elsewhere = call(page, "box_canvas/recent_classes.js", script, "[not json")
    assert ids == again == [6, 5, 4, 3, 2]
    assert moved == [True, True, False, True, True, True, True]
    assert elsewhere == []

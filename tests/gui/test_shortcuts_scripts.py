"""Shortcuts as data: chords are the same on every keyboard, a changed key is kept and never stands for two commands."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

COMMANDS = """
const store = new Map(given.stored ? [["boxloop.shortcuts", given.stored]] : []);
const storage = { getItem: (key) => store.get(key) ?? null, setItem: (key, value) => store.set(key, value) };
const ran = [];
const commands = [
  { id: "undo", group: "Boxes", text: "Undo", keys: ["Ctrl+Z"], run: () => ran.push("undo") },
  { id: "redo", group: "Boxes", text: "Redo", keys: ["Ctrl+Y", "Ctrl+Shift+Z"], run: () => ran.push("redo") },
  { id: "fit", group: "View", text: "Fit", keys: ["F"], run: () => ran.push("fit") },
  { id: "drag", group: "View", text: "Draw", keys: ["Drag"] },
];
const s = new m.Shortcuts(storage);
s.add(commands);
"""


def run(page: Page, body: str, **given: Any) -> Any:
    return call(page, "shared/shortcuts.js", f"(() => {{ {COMMANDS} {body} }})()", given)


@pytest.mark.parametrize(
    ("event", "chord"),
    [
        pytest.param({"key": "z", "ctrlKey": True, "shiftKey": True}, "Ctrl+Shift+Z", id="modifiers in one order"),
        pytest.param({"key": "z", "metaKey": True}, "Ctrl+Z", id="Cmd is Ctrl"),
        pytest.param({"key": "?", "shiftKey": True}, "?", id="Shift is part of a sign"),
        pytest.param({"key": "1", "code": "Digit1", "shiftKey": True}, "1", id="digits that need Shift"),
        pytest.param({"key": "ф", "code": "KeyA"}, "A", id="a letter that is not Latin goes by its place"),
        pytest.param({"key": "∂", "code": "KeyD", "altKey": True}, "Alt+D", id="Alt makes signs on a Mac"),
        pytest.param({"key": "+"}, "Plus", id="plus is no separator"),
        pytest.param({"key": " "}, "Space", id="space has a name"),
        pytest.param({"key": "ArrowLeft", "shiftKey": True}, "Shift+ArrowLeft", id="arrows"),
        pytest.param({"key": "Shift", "shiftKey": True}, None, id="a modifier alone is nothing"),
    ],
)
def test_a_key_press_is_one_word_on_every_keyboard(page: Page, event: dict[str, Any], chord: str | None) -> None:
    assert call(page, "shared/chords.js", "m.chordOf(given)", event) == chord


def test_a_changed_key_is_kept_and_its_holder_gets_the_other(page: Page) -> None:
    body = """s.bind("fit", "Ctrl+Y");
      const again = new m.Shortcuts(storage); again.add(commands);
      return [again.keysOf("fit"), again.keysOf("redo"), again.commandFor("Ctrl+Y").id, again.commandFor("F").id];"""
    assert run(page, body) == [["Ctrl+Y"], ["Ctrl+Shift+Z", "F"], "fit", "redo"]


def test_a_clash_is_named_and_a_reset_gives_back_what_was_swapped(page: Page) -> None:
    body = """const clash = s.clash("fit", "Ctrl+Z").text;
      s.bind("fit", "Ctrl+Z"); s.reset("fit");
      return [clash, s.keysOf("fit"), s.keysOf("undo"), s.anyChanged];"""
    assert run(page, body) == ["Undo", ["F"], ["Ctrl+Z"], False]


@pytest.mark.parametrize("stored", ['{"gone": ["Q"], "fit": "Q", "undo": [1]}', "[", '"text"', "null"])
def test_stale_or_broken_entries_are_passed_over(page: Page, stored: str) -> None:
    body = 'return [s.keysOf("fit"), s.keysOf("undo"), s.commandFor("Q") ?? null];'
    assert run(page, body, stored=stored) == [["F"], ["Ctrl+Z"], None]


def test_the_sheet_shows_gestures_and_the_keys_of_today(page: Page) -> None:
    body = 's.bind("fit", "G"); return s.sheet();'
    boxes, view = run(page, body)
    assert [row["text"] for row in boxes["rows"]] == ["Undo", "Redo"]
    assert view["rows"] == [{"text": "Fit", "chords": ["G"]}, {"text": "Draw", "chords": ["Drag"]}]

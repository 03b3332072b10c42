"""What the flip book of the Label page asks for, and what it forgets, run where it runs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

__all__ = ["script_page"]
pytestmark = pytest.mark.browser

BOOK = "box_canvas/flip_book.js"
# `of(id)` is the answer for an image of a project of 100, `asked` what was fetched
IN_A_BOOK = """(async () => {
  const there = (id) => (id > 0 && id <= 100 ? id : null);
  const of = (id) => ({ image: { id, thumb_url: "data:," }, previous_id: there(id - 1), next_id: there(id + 1) });
  const asked = [];
  const answers = { held: null };
  const book = new m.FlipBook((id, back) => {
    asked.push([id, back]);
    const found = Array.from({ length: 24 }, (_, k) => id + (back ? -1 - k : 1 + k)).filter(there).map(of);
    return answers.held ? answers.held.then(() => found) : Promise.resolve(found);
  });
  const settle = () => new Promise((done) => setTimeout(done));
  const id = (leaf) => leaf && leaf.answer.image.id;
  %s
})()"""


def in_a_book(page: Page, lines: str) -> Any:
    return call(page, BOOK, IN_A_BOOK % lines)


def test_running_on_asks_for_many_images_at_once_and_before_they_run_out(script_page: Page) -> None:
    found, asked = in_a_book(
        script_page,
        """const found = [id(book.leaf(2, false, 1))];
        await settle();
        for (let open = 1; open < 40; open += 1) { found.push(id(book.leaf(open + 1, false, open))); await settle(); }
        return [found, asked];""",
    )
    assert found == [None, *range(2, 41)]
    assert [start for start, _ in asked] == [1, 25, 49]


def test_it_runs_backwards_and_stops_asking_at_the_first_image(script_page: Page) -> None:
    found, asked = in_a_book(
        script_page,
        """book.leaf(9, true, 10);
        await settle();
        const found = [];
        for (let open = 10; open > 1; open -= 1) found.push(id(book.leaf(open - 1, true, open)));
        return [found, asked];""",
    )
    assert found == list(range(9, 0, -1))
    assert asked == [[10, True]]


def test_what_is_out_of_date_is_asked_for_again_and_no_late_answer_brings_it_back(script_page: Page) -> None:
    found = in_a_book(
        script_page,
        """let let_go;
        answers.held = new Promise((done) => (let_go = done));
        book.leaf(2, false, 1);
        book.clear();
        let_go();
        await settle();
        const late = id(book.leaf(2, false, 1));
        answers.held = null;
        await settle();
        const known = id(book.leaf(2, false, 1));
        book.forget(2);
        return [late, known, id(book.leaf(2, false, 1))];""",
    )
    assert found == [None, 2, None]

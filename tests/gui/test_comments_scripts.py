"""The panel of comments: each comment stands in it once, in whichever order the answers come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

__all__ = ["script_page"]
pytestmark = pytest.mark.browser

# The list is asked for, then a comment is sent; the answers come in the order of `given.order`. `given.listed`: what
# stood in the list when it was read first; who asks again gets both comments.
RACE = """(async () => {
  const at = { created_at: "2026-11-22T00:00:00Z", edited_at: null, resolved_at: null };
  const said = (id) => ({ id, text: String(id), author: "", own: true, ...at });
  const waiting = {};
  window.fetch = (path, { method }) => new Promise((answer) => {
    const send = (body) => answer(new Response(JSON.stringify(body)));
    if (waiting[method]) send({ items: [said(1), said(2)] });
    else waiting[method] = send;
  });
  const settled = () => new Promise((done) => setTimeout(done));
  const panel = new m.CommentsPanel({ image: { id: 7 } }, () => {});
  document.body.append(panel.element);
  panel.load();
  panel.field.value = "two";
  panel.element.querySelector("form").requestSubmit();
  await settled();
  const listed = given.listed.map((id) => said(id));
  const answers = { GET: { items: listed }, POST: said(2) };
  for (const method of given.order) {
    waiting[method](answers[method]);
    for (let turns = 0; turns < 5; turns += 1) await settled();
  }
  const shown = [...panel.list.querySelectorAll("p")].map((one) => one.textContent);
  panel.element.remove();
  return shown;
})()"""


@pytest.mark.parametrize("order", [["GET", "POST"], ["POST", "GET"]])
@pytest.mark.parametrize("listed", [[1], [1, 2]])
def test_a_comment_that_is_sent_while_the_list_is_read_stands_there_once(
    script_page: Page, order: list[str], listed: list[int]
) -> None:
    shown = call(script_page, "box_canvas/comments_panel.js", RACE, {"order": order, "listed": listed})
    assert shown == ["1", "2"]

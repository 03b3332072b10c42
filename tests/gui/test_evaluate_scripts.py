"""The Evaluate page's frame and its view of what to label next, run where they run, with answers as a test gives them."""

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
    assert (steps, more) == (1, 1), "a second press has nothing to change"

"""The pure parts of the grid of images: what an address shows, what is selected, which pages are kept."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

__all__ = ["script_page"]
STATE = "image_grid/filter_state.js"


def test_what_is_active_is_named_and_can_be_dropped_part_by_part(script_page: Page) -> None:
    params = {"state": "new,in_progress", "split": "val", "class": "3,4", "tag": "7,none", "comments": "open",
              "boxes": "3-", "q": "a b", "score": "0.2-0.6", "saved": "2026-11-01..2026-11-03",
              "by": "ada", "sort": "-saved"}  # fmt: skip
    known = {"classes": [{"id": 3, "name": "car"}], "tags": [{"id": 7, "name": "night"}]}
    found = call(script_page, STATE, "m.chips(given.params, given.known)", {"params": params, "known": known})
    assert [chip["label"] for chip in found] == [
        "Validation", "car", "no. 4", "Tag night", "Untagged", "Open comments", "New or In progress", "from 3 boxes",
        "Best score 0.2 to 0.6", "Saved 2026-11-01 to 2026-11-03", "By ada", "Name holds “a b”",
    ]  # fmt: skip
    values = {chip["label"]: chip["value"] for chip in found}
    assert (values["car"], values["no. 4"], values["Tag night"], values["Validation"]) == ("4", "3", "none", None)
    text = call(script_page, STATE, "m.asText(given)", params | {"image": "5"})
    assert "image" not in text and "state=new%2Cin_progress" in text and "sort=-saved" in text


def test_an_order_turns_round_when_it_is_chosen_again(script_page: Page) -> None:
    chosen = "given.map(([sort, by]) => m.sortedBy({ sort }, by))"
    given = [
        [None, "saved"],
        ["-saved", "saved"],
        ["saved", "name"],
        ["name", "name"],
        ["-name", "added"],
        [None, "added"],
    ]
    assert call(script_page, STATE, chosen, given) == ["-saved", "saved", "name", "-name", None, "-added"]


def test_a_range_is_written_as_it_is_read(script_page: Page) -> None:
    read = "given.map(([text, between]) => m.ends(text, between))"
    assert call(script_page, STATE, read, [["3-10", "-"], ["5", "-"], ["..2026-11-03", ".."], [None, "-"]]) == [
        ["3", "10"], ["5", "5"], ["", "2026-11-03"], ["", ""]
    ]  # fmt: skip
    assert call(script_page, STATE, "[m.range('', '', '-'), m.range('3', '', '-')]") == [None, "3-"]


def test_all_but_some_are_selected_without_a_list_of_all(script_page: Page) -> None:
    steps = """(() => {
      const s = new m.Selection(() => {});
      s.toggle(4, 0); s.add([5, 6]);
      const some = [s.count(9), s.has(5), s.has(7), s.body("state=new")];
      s.selectAll(); s.toggle(5, 1);
      const most = [s.count(9), s.has(5), s.has(7), s.body("state=new")];
      s.clear();
      return [some, most, s.count(9)];
    })()"""
    assert call(script_page, "image_grid/selection.js", steps) == [
        [3, True, False, {"ids": [4, 5, 6]}],
        [8, False, True, {"filter": "state=new", "but": [5]}],
        0,
    ]


def test_only_pages_near_the_screen_are_held_and_fetched(script_page: Page) -> None:
    scrolled = """(async () => {
      const asked = [];
      window.fetch = async (path) => {
        const search = new URL(path, location.href).searchParams;
        const first = Number(search.get("first"));
        asked.push(first);
        const items = Array.from({ length: 100 }, (_, place) => ({ id: first + place }));
        return new Response(JSON.stringify({ items, first, total: 100000, list: "kept" }));
      };
      const settled = () => new Promise((resolve) => setTimeout(resolve));
      const w = new m.ImageWindow(1);
      await w.load(73000);
      w.want(73000, 73050);
      for (let at = 0; at < 100000; at += 1000) { w.want(at, at + 59); await settled(); await settled(); }
      const ids = await w.ids(99010, 99012);
      return [asked[0], w.total, w.get(99001).id, w.get(73000), w.held <= 2500, ids.join()];
    })()"""
    assert call(script_page, "image_grid/image_window.js", scrolled) == [
        73000, 100000, 99001, None, True, "99010,99011,99012"
    ]  # fmt: skip


FLING = """(async () => {
  const made = [], told = [], later = [];
  const element = (name) => document.createElement(name);
  const area = element("div");
  area.style = "width: 600px; height: 400px; overflow: auto";
  document.body.append(area);
  const grid = new m.VirtualGrid(area, {
    tileWidth: 100,
    tileHeight: () => 100,
    placeholder: () => element("s"),
    create: (index) => { made.push(index); return element("p"); },
    onRange: (first, last, hurried) => told.push(hurried),
  });
  grid.setCount(100000);
  const atOnce = [made.length > 15, area.querySelectorAll("s").length];
  let clock = 0;
  const { setTimeout } = window;
  performance.now = () => clock;
  window.setTimeout = (task) => later.push(task);
  const frame = () => new Promise(requestAnimationFrame);
  const leap = async () => {
    area.scrollTop += 5000;
    clock += 16;
    while (grid.top !== area.scrollTop) await frame();
  };
  await leap();
  while (grid.waiting.size) await frame();
  const one = area.querySelectorAll("s").length;
  made.length = told.length = 0;
  for (let count = 0; count < 10; count += 1) await leap();
  const flung = [made.length, told.every(Boolean), area.querySelectorAll("p").length];
  grid.renew(0, 100000); // an answer that comes meanwhile
  await frame();
  await frame();
  flung.push(made.length);
  clock += 1000;
  later.forEach((task) => task());
  while (grid.waiting.size) await frame();
  const places = [...area.querySelectorAll("[data-index]")].map((tile) => Number(tile.dataset.index));
  const rested = [area.querySelectorAll("s").length, told.at(-1), places.every((at, k) => at === places[0] + k)];
  grid.destroy();
  delete performance.now;
  Object.assign(window, { setTimeout });
  return { atOnce, one, flung, rested };
})()"""


def test_what_flies_by_is_not_made_until_the_scrolling_rests(script_page: Page) -> None:
    seen = call(script_page, "image_grid/virtual_scroll.js", FLING)
    assert seen["atOnce"] == [True, 0]  # the first screen waits for no frame
    assert seen["one"] == 0  # one leap, as by a click on the scroll bar, is made within the next frames
    assert seen["flung"] == [0, True, 0, 0]
    assert seen["rested"] == [0, False, True]


def test_an_image_that_comes_takes_the_place_of_its_empty_box_and_keeps_the_focus(script_page: Page) -> None:
    renewed = """(async () => {
      const area = document.createElement("div");
      area.style = "width: 600px; height: 400px; overflow: auto";
      document.body.append(area);
      let text = "";
      const grid = new m.VirtualGrid(area, {
        tileWidth: 100, tileHeight: () => 100, placeholder: () => document.createElement("s"),
        create: () => Object.assign(document.createElement("p"), { textContent: text, tabIndex: 0 }),
      });
      grid.setCount(20);
      grid.focus(3);
      text = "here";
      grid.renew(2, 4);
      while (grid.waiting.size) await new Promise(requestAnimationFrame);
      const shown = [...area.querySelectorAll("p")].map((tile) => tile.textContent).slice(0, 6);
      const focused = document.activeElement.dataset.index;
      grid.destroy();
      return [shown, focused];
    })()"""
    assert call(script_page, "image_grid/virtual_scroll.js", renewed) == [["", "", "here", "here", "here", ""], "3"]


def test_another_list_of_the_same_length_is_asked_for_what_is_on_the_screen(script_page: Page) -> None:
    asked = """(async () => {
      const area = document.createElement("div");
      area.style.cssText = "position:fixed;inset:0;width:400px;height:300px;overflow:auto";
      document.body.append(area);
      const told = [];
      const grid = new m.VirtualGrid(area, {
        tileWidth: 100, tileHeight: () => 100, create: () => document.createElement("p"),
        onRange: (first) => told.push(first),
      });
      grid.setCount(900);
      grid.scrollTo(600);
      told.length = 0;
      grid.setCount(900);
      while (told.length === 0) await new Promise(requestAnimationFrame);
      grid.destroy();
      area.remove();
      return told[0] > 300;
    })()"""
    assert call(script_page, "image_grid/virtual_scroll.js", asked) is True


BEGUN = """(async () => {
  const asked = [], told = [];
  const images = (from, to) => Array.from({ length: to - from }, (_, at) => ({ id: from + at }));
  window.fetch = async (path) => {
    const search = new URL(path, location.href).searchParams;
    asked.push(search.get("begin"));
    const begins = search.get("begin") === "1";
    const first = Number(search.get("first"));
    const items = images(first + given.shift, first + given.shift + 100);
    const answer = begins ? { items: images(0, 100), total: null, list: null } : { items, total: 5000, list: "kept" };
    return new Response(JSON.stringify({ first, ...answer }));
  };
  const w = new m.ImageWindow(1, { onChange: (first, last) => told.push([first, last]) });
  await w.open();
  const begun = [w.total, w.whole, w.get(99).id];
  await Promise.all([w.complete(), w.complete()]);
  await w.complete();
  return [begun, [w.total, w.whole, w.list], asked, told];
})()"""


def test_the_beginning_is_shown_before_the_length_of_the_list_is_known(script_page: Page) -> None:
    seen = call(script_page, "image_grid/image_window.js", BEGUN, {"shift": 0})
    assert seen == [[100, False, 99], [5000, True, "kept"], ["1", None], [[0, 99], [0, -1]]]


def test_what_changed_between_the_beginning_and_the_list_is_shown_anew(script_page: Page) -> None:
    seen = call(script_page, "image_grid/image_window.js", BEGUN, {"shift": 1})
    assert seen[3] == [[0, 99], [0, 99]]

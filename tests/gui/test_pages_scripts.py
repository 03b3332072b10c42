"""The pure parts of the pages' scripts, run where they run: in a browser, from a plain file server."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
from playwright.sync_api import Page

from detector.runs import TrainConfig
from tests.gui.script_page import COMPONENTS, call, script_page

pytestmark = pytest.mark.browser
page = script_page


def box(x: float, class_id: int = 1, **more: Any) -> dict[str, Any]:
    return {"class_id": class_id, "x1": x, "y1": 0, "x2": x + 10, "y2": 10, **more}


SHOW_ALL = "{threshold: 0.5, classIds: null}"


@pytest.mark.parametrize(
    ("annotations", "predictions", "state", "differs"),
    [
        pytest.param([box(0)], [box(1, score=0.9)], "done", False, id="same place"),
        pytest.param([box(0)], [box(6, score=0.9)], "done", True, id="too far off"),
        pytest.param([box(0)], [box(0, class_id=2, score=0.9)], "done", True, id="another class"),
        pytest.param([box(0)], [box(0, score=0.4)], "done", True, id="below the threshold"),
        pytest.param([], [box(0, score=0.9)], "done", True, id="nothing here, says the label"),
        pytest.param([], [box(0, score=0.9)], "new", False, id="nobody has looked"),
        pytest.param([box(0)], [box(0, score=0.9), box(1, score=0.8)], "done", True, id="one label, two boxes"),
        pytest.param([box(0)], None, "done", False, id="not predicted yet"),
    ],
)
def test_labels_and_model_differ_where_a_box_has_no_counterpart(
    page: Page, annotations: list[Any], predictions: list[Any] | None, state: str, differs: bool
) -> None:
    item = {"annotations": annotations, "predictions": predictions, "state": state}
    assert call(page, "prediction_grid/filter.js", f"m.differs(given, {SHOW_ALL})", item) is differs


def test_sums_count_boxes_by_class_and_images_that_wait(page: Page) -> None:
    items = [
        {"predictions": [box(0, score=0.9), box(20, class_id=2, score=0.6), box(40, score=0.3)]},
        {"predictions": []},
        {"predictions": None},
    ]
    sums = call(
        page,
        "prediction_grid/filter.js",
        "(() => { const s = m.totals(given, {threshold: 0.5, classIds: new Set([1])});"
        " return {...s, byClass: [...s.byClass]}; })()",
        items,
    )
    assert sums == {"boxes": 1, "images": 1, "byClass": [[1, 1], [2, 1]], "waiting": 1}


def test_a_class_chip_toggles_and_all_of_them_are_no_filter(page: Page) -> None:
    module = "prediction_grid/class_chips.js"
    classes = "[{id: 1}, {id: 2}]"
    assert call(page, module, f"[...m.toggled({classes}, null, 1, false)]") == [2]
    assert call(page, module, f"m.toggled({classes}, new Set([2]), 1, false)") is None
    assert call(page, module, f"[...m.toggled({classes}, null, 1, true)]") == [1]


@pytest.mark.parametrize(
    ("color", "ink"), [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#ffe119", "#000000"), ("#1a237e", "#ffffff")]
)
def test_captions_are_readable_on_their_class_colour(page: Page, color: str, ink: str) -> None:
    assert call(page, "box_canvas/colors.js", "m.inkOn(given)", color) == ink


CAPTIONS = """(() => {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.style.fontFamily = "sans-serif";
  document.body.append(picture);
  const predictions = given.map((name, at) => ({ class_id: at, score: 0.5, x1: 5, y1: 40, x2: 60, y2: 90 }));
  const names = new Map(given.map((name, at) => [at, name]));
  const how = { scale: 1, colors: new Map(), names, width: 900 };
  m.drawBoxes(picture, { annotations: [], predictions, current: null }, how);
  const wide = [...picture.querySelectorAll(".predictions-caption rect")].map((one) => one.width.baseVal.value);
  picture.remove();
  return wide;
})()"""


def test_a_caption_is_as_wide_as_its_words(page: Page) -> None:
    narrow, wide, twice = call(page, "prediction_grid/box_overlay.js", CAPTIONS, ["iii", "WWW", "WWWWWW"])
    assert narrow < wide - 10
    assert twice - wide == pytest.approx(3 * 11, abs=6), "a W is about as wide as it is high"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        pytest.param(0, 1, [0, 0.25, 0.5, 0.75, 1], id="unit"),
        pytest.param(0, 0.3, [0, 0.1, 0.2, 0.3], id="no float dust"),
        pytest.param(0, 0, [0], id="no range"),
    ],
)
def test_ticks_stand_on_round_numbers(page: Page, low: float, high: float, ticks: list[float]) -> None:
    assert call(page, "charts/scale.js", f"m.niceTicks({low}, {high}, 4)") == ticks


def test_epochs_have_whole_ticks_only(page: Page) -> None:
    assert call(page, "charts/scale.js", "m.wholeTicks(1, 2)") == [1, 2]


@pytest.mark.parametrize(
    ("job", "fraction"),
    [
        pytest.param({"state": "queued", "progress": {}}, None, id="nobody knows"),
        pytest.param({"state": "running", "progress": {"done": 3, "total": 12}}, 0.25, id="counted"),
        pytest.param({"state": "running", "progress": {"fraction": 0.4, "done": 0, "total": 9}}, 0.4, id="told"),
        pytest.param({"state": "succeeded", "progress": {}}, 1, id="finished"),
    ],
)
def test_progress_is_a_share_of_the_whole(page: Page, job: dict[str, Any], fraction: float | None) -> None:
    assert call(page, "job_follow/job.js", "m.fraction(given)", job) == fraction


def test_asking_goes_on_after_a_failure_and_ends_with_the_page_part(page: Page) -> None:
    asked = page.evaluate(
        """async () => {
          const { poll } = await import('/job_follow/poll.js');
          const element = document.body.appendChild(document.createElement('div'));
          let asked = 0;
          await new Promise((resolve) => {
            poll(element, async () => {
              asked += 1;
              if (asked === 1) throw new Error('the server restarts');
              if (asked === 2) { element.remove(); setTimeout(resolve, 200); }
              return 10;
            });
          });
          return asked;
        }"""
    )
    assert asked == 2


FIELD = "m.FIELDS.find((field) => field.key === given[0])"


@pytest.mark.parametrize(
    ("key", "typed", "value", "fault"),
    [
        ("epochs", "12", 12, None),
        ("epochs", "", None, None),
        ("epochs", "0", None, "Epochs, at most: 1 or more."),
        ("epochs", "1.5", None, "Epochs, at most: a whole number."),
        ("max_seconds", "1.5", 90, None),
        ("focal_alpha", "2", None, "Focal alpha: 1 or less."),
        ("image_size", ["384", "288"], [384, 288], None),
        ("image_size", ["", ""], None, None),
        ("image_size", ["384", ""], None, "Input size: two multiples of 32, at least 64."),
        ("image_size", ["100", "64"], None, "Input size: two multiples of 32, at least 64."),
        ("augment", "off", False, None),
        ("augment", "", None, None),
        ("optimizer", "sgd", "sgd", None),
        ("weights_file", "  /w.pth ", "/w.pth", None),
    ],
)
def test_what_an_expert_types_is_a_value_or_named_as_a_fault(
    page: Page, key: str, typed: Any, value: Any, fault: str | None
) -> None:
    read = call(page, "train_panel/fields.js", f"m.readField({FIELD}, given[1])", [key, typed])
    assert read == {"value": value, "fault": fault}


def test_an_expert_can_set_all_that_a_run_can_be_told() -> None:
    left_out = {"preset", "start_from", "from_scratch", "seed"}  # the first three stand beside the drawer
    source = (COMPONENTS / "train_panel" / "fields.js").read_text("utf-8")
    assert set(re.findall(r'key: "(\w+)"', source)) == {f.name for f in fields(TrainConfig)} - left_out


def test_a_stage_begins_between_two_epochs_and_is_named(page: Page) -> None:
    reports = [{"epoch": 1}, {"epoch": 2, "stage": "head"}, {"epoch": 3, "stage": "deep"}]
    plan = {"stages": [{"name": "head"}, {"name": "deep"}]}
    assert call(page, "train_panel/stages.js", "m.beginnings(given)", reports) == [{"x": 2.5, "name": "deep layers"}]
    line = "m.stageLine(given)"
    run = {"plan": plan, "epochs": [], "progress": {"stage": "Preparing"}}
    assert call(page, "train_panel/stages.js", line, run) == "Stage 1 of 2: head"
    assert call(page, "train_panel/stages.js", line, {**run, "epochs": reports}) == "Stage 2 of 2: deep layers"
    assert call(page, "train_panel/stages.js", line, {"epochs": reports}) is None
    told = {"part": "deep", "part_number": 2, "parts": 2}
    assert call(page, "train_panel/stages.js", line, {**run, "progress": told}) == "Stage 2 of 2: deep layers"
    short = {"part": "head", "part_number": 1, "parts": 1}  # there was no time for the second one
    assert call(page, "train_panel/stages.js", line, {**run, "progress": short}) is None


@pytest.mark.parametrize(
    ("event", "mode", "act"),
    [
        pytest.param({"deltaY": 100, "wheelDeltaY": -120}, "auto", "zoom", id="notch of a mouse"),
        pytest.param({"deltaY": 4.0000244140625, "wheelDeltaY": -120}, "auto", "zoom", id="notch of a mouse on a Mac"),
        pytest.param({"deltaY": 4, "wheelDeltaY": -12}, "auto", "pan", id="two fingers on a Mac"),
        pytest.param({"deltaX": 3, "deltaY": 1, "wheelDeltaY": -3}, "auto", "pan", id="two fingers askew"),
        pytest.param({"deltaY": 3, "deltaMode": 1}, "auto", "zoom", id="counted in lines"),
        pytest.param({"deltaY": 4, "wheelDeltaY": -12, "ctrlKey": True}, "auto", "zoom", id="pinch"),
        pytest.param({"deltaY": 4, "wheelDeltaY": -12}, "zoom", "zoom", id="always zooms"),
        pytest.param({"deltaY": 100, "wheelDeltaY": -120}, "pan", "pan", id="always pans"),
        pytest.param({"deltaY": 100, "wheelDeltaY": -120, "ctrlKey": True}, "pan", "zoom", id="Ctrl zooms at least"),
    ],
)
def test_a_wheel_zooms_and_a_trackpad_pans(page: Page, event: dict[str, Any], mode: str, act: str) -> None:
    still = {"deltaX": 0, "deltaMode": 0, "ctrlKey": False, "metaKey": False, "shiftKey": False, "timeStamp": 0}
    given = [{**still, **event}, mode]
    found = call(page, "box_canvas/wheel.js", "new m.Wheel().read(given[0], given[1])", given)
    assert ("zoom" if "zoom" in found else "pan") == act
    if act == "zoom":
        assert 0.5 < found["zoom"] < 1


def test_light_is_gamma_then_contrast_then_brightness(page: Page) -> None:
    def curve(**light: float) -> list[float]:
        given = {"brightness": 0, "contrast": 0, "gamma": 1, **light}
        return [round(value, 3) for value in call(page, "box_canvas/look.js", "m.curve(given, 5)", given)]

    assert curve() == [0, 0.25, 0.5, 0.75, 1]
    assert curve(brightness=0.25) == [0.25, 0.5, 0.75, 1, 1]
    assert curve(contrast=0.5) == [0, 0, 0.5, 1, 1]
    assert curve(contrast=-0.5) == [0.25, 0.375, 0.5, 0.625, 0.75]
    assert curve(gamma=2) == [0, 0.5, 0.707, 0.866, 1]


def test_no_name_covers_another_one_and_the_pointed_one_is_always_there(page: Page) -> None:
    wishes = [
        {"box": {"x1": x, "y1": y, "x2": x + 90, "y2": y + 70}, "width": 60, "height": 18, "always": False}
        for x in range(-40, 1000, 25)
        for y in range(-40, 700, 35)
    ]
    wishes[300]["always"] = True
    places = call(page, "box_canvas/labels.js", "m.placeLabels(given, 1000, 700)", wishes)
    found = [(place["x"], place["y"]) for place in places if place]
    assert len(found) > 200
    assert places[300] is not None
    for x, y in found:
        assert 0 <= x <= 940
        assert 0 <= y <= 682
    found.remove((places[300]["x"], places[300]["y"]))
    for index, (x, y) in enumerate(found):
        assert not any(abs(x - u) < 60 and abs(y - v) < 18 for u, v in found[index + 1 :])


def test_the_place_is_kept_between_images_of_one_size_where_that_is_wanted(page: Page) -> None:
    steps = """(() => {
      const view = new m.View(() => {});
      view.resize(800, 640);
      view.setImage(4000, 3000);
      const fitted = view.k;
      view.zoomTo({ x1: 1000, y1: 1000, x2: 1200, y2: 1100 });
      const [x, y] = view.toImage(400, 300);
      const near = view.k;
      view.setImage(4000, 3000, true);
      const kept = view.k;
      view.setImage(3000, 4000, true);
      const other = view.zoomOverFit;
      return { x, y, closer: near / fitted, kept: kept / near, other };
    })()"""
    found = call(page, "box_canvas/view.js", steps)
    assert (found["x"], found["y"]) == pytest.approx((1100, 1050))
    assert found["closer"] > 5
    assert (found["kept"], found["other"]) == (1, 1)


def test_what_is_fetched_ahead_is_taken_once_and_given_up_when_nobody_needs_it(page: Page) -> None:
    steps = """(async () => {
      const asked = [], stopped = [];
      const ahead = new m.Ahead(async (id, signal) => {
        asked.push(id);
        signal.addEventListener("abort", () => stopped.push(id));
        if (id === 9) throw new Error("away");
        return { image: { id } };
      });
      await Promise.all([ahead.get(1), ahead.get(1), ahead.get(2)]);
      const failed = await ahead.get(9).catch(() => "failed");
      ahead.keepOnly([1]);
      const taken = (await ahead.take(1)).image.id;
      return { asked, stopped, failed, taken, again: ahead.take(1), gone: ahead.take(9) };
    })()"""
    assert call(page, "box_canvas/ahead.js", steps) == {
        "asked": [1, 2, 9], "stopped": [2], "failed": "failed", "taken": 1, "again": None, "gone": None
    }  # fmt: skip


GRID = {"tile": 512, "levels": [[1501, 700], [751, 350], [376, 175]]}


@pytest.mark.parametrize(("scale", "level"), [(4, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.01, 2)])
def test_tiles_come_from_the_coarsest_level_that_is_fine_enough(page: Page, scale: float, level: int) -> None:
    assert call(page, "box_canvas/tile_grid.js", f"m.levelFor(given, {scale})", GRID) == level


def test_the_tiles_in_sight_come_from_the_middle_outwards_and_cover_the_picture(page: Page) -> None:
    asked = "m.tilesIn(given, 0, {x1: 600, y1: -50, x2: 1700, y2: 300}).map(m.keyOf)"
    assert call(page, "box_canvas/tile_grid.js", asked, GRID) == ["0/2/0", "0/1/0"]
    area = "m.areaOf(given, {level: 1, column: 1, row: 0})"
    assert call(page, "box_canvas/tile_grid.js", area, GRID) == {"x1": 1024, "y1": 0, "x2": 1502, "y2": 700}
    assert call(page, "box_canvas/tile_grid.js", "m.parentOf({level: 0, column: 5, row: 2})") == {
        "level": 1,
        "column": 2,
        "row": 1,
    }


def test_a_window_makes_measured_values_black_to_white(page: Page) -> None:
    deep = {"offset": -3.0, "step": 0.5, "auto_low": 0, "auto_high": 10, "low": -3, "high": 100}
    greys = "[0, 6, 16, 26, 99].map((stored) => m.lookup(given, {low: 0, high: 10})[stored] & 255)"
    assert call(page, "box_canvas/deep_pixels.js", greys, deep) == [0, 0, 128, 255, 255]
    settings = "[{kind: 'auto'}, {kind: 'full'}, {kind: 'own', low: 1, high: 2}, {kind: 'own'}]"
    windows = f"{settings}.map((setting) => m.windowOf(setting, given))"
    assert [list(w.values()) for w in call(page, "box_canvas/window_level.js", windows, deep)] == [
        *([0, 10], [-3, 100]),
        *([1, 2], [0, 10]),
    ]


@pytest.mark.parametrize(
    ("parents", "drawn"),
    [
        # newest first: (lane, lanes that end at it, lanes that go by, whether its line goes on)
        pytest.param(
            {3: 2, 2: 1, 1: None},
            [(0, [], [], True), (0, [0], [], True), (0, [0], [], False)],
            id="one after the other",
        ),
        pytest.param(
            {4: 3, 3: 1, 2: 1, 1: None},
            [(0, [], [], True), (0, [0], [], True), (1, [], [0], True), (0, [0, 1], [], False)],
            id="two children",
        ),
        pytest.param(
            {3: 1, 2: None, 1: None},
            [(0, [], [], True), (1, [], [0], False), (0, [0], [], False)],
            id="one that began anew",
        ),
        pytest.param({2: 9, 1: 2}, [(0, [], [], False), (0, [], [], False)], id="parents that are not listed below"),
    ],
)
def test_versions_are_joined_to_those_that_they_come_from(
    page: Page, parents: dict[int, int | None], drawn: list[tuple[int, list[int], list[int], bool]]
) -> None:
    models = [{"id": one, "parent_id": parent} for one, parent in parents.items()]
    found = call(page, "model_list/descent.js", "m.descent(given).rows", models)
    assert [(row["lane"], row["into"], row["past"], row["on"]) for row in found] == drawn


def test_keys_of_who_only_looks_rest_where_the_buttons_are_hidden(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { mayHere } = await import('/shared/session.js');
          const roles = [undefined, 'viewer', 'labeller', 'owner'];
          return roles.map((role) => {
            delete document.documentElement.dataset.role;
            if (role) document.documentElement.dataset.role = role;
            return [mayHere('labeller'), mayHere('owner')];
          });
        }"""
    )
    assert found == [[True, True], [False, False], [True, False], [True, True]]


def test_what_was_opened_over_a_view_and_closed_is_no_place_to_come_back_to(page: Page) -> None:
    found = call(
        page,
        "shared/query.js",
        """await (async () => {
          const here = location.href;
          history.replaceState({ place: 4 }, "", "/images?project=1&threshold=0.5");
          const seen = [];
          const stop = m.onBack(() => seen.push(location.search));
          const [before, heard] = [history.length, new Promise((done) => addEventListener("popstate", done))];
          m.openOver({ image: 7 });
          m.writeQuery({ image: 8, threshold: 0.3 });
          const told = [m.closeOver({ image: null }), m.closeOver({ image: null })]; // by a key held too long
          await heard;
          const { place, over } = history.state;
          m.openOver({ image: 9 });
          const steps = history.length - before;
          history.replaceState(null, "", "/images?project=1&image=3"); // as a link leads there
          told.push(m.closeOver({ image: null }));
          const linked = [location.search, history.length - before];
          m.openOver({ image: 9 });
          m.writeQuery({ split: "test" }, { push: true });
          const further = history.state.over ?? null;
          stop();
          history.replaceState(null, "", here);
          return { seen, told, place, over: over ?? null, steps, linked, further };
        })()""",
    )
    assert found["seen"] == ["?project=1&threshold=0.3"], "what was set meanwhile stays"
    assert found["told"] == [True, True, False]
    assert (found["place"], found["over"], found["steps"]) == (4, None, 1)
    assert found["linked"] == ["?project=1", 1]
    assert found["further"] is None, "a step that was made from there is none over it"

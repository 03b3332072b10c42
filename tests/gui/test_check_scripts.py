"""The walk through the labels that look wrong: what comes next, what is said of it, and what accepting changes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

NAMES = "((id) => ({1: 'cell', 2: 'WBC', 3: 'RBC'})[id])"


MINE = {"class_id": 1, "box": [0, 0, 10, 10], "box_id": "b0"}  # the label in question


def suspect(place: int, kind: str = "class", **more: Any) -> dict[str, Any]:
    label = {"class_id": 1, "box": [0, 0, 10, 10], "box_id": f"b{place}"}
    nothing = {"class_id": None, "box": None, "box_id": None}
    made = nothing if kind in ("missing", "twin") else label
    other = {"other_class_id": 2, "other_box": [1, 1, 11, 11], "other_id": None, "other_image": None, "score": 0.93}
    return {"place": place, "image_id": 7, "kind": kind, "probability": 0.5, **made, **other, **more}


def walked(page: Page, items: list[dict[str, Any]], steps: str) -> Any:
    found = "const at = (n) => w.left.find((one) => one.place === n);"
    expression = f"(() => {{ const w = new m.Walk(given, given.length); {found} {steps} }})()"
    return call(page, "label_check/walk.js", expression, items)


def test_what_was_skipped_comes_last_and_what_was_undone_at_once(page: Page) -> None:
    items = [suspect(place) for place in range(4)]
    order = "w.coming.map((one) => one.place)"
    assert walked(page, items, f"w.skip(w.current); return {order};") == [1, 2, 3, 0]
    assert walked(page, items, f"w.skip(w.current); w.close(w.current); w.skip(w.current); return {order};") == [
        3,
        0,
        2,
    ]
    assert walked(page, items, f"const gone = w.close(at(0)); w.close(at(1)); w.reopen(gone); return {order};") == [
        0,
        2,
        3,
    ]
    assert walked(page, items, f"w.skip(at(0)); w.unskip(at(0)); return {order};") == [0, 1, 2, 3]
    assert walked(page, items, "w.close(at(2)); return [w.dealt, w.total, w.current.place];") == [1, 4, 0]


def test_a_filter_lets_a_kind_or_a_class_through(page: Page) -> None:
    items = [suspect(0), suspect(1, "missing"), suspect(2, "missing", other_class_id=3)]
    filtered = "return w.coming.map((one) => one.place);"
    assert walked(page, items, f"w.filter = {{kind: 'missing', classId: null}}; {filtered}") == [1, 2]
    assert walked(page, items, f"w.filter = {{kind: null, classId: 2}}; {filtered}") == [0, 1]
    assert walked(page, items, "return w.classIds.sort();") == [1, 2, 3]


def test_what_asks_for_the_same_missing_label_goes_with_it(page: Page) -> None:
    same = suspect(1, "twin", other_box=[2, 1, 12, 11])
    items = [suspect(0, "missing"), same, suspect(2, "missing", other_box=[50, 50, 60, 60]), suspect(3)]
    assert walked(page, items, "w.close(at(0)); return w.left.map((one) => one.place);") == [2, 3]
    assert walked(page, items, "w.close(at(3)); return w.left.length;") == 3


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [
        ("missing", {}, "The model sees a WBC here with 0.93, and no label stands here."),
        ("class", {"other_class_id": 3}, "The label says cell, and the model sees an RBC with 0.93."),
        ("placed", {"other_class_id": 1}, "The model sees this cell with 0.93, but somewhat elsewhere."),
        ("spurious", {}, "The label says cell, and the model sees nothing here."),
        ("twice", {"other_class_id": 1, "score": None}, "Two labels of cell lie on each other here."),
        ("size", {}, "This cell has another size or shape than nearly all others."),
        ("twin", {"score": None}, "Another image shows the same and has a WBC here; this one has none."),
        ("twin", {"score": None, **MINE}, "Another image shows the same and has a WBC here; this one has a cell."),
    ],
)
def test_each_kind_is_said_in_one_sentence(page: Page, kind: str, more: dict[str, Any], text: str) -> None:
    assert call(page, "label_check/words.js", f"m.sentence(given, {NAMES})", suspect(0, kind, **more)) == text


def test_what_is_expected_of_those_left(page: Page) -> None:
    few = [{"probability": 0.9}, {"probability": 0.7}, {"probability": 0.2}]
    said = call(page, "label_check/words.js", "[m.expectation(given, false), m.expectation(given.slice(2), true)]", few)
    assert said[0] == "Of the 3 left, about 2 are expected to be wrong."
    assert said[1] == "Of the 1 left with this filter, about 1 is expected to be wrong."


@pytest.mark.parametrize(
    ("kind", "label", "change"),
    [
        ("twin", False, {"class_id": 2, "x1": 1, "source": "model"}),
        ("class", True, {"class_id": 2}),
        ("placed", True, {"class_id": 2, "x1": 1, "x2": 11, "source": "model", "score": 0.93}),
        ("missing", False, {"class_id": 2, "x1": 1, "source": "model", "model_version_id": None}),
        ("spurious", True, None),
        ("twice", True, None),
    ],
)
def test_accepting_changes_the_label_as_the_kind_asks(
    page: Page, kind: str, label: bool, change: dict[str, Any] | None
) -> None:
    made = call(page, "label_check/acts.js", "m.fixFor(given)", suspect(0, kind))
    assert (made["imageId"], made["label"] is not None) == (7, label)
    if change is None:
        assert made["change"] is None
    else:
        assert change.items() <= made["change"].items()


def test_a_label_that_an_equal_image_contradicts_stays_in_its_place(page: Page) -> None:
    twin = suspect(0, "twin", score=None, **MINE)
    made, said = call(
        page,
        "label_check/acts.js",
        f"[m.fixFor(given), (await import('/label_check/words.js')).acceptText(given, {NAMES})]",
        twin,
    )
    assert (made["label"]["class_id"], made["change"], said) == (1, {"class_id": 2}, "Make it a WBC")


def test_the_crop_holds_both_boxes_and_stays_within_the_image(page: Page) -> None:
    image = {"width": 1000, "height": 500}
    cut = call(page, "label_check/stage.js", "m.cutFor(given, {width: 1000, height: 500})", suspect(0))
    assert (cut["x1"], cut["y1"]) == (0, 0)
    assert cut["x2"] - cut["x1"] == cut["y2"] - cut["y1"] == 160
    wide = suspect(0, box=[10, 10, 900, 400], other_box=[20, 20, 950, 450])
    assert call(page, "label_check/stage.js", "m.cutFor(given, {width: 1000, height: 500})", wide) == {
        "x1": 0, "y1": 0, "x2": image["width"], "y2": image["height"],
    }  # fmt: skip


def test_the_address_names_a_suspect_wherever_it_stands_in_a_list(page: Page) -> None:
    label, lacking = suspect(0), suspect(1, "missing", other_box=[20, 20, 30, 30])
    elsewhere = suspect(2, image_id=8)
    module = "label_check/address.js"
    names = call(page, module, "given.map(m.nameOf)", [label, lacking, elsewhere])
    assert names == ["7.class.0.0.100.100", "7.missing.200.200.300.300", "8.class.0.0.100.100"]
    moved = {**lacking, "place": 0, "other_box": [21, 20, 31, 30]}  # as a later check saw it
    newer = [moved, {**label, "place": 1, "kind": "placed"}, suspect(2, "twin", other_box=[90, 90, 99, 99]), elsewhere]
    found = "given.names.map((name) => m.suspectOf(name, given.items)?.place ?? null)"

    def places(*names: str | None) -> Any:
        return call(page, module, found, {"names": names, "items": newer})

    assert places(*names) == [1, 0, 2]
    assert places("7.class.500.500.600.600", "9.class.0.0.100.100", "2", "7.class", "", None) == [None] * 6
    both = [label, {**label, "place": 1, "kind": "placed"}]
    asked = {"names": ["7.placed.0.0.100.100"], "items": both}
    assert call(page, module, found, asked) == [1], "of two on one label the one that was named"

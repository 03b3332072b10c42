"""Two changes to one image put together: what one side touched is taken, the rest is asked, nothing goes unsaid."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page
MODULE = "box_canvas/merge.js"
Box = dict[str, Any]


def box(name: str, x: float = 0, class_id: int = 1) -> Box:
    return {"id": name, "class_id": class_id, "x1": x, "y1": 0, "x2": x + 10, "y2": 10}


def version(*boxes: Box, state: str = "in_progress", rejected: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"boxes": list(boxes), "state": state, "rejected": list(rejected)}


def merge(page: Page, base: Any, mine: Any, theirs: Any, choices: dict[str, str] | None = None) -> Any:
    given = {"base": base, "mine": mine, "theirs": theirs, "choices": list((choices or {}).items())}
    return call(page, MODULE, "m.merge(given.base, given.mine, given.theirs, new Map(given.choices))", given)


def places(merged: Any) -> dict[str, float]:
    return {one["id"]: one["x1"] for one in merged["boxes"]}


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        pytest.param([box("a"), box("m", 50)], [box("a"), box("t", 80)], {"a": 0, "m": 50, "t": 80}, id="both added"),
        pytest.param([box("a", 5)], [box("a"), box("t", 80)], {"a": 5, "t": 80}, id="one moved, one added"),
        pytest.param([], [box("a"), box("t", 80)], {"t": 80}, id="one removed, one added"),
        pytest.param([box("a")], [box("a", class_id=2)], {"a": 0}, id="only they changed a class"),
        pytest.param([box("a", 5)], [box("a", 5)], {"a": 5}, id="both moved it alike"),
        pytest.param([], [], {}, id="both removed it"),
        pytest.param([box("a"), box("m", 50)], [box("a"), box("t", 50)], {"a": 0, "m": 50}, id="the same box twice"),
    ],
)
def test_what_does_not_touch_is_put_together_without_a_question(
    page: Page, mine: list[Box], theirs: list[Box], expected: dict[str, float]
) -> None:
    merged = merge(page, version(box("a")), version(*mine), version(*theirs))
    assert merged["clashes"] == []
    assert places(merged) == expected


@pytest.mark.parametrize(
    ("mine", "theirs", "kind", "choices"),
    [
        pytest.param([box("a", 5)], [box("a", 9)], "box", {"mine": {"a": 5}, "theirs": {"a": 9}}, id="both moved it"),
        pytest.param([], [box("a", 9)], "box", {"mine": {}, "theirs": {"a": 9}}, id="removed here, moved there"),
        pytest.param([box("a", 5)], [], "box", {"mine": {"a": 5}, "theirs": {}}, id="moved here, removed there"),
        pytest.param(
            [box("a"), box("m", 50)],
            [box("a"), box("t", 52)],
            "twin",
            {"mine": {"a": 0, "m": 50}, "theirs": {"a": 0, "t": 52}, "both": {"a": 0, "m": 50, "t": 52}},
            id="both drew the same object",
        ),
    ],
)
def test_what_both_touched_is_a_clash_that_stands_as_mine_until_it_is_decided(
    page: Page, mine: list[Box], theirs: list[Box], kind: str, choices: dict[str, dict[str, float]]
) -> None:
    base = version(box("a"))
    undecided = merge(page, base, version(*mine), version(*theirs))
    (clash,) = undecided["clashes"]
    assert (clash["kind"], clash["choice"]) == (kind, "mine")
    assert places(undecided) == choices["mine"]
    for choice, expected in choices.items():
        assert places(merge(page, base, version(*mine), version(*theirs), {clash["id"]: choice})) == expected


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "state", "clashes"),
    [
        ("new", "in_progress", "done", "done", 0),  # a state that somebody chose goes before one that came by itself
        ("in_progress", "done", "in_progress", "done", 0),
        ("done", "in_progress", "done", "in_progress", 0),  # opened again on purpose
        ("in_progress", "done", "in_doubt", "done", 1),
        ("new", "new", "new", "new", 0),
    ],
)
def test_states_are_put_together_like_boxes(
    page: Page, base: str, mine: str, theirs: str, state: str, clashes: int
) -> None:
    sides = [version(box("a"), state=one) for one in (base, mine, theirs)]
    merged = merge(page, *sides)
    assert (merged["state"], len(merged["clashes"])) == (state, clashes)


def test_nothing_here_beside_a_box_is_asked_about(page: Page) -> None:
    merged = merge(page, version(state="new"), version(box("m")), version(state="done"))
    assert [clash["kind"] for clash in merged["clashes"]] == ["state"]
    assert places(merged) == {"m": 0}


def test_without_a_known_start_nothing_of_either_side_goes(page: Page) -> None:
    merged = merge(page, None, version(box("a"), box("m", 50)), version(box("a", 3), box("t", 90)))
    assert set(places(merged)) == {"a", "m", "t"}
    assert [clash["id"] for clash in merged["clashes"]] == ["a"]


def test_rejections_of_both_stay_and_those_taken_back_go(page: Page) -> None:
    old, fresh, their = {"x1": 1}, {"x1": 2}, {"x1": 3}
    merged = merge(page, version(rejected=(old,)), version(rejected=(fresh,)), version(rejected=(old, their)))
    assert merged["rejected"] == [fresh, their]


def changed(draw: random.Random, start: list[Box], side: str) -> list[Box]:
    """Some of the boxes removed, moved or of another class, and some new ones far from those of the other side."""
    kept = [one for one in start if draw.random() > 0.2]
    moved = [{**one, "x1": one["x1"] + 1, "x2": one["x2"] + 1} if draw.random() < 0.3 else one for one in kept]
    classed = [{**one, "class_id": 2} if draw.random() < 0.2 else one for one in moved]
    added = [box(f"{side}{n}", 5000 * draw.random(), class_id=3) for n in range(draw.randrange(4))]
    return classed + added


def test_whatever_two_people_do_nothing_that_one_of_them_made_is_lost_unsaid(page: Page) -> None:
    draw = random.Random(4)
    cases = []
    for _ in range(300):
        base = [box(f"b{n}", 20 * n) for n in range(draw.randrange(6))]
        cases.append((version(*base), version(*changed(draw, base, "m")), version(*changed(draw, base, "t"))))
    merged = call(page, MODULE, "given.map(([b, mine, theirs]) => m.merge(b, mine, theirs))", cases)
    for (base, mine, theirs), outcome in zip(cases, merged, strict=True):
        start, ours, others, after = ({one["id"]: one for one in v["boxes"]} for v in (base, mine, theirs, outcome))
        said = {clash["id"] for clash in outcome["clashes"]}
        said |= {clash["theirs"]["id"] for clash in outcome["clashes"] if clash["theirs"]}
        for name in start | ours | others:
            was, my, their = start.get(name), ours.get(name), others.get(name)
            if my == their or their == was:
                assert after.get(name) == my
            elif my == was:
                assert after.get(name) == their or name in said
            else:
                assert name in said
                assert after.get(name) == my

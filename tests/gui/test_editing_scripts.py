"""The pure parts of editing boxes: snapping, moving many, stretching, copying, typed numbers, and keys."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

SIZE = {"width": 100, "height": 80}


def rect(x1: float, y1: float, x2: float, y2: float) -> dict[str, float]:
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2}


def test_no_two_commands_have_the_same_key_by_default(page: Page) -> None:
    commands = call(
        page, "box_canvas/commands.js", "m.commandsFor({}).map(({id, keys, run}) => ({id, keys, real: !!run}))"
    )
    ids = [command["id"] for command in commands]
    keys = [key for command in commands if command["real"] for key in command["keys"]]
    assert sorted(ids) == sorted(set(ids))
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize(
    ("events", "opened"),
    [
        pytest.param(["right", "ask", "lift"], [False, True], id="asked for at the press, it opens at the release"),
        pytest.param(["right", "lift", "ask"], [False, True], id="asked for after the release"),
        pytest.param(["right", "ask", "drag", "ask"], [False, False, True], id="a drag, then the key for the menu"),
        pytest.param(["right", "drag", "ask", "ask"], [False, False, True], id="a drag that asks at its end"),
        pytest.param(["right", "drag", "left", "lift", "ask"], [False, False, True], id="a press between"),
        pytest.param(["left", "lift", "ask"], [False, True], id="the key for the menu"),
    ],
)
def test_the_right_button_opens_the_menu_unless_it_dragged(page: Page, events: list[str], opened: list[bool]) -> None:
    body = """(() => {
      const turn = new m.MenuTurn();
      const act = { right: () => turn.press(true), left: () => turn.press(false), ask: () => turn.ask(),
        lift: () => turn.lift(false), drag: () => turn.lift(true) };
      return given.map((name) => act[name]()).filter((opens) => opens !== undefined);
    })()"""
    assert call(page, "box_canvas/menu_turn.js", body, events) == opened


@pytest.mark.parametrize(
    ("point", "others", "expected"),
    [
        pytest.param([3, 40], [], [0, 40], id="near the left border"),
        pytest.param([97, 78], [], [100, 80], id="near a corner"),
        pytest.param([8, 40], [], [8, 40], id="out of reach"),
        pytest.param([-2, 200], [], [0, 200], id="just outside comes in, far outside stays"),
        pytest.param([52, 33], [rect(50, 10, 60, 30)], [50, 30], id="edges of another box"),
        pytest.param([52, 33], [rect(50, 10, 60, 30), rect(53, 32, 70, 70)], [53, 32], id="the nearest line"),
    ],
)
def test_a_corner_snaps_to_the_nearest_line(
    page: Page, point: list[float], others: list[Any], expected: list[float]
) -> None:
    assert call(page, "box_canvas/snapping.js", "m.snapped(...given)", [point, SIZE, 4, others]) == expected


def test_many_boxes_move_together_and_stop_where_the_first_meets_the_border(page: Page) -> None:
    rects = [rect(10, 10, 20, 20), rect(70, 30, 90, 50)]
    moved = call(page, "box_canvas/geometry.js", "m.movedTogether(...given)", [rects, 30, -5, SIZE])
    assert moved == [rect(20, 5, 30, 15), rect(80, 25, 100, 45)]


@pytest.mark.parametrize(
    ("corner", "by", "expected"),
    [
        ("se", (1, 0), rect(10, 10, 21, 20)),
        ("se", (-50, 0), rect(10, 10, 11, 20)),
        ("se", (0, 500), rect(10, 10, 20, 80)),
        ("nw", (-1, 0), rect(9, 10, 20, 20)),
        ("nw", (0, 50), rect(10, 19, 20, 20)),
        ("nw", (-50, -50), rect(0, 0, 20, 20)),
    ],
)
def test_an_edge_moved_by_key_stays_inside_and_leaves_a_pixel(
    page: Page, corner: str, by: tuple[int, int], expected: Any
) -> None:
    stretch = "m.stretched(given[0], m.HANDLES.find(({name}) => name === given[1]), ...given[2], given[3])"
    assert call(page, "box_canvas/geometry.js", stretch, [rect(10, 10, 20, 20), corner, by, SIZE]) == expected


def placed(*rects: Any) -> list[dict[str, Any]]:
    return [{"rect": one, "classId": 1} for one in rects]


def test_copied_boxes_are_kept_for_the_tab_and_fitted_into_a_smaller_image(page: Page) -> None:
    boxes = placed(rect(10, 10, 20, 20), rect(95, 70, 115, 90), rect(0, 0, 300, 20))
    kept = call(page, "box_canvas/clipboard.js", "(m.keepCopied(given), m.copied())", boxes)
    assert kept == boxes
    fitted = call(page, "box_canvas/clipboard.js", "m.fitted(...given)", [boxes, SIZE])
    assert [one["rect"] for one in fitted["boxes"]] == [
        rect(10, 10, 20, 20),
        rect(80, 60, 100, 80),
        rect(0, 0, 100, 20),
    ]
    assert fitted["changed"] == 2


def test_a_duplicate_stands_beside_and_the_next_one_beside_that(page: Page) -> None:
    first = placed(rect(10, 10, 20, 20))
    besides = "m.besides(given[0], given[1], 6, given[2])"
    second = call(page, "box_canvas/clipboard.js", besides, [first, first, SIZE])
    third = call(page, "box_canvas/clipboard.js", besides, [first, [*first, *second], SIZE])
    assert [second[0]["rect"], third[0]["rect"]] == [rect(16, 16, 26, 26), rect(22, 22, 32, 32)]


def test_repeating_leaves_out_what_stands_there(page: Page) -> None:
    wanted = placed(rect(10, 10, 20, 20), rect(50, 50, 60, 60))
    standing = placed(rect(11, 10, 21, 20))
    missing = call(page, "box_canvas/clipboard.js", "m.notYetThere(...given)", [wanted, standing])
    assert missing == [wanted[1]]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("10", "20", "30", "40"), rect(10, 20, 40, 60)),
        (("0", "0", "100", "80"), rect(0, 0, 100, 80)),
        (("1,5", "2.25", "3", "4"), rect(1.5, 2.25, 4.5, 6.25)),
        (("", "0", "1", "1"), "Left edge: type a number of pixels."),
        (("ten", "0", "1", "1"), "Left edge: type a number of pixels."),
        (("100", "0", "1", "1"), "Left edge: 0 to 99; the image is 100 wide."),
        (("0", "-1", "1", "1"), "Upper edge: 0 to 79; the image is 80 high."),
        (("90", "0", "11", "1"), "Width: more than 0, at most 10 from there."),
        (("0", "70", "10", "0"), "Height: more than 0, at most 10 from there."),
    ],
)
def test_typed_numbers_are_a_box_or_say_why_not(page: Page, typed: tuple[str, ...], expected: Any) -> None:
    given = [dict(zip(("x", "y", "width", "height"), typed, strict=True)), SIZE]
    read = call(page, "box_canvas/numbers.js", "m.readNumbers(...given)", given)
    assert (read.get("rect") or read["problem"]) == expected

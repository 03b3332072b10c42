"""Charts as they are described for plotly: what is drawn, what is said of it, and that no name becomes markup."""

from __future__ import annotations

import json
from typing import Any

import pytest

from detector.measuring.confidence import Calibration, CalibrationBin, Confidence
from detector.measuring.evaluation import CurvePoint
from detector.measuring.thresholded import CountError
from gui.charts.calibration import calibration
from gui.charts.chart import Chart, ClassName, as_text
from gui.charts.confusion import Confusion
from gui.charts.counting import counting
from gui.charts.curves import MOST_CLASSES, MOST_LINES, ClassCurve, by_threshold, precision_recall

CELL = ClassName(3, "cell", "#e6194b")
EVIL = ClassName(4, "<img src=x> %{y} & co", "#3cb44b")
POINTS = (CurvePoint(0.0, 1.0, 0.9), CurvePoint(0.5, 0.8, 0.6), CurvePoint(1.0, 0.4, 0.1))


def confidence(*f1: float | None) -> Confidence:
    thresholds = tuple((place + 1) / 10 for place in range(len(f1)))
    return Confidence(thresholds, f1, f1, f1)


def all_charts() -> list[Chart]:
    bins = (CalibrationBin(0.7, 0.8, 40, 0.75, 0.65), CalibrationBin(0.8, 0.9, 0, None, None))
    return [
        precision_recall([ClassCurve(CELL, 9, POINTS), ClassCurve(EVIL, 3, POINTS)], 0.5),
        by_threshold(
            confidence(0.2, 0.7, None), [(CELL, confidence(0.1, 0.6, 0.3)), (EVIL, confidence(0.0, 0.1))], 0.2
        ),
        Confusion([[5, 1, 2], [0, 3, 1], [4, 0, 0]], [CELL, EVIL]).chart(),
        counting([0, 1, 2, 2], [0, 1, 2, 3], CountError(0.25, 0.25, 0.75)),
        calibration(Calibration(0.1, bins)),
    ]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.key)
def test_every_chart_is_plain_json_with_words_and_without_a_colour_scheme_of_its_own(chart: Chart) -> None:
    text = json.dumps(chart.to_json())
    assert chart.title
    assert chart.words.endswith(".")
    assert chart.data
    assert "<img" not in text
    assert "&#37;&#123;y&#125;" in text or chart.key in ("counting", "calibration")
    assert "paper_bgcolor" not in text


@pytest.mark.parametrize(
    "chart",
    [
        precision_recall([ClassCurve(CELL, 0, ())], 0.5),
        by_threshold(confidence(None, None), [(CELL, confidence(None, None))], None),
        Confusion([[0, 0], [0, 0]], [CELL]).chart(),
        Confusion([], []).chart(),
        counting([], [], None),
        calibration(Calibration(None, (CalibrationBin(0.0, 0.1, 0, None, None),))),
    ],
    ids=lambda chart: chart.key,
)
def test_where_there_is_nothing_to_draw_a_sentence_says_why(chart: Chart) -> None:
    assert chart.data == ()
    assert chart.empty.endswith(".")


def test_a_dot_lies_where_the_advised_threshold_leads_on_the_curve() -> None:
    line, dot = precision_recall([ClassCurve(CELL, 9, POINTS)], 0.5).data
    assert line["line"]["color"] == CELL.color
    assert (dot["x"], dot["y"]) == ([0.5], [0.8])
    [alone] = precision_recall([ClassCurve(CELL, 9, POINTS)], 0.95).data  # nothing is shown from there up
    assert alone["mode"] == "lines"


def test_only_the_classes_with_most_boxes_are_drawn_at_first() -> None:
    curves = [ClassCurve(ClassName(n, f"c{n}", "#000000"), n, POINTS) for n in range(1, MOST_LINES + 3)]
    hidden = [line["name"] for line in precision_recall(curves, None).data if line.get("visible") == "legendonly"]
    assert hidden == ["c2", "c1"]


def test_two_hundred_classes_stay_bearable() -> None:
    classes = [ClassName(n, f"class {n}", "#000000") for n in range(200)]
    pr = precision_recall([ClassCurve(of, 5, POINTS) for of in classes], None)
    assert len(pr.data) == MOST_CLASSES
    assert f"the {MOST_CLASSES} classes with most boxes" in pr.words
    assert pr.layout["legend"]["orientation"] == "v"
    matrix = [[0] * 201 for _ in range(201)]
    matrix[7][9] = matrix[7][7] = 4
    chart = Confusion(matrix, classes).chart()
    [heat] = chart.data
    assert (heat["z"][7][9], heat["z"][7][8]) == (0.5, None)
    assert heat["customdata"][7][9] == "kind=wrong_class&truth=7&class=9"
    assert len(json.dumps(chart.to_json())) < 1_000_000


def test_the_advised_threshold_is_marked_where_it_is() -> None:
    chart = by_threshold(confidence(0.2, 0.7, 0.6), [], 0.2)
    assert [shape["x0"] for shape in chart.layout["shapes"]] == [0.2]
    assert chart.layout["annotations"][0]["text"] == "advised 0.20"
    assert "0.20" in chart.words


def test_a_field_of_the_matrix_leads_to_its_mistakes() -> None:
    [heat] = Confusion([[5, 1, 2], [0, 3, 1], [4, 0, 0]], [CELL, EVIL]).chart().data
    assert heat["customdata"] == [
        ["kind=right&class=3", "kind=wrong_class&truth=3&class=4", "kind=missed&truth=3"],
        ["kind=wrong_class&truth=4&class=3", "kind=right&class=4", "kind=missed&truth=4"],
        ["kind=background&class=3", "kind=background&class=4", ""],
    ]
    assert heat["z"][0] == [0.625, 0.125, 0.25]
    assert heat["z"][2][2] is None


def test_mix_ups_are_told_most_first_with_names_as_they_are() -> None:
    found = Confusion([[5, 1, 2], [0, 3, 1], [4, 0, 0]], [CELL, EVIL]).mix_ups()
    assert [(one.boxes, one.words) for one in found] == [
        (4, "cell found where nothing is"),
        (2, "cell not found"),
        (1, f"cell taken for {EVIL.name}"),
        (1, f"{EVIL.name} not found"),
    ]


def test_scores_are_told_in_words() -> None:
    def words(*bins: tuple[float, int, float, float]) -> str:
        return calibration(
            Calibration(0.0, tuple(CalibrationBin(low, low + 0.1, n, s, r) for low, n, s, r in bins))
        ).words

    assert "Of the 132 boxes with a score of 0.6 to 0.7, 65 % were right." in words((0.6, 132, 0.66, 0.65))
    assert "near to what is right" in words((0.6, 132, 0.66, 0.65))
    assert "too sure of itself" in words((0.8, 50, 0.85, 0.5))
    assert "too modest" in words((0.3, 50, 0.35, 0.8))
    assert "too" not in words((0.0, 5000, 0.05, 0.0), (0.8, 20, 0.85, 0.84))  # what nobody looks at does not count


@pytest.mark.parametrize(
    ("off", "told"),
    [
        (CountError(0.0, 0.8, 0.4), "comes out right"),
        (CountError(-0.6, 0.8, 0.4), "0.6 too few an image"),
        (CountError(0.6, 0.8, 0.4), "0.6 too many an image"),
    ],
)
def test_counting_says_whether_errors_even_out(off: CountError, told: str) -> None:
    words = counting([1], [1], off).words
    assert told in words
    assert "In 40 % of the images" in words
    assert "off by 0.8 an image" in words


def test_equal_pairs_of_counts_are_one_larger_dot() -> None:
    _, dots = counting([1, 1, 2], [1, 1, 4], CountError(0.0, 0.0, 0.0)).data
    assert (dots["x"], dots["y"]) == ([1, 2], [1, 4])
    assert dots["marker"]["size"][0] > dots["marker"]["size"][1]
    assert dots["text"] == ["2 images: 1 object, 1 box found", "1 image: 2 objects, 4 boxes found"]


def test_a_name_is_text_to_plotly() -> None:
    assert as_text("a<b>%{x}") == "a&lt;b&gt;&#37;&#123;x&#125;"
    assert as_text("n" * 40) == "n" * 27 + "…"


def test_colours_are_those_of_classes_or_named_as_the_page_has_them() -> None:
    def colors(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["color"]} if isinstance(value.get("color"), str) else set()
            return own.union(*(colors(one) for one in value.values()))
        return set().union(*(colors(one) for one in value)) if isinstance(value, list | tuple) else set()

    for chart in all_charts():
        strange = {one for one in colors(chart.to_json()) if not one.startswith("--bl-")} - {CELL.color, EVIL.color}
        assert strange == set(), chart.key

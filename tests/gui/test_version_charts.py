"""Charts of versions: a line for each, dots that name their version, and nothing that a name could break out of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from detector.measuring.confidence import Confidence
from gui.charts.learning_curve import Figure, Size, VersionPoint, learning_curve
from gui.charts.versions import VersionCurve, f1_by_threshold, found_and_right

CURVE = Confidence((0.1, 0.5, 0.9), (0.5, 0.8, None), (1.0, 0.6, 0.0), (0.67, 0.69, 0.0))
NOTHING = Confidence((0.1, 0.5, 0.9), (None, None, None), (None, None, None), (None, None, None))
POINT = VersionPoint(7, "v1", datetime(2026, 11, 2, tzinfo=UTC), "", size=40, then=0.4, images_then=12)


def test_versions_are_told_apart_by_colour_and_dash() -> None:
    curves = [VersionCurve(f"v{n}", CURVE) for n in (3, 2, 1)]
    for chart in (found_and_right(curves, "all classes"), f1_by_threshold(curves, "all classes")):
        assert [trace["name"] for trace in chart.data] == ["v3", "v2", "v1"]
        looks = {(trace["line"]["color"], trace["line"].get("dash")) for trace in chart.data}
        assert len(looks) == 3
        assert chart.title.endswith(": all classes")


def test_where_nothing_is_shown_there_is_no_point() -> None:
    [line] = found_and_right([VersionCurve("v1", CURVE)], "cell").data
    assert (line["x"], line["y"], line["customdata"]) == ([1.0, 0.6], [0.5, 0.8], [0.1, 0.5])


def test_without_truth_the_chart_says_why_it_is_empty() -> None:
    chart = f1_by_threshold([VersionCurve("v1", NOTHING)], "cell")
    assert chart.data == ()
    assert "no true box" in chart.empty


def test_the_learning_curve_has_a_dot_a_version_by_size() -> None:
    later = replace(POINT, model_id=9, name="v2 <i>night</i>", size=90, then=0.6, now=0.5, note="%{x} lamp")
    chart = learning_curve([later, POINT], Size.BOXES, Figure.AP, 30)
    then, now = chart.data
    assert (then["x"], then["y"], then["customdata"]) == ([40, 90], [0.4, 0.6], [7, 9])
    assert (now["x"], now["y"], now["name"]) == ([90], [0.5], "On today's validation images (30)")
    assert "02 Nov 2026" in then["text"][0]
    assert "<i>" not in then["text"][1]
    assert "%{" not in then["text"][1]


def test_a_version_that_nobody_has_counted_or_measured_has_no_dot() -> None:
    chart = learning_curve([replace(POINT, size=None), replace(POINT, then=None)], Size.IMAGES, Figure.AP50, 0)
    assert chart.data == ()

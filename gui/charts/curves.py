"""Lines over thresholds: precision over recall, and what each threshold shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.measuring.confidence import Confidence
from detector.measuring.evaluation import CurvePoint
from gui.charts.chart import HOVER_END, SHARE, UNIT, Chart, ClassName, Json, rounded, share_axis, upright

MOST_LINES = 8  # more cannot be told apart; others are drawn once somebody clicks on their names
MOST_CLASSES = 40  # that can be clicked on
NO_TRUTH = "No true box in these images, so there is nothing to be found."
BELOW: Json = {"margin": {"b": 64}}
BESIDE: Json = {"legend": {"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top"}}  # where a long one can be scrolled


@dataclass(frozen=True, slots=True)
class ClassCurve:
    """Precision over recall of one class at IoU 0.5, and how many true boxes it has."""

    of: ClassName
    boxes: int
    points: Sequence[CurvePoint]


def precision_recall(curves: Sequence[ClassCurve], advised: float | None) -> Chart:
    """One line a class, the classes with most boxes first; a dot where the advised threshold lies."""
    known = sorted((curve for curve in curves if curve.points), key=lambda curve: -curve.boxes)
    drawn = known[:MOST_CLASSES]
    traces: list[Json] = []
    for place, curve in enumerate(drawn):
        shown = {} if place < MOST_LINES else {"visible": "legendonly"}
        group = f"class {curve.of.id}"
        traces.append(_line_of(curve) | {"legendgroup": group} | shown)
        if advised is not None and (dot := _dot_of(curve, advised)) is not None:
            traces.append(dot | {"legendgroup": group} | shown)
    words = (
        "How many of the objects are found (to the right), and how many of the boxes are right (upwards), for every "
        "threshold. The nearer a line comes to the upper right corner, the better."
    )
    if advised is not None and drawn:
        words += f" The dots are the threshold {advised:.2f}."
    if len(known) > len(drawn):
        words += f" Only the {len(drawn)} classes with most boxes are drawn."
    layout = {
        "xaxis": share_axis("Objects that are found (recall)"),
        "yaxis": share_axis("Boxes that are right (precision)"),
        **_legend(len(drawn)),
    }
    return Chart("precision-recall", "Found and right", words, tuple(traces), layout, 400, NO_TRUTH)


def _legend(names: int) -> Json:
    return BELOW if names <= MOST_LINES else BESIDE


def _line_of(curve: ClassCurve) -> Json:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": curve.of.text,
        "x": rounded(point.recall for point in curve.points),
        "y": rounded(point.precision for point in curve.points),
        "customdata": rounded((point.score for point in curve.points), 3),
        "line": {"color": curve.of.color, "width": 2},
        "hovertemplate": f"<b>{curve.of.text}</b><br>%{{x:{SHARE}}} found, %{{y:{SHARE}}} right"
        f"<br>from a score of %{{customdata:.2f}}{HOVER_END}",
    }


def _dot_of(curve: ClassCurve, threshold: float) -> Json | None:
    """Where the line stands at a threshold: the furthest point whose boxes all score at least that."""
    reached = [point for point in curve.points if point.score >= threshold]
    if not reached:
        return None
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded([reached[-1].recall]),
        "y": rounded([reached[-1].precision]),
        "marker": {"color": curve.of.color, "size": 9, "line": {"color": "--bl-panel", "width": 2}},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def by_threshold(
    together: Confidence, of_classes: Sequence[tuple[ClassName, Confidence]], advised: float | None
) -> Chart:
    """Precision, recall and F1 of all classes together against the threshold, with the advised one marked.

    Args:
        of_classes: those with most boxes first; their F1 is drawn once somebody clicks on a name.
    """
    words = (
        "A higher threshold shows fewer boxes: more of those that are shown are right (precision), but fewer of all "
        "objects are found (recall). F1 is high where both are good."
    )
    if advised is not None:
        words += f" The advised threshold is {advised:.2f}."
    lines = (
        ("F1, both together", together.f1, {"color": "--bl-accent", "width": 3}),
        ("Right (precision)", together.precision, {"color": "--bl-ok", "width": 1.5}),
        ("Found (recall)", together.recall, {"color": "--bl-warn", "width": 1.5}),
    )
    traces = [_over(together.thresholds, values, name, line) for name, values, line in lines]
    for of, theirs in of_classes[:MOST_CLASSES] if len(of_classes) > 1 else ():
        line = {"color": of.color, "width": 1.5}
        traces.append(_over(theirs.thresholds, theirs.f1, f"F1 of {of.text}", line) | {"visible": "legendonly"})
    layout: Json = {
        "xaxis": {"title": {"text": "Threshold"}, "range": list(UNIT), "hoverformat": ".2f"},
        "yaxis": share_axis("Share"),
        "hovermode": "x unified",
        **_legend(len(traces)),
    }
    if advised is not None:
        layout |= upright(advised, f"advised {advised:.2f}")
    anything = any(together.f1)
    none_right = "The model found none of the objects in these images, so no threshold is better than another."
    return Chart(
        "threshold", "What a threshold does", words, tuple(traces) if anything else (), layout, 400, none_right
    )


def _over(x: Sequence[float], y: Sequence[float | None], name: str, line: Json) -> Json:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": rounded(x),
        "y": rounded(y),
        "line": line,
        "hovertemplate": f"{name}: %{{y:{SHARE}}}{HOVER_END}",
    }

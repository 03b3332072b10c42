"""Charts with a line for each model version: precision over recall, and F1 over thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.measuring.confidence import Confidence
from gui.charts.chart import HOVER_END, SHARE, UNIT, Chart, Json, rounded, share_axis

# The first one is the version that is looked at. No two look alike without colour either.
LINES: tuple[Json, ...] = (
    {"color": "--bl-accent", "width": 3},
    {"color": "--bl-warn", "width": 2, "dash": "dash"},
    {"color": "--bl-ok", "width": 2, "dash": "dot"},
    {"color": "--bl-danger", "width": 2, "dash": "dashdot"},
    {"color": "--bl-muted", "width": 2, "dash": "longdash"},
    {"color": "--bl-text", "width": 1, "dash": "solid"},
)
LEGEND = {"margin": {"b": 64}, "showlegend": True}
NOTHING = "There is no true box here, so there is nothing to be found."


@dataclass(frozen=True, slots=True)
class VersionCurve:
    """What thresholds bring with a version ("v3"), of one class or of all together."""

    name: str
    curve: Confidence


def found_and_right(versions: Sequence[VersionCurve], of: str) -> Chart:
    """Precision over recall at IoU 0.5, a line a version; `of` says of what ("all classes")."""
    traces = [_over_recall(one, LINES[place % len(LINES)]) for place, one in enumerate(versions)]
    words = (
        "How many of the objects are found (to the right) and how many of the boxes are right (upwards), for every "
        "threshold. The version whose line lies nearer to the upper right corner is the better one."
    )
    layout = {
        "xaxis": share_axis("Share of the true objects that are found (recall)"),
        "yaxis": share_axis("Share of the boxes that are right (precision)"),
        **LEGEND,
    }
    data = tuple(traces) if any(any(one.curve.recall) for one in versions) else ()
    return Chart("versions-found-and-right", f"Found and right: {of}", words, data, layout, 380, NOTHING)


def f1_by_threshold(versions: Sequence[VersionCurve], of: str) -> Chart:
    """F1 against the threshold at IoU 0.5, a line a version; `of` says of what ("all classes")."""
    traces = [_over_thresholds(one, LINES[place % len(LINES)]) for place, one in enumerate(versions)]
    words = (
        "F1 is high where many objects are found and few false alarms raised. A wide hill forgives a threshold that is "
        "not quite right; where the hills stand apart, the versions need different thresholds."
    )
    layout: Json = {
        "xaxis": {"title": {"text": "Threshold"}, "range": list(UNIT), "hoverformat": ".2f"},
        "yaxis": share_axis("F1"),
        "hovermode": "x unified",
        **LEGEND,
    }
    data = tuple(traces) if any(any(one.curve.f1) for one in versions) else ()
    return Chart("versions-f1", f"F1 by threshold: {of}", words, data, layout, 380, NOTHING)


def _over_recall(one: VersionCurve, line: Json) -> Json:
    points = [
        (recall, precision, threshold)
        for recall, precision, threshold in zip(
            one.curve.recall, one.curve.precision, one.curve.thresholds, strict=True
        )
        if recall is not None and precision is not None
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": one.name,
        "x": rounded(point[0] for point in points),
        "y": rounded(point[1] for point in points),
        "customdata": rounded((point[2] for point in points), 2),
        "line": line,
        "hovertemplate": f"<b>{one.name}</b>: %{{x:{SHARE}}} found, %{{y:{SHARE}}} right"
        f"<br>from a score of %{{customdata:.2f}}{HOVER_END}",
    }


def _over_thresholds(one: VersionCurve, line: Json) -> Json:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": one.name,
        "x": rounded(one.curve.thresholds, 2),
        "y": rounded(one.curve.f1),
        "line": line,
        "hovertemplate": f"{one.name}: %{{y:{SHARE}}}{HOVER_END}",
    }

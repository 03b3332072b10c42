"""How a project's models have become better while it grew: a dot for each version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gui.charts.chart import HOVER_END, Chart, Json, as_text, rounded


class Size(StrEnum):
    """What a project is measured by."""

    BOXES = "boxes"
    IMAGES = "images"


class Figure(StrEnum):
    """What its models are measured by."""

    AP = "ap"
    AP50 = "ap50"


FIGURE_NAMES = {Figure.AP: "AP", Figure.AP50: "AP50"}


@dataclass(frozen=True, slots=True)
class VersionPoint:
    """A model version in the life of its project.

    Attributes:
        name: "v3", and what people call it.
        size: how many boxes or images it was made from; None where nobody has counted.
        then: its figure on the validation images of its time, `images_then` of them.
        now: on those of today; None where it has not seen them all.
    """

    model_id: int
    name: str
    made: datetime
    note: str
    size: int | None
    then: float | None
    images_then: int | None
    now: float | None = None


def learning_curve(points: Sequence[VersionPoint], size: Size, figure: Figure, images_now: int) -> Chart:
    """Two lines over the size of the project: figures of the time, and on the images of today."""
    known = sorted((point for point in points if point.size is not None), key=lambda point: point.size or 0)
    then, now = [p for p in known if p.then is not None], [p for p in known if p.now is not None]
    traces: list[Json] = []
    if then:
        line = {"color": "--bl-muted", "width": 1.5, "dash": "dot"}
        traces.append(_line("On the validation images of its time", then, [p.then or 0.0 for p in then], line))
    if now:
        line = {"color": "--bl-accent", "width": 2.5}
        name = f"On today's validation images ({images_now:,})"
        traces.append(_line(name, now, [p.now or 0.0 for p in now], line))
    words = (
        "Each dot is a version; click on one to open it. Figures on today's images can be compared with each other, "
        "figures of a version's own time come from other images each. While the line climbs, more labels help."
    )
    layout: Json = {
        "xaxis": {"title": {"text": f"{size.value.capitalize()} that it was made from"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": FIGURE_NAMES[figure]}, "range": [0, 1.02], "tickformat": ".2f"},
        "margin": {"b": 72},
        "showlegend": True,
    }
    empty = "No version says yet how good it was. Train one, and its dot stands here."
    return Chart("learning-curve", "How the models became better", words, tuple(traces), layout, 440, empty)


def _line(name: str, points: Sequence[VersionPoint], values: Sequence[float], line: Json) -> Json:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [point.size for point in points],
        "y": rounded(values),
        "customdata": [point.model_id for point in points],
        "text": [_words(point) for point in points],
        "line": line,
        "marker": {"size": 9, "color": line["color"]},
        "hovertemplate": f"%{{text}}<br>%{{y:.3f}} {as_text(name[0].lower() + name[1:])}{HOVER_END}",
    }


def _words(point: VersionPoint) -> str:
    """Version, date, what it was made from, and the note."""
    parts = [f"<b>{as_text(point.name)}</b>, {point.made:%d %b %Y}"]
    if point.images_then:
        parts.append(f"checked on {point.images_then:,} images then")
    if point.note:
        parts.append(as_text(point.note))
    return "<br>".join(parts)

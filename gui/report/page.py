"""The report as one HTML file: figures, charts and mistakes, with everything it needs inside it.

It asks for nothing: its own policy forbids every request, and lets only those scripts run that were put in here. Names
of classes and files are escaped by the template engine, each of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from detector.measuring.intervals import Intervals
from gui.figures import plotter
from gui.figures.figure_words import FEWER, MAIN, SIZES, shown_in_words
from gui.figures.figuring import Figured
from gui.figures.model_card import Fact, measured_on, model_card, title
from gui.report.crops import Crop
from gui.wording import share

HERE = Path(__file__).parent
THEME = HERE.parent / "theme.css"
PLOT = HERE.parent / "components" / "charts" / "plot.js"
DRAW = """
for (const chart of JSON.parse(document.getElementById("charts").textContent)) {
  if (chart.data.length) plot(document.getElementById(`chart-${chart.key}`), chart, window.Plotly);
}
"""


@dataclass(frozen=True, slots=True)
class ShownMistake:
    crop: Crop
    words: str
    file: str


@dataclass(frozen=True, slots=True)
class ShownKind:
    """Mistakes of one kind: how many there are, and those that are shown."""

    name: str
    count: int
    mistakes: tuple[ShownMistake, ...]


def page(
    project: str,
    found: Figured,
    intervals: Intervals,
    kinds: Sequence[ShownKind],
    more: Sequence[Fact],
    made_at: datetime,
) -> str:
    """The HTML of a report on a model.

    Args:
        more: what the figures rest on beside what is always told.
    """
    figures, seen = found.of.figures, found.of.seen
    plotly, drawing = _script(plotter.script().decode()), _script(PLOT.read_text("utf-8") + DRAW)
    charts = found.charts()
    # A browser reads it as text and not as markup, but for "<", with which markup would begin.
    data = json.dumps([chart.to_json() for chart in charts], ensure_ascii=False).replace("<", "\\u003c")
    return _template().render(
        title=f"{title(seen.model)} of {project}",
        policy=_policy(plotly, drawing),
        style=Markup(_tokens() + (HERE / "report.css").read_text("utf-8")),  # noqa: S704 - our own files
        plotly=plotly,
        drawing=drawing,
        chart_data=Markup(data),  # noqa: S704 - as said above
        charts=charts,
        measured_on=measured_on(seen),
        made_at=f"{made_at.day} {made_at:%B %Y, %H:%M}",
        figures=figures,
        shown=shown_in_words(figures.at_threshold.all),
        notes=found.of.notes,
        main=[(words, getattr(figures, words.key), getattr(intervals, words.key)) for words in MAIN],
        resamples=intervals.resamples,
        sizes=SIZES,
        fewer=FEWER,
        classes=list(
            zip(
                found.classes,
                figures.per_class,
                figures.at_threshold.per_class,
                intervals.per_class,
                strict=True,
            )
        ),
        threshold=found.threshold,
        kinds=kinds,
        card=[*model_card(seen, found.threshold), *more],
    )


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["percent"] = lambda value: "–" if value is None else share(value)
    environment.filters["number"] = lambda value: f"{value:,}"
    return environment.get_template("report.html")


def _script(text: str) -> Markup:
    """A script as it can stand in a page: with the line ends that browsers make of all, and no end too early."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in normal or "<!--" in normal:
        raise ValueError("this script cannot stand in a page: it would end there too early")
    return Markup(normal)  # noqa: S704 - a file of ours or of plotly


def _policy(*scripts: str) -> str:
    """What the page may do: run these scripts, and show pictures that it holds itself."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"


def _tokens() -> str:
    """Our colours and sizes as they are on the light pages."""
    return THEME.read_text("utf-8").partition("\n.dark {")[0]

"""A chart as plotly draws it: described here once, drawn by the pages and by the report file alike.

Nothing here imports plotly; a description is plain JSON (https://plotly.com/javascript/reference). Colours are those of
classes, or names of the page's own ("--bl-accent"), which the page puts in, light or dark (components/charts/plot.js).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

Json = dict[str, Any]
SHARE = ".0%"  # how plotly writes 0.42 as 42%
UNIT = (-0.02, 1.02)  # a range of shares with room for lines along its edges
LONGEST = 28  # characters of a name that are shown
HOVER_END = "<extra></extra>"  # without it plotly adds a box of its own with the name


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its words.

    Attributes:
        key: its name in scripts and file names.
        words: how to read it and what it says, for somebody who has never seen one of its kind.
        data: plotly's traces; none where there is nothing to draw, and `empty` says why.
        layout: plotly's layout without colours and fonts.
        height: in CSS pixels.
    """

    key: str
    title: str
    words: str
    data: tuple[Json, ...]
    layout: Json
    height: int = 340
    empty: str = ""

    def to_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ClassName:
    """A class as charts show it: its id, its name as people typed it, "#rrggbb"."""

    id: int
    name: str
    color: str

    @property
    def text(self) -> str:
        return as_text(self.name)


def as_text(name: str, longest: int = LONGEST) -> str:
    """A text in which plotly finds no markup and no placeholder; a long one is cut."""
    cut = name if len(name) <= longest else f"{name[: longest - 1]}…"
    return re.sub("[%{}]", lambda found: f"&#{ord(found[0])};", escape(cut))


def share_axis(title: str, **more: Any) -> Json:
    return {"title": {"text": title}, "range": list(UNIT), "tickformat": SHARE, **more}


def upright(x: float, text: str) -> Json:
    """A line across the chart at x with a word at its upper end, as part of a layout."""
    line = {
        "type": "line",
        "x0": x,
        "x1": x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "--bl-muted", "width": 1, "dash": "dash"},
    }
    word = {
        "x": x,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 11, "color": "--bl-muted"},
    }
    return {"shapes": [line], "annotations": [word]}


def rounded(values: Iterable[float | None], digits: int = 4) -> list[float | None]:
    """For JSON: more digits than anybody sees are only weight. A line has a gap at None."""
    return [None if value is None else round(value, digits) for value in values]

"""Whether scores can be taken at their word: of the boxes with a score of 0.7, how many were right?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from detector.measuring.confidence import Calibration
from gui.charts.chart import HOVER_END, UNIT, Chart, Json, rounded, share_axis
from gui.wording import share

FEW_BOXES = 10  # in a bin; fewer say little and are drawn pale
CLOSE = 0.05  # of scores to what is right; beyond it the model is called modest or sure of itself
LOOKED_AT = 0.2  # of scores; nobody looks at the hundreds of boxes below, which would settle every verdict


class Bar(NamedTuple):
    """Boxes with scores from `low` to under `high`: their mean score, and the share that is right."""

    low: float
    high: float
    boxes: int
    score: float
    right: float


def calibration(found: Calibration) -> Chart:
    """A bar for each range of scores, against the line on which scores would be shares of right boxes."""
    filled = [
        Bar(one.low, one.high, one.boxes, one.score, one.right)
        for one in found.bins
        if one.score is not None and one.right is not None
    ]
    bars: Json = {
        "type": "bar",
        "x": rounded([(one.low + one.high) / 2 for one in filled]),
        "y": rounded([one.right for one in filled]),
        "width": rounded([0.92 * (one.high - one.low) for one in filled]),
        "marker": {"color": "--bl-accent", "opacity": [1.0 if one.boxes >= FEW_BOXES else 0.35 for one in filled]},
        "text": [sentence(one) for one in filled],
        "textposition": "none",
        "hovertemplate": f"%{{text}}{HOVER_END}",
        "showlegend": False,
    }
    line: Json = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": "--bl-muted", "width": 1, "dash": "dash"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    layout: Json = {
        "xaxis": {"title": {"text": "Score of the model"}, "range": list(UNIT)},
        "yaxis": share_axis("Boxes that were right"),
    }
    words = "Each bar takes the boxes of one range of scores. On the dashed line a score could be read as a chance."
    if filled:
        words = " ".join(part for part in (words, _example(filled), _verdict(filled)) if part)
    empty = "The model found no box in these images."
    return Chart(
        "calibration",
        "Can the scores be taken at their word?",
        words,
        (bars, line) if filled else (),
        layout,
        360,
        empty,
    )


def sentence(one: Bar) -> str:
    """`Of the 132 boxes with a score of 0.6 to 0.7, 65 % were right.`"""
    if one.boxes == 1:
        return f"The one box with a score of {one.low:.1f} to {one.high:.1f} was {'right' if one.right else 'wrong'}."
    return f"Of the {one.boxes:,} boxes with a score of {one.low:.1f} to {one.high:.1f}, {share(one.right)} were right."


def _example(filled: Sequence[Bar]) -> str:
    """The bin nearest to 0.7 of those with enough boxes, in words."""
    telling = [one for one in filled if one.boxes >= FEW_BOXES]
    return sentence(min(telling, key=lambda one: abs(one.score - 0.7))) if telling else ""


def _verdict(filled: Sequence[Bar]) -> str:
    looked_at = [one for one in filled if one.low >= LOOKED_AT]
    boxes = sum(one.boxes for one in looked_at)
    if not boxes:
        return ""
    off = sum(one.boxes * (one.right - one.score) for one in looked_at) / boxes
    if abs(off) < CLOSE:
        return "On the whole the scores are near to what is right."
    how = (
        "too modest: its boxes are right more often"
        if off > 0
        else "too sure of itself: its boxes are right less often"
    )
    return f"On the whole the model is {how} than its scores say."

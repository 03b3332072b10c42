"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Sequence

from detector.measuring.error_kinds import Kind
from gui.charts.chart import ClassName
from gui.report.worst import Mistake
from gui.wording import share

NAMES = {
    Kind.WRONG_CLASS: "Wrong class",
    Kind.BACKGROUND: "Nothing there",
    Kind.MISSED: "Missed",
    Kind.BADLY_PLACED: "Badly placed",
    Kind.DUPLICATE: "Duplicate",
    Kind.BOTH: "Class and place",
}


def sentence(mistake: Mistake, classes: Sequence[ClassName]) -> str:
    """What happened, with the names of the classes and how sure the model was."""
    truth = classes[mistake.truth.label].name if mistake.truth else ""
    if mistake.found is None:
        return f"This {truth} was not found."
    said = f"{classes[mistake.found.label].name} (score {mistake.found.score:.2f})"
    over = share(mistake.overlap)
    return {
        Kind.WRONG_CLASS: f"The model says {said}, the label says {truth}.",
        Kind.BACKGROUND: f"The model sees {said} where no label is.",
        Kind.BADLY_PLACED: f"The box of {said} and the label overlap by {over} only.",
        Kind.DUPLICATE: f"The model says {said} once more: a better box of its own is there already.",
        Kind.BOTH: f"The model says {said}, the label says {truth}, and the boxes overlap by {over} only.",
    }[mistake.kind]

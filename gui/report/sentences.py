"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Sequence

from detector.measuring.error_kinds import Kind
from gui.charts.chart import ClassName
from gui.report.worst import Mistake
from gui.wording import share

NAMES = {
    Kind.WRONG_CLASS: "Taken for another class",
    Kind.BACKGROUND: "Found where nothing is",
    Kind.MISSED: "Missed",
    Kind.BADLY_PLACED: "Badly placed",
    Kind.DUPLICATE: "Found more than once",
    Kind.BOTH: "Another class, and badly placed",
}


def sentence(mistake: Mistake, classes: Sequence[ClassName]) -> str:
    """What happened, with the names of the classes and how sure the model was."""
    truth = classes[mistake.truth.label].name if mistake.truth else ""
    if mistake.found is None:
        return f"This {truth} was not found."
    said = f"{classes[mistake.found.label].name} (score {mistake.found.score:.2f})"
    over = share(mistake.overlap)
    return {
        Kind.WRONG_CLASS: f"The model says {said}, people say {truth}.",
        Kind.BACKGROUND: f"The model sees {said} where nobody drew a box.",
        Kind.BADLY_PLACED: f"The box of {said} and the true one overlap by {over} only.",
        Kind.DUPLICATE: f"The model says {said} once more: a better box of its own is there already.",
        Kind.BOTH: f"The model says {said}, people say {truth}, and the boxes overlap by {over} only.",
    }[mistake.kind]

"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Sequence

from detector.measuring.error_kinds import MistakeKind
from gui.charts.chart import ClassName
from gui.report.worst import Mistake
from gui.wording import share

NAMES = {
    MistakeKind.WRONG_CLASS: "Wrong class",
    MistakeKind.BACKGROUND: "Nothing there",
    MistakeKind.MISSED: "Missed",
    MistakeKind.BADLY_PLACED: "Badly placed",
    MistakeKind.DUPLICATE: "Duplicate",
    MistakeKind.BOTH: "Class and place",
}


def sentence(mistake: Mistake, classes: Sequence[ClassName]) -> str:
    """What happened, with the names of the classes and how sure the model was."""
    truth = classes[mistake.truth.label].name if mistake.truth else ""
    if mistake.found is None:
        return f"This {truth} was not found."
    said = f"{classes[mistake.found.label].name} (score {mistake.found.score:.2f})"
    over = share(mistake.overlap)
    return {
        MistakeKind.WRONG_CLASS: f"The model says {said}, the label says {truth}.",
        MistakeKind.BACKGROUND: f"The model sees {said} where no label is.",
        MistakeKind.BADLY_PLACED: f"The box of {said} and the label overlap by {over} only.",
        MistakeKind.DUPLICATE: f"The model says {said} once more: a better box of its own is there already.",
        MistakeKind.BOTH: f"The model says {said}, the label says {truth}, and the boxes overlap by {over} only.",
    }[mistake.kind]

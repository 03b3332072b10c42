"""What the figures of an evaluation mean, in words for people who know their images and not deep learning. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from detector.measuring.thresholded import ShownCounts
from gui.wording import share


@dataclass(frozen=True, slots=True)
class FigureWords:
    """How a figure is shown.

    Attributes:
        key: its name in the evaluation.  name: as the literature has it.  asks: what it answers.
        words: how it is made, and what is good.
    """

    key: str
    name: str
    asks: str
    words: str


MAIN = (
    FigureWords(
        "ap50",
        "AP50",
        "Are the objects found?",
        "1 is perfect: every object found, and no false alarm among the surer boxes. "
        "A box counts when it and the true one share half of what they cover.",
    ),
    FigureWords(
        "ap",
        "AP",
        "And do the boxes fit?",
        "The same, averaged over ten stricter and stricter demands on the overlap, from 50 to 95 %. "
        "Nobody reaches 1; from 0.5 on boxes fit well.",
    ),
    FigureWords(
        "ap75",
        "AP75",
        "Do they sit tightly?",
        "The same with an overlap of three quarters. Far below AP50: the objects are found, but their edges are not.",
    ),
    FigureWords(
        "ar100",
        "AR",
        "What could be found at best?",
        "Share of the objects that are found when every box counts, however unsure the model is of it, "
        "averaged over the same ten demands.",
    ),
)
SIZES = (
    ("small", "Small objects", "under 32 × 32 pixels"),
    ("medium", "Medium objects", "up to 96 × 96 pixels"),
    ("large", "Large objects", "larger ones"),
)
FEWER = (
    FigureWords("ar1", "AR, 1 box", "", "with only the best box of a class in each image"),
    FigureWords("ar10", "AR, 10 boxes", "", "with the 10 best boxes of a class in each image"),
)


def shown_in_words(shown: ShownCounts) -> str:
    """One sentence of what somebody gets who shows boxes from the thresholds up; "" where there is nothing to say."""
    if shown.recall is None:
        return ""
    at = "With the thresholds of this model" if shown.threshold is None else f"With the threshold {shown.threshold:.2f}"
    if shown.precision is None:
        return f"{at} no box is shown, and so no object is found."
    return (
        f"{at}, {share(shown.recall)} of the objects are found, "
        f"and {share(shown.precision)} of the boxes that are shown are right."
    )

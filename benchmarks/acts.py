"""What a person does at the Label page to label an image, and what it costs.

Every act is one that the page has, and costs what it costs there in presses of keys and of the pointer; a drag is one.
Seconds come from published times, see SECONDS.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from detector.domain import Box
from storage.records import StoredPrediction


class Act(StrEnum):
    """What a person does, and what is counted."""

    DRAW = "draw a box"
    CLASS_KEY = "key of another class"
    CHANGE_CLASS = "select the model's box, class key"
    PULL = "pull a corner of the model's box"
    REJECT = "point at the model's box, reject"
    REJECT_AREA = "drag over several of the model's boxes, reject"
    TAKE = "click to take the model's hidden box"
    NEXT = "accept all shown, done, next"
    LOOK = "look at a box of the model"


ACTIONS = {Act.CHANGE_CLASS: 2, Act.LOOK: 0}  # presses; every other act is one
# The keystroke-level model (Card, Moran & Newell, CACM 23(7), 1980): pressing a key or button, pointing with a mouse,
# preparing mentally; a drag is pointing twice. Drawing a box: extreme clicking (Papadopoulos et al., ICCV 2017), five
# times quicker than the 35 s for a box of ILSVRC that the same paper names, so that our gain is not flattered.
PRESS, POINT, DECIDE, DRAW_SECONDS = 0.28, 1.1, 1.35, 7.0
CAREFUL_DRAW_SECONDS = 35.0
WEARINESS = 1.0  # seconds that somebody spends rather than press once more
SECONDS = {
    Act.DRAW: DRAW_SECONDS,
    Act.CLASS_KEY: PRESS,
    Act.CHANGE_CLASS: POINT + 2 * PRESS,  # the decision is counted with the look
    Act.PULL: 2 * POINT + PRESS,
    Act.REJECT: POINT + PRESS,
    Act.REJECT_AREA: 2 * POINT + PRESS,
    Act.TAKE: DECIDE + POINT + PRESS + DECIDE,  # find what was missed, click it, look at what came
    Act.NEXT: PRESS,
    Act.LOOK: DECIDE,
}


Acts = tuple[Act, ...]


def effort(acts: Acts) -> float:
    """What a person weighs when there are several ways, in seconds: what each takes, and WEARINESS for each press."""
    return sum(SECONDS[act] + WEARINESS * ACTIONS.get(act, 1) for act in acts)


@dataclass
class Tally:
    """Acts counted."""

    acts: Counter[Act] = field(default_factory=Counter)

    def add(self, act: Act, times: int = 1) -> None:
        if times:
            self.acts[act] += times

    def add_all(self, acts: Acts) -> None:
        for act in acts:
            self.add(act)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.acts + other.acts)

    @property
    def actions(self) -> int:
        """Presses of keys and of the pointer."""
        return sum(times * ACTIONS.get(act, 1) for act, times in self.acts.items())

    def seconds(self, draw: float = DRAW_SECONDS) -> float:
        """What they take; `draw` for one box drawn by hand."""
        return sum(times * (draw if act is Act.DRAW else SECONDS[act]) for act, times in self.acts.items())


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image as the person leaves it.

    Attributes:
        drawn: boxes of the person, (class id, box).
        taken: boxes of the model that stay, as they are or (True) corrected; with the class and box they end with.
        rejected: boxes of the model that were turned down.
        tally: what it took.
    """

    drawn: tuple[tuple[int, Box], ...]
    taken: tuple[tuple[StoredPrediction, int, Box], ...]
    rejected: tuple[StoredPrediction, ...]
    tally: Tally

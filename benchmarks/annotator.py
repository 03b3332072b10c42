"""A simulated person who labels an image: knows the truth, sees what the page shows, does the least to make it right.

A box is right from IoU 0.7 with the right class. Every act is one that the Label page has, and costs what it costs
there in presses of keys and of the pointer; a drag is one. The person's own boxes are exact. Seconds come from
published times, see SECONDS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from detector.domain import Annotation, Box
from detector.geometry import iou
from gui.suggesting import candidates_at
from storage.records import Source, StoredBox, StoredPrediction

RIGHT = 0.7  # IoU
COVERS = 0.5  # IoU from which a person's box takes the place of the model's box of its class
MOST_CLICKS = 3  # on one spot, before somebody draws instead
GRID = (0.5, 0.3, 0.7, 0.15, 0.85)  # where on an object a person clicks, as shares of its sides


class Act(StrEnum):
    """What a person does, and what is counted."""

    DRAW = "draw a box"
    CLASS_KEY = "key of another class"
    CHANGE_CLASS = "select the model's box, class key"
    REJECT = "point at the model's box, reject"
    TAKE = "click to take the model's hidden box"
    NEXT = "accept all shown, done, next"
    TRAIN = "train"
    LOOK = "look at a box of the model"


ACTIONS = {Act.CHANGE_CLASS: 2, Act.TRAIN: 3, Act.LOOK: 0}  # presses; every other act is one
# The keystroke-level model (Card, Moran & Newell, CACM 23(7), 1980): pressing a key or button, pointing with a mouse,
# preparing mentally; a drag is pointing twice. Drawing a box: extreme clicking (Papadopoulos et al., ICCV 2017), five
# times quicker than the 35 s for a box of ILSVRC that the same paper names, so that our gain is not flattered.
PRESS, POINT, DECIDE, DRAW_SECONDS = 0.28, 1.1, 1.35, 7.0
CAREFUL_DRAW_SECONDS = 35.0
SECONDS = {
    Act.DRAW: DRAW_SECONDS,
    Act.CLASS_KEY: PRESS,
    Act.CHANGE_CLASS: POINT + 2 * PRESS,  # the decision is counted with the look
    Act.REJECT: POINT + PRESS,
    Act.TAKE: DECIDE + POINT + PRESS + DECIDE,  # find what was missed, click it, look at what came
    Act.NEXT: PRESS,
    Act.TRAIN: 3 * (POINT + PRESS),
    Act.LOOK: DECIDE,
}


@dataclass
class Tally:
    """Acts counted."""

    acts: Counter[Act] = field(default_factory=Counter)

    def add(self, act: Act, times: int = 1) -> None:
        self.acts[act] += times

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


class Annotator:
    """A person at the Label page; remembers the class that was used last.

    Args:
        class_ids: by label of the truth.
    """

    def __init__(self, class_ids: Sequence[int]) -> None:
        self._class_ids = class_ids
        self.current: int | None = None

    def by_hand(self, truth: Sequence[Annotation]) -> Tally:
        """Everything drawn, class after class, so that the key of a class is pressed only when it changes."""
        tally = Tally()
        for label in sorted({one.label for one in truth}, key=lambda label: self._class_ids[label] != self.current):
            for one in truth:
                if one.label == label:
                    self.draw(self._class_ids[label], tally)
        tally.add(Act.NEXT)
        return tally

    def label(
        self, truth: Sequence[Annotation], found: Sequence[StoredPrediction], thresholds: Mapping[int, float]
    ) -> Labelled:
        """Correct what the model found.

        Args:
            found: all boxes of the model, whatever their scores.   thresholds: by class id, from which they are shown.
        """
        return _Session(self, [(self._class_ids[one.label], one.box) for one in truth], found, thresholds).go()

    def draw(self, class_id: int, tally: Tally) -> None:
        """One box, and before it the key of its class where that is not the current one."""
        if class_id != self.current:
            tally.add(Act.CLASS_KEY)
            self.current = class_id
        tally.add(Act.DRAW)


class _Session:
    """One image under the hands of an annotator."""

    def __init__(
        self,
        person: Annotator,
        truth: list[tuple[int, Box]],
        found: Sequence[StoredPrediction],
        thresholds: Mapping[int, float],
    ) -> None:
        self._person = person
        self._found = found
        self._open = list(range(len(truth)))  # objects that nothing stands for yet
        self._truth = truth
        self._shown = _unlike(p for p in found if p.score >= thresholds.get(p.class_id, 0.5))
        self._drawn: list[tuple[int, Box]] = []
        self._taken: list[tuple[StoredPrediction, int, Box]] = []
        self._rejected: list[StoredPrediction] = []
        self._tally = Tally(Counter({Act.LOOK: len(self._shown)}))

    def go(self) -> Labelled:
        wrong = [p for p in self._shown if not self._is_right(p)]
        wrong = [p for p in wrong if not self._is_of_another_class(p)]
        self._open.sort(key=lambda i: (self._truth[i][0] != self._person.current, self._truth[i][0]))
        for index in list(self._open):
            self._supply(index)
        for prediction in wrong:
            if not self._is_covered(prediction.class_id, prediction.box):
                self._tally.add(Act.REJECT)
                self._rejected.append(prediction)
        self._restore_covered()
        self._tally.add(Act.NEXT)
        return Labelled(tuple(self._drawn), tuple(self._taken), tuple(self._rejected), self._tally)

    def _is_right(self, prediction: StoredPrediction) -> bool:
        index = self._best(prediction.box, prediction.class_id)
        if index is None or iou(prediction.box, self._truth[index][1]) < RIGHT:
            return False
        self._settle(index, prediction, prediction.class_id, prediction.box)
        return True

    def _is_of_another_class(self, prediction: StoredPrediction) -> bool:
        """In the right place, it gets the right class."""
        index = self._best(prediction.box, None)
        if index is None or iou(prediction.box, self._truth[index][1]) < RIGHT:
            return False
        self._tally.add(Act.CHANGE_CLASS)
        self._settle(index, prediction, self._truth[index][0], prediction.box)
        return True

    def _supply(self, index: int) -> None:
        """An object that no right box stands for: click where the model has one hidden, else draw.

        What is drawn over a box of the model of this class takes its place.
        """
        class_id, box = self._truth[index]
        drawing = 1 + (class_id != self._person.current)
        for clicks, candidate in enumerate(self._hidden_at(box)[:MOST_CLICKS], start=1):
            other_class = candidate.class_id != class_id
            if iou(candidate.box, box) >= RIGHT and clicks + other_class <= drawing:
                self._tally.add(Act.TAKE, clicks)
                self._tally.add(Act.CLASS_KEY, int(other_class))
                self._settle(index, candidate, class_id, candidate.box)
                return
        self._open.remove(index)
        self._person.draw(class_id, self._tally)
        self._drawn.append((class_id, box))

    def _hidden_at(self, box: Box) -> list[StoredPrediction]:
        """What clicks on one spot of the object bring, in turn; nothing where all of it lies under shown boxes."""
        for across in GRID:
            for down in GRID:
                x, y = box.x1 + across * box.width, box.y1 + down * box.height
                if not any(p.box.x1 <= x <= p.box.x2 and p.box.y1 <= y <= p.box.y2 for p in self._shown):
                    hidden = [p for p in self._found if p not in self._shown]
                    return candidates_at(hidden, self._standing(), [], x, y)
        return []

    def _standing(self) -> list[StoredBox]:
        """The person's boxes so far; what is shown and right is accepted at the end."""
        own = [(class_id, box) for p, class_id, box in self._taken if not self._waits(p, class_id)]
        return [StoredBox("", class_id, box, Source.PERSON) for class_id, box in (*self._drawn, *own)]

    def _is_covered(self, class_id: int, box: Box) -> bool:
        return any(one.class_id == class_id and iou(one.box, box) >= COVERS for one in self._standing())

    def _waits(self, prediction: StoredPrediction, class_id: int) -> bool:
        return prediction in self._shown and prediction.class_id == class_id

    def _restore_covered(self) -> None:
        """A right box that a corrected neighbour covers is not accepted with the others: it is drawn."""
        for prediction, class_id, box in list(self._taken):
            if self._waits(prediction, class_id) and self._is_covered(class_id, box):
                self._taken.remove((prediction, class_id, box))
                self._person.draw(class_id, self._tally)
                self._drawn.append((class_id, box))

    def _settle(self, index: int, prediction: StoredPrediction, class_id: int, box: Box) -> None:
        self._open.remove(index)
        self._taken.append((prediction, class_id, box))

    def _best(self, box: Box, class_id: int | None) -> int | None:
        """The open object that a box overlaps most, of one class or of any."""
        fitting = [i for i in self._open if class_id is None or self._truth[i][0] == class_id]
        return max(fitting, key=lambda i: iou(box, self._truth[i][1]), default=None)


def _unlike(predictions: Iterable[StoredPrediction]) -> list[StoredPrediction]:
    """As "accept all shown" takes them: best first, without one that overlaps a better one of its class."""
    kept: list[StoredPrediction] = []
    for one in sorted(predictions, key=lambda p: -p.score):
        if not any(other.class_id == one.class_id and iou(other.box, one.box) >= COVERS for other in kept):
            kept.append(one)
    return kept

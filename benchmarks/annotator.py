"""A simulated person who labels an image: knows the truth, sees what the page shows, does the least to make it right.

A box is right from IoU 0.7 with the right class. The person's own boxes are exact, and of the ways that the page offers
the person goes the one of the least effort. What cannot be seen is not known: a hidden box is outlined under the
pointer and taken where it is right; what the model is unsure of in an area is not asked for, as nobody can tell
what would come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.acts import Act, Acts, Labelled, Tally, effort
from benchmarks.areas import best_area, contains, middle
from detector.domain import Annotation, Box
from detector.geometry import iou
from gui.suggesting import candidates_at, name_of
from storage.records import Source, StoredBox, StoredPrediction

RIGHT = 0.7  # IoU
COVERS = 0.5  # IoU from which a person's box takes the place of the model's box of its class
WORTH_PULLING = 0.3  # IoU with the object; what lies further off is not seen as its box
GRID = (0.5, 0.3, 0.7, 0.15, 0.85)  # where on an object a person clicks, as shares of its sides
USUAL_THRESHOLD = 0.5


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

    def drawing(self, class_id: int, named: int | None = None) -> Acts:
        """One box, and the key of its class where neither the model gives it, `named`, nor is it the current one."""
        is_its_own = class_id == (self.current if named is None else named)
        return (Act.DRAW,) if is_its_own else (Act.CLASS_KEY, Act.DRAW)

    def draw(self, class_id: int, tally: Tally, named: int | None = None) -> None:
        tally.add_all(self.drawing(class_id, named))
        if named is None:
            self.current = class_id


@dataclass(frozen=True, slots=True)
class _Way:
    """How an object gets its box: what is to be done, and the box of the model that becomes it, if one does."""

    acts: Acts
    prediction: StoredPrediction | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A box of the model that stays; `by_hand`: the person has touched it, so that it is theirs at once."""

    prediction: StoredPrediction
    class_id: int
    box: Box
    by_hand: bool


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
        self._truth = truth
        self._open = list(range(len(truth)))  # objects that nothing stands for yet
        shown = [p for p in found if p.score >= thresholds.get(p.class_id, USUAL_THRESHOLD)]
        self._shown = _unlike(shown)
        self._wrong: list[StoredPrediction] = []
        self._drawn: list[tuple[int, Box]] = []
        self._taken: list[_Taken] = []
        self._rejected: list[StoredPrediction] = []
        self._tally = Tally(Counter({Act.LOOK: len(shown)}))

    def go(self) -> Labelled:
        self._wrong = [p for p in self._shown if not self._is_right(p)]
        self._wrong = [p for p in self._wrong if not self._gets_its_class(p)]
        self._wrong = [p for p in self._wrong if not self._is_pulled_right(p)]
        self._open.sort(key=lambda i: (self._truth[i][0] != self._person.current, self._truth[i][0]))
        for index in list(self._open):
            self._supply(index)
        self._reject()
        self._restore_covered()
        self._tally.add(Act.NEXT)
        taken = tuple((one.prediction, one.class_id, one.box) for one in self._taken)
        return Labelled(tuple(self._drawn), taken, tuple(self._rejected), self._tally)

    def _is_right(self, prediction: StoredPrediction) -> bool:
        index = self._best(prediction.box, prediction.class_id)
        if index is None or iou(prediction.box, self._truth[index][1]) < RIGHT:
            return False
        self._settle(index, prediction, prediction.box, by_hand=False)
        return True

    def _gets_its_class(self, prediction: StoredPrediction) -> bool:
        """In the right place, it gets the right class."""
        index = self._best(prediction.box, None)
        if index is None or iou(prediction.box, self._truth[index][1]) < RIGHT:
            return False
        self._tally.add(Act.CHANGE_CLASS)
        self._settle(index, prediction, prediction.box, by_hand=True)
        return True

    def _is_pulled_right(self, prediction: StoredPrediction) -> bool:
        """One corner is off: it is pulled to where it belongs."""
        index = self._best(prediction.box, prediction.class_id)
        if index is None or iou(prediction.box, self._truth[index][1]) < WORTH_PULLING:
            return False
        truth = self._truth[index][1]
        pulled = max(_with_a_corner_of(prediction.box, truth), key=lambda box: iou(box, truth))
        if iou(pulled, truth) < RIGHT:
            return False
        self._tally.add(Act.PULL)
        self._settle(index, prediction, pulled, by_hand=True)
        return True

    def _pulled_twice(self, index: int) -> StoredPrediction | None:
        """A box of the model that lies badly on an object: two corners make it exact."""
        class_id, box = self._truth[index]
        near = [p for p in self._wrong if p.class_id == class_id and iou(p.box, box) >= WORTH_PULLING]
        return max(near, key=lambda p: iou(p.box, box), default=None)

    def _way(self, index: int) -> _Way:
        """That of the least effort for an object; what is drawn over a box of its class replaces it."""
        class_id, box = self._truth[index]
        ways = [_Way(self._person.drawing(class_id, self._named(box)))]
        if (askew := self._pulled_twice(index)) is not None:
            ways.append(_Way((Act.PULL, Act.PULL), askew, box))
        if (candidate := self._hidden_at(box)) is not None and iou(candidate.box, box) >= RIGHT:
            key = (Act.CLASS_KEY,) if candidate.class_id != class_id else ()
            ways.append(_Way((Act.TAKE, *key), candidate, candidate.box))
        return min(ways, key=lambda way: effort(way.acts))

    def _supply(self, index: int) -> None:
        way = self._way(index)
        class_id, box = self._truth[index]
        if way.prediction is None or way.box is None:
            self._open.remove(index)
            self._person.draw(class_id, self._tally, self._named(box))
            self._drawn.append((class_id, box))
            return
        self._tally.add_all(way.acts)
        self._wrong = [p for p in self._wrong if p is not way.prediction]
        self._settle(index, way.prediction, way.box, by_hand=True)

    def _named(self, box: Box) -> int | None:
        """The class that the page gives a box drawn here: the model's, of objects that do not stand there yet."""
        return name_of(box, [p for p in self._found if not self._is_covered(p.class_id, p.box)])

    def _hidden_at(self, box: Box) -> StoredPrediction | None:
        """What a click on the object takes, as outlined there; None where all of it lies under other boxes."""
        standing = self._standing()
        in_the_way = [*(p.box for p in self._shown), *(one.box for one in standing)]
        for across, down in product(GRID, GRID):
            x, y = box.x1 + across * box.width, box.y1 + down * box.height
            if not any(contains(other, (x, y)) for other in in_the_way):
                hidden = [p for p in self._found if p not in self._shown]
                return next(iter(candidates_at(hidden, standing, [], x, y)), None)
        return None

    def _reject(self) -> None:
        """What is wrong and not covered by now: several with a drag where nothing right lies between, else singly."""
        wrong = [p for p in self._wrong if not self._is_covered(p.class_id, p.box)]
        self._rejected += wrong
        kept = [(middle(one.prediction.box), 1e9) for one in self._taken if not one.by_hand]
        one, many = effort((Act.REJECT,)), effort((Act.REJECT_AREA,))
        while (found := best_area([(middle(p.box), one) for p in wrong], kept)) is not None and found[0] > many:
            self._tally.add(Act.REJECT_AREA)
            wrong = [p for p in wrong if not contains(found[1], middle(p.box))]
        self._tally.add(Act.REJECT, len(wrong))

    def _standing(self) -> list[StoredBox]:
        """The person's boxes so far; what is shown and right is accepted at the end."""
        own = [(one.class_id, one.box) for one in self._taken if one.by_hand]
        return [StoredBox("", class_id, box, Source.PERSON) for class_id, box in (*self._drawn, *own)]

    def _is_covered(self, class_id: int, box: Box) -> bool:
        return any(one.class_id == class_id and iou(one.box, box) >= COVERS for one in self._standing())

    def _restore_covered(self) -> None:
        """A right box that a corrected neighbour covers is not accepted with the others: it is drawn."""
        for one in [one for one in self._taken if not one.by_hand]:
            if self._is_covered(one.class_id, one.box):
                self._taken.remove(one)
                self._person.draw(one.class_id, self._tally)
                self._drawn.append((one.class_id, one.box))

    def _settle(self, index: int, prediction: StoredPrediction, box: Box, *, by_hand: bool) -> None:
        self._open.remove(index)
        self._taken.append(_Taken(prediction, self._truth[index][0], box, by_hand))

    def _best(self, box: Box, class_id: int | None, among: Sequence[int] | None = None) -> int | None:
        """The open object that a box overlaps most, of one class or of any."""
        indices = self._open if among is None else among
        fitting = [i for i in indices if class_id is None or self._truth[i][0] == class_id]
        return max(fitting, key=lambda i: iou(box, self._truth[i][1]), default=None)


def _with_a_corner_of(box: Box, truth: Box) -> list[Box]:
    """The box with each of its corners where the truth has it; without those that turn it over."""
    corners = [
        (truth.x1, truth.y1, box.x2, box.y2),
        (box.x1, truth.y1, truth.x2, box.y2),
        (truth.x1, box.y1, box.x2, truth.y2),
        (box.x1, box.y1, truth.x2, truth.y2),
    ]
    return [Box(*c) for c in corners if c[0] < c[2] and c[1] < c[3]]


def _unlike(predictions: Iterable[StoredPrediction]) -> list[StoredPrediction]:
    """As "accept all shown" takes them: best first, without one that overlaps a better one of its class."""
    kept: list[StoredPrediction] = []
    for one in sorted(predictions, key=lambda p: -p.score):
        if not any(other.class_id == one.class_id and iou(other.box, one.box) >= COVERS for other in kept):
            kept.append(one)
    return kept

"""Which mistakes a report shows: of each kind the surest boxes, or the largest objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.domain import SAME_OBJECT, Box
from detector.geometry import iou
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_kinds import ErrorKinds, MistakeKind, error_kinds

MOST_OF_A_KIND = 6
IN_ORDER = (
    MistakeKind.WRONG_CLASS,
    MistakeKind.BACKGROUND,
    MistakeKind.MISSED,
    MistakeKind.BADLY_PLACED,
    MistakeKind.DUPLICATE,
    MistakeKind.BOTH,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A box of a label; `score` where it is the model's."""

    label: int
    box: Box
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that went wrong.

    Attributes:
        image: its place among the pictures.
        found: the model's box; None for an object that is missed.
        truth: the true box that it is about; None where nothing is.
    """

    image: int
    kind: MistakeKind
    found: Marked | None
    truth: Marked | None

    @property
    def overlap(self) -> float:
        """IoU of the two boxes, 0 where one is lacking."""
        return iou(self.found.box, self.truth.box) if self.found and self.truth else 0.0


@dataclass(frozen=True, slots=True)
class Worst:
    """The mistakes of one kind: how many there are, and some of them, the worst first."""

    kind: MistakeKind
    count: int
    mistakes: tuple[Mistake, ...]


def worst(truths: Truths, found: Found, thresholds: Sequence[float]) -> list[Worst]:
    """The kinds of mistakes that there are, in the order in which they are shown.

    Args:
        thresholds: by label, from which boxes are shown.
    """
    shown = found.where(found.shown(thresholds))
    kinds = error_kinds(truths, shown, (SAME_OBJECT,))
    missed = np.flatnonzero(kinds.missed(0, shown))
    largest = missed[np.argsort(-_areas(truths.box[missed]), kind="stable")]
    about = kinds.about(0)
    all_of_them = []
    for kind in IN_ORDER:
        rows = largest if kind is MistakeKind.MISSED else _surest(kinds, kind, shown)
        if rows.size:
            shown_rows = rows[:MOST_OF_A_KIND].tolist()
            mistakes = (
                _missed(truths, row) if kind is MistakeKind.MISSED else _wrong(kind, shown, truths, row, about[row])
                for row in shown_rows
            )
            all_of_them.append(Worst(kind, len(rows), tuple(mistakes)))
    return all_of_them


def _surest(kinds: ErrorKinds, kind: MistakeKind, found: Found) -> NDArray[np.int64]:
    rows = np.flatnonzero(kinds.kind[0] == kind)
    return rows[np.argsort(-found.score[rows], kind="stable")]


def _missed(truths: Truths, row: int) -> Mistake:
    return Mistake(int(truths.image[row]), MistakeKind.MISSED, None, _true(truths, row))


def _wrong(kind: MistakeKind, found: Found, truths: Truths, row: int, truth: int) -> Mistake:
    box = Marked(int(found.label[row]), Box(*found.box[row].tolist()), float(found.score[row]))
    return Mistake(int(found.image[row]), kind, box, _true(truths, truth) if truth >= 0 else None)


def _true(truths: Truths, row: int) -> Marked:
    return Marked(int(truths.label[row]), Box(*truths.box[row].tolist()))


def _areas(box: NDArray[np.float64]) -> NDArray[np.float64]:
    areas: NDArray[np.float64] = np.prod(box[:, 2:] - box[:, :2], axis=1)
    return areas

"""What one model does better or worse than another one on the same pictures, each above its own thresholds.

An object is found where a box of the model takes it (measuring.error_kinds); what else a model shows is a false alarm.
A false alarm about an object that only one of the two has found is part of that difference and is not told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths, Whole
from detector.measuring.error_kinds import NONE, ErrorKinds, MistakeKind, error_kinds
from detector.measuring.pairing import overlapping

SAME_PLACE = 0.5  # IoU from which two false alarms of a class are the same one
Flags = NDArray[np.bool_]


class Change(IntEnum):
    """How a model differs from another one at a box."""

    FOUND = 0  # an object that the other one does not find
    GONE = 1  # a false alarm that only the other one raises
    LOST = 2  # an object that only the other one finds
    NEW = 3  # a false alarm that the other one does not raise


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """C differences of a model ("ours") from another one ("theirs"), those of a picture together.

    Attributes:
        change: uint8 [C], a Change.   image: int32 [C] the place of the picture, ascending.
        truth: int32 [C] the row of the object; -1 for a false alarm.
        ours, theirs: int32 [C] the row of the box that each model has there; -1 for none. Where one has not found an
            object, its box is the best one that it shows and that is wrong about it.
    """

    change: NDArray[np.uint8]
    image: Whole
    truth: Whole
    ours: Whole
    theirs: Whole

    def __len__(self) -> int:
        return len(self.change)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a person sees of a model: its boxes from a threshold up.

    Attributes:
        kinds: of all boxes of the model, at the one IoU that is asked for.
        seen: [N] which of them are shown.
    """

    found: Found
    kinds: ErrorKinds
    seen: Flags

    @classmethod
    def of(cls, truths: Truths, found: Found, thresholds: Sequence[float], iou: float = 0.5) -> Shown:
        """Boxes of each label from its threshold up."""
        return cls(found, error_kinds(truths, found, [iou]), found.shown(thresholds))

    @property
    def takes(self) -> Whole:
        """[M] the shown box that has taken each truth, -1 for none."""
        by = self.kinds.found_by[0]
        return np.where(np.append(self.seen, False)[by], by, NONE).astype(np.int32)

    @property
    def about(self) -> Whole:
        """[N] the truth that each box has taken or that its mistake is about; -1 for nothing, or if it is not shown."""
        return np.where(self.seen, self.kinds.about(0), NONE).astype(np.int32)

    @property
    def alarms(self) -> Flags:
        """[N] which boxes are shown and wrong."""
        wrong: Flags = self.seen & (self.kinds.kind[0] != MistakeKind.RIGHT)
        return wrong


def compare(truths: Truths, ours: Shown, theirs: Shown) -> Changes:
    """List what differs between two models on the same pictures."""
    we_take, they_take = ours.takes, theirs.takes
    found = np.flatnonzero((we_take >= 0) & (they_take < 0)).astype(np.int32)
    lost = np.flatnonzero((they_take >= 0) & (we_take < 0)).astype(np.int32)
    gone = _alarms_without_counterpart(theirs, ours, told_by=found)
    new = _alarms_without_counterpart(ours, theirs, told_by=lost)
    no_gone, no_new = (np.full(len(rows), NONE, np.int32) for rows in (gone, new))
    parts = (
        (Change.FOUND, truths.image[found], found, we_take[found], _best_about(theirs, found, len(truths))),
        (Change.GONE, theirs.found.image[gone], no_gone, no_gone, gone),
        (Change.LOST, truths.image[lost], lost, _best_about(ours, lost, len(truths)), they_take[lost]),
        (Change.NEW, ours.found.image[new], no_new, new, no_new),
    )
    change = np.concatenate([np.full(len(part[1]), part[0], np.uint8) for part in parts])
    columns = [np.concatenate([part[place] for part in parts]).astype(np.int32) for place in range(1, 5)]
    order = np.argsort(columns[0], kind="stable")
    return Changes(change[order], *(column[order] for column in columns))


def _alarms_without_counterpart(of: Shown, other: Shown, told_by: Whole) -> Whole:
    """Rows of false alarms that the other model does not raise at that place.

    Args:
        told_by: truths whose difference tells of the mistakes about them already.
    """
    alarms = of.alarms & ~np.isin(of.about, told_by)
    rows = np.flatnonzero(alarms)
    mine, theirs = of.found.where(alarms), other.found.where(other.alarms)
    pairs = overlapping((mine.image, theirs.image), (mine.box, theirs.box), SAME_PLACE)
    same = mine.label[pairs.first] == theirs.label[pairs.second]
    return np.delete(rows, np.unique(pairs.first[same])).astype(np.int32)


def _best_about(shown: Shown, truths: Whole, count: int) -> Whole:
    """The best box that is shown and wrong about each of these truths, -1 where there is none.

    Args:
        count: how many truths there are in all.
    """
    about = np.where(shown.alarms, shown.about, NONE)
    rows = np.flatnonzero(about >= 0)
    rows = rows[np.argsort(shown.found.score[rows], kind="stable")]  # a better one is written over a worse one
    best = np.full(count, NONE, np.int32)
    best[about[rows]] = rows
    return best[truths]

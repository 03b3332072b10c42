"""From which score a model's boxes are worth showing: by its figures, by a person's wish, or by the work of correcting.

One threshold for all classes, and one for each. Those of classes are chosen on counts that are shrunk towards those of
all classes (`Curves.shrunk`), since a handful of boxes says little about a class. On models of BCCD and of the demo's
smears, trained well and hardly at all, one box was the most that cost next to nothing where classes differ a lot; where
they hardly do, it lost less F1 on other images than none. The curve that the best point is looked for on is smoothed,
which lost less as well. Both rules are ours; benchmarks/thresholds.py measures what they lose.

Where even the best F1 is below USEFUL, nothing is advised or chosen. F1 is the share of all boxes, shown and true ones,
that belong to a pair of them. A model that has learnt nothing yet has its best one where everything is shown: 300 boxes
on each picture of BCCD, with some 13 objects, are an F1 of 0.08 if all are found. A weak one, AP50 0.2 there, has 0.49.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.domain import Annotation, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.curves import THRESHOLDS, Curves, Reals
from detector.measuring.judged import Judged
from detector.measuring.wishes import Wish, WishKind

PRIOR = 1.0  # boxes of a class, from which on it counts more by itself than as one of all
WIDTH = 3  # hundredths: standard deviation of what curves are smoothed with
WRONG = 0.6  # of the work of adding a box, as one drag rejects several
PRICES = np.geomspace(100.0, 0.001, 160)  # found boxes that one wrong box costs
USEFUL = 0.1  # F1
DUST = 1e-9  # percent, of rounding

Goodness = Callable[[Curves], Reals]  # [K, 99], the higher the better
Places = NDArray[np.intp]  # [K] of thresholds


@dataclass(frozen=True, slots=True)
class Advice:
    """Thresholds in hundredths of 1.

    Attributes:
        overall: for all classes together; None where nothing useful was found, see USEFUL.
        by_label: for each class that was found or to be found; none where `overall` is None.
    """

    overall: float | None
    by_label: dict[int, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """Thresholds in hundredths of 1 that fulfil a wish, or come as near as can be.

    Attributes:
        nearest: None where the wish is fulfilled; else what can be had instead of its value.
    """

    overall: float
    by_label: dict[int, float]
    nearest: float | None


def advise(truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]]) -> Advice:
    """The thresholds with the highest F1 at IoU 0.5, over pictures that are known all over.

    F1 of all classes together counts every box alike. Where several thresholds are equally good the middle one is
    taken: the next picture is not quite like these.

    Args:
        truths, predictions: of the same pictures, in the same order; all scores, not only high ones.
    """
    return _advised(truths, predictions, _f1)


def with_fewest_corrections(
    truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]]
) -> Advice:
    """The thresholds at which the fewest boxes have to be rejected or added, at IoU 0.5, over finished pictures.

    A wrong box that is shown costs WRONG of what an object costs that is not. Arguments as of `advise`.
    """
    return _advised(truths, predictions, _uncorrected)


def choose(curves: Curves, wish: Wish, prior: float = PRIOR) -> Choice | None:
    """The thresholds for a wish; None where nothing useful was found (see USEFUL), so that there is none to choose.

    For misses, the highest threshold at which no more is missed than wished; for false alarms, the lowest at which no
    more boxes are wrong. The wish is one about all boxes together, with the thresholds of the classes too: these share
    it out so that a wrong box costs the same in each class, as in the lemma of Neyman and Pearson (1933). An equal
    share of misses or of wrong boxes for each class was tried and cost up to ten times as many false alarms.

    Args:
        prior: boxes of a class, more than 0, from which on it counts more by itself than as one of all.
    """
    if not _is_useful(curves):
        return None
    if wish.kind is WishKind.BALANCE:
        return Choice(*_best(curves, _f1, prior), None)
    together = curves.together()
    everything = _kept(wish, together, _course(together))
    classes = _kept(wish, curves, _course(curves.shrunk(prior)))
    return Choice(float(THRESHOLDS[everything.places[0]]), _by_label(curves, classes.places), everything.nearest)


def is_beyond_use(ap50: float, classes: int) -> bool:
    """Whether the best F1 of a model is surely below USEFUL, as its AP50, the mean of so many classes, tells.

    A precision p at a recall r makes an AP of at least p r, and F1 is at most the root of p r. No class has more AP50
    than all together, and F1 of all boxes is a mean of what it is in each class.
    """
    return ap50 * classes < USEFUL**2


def _advised(
    truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]], good: Goodness
) -> Advice:
    if len(truths) != len(predictions):
        raise ValueError(f"{len(truths)} pictures with truth but {len(predictions)} with predictions")
    curves = Judged.of(Truths.of(truths), Found.of(predictions), len(truths)).curves()
    return Advice(*_best(curves, good)) if _is_useful(curves) else Advice(None, {})


def _best(curves: Curves, good: Goodness, prior: float = PRIOR) -> tuple[float, dict[int, float]]:
    [overall] = _highest(good(curves.together()))
    return float(THRESHOLDS[overall]), _by_label(curves, _highest(good(curves.shrunk(prior))))


def _by_label(curves: Curves, places: Places) -> dict[int, float]:
    return dict(zip(curves.labels, THRESHOLDS[places].tolist(), strict=True))


def _is_useful(curves: Curves) -> bool:
    return bool(curves.right.any() and _f1(curves.together()).max() >= USEFUL)


def _f1(curves: Curves) -> Reals:
    f1: Reals = 2 * curves.right / (curves.shown + curves.boxes[:, None])
    return f1


def _uncorrected(curves: Curves) -> Reals:
    """Less is to be done by hand for each object: minus wrong boxes shown, minus objects not shown."""
    return (curves.right - curves.boxes[:, None] - WRONG * curves.wrong) / curves.boxes[:, None]


def _highest(goodness: Reals) -> Places:
    """Where each of the curves [K, 99] is highest, smoothed; the middle of where it is level there."""
    reach = 3 * WIDTH
    bell = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * WIDTH**2))
    places = []
    for curve in goodness:
        smooth = np.convolve(np.pad(curve, reach, "edge"), bell / bell.sum(), "valid")
        best = int(np.round(smooth, 9).argmax())
        others = np.flatnonzero(curve != curve[best])
        before, after = others[others < best], others[others > best]
        first = int(before[-1]) + 1 if before.size else 0
        last = int(after[0]) - 1 if after.size else len(curve) - 1
        places.append((first + last) // 2)
    return np.array(places, np.intp)


class _Kept(NamedTuple):
    """Thresholds that keep a wish; else those that come nearest, and what they come to."""

    places: Places
    nearest: float | None


def _kept(wish: Wish, curves: Curves, course: Places) -> _Kept:
    """The highest thresholds of a course [M, K] at which no more is missed, or the lowest at which no more is wrong."""
    boxes, number = float(curves.boxes.sum()), wish.number

    def missed(at: Places) -> float:
        return 100 * (1 - _at(curves.right, at) / boxes)

    if wish.kind is WishKind.MISSES:
        first = bisect_left(course, True, hi=len(course) - 1, key=lambda at: missed(at) <= number + DUST)
        reached = missed(course[first])
        return _Kept(course[first], None if reached <= number + DUST else reached)
    first_over = bisect_left(course, True, key=lambda at: _at(curves.wrong, at) * number > curves.images)
    if first_over == 0:
        return _Kept(course[0], curves.images / _at(curves.wrong, course[0]))
    return _Kept(course[first_over - 1], None)


def _course(curves: Curves) -> Places:
    """[M, K] thresholds from the highest of all classes down to the lowest, none ever rising.

    On its way are those that find the most for what is wrong: where one wrong box costs as much as PRICES found ones,
    of whatever class. In between all classes that have to go somewhere are equally far on their way there.
    """
    best = [(curves.right - price * curves.wrong).argmax(axis=1) for price in PRICES]
    highest = np.full((1, len(curves.labels)), len(THRESHOLDS) - 1)
    stops = np.minimum.accumulate(np.concatenate([highest, best, 0 * highest]))
    parts = [highest]
    for here, there in pairwise(stops):
        steps = int((here - there).max())
        share = np.arange(1, steps + 1)[:, None] / max(steps, 1)
        parts.append(np.rint(here + share * (there - here)).astype(np.intp))
    return np.concatenate(parts)


def _at(counts: Reals, places: Places) -> float:
    """The sum over classes at their thresholds."""
    return float(counts[np.arange(len(counts)), places].sum())

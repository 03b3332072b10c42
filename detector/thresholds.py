"""From which score a model's boxes are worth showing: by its figures, by a person's wish, or by the work of correcting.

One threshold for all classes, and one for each. Those of classes are chosen on counts that are shrunk towards those of
all classes (`Curves.shrunk`), since a handful of boxes says little about a class. On models of BCCD and of the demo's
smears, chosen on 5 to 20 images, five boxes lost the least F1 on other images; on many images it matters little. The
curve that the best point is looked for on is smoothed, which lost less as well. Both rules are ours;
benchmarks/thresholds.py measures what they lose.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.box_columns import Found, Truths
from detector.domain import Annotation, Prediction
from detector.judged import THRESHOLDS, Curves, Judged, Reals
from detector.wishes import Wish, WishKind

PRIOR = 5.0  # boxes of a class, from which on it counts more by itself than as one of all
WIDTH = 3  # hundredths: standard deviation of what curves are smoothed with
WRONG = 0.6  # of the work of adding a box, as one drag rejects several
DUST = 1e-9  # percent, of rounding

Goodness = Callable[[Curves], Reals]  # [K, 99], the higher the better
Places = NDArray[np.intp]  # [K] of thresholds


@dataclass(frozen=True, slots=True)
class Advice:
    """Thresholds in hundredths of 1.

    Attributes:
        overall: for all classes together; None where nothing right was found.
        by_label: for each class that was found or to be found.
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
    """The thresholds for a wish; None where no box is right, so that there is nothing to choose by.

    For misses, the highest threshold at which no more is missed than wished; for false alarms, the lowest at which no
    more boxes are wrong. The wish is one about all boxes together, with the thresholds of the classes too: these share
    it out so that each class is found to the same share, or is wrong to the same share of what is shown of it.

    Args:
        prior: boxes of a class, more than 0, from which on it counts more by itself than as one of all.
    """
    if not curves.right.any():
        return None
    if wish.kind is WishKind.BALANCE:
        return Choice(*_best(curves, _f1, prior), None)
    together, shrunk = curves.together(), curves.shrunk(prior)
    if wish.kind is WishKind.MISSES:
        everything = _missing_at_most(wish, together, _share_found(together))
        classes = _missing_at_most(wish, curves, _share_found(shrunk))
    else:
        everything = _wrong_at_most(wish, together, -together.wrong)
        classes = _wrong_at_most(wish, curves, _share_right(shrunk))
    return Choice(float(THRESHOLDS[everything.places[0]]), _by_label(curves, classes.places), everything.nearest)


def _advised(
    truths: Sequence[Sequence[Annotation]], predictions: Sequence[Sequence[Prediction]], good: Goodness
) -> Advice:
    if len(truths) != len(predictions):
        raise ValueError(f"{len(truths)} pictures with truth but {len(predictions)} with predictions")
    curves = Judged.of(Truths.of(truths), Found.of(predictions), len(truths)).curves()
    return Advice(*_best(curves, good)) if curves.right.any() else Advice(None, {})


def _best(curves: Curves, good: Goodness, prior: float = PRIOR) -> tuple[float, dict[int, float]]:
    [overall] = _highest(good(curves.together()))
    return float(THRESHOLDS[overall]), _by_label(curves, _highest(good(curves.shrunk(prior))))


def _by_label(curves: Curves, places: Places) -> dict[int, float]:
    return dict(zip(curves.labels, THRESHOLDS[places].tolist(), strict=True))


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


def _missing_at_most(wish: Wish, curves: Curves, share: Reals) -> _Kept:
    """The highest thresholds at which each class has the same `share` [K, 99], which falls, and the wish is kept."""
    boxes = float(curves.boxes.sum())

    def places(least: float) -> Places:
        last: Places = (share >= least).sum(axis=1) - 1
        return np.maximum(last, 0)

    def missed(at: Places) -> float:
        return 100 * (1 - _at(curves.right, at) / boxes)

    found = _first(share, places, lambda at: missed(at) <= wish.number + DUST)
    return _Kept(found, None if missed(found) <= wish.number + DUST else missed(found))


def _wrong_at_most(wish: Wish, curves: Curves, share: Reals) -> _Kept:
    """The lowest thresholds at which each class has the same `share` [K, 99], which rises, and the wish is kept."""
    last = share.shape[1] - 1

    def places(least: float) -> Places:
        reached = share >= least
        first: Places = np.where(reached.any(axis=1), reached.argmax(axis=1), last)
        return first

    def is_kept(at: Places) -> bool:
        return _at(curves.wrong, at) * wish.number <= curves.images

    found = _first(share, places, is_kept)
    return _Kept(found, None if is_kept(found) else curves.images / _at(curves.wrong, found))


def _share_found(curves: Curves) -> Reals:
    return curves.right / curves.boxes[:, None]


def _share_right(curves: Curves) -> Reals:
    """Of the boxes that are shown, as far as it rises with the threshold."""
    shown = curves.shown
    rising: Reals = np.maximum.accumulate(
        np.divide(curves.right, shown, out=np.zeros_like(shown), where=shown > 0), axis=1
    )
    return rising


def _at(counts: Reals, places: Places) -> float:
    """The sum over classes at their thresholds."""
    return float(counts[np.arange(len(counts)), places].sum())


def _first(share: Reals, places: Callable[[float], Places], is_kept: Callable[[Places], bool]) -> Places:
    """The thresholds for the least share that keeps a wish, which a greater one keeps all the more; else the last."""
    levels = [*np.unique(share).tolist(), np.inf]
    level = bisect_left(levels, True, hi=len(levels) - 1, key=lambda least: is_kept(places(least)))
    return places(levels[level])

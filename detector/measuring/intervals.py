"""How far figures may be off by the chance of which images they come from: 95 % bootstrap intervals over images.

Images are drawn again with replacement, as many as there are, and the figures computed anew, each time; the interval
reaches from the 2.5th to the 97.5th percentile (Efron 1979). What takes what in an image stays as it is, so that a draw
only weighs the images. The draws are the same for everything of as many images, so that two models on the same images
are compared draw by draw: the interval of their difference is far narrower than the two side by side suggest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found, Truths
from detector.measuring.coco_figures import LIMIT
from detector.measuring.hits import near_truths, of_one_class, place_in_class, taken
from detector.measuring.thresholded import counts

Real = NDArray[np.float64]
OVERLAPS = tuple((50 + 5 * step) / 100 for step in range(10))
RECALLS = np.linspace(0, 1, 101)
RESAMPLES, FEWEST_RESAMPLES = 1000, 200
WORK = 200e6  # boxes looked at in all draws together: some seconds
AT_ONCE = 1e6  # of them, or images, so that a step needs some 50 MB
FEWEST_IMAGES = 5  # below which draws are too much alike to tell anything
EDGES = (2.5, 97.5)  # percentiles
SEED = 0


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, or how much a second one is above it, and where it lies in 95 of 100 such sets of images."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassIntervals:
    """Of one label; None where no true box was there to be found."""

    label: int
    ap: Interval | None
    ap50: Interval | None


@dataclass(frozen=True, slots=True)
class Intervals:
    """As `Evaluation` has the figures.

    Attributes:
        images, resamples: how many images were drawn, how often. With fewer than 5 images every interval is None.
    """

    ap: Interval | None
    ap50: Interval | None
    ap75: Interval | None
    ar100: Interval | None
    per_class: tuple[ClassIntervals, ...]
    images: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def of_figures(truths: Truths, found: Found, images: int, labels: int, resamples: int | None = None) -> Intervals:
    """Intervals of a model's figures on pictures 0..`images`-1.

    Args:
        resamples: how often to draw; None for 1,000, or for as many from 200 on as take some seconds.
    """
    ranked = _ranked(truths, found, images, labels)
    [drawn] = _drawn([ranked], images, resamples)
    return _intervals(_measured(ranked, np.ones((1, images))), drawn, images)


def of_difference(
    truths: Truths, first: Found, second: Found, images: int, labels: int, resamples: int | None = None
) -> Intervals:
    """Intervals of what `second` has more than `first`, of two models on the same pictures. Args: as `of_figures`."""
    both = [_ranked(truths, found, images, labels) for found in (first, second)]
    before, after = (_measured(ranked, np.ones((1, images))) for ranked in both)
    drawn_before, drawn_after = _drawn(both, images, resamples)
    return _intervals(after - before, drawn_after - drawn_before, images)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """The boxes found of one class, best first over all images.

    Attributes:
        image: [n] of each.  hits: by IoU, the places of those that take a true box.  boxes: [images] true ones.
    """

    image: NDArray[np.int32]
    hits: tuple[NDArray[np.int64], ...]
    boxes: NDArray[np.int64]

    @property
    def size(self) -> int:
        return len(self.image) + sum(len(places) for places in self.hits)


def _ranked(truths: Truths, found: Found, images: int, labels: int) -> list[_Ranked]:
    true_counts = counts(truths.image, truths.label, images, labels)
    seen = found.where(place_in_class(found) < LIMIT)
    near = of_one_class(near_truths(truths, seen), truths, seen)
    hit = [taken(near, len(seen), len(truths), overlap) >= 0 for overlap in OVERLAPS]
    ranked = []
    for label in range(labels):
        theirs = np.flatnonzero(seen.label == label)
        theirs = theirs[np.argsort(-seen.score[theirs], kind="stable")]
        ranked.append(
            _Ranked(seen.image[theirs], tuple(np.flatnonzero(one[theirs]) for one in hit), true_counts[:, label])
        )
    return ranked


def _affordable(ranked: list[list[_Ranked]]) -> int:
    size = sum(one.size for classes in ranked for one in classes)
    return int(np.clip(WORK / max(size, 1), FEWEST_RESAMPLES, RESAMPLES))


def _drawn(models: list[list[_Ranked]], images: int, resamples: int | None) -> list[Real]:
    """[resamples, 4 + 2K] of each model what `_measured` gives of the same draws."""
    widest = max([1, images, *(len(one.image) for ranked in models for one in ranked)])
    parts = [
        [_measured(ranked, draws) for ranked in models]
        for draws in _draws(images, resamples or _affordable(models), max(1, int(AT_ONCE / widest)))
    ]
    return [np.concatenate(of_model) for of_model in zip(*parts, strict=True)]


def _draws(images: int, resamples: int, at_once: int) -> Iterator[Real]:
    """[at_once, images] how often each image was drawn, until there are `resamples` rows; the same rows each time."""
    random, chance = np.random.default_rng(SEED), np.full(images, 1 / max(1, images))
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        yield random.multinomial(images, chance, rows).astype(np.float64) if images else np.zeros((rows, 0))


def _measured(ranked: list[_Ranked], draws: Real) -> Real:
    """[draws, 4 + 2K] ap, ap50, ap75, ar100, then ap and ap50 of each class; NaN where nothing was to be found."""
    if not ranked:
        return np.full((len(draws), 4), np.nan)
    per_class = np.stack([_of_class(one, draws) for one in ranked], axis=1)  # [draws, K, 4]
    whole = _mean(per_class, axis=1)
    return np.concatenate((whole, per_class[:, :, :2].reshape(len(draws), -1)), axis=1)


def _of_class(ranked: _Ranked, draws: Real) -> Real:
    """[draws, 4] ap, ap50, ap75, ar100."""
    boxes = draws @ ranked.boxes
    figures = np.full((len(draws), 4), np.nan)
    rows = np.flatnonzero(boxes > 0)
    if rows.size:
        figures[rows] = _average_precision(ranked, draws[rows], boxes[rows])
    return figures


def _average_precision(ranked: _Ranked, draws: Real, boxes: Real) -> Real:
    """As COCO interpolates: at each recall the best precision from there on."""
    weight = draws.take(ranked.image, axis=1)
    shown = np.cumsum(weight, axis=1)
    precision, recall = np.zeros((2, len(OVERLAPS), len(draws)))
    for place, hits in enumerate(ranked.hits):
        if not hits.size:
            continue
        right = np.cumsum(weight.take(hits, axis=1), axis=1)
        best = right / np.maximum(shown.take(hits, axis=1), 1)
        best = np.maximum.accumulate(best[:, ::-1], axis=1)[:, ::-1]
        precision[place] = _at_recalls(best, right, boxes).mean(axis=1)
        recall[place] = right[:, -1] / boxes
    return np.stack((precision.mean(axis=0), precision[0], precision[5], recall.mean(axis=0)), axis=1)


def _at_recalls(best: Real, right: Real, boxes: Real) -> Real:
    """[draws, 101] of what is best [draws, hits] where each recall is reached; 0 where it never is.

    Args:
        right: [draws, hits] how many boxes are found by then.   boxes: [draws] how many there are.
    """
    draws, hits = right.shape
    wanted = _enough(boxes[:, None])
    offsets = (boxes.max() + 2) * np.arange(draws)[:, None]  # one search through all rows; whole numbers stay exact
    place = np.searchsorted((right + offsets).ravel(), (wanted + offsets).ravel()).reshape(draws, -1)
    place -= hits * np.arange(draws)[:, None]
    padded = np.concatenate((best, np.zeros((draws, 1))), axis=1)
    return np.take_along_axis(padded, np.minimum(place, hits), axis=1)


def _enough(boxes: Real) -> Real:
    """[draws, 101] the fewest boxes whose share of `boxes` [draws, 1] is no less than a recall, rounded as in COCO."""
    least = np.ceil(RECALLS * boxes)
    least -= (least - 1) / boxes >= RECALLS
    least += least / boxes < RECALLS
    return least


def _intervals(value: Real, drawn: Real, images: int) -> Intervals:
    known = ~np.isnan(value[0]) & ~np.isnan(drawn).all(axis=0) & (images >= FEWEST_IMAGES)
    low, high = np.zeros((2, drawn.shape[1]))
    low[known], high[known] = np.nanpercentile(drawn[:, known], EDGES, axis=0) if known.any() else ((), ())
    every = [
        Interval(float(v), float(a), float(b)) if is_known else None
        for v, a, b, is_known in zip(value[0], low, high, known, strict=True)
    ]
    ap, ap50, ap75, ar100, *rest = every
    by_class = zip(rest[::2], rest[1::2], strict=True)
    return Intervals(
        ap=ap,
        ap50=ap50,
        ap75=ap75,
        ar100=ar100,
        per_class=tuple(ClassIntervals(label, *pair) for label, pair in enumerate(by_class)),
        images=images,
        resamples=len(drawn),
    )


def _mean(values: Real, axis: int) -> Real:
    """Of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=axis)
    mean: Real = np.divide(total, known.sum(axis=axis), out=np.full(total.shape, np.nan), where=known.any(axis=axis))
    return mean

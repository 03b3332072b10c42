"""What to label next: images that the model is unsure about, that may hold rare classes, and that are unlike others.

What an image would teach is the entropy of the model's boxes on it, summed (Haussmann et al. 2020, "Scalable active
learning for object detection", equation 1 with the sum over boxes as in Brust et al. 2019):

    sum over boxes of w(class) * H(p),    H(p) = -p log2 p - (1 - p) log2 (1 - p)

with p the chance that the box is right (`sureness`). A plain sum over 300 boxes says mostly how many boxes of next to
no score there are, so those that are surely nothing count for nothing. w makes rare classes count more, by the square
root of how much rarer than an equal share they are (the repeat factor of Gupta et al. 2019, LVIS, section 5.1); an
image that surely holds a rare class is worth as much more, though there is nothing to be unsure about.

The queue is the farthest-first traversal of the k-centre problem (Sener and Savarese 2018, algorithm 1) with weights
(Dyer and Frieze 1985): always the image next for which what it teaches times how far it is from all that are labelled
or chosen is largest. So the first n are a good choice for every n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.advising.sureness import Sureness
from detector.measuring.box_columns import Found

SURELY_NOTHING = 0.05  # chance under which a box counts for nothing
IN_DOUBT = (0.2, 0.8)  # chances between which a person is told that the model is unsure: 0.72 bits and more
MAY_HOLD = 0.3  # chance from which an image may hold a class
RARE = 1.5  # weight from which a class is rare
LEAST_WEIGHT = 0.1  # of an image where the model sees nothing: it may be blind to what is there
FULL_WEIGHT = 95  # percentile of what images teach that counts in full, so that no single one outweighs all others
FAR = 95  # percentile of how far labelled images are from one another, from which an image is like none of them
MOST_THROUGH = 4000  # images that go through the k-centre choice; what is worth less is not reached by any queue
MOST_KNOWN = 2000  # labelled images that distances are measured to
ROWS = 2048  # distances at once

Real = NDArray[np.float64]
Rows = NDArray[np.float32]  # [I, D] of embeddings; NaN where there is none
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What a model's boxes say about images.

    Attributes:
        teaches: [I] bits, see above.
        in_doubt: [I] how many boxes the model is unsure of.
        holds: [I, K] the chance that there is an object of the class, that of its best box.
    """

    teaches: Real
    in_doubt: NDArray[np.int32]
    holds: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Sequence[Worth]) -> Worth:
        """Of the images of all parts, one after the other."""
        return cls(
            np.concatenate([part.teaches for part in parts]),
            np.concatenate([part.in_doubt for part in parts]),
            np.concatenate([part.holds for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Advised:
    """An image of the queue, and why it is there.

    Attributes:
        image: its place among the candidates.
        in_doubt: boxes that the model is unsure of.
        unlike: it looks like nothing that is labelled.
        may_hold: labels of rare classes, the rarest first.
    """

    image: int
    in_doubt: int
    unlike: bool
    may_hold: tuple[int, ...]


def class_weights(labelled: Sequence[int]) -> Real:
    """[K] how much more a class counts than a common one, 1 and more, from how many boxes of each are labelled."""
    counts = np.asarray(labelled, np.float64)
    shares = (counts + 1) / (counts.sum() + len(counts))
    weights: Real = np.sqrt(np.maximum(1.0, 1 / (len(counts) * shares)))
    return weights


def worth_of(found: Found, images: int, sureness: Sureness, weights: Real) -> Worth:
    """What labelling each of so many images would teach.

    Args:
        found: what the model found on them.   weights: [K], see `class_weights`.
    """
    chance = sureness.of(found.score)
    holds = np.zeros((images, len(weights)))
    np.maximum.at(holds, (found.image, found.label), chance)
    some = chance >= SURELY_NOTHING
    bits = weights[found.label[some]] * entropy(chance[some])
    doubted = (chance >= IN_DOUBT[0]) & (chance <= IN_DOUBT[1])
    rare = np.where(holds >= SURELY_NOTHING, holds, 0.0) @ (weights - 1)
    return Worth(
        np.bincount(found.image[some], bits, images) + rare,
        np.bincount(found.image[doubted], minlength=images).astype(np.int32),
        holds.astype(np.float32),
    )


def entropy(chance: Real) -> Real:
    """Bits of a yes or no, 0..1, of its chance."""
    held = np.clip(chance, 1e-12, 1 - 1e-12)
    bits: Real = -held * np.log2(held) - (1 - held) * np.log2(1 - held)
    return bits


def advise(worth: Worth, looks: Rows, known: Rows, weights: Real, wanted: int) -> list[Advised]:
    """The images to label next, the best first.

    Args:
        worth: of the candidates.   looks: their embeddings.   known: those of labelled images.
        weights: of the classes, [K].   wanted: how many at most.
    """
    scaled, known = _scaled(looks, _spread(known, MOST_KNOWN))
    distance = nearest(scaled, known)
    typical = far_from_known(known)
    order = _farthest_first(scaled, distance, _as_weight(worth.teaches), min(wanted, len(scaled)))
    rarest = np.argsort(-weights, kind="stable")
    return [
        Advised(
            place,
            int(worth.in_doubt[place]),
            bool(np.isfinite(distance[place]) and distance[place] > typical),
            tuple(k for k in rarest.tolist() if weights[k] >= RARE and worth.holds[place, k] >= MAY_HOLD),
        )
        for place in order.tolist()
    ]


def at_random(images: int, wanted: int, seed: int) -> list[int]:
    """Places of so many of the images, each as likely as any other."""
    chosen: list[int] = np.random.default_rng(seed).permutation(images)[:wanted].tolist()
    return chosen


def farthest_first(looks: Rows, known: Rows, wanted: int, weight: Real | None = None) -> Places:
    """Places of images so that, at any length, none is far from all that are chosen or known.

    Args:
        looks: [I, D] candidates, NaN where nothing is known of one: it counts as an ordinary one.
        known: [L, D], may be none: the first is then the weightiest.   weight: [I]; None for all alike.
    """
    scaled, near = _scaled(looks, known)
    weights = np.ones(len(looks)) if weight is None else weight
    return _farthest_first(scaled, nearest(scaled, near), weights, min(wanted, len(looks)))


def nearest(rows: Rows, others: Rows) -> Real:
    """[I] how far each row is from the closest of the others; infinite where there is none, NaN where it is unknown."""
    found = np.full(len(rows), np.inf)
    lengths = (others**2).sum(axis=1)
    for start in range(0, len(rows) if len(others) else 0, ROWS):
        part = rows[start : start + ROWS]
        squared = (part**2).sum(axis=1)[:, None] + lengths - 2 * part @ others.T
        found[start : start + ROWS] = np.sqrt(np.maximum(squared.min(axis=1), 0.0))
    return np.where(np.isnan(rows).any(axis=1), np.nan, found)


def far_from_known(known: Rows) -> float:
    """The distance that hardly any known row has to its closest neighbour; infinite for fewer than three of them."""
    if len(known) < 3:
        return np.inf
    lengths = (known**2).sum(axis=1)
    squared = lengths[:, None] + lengths - 2 * known @ known.T
    np.fill_diagonal(squared, np.inf)
    return float(np.percentile(np.sqrt(np.maximum(squared.min(axis=1), 0.0)), FAR))


def _farthest_first(rows: Rows, distance: Real, weight: Real, wanted: int) -> Places:
    """See `farthest_first`; `distance` [I] is that to what is known."""
    value = _values(weight, distance)
    through = np.sort(np.argsort(-value, kind="stable")[: max(MOST_THROUGH, wanted)])
    rows, distance, weight = rows[through], distance[through].copy(), weight[through]
    chosen: list[int] = []
    left = np.arange(len(through))
    while len(chosen) < wanted and len(left):
        best = int(_values(weight[left], distance[left]).argmax())
        place = int(left[best])
        chosen.append(place)
        left = np.delete(left, best)
        if not np.isnan(rows[place]).any():
            distance[left] = np.minimum(distance[left], np.sqrt(((rows[left] - rows[place]) ** 2).sum(axis=1)))
    places: Places = through[chosen]
    return places


def _values(weight: Real, distance: Real) -> Real:
    """Weight times distance; where that is unknown, or none is known, an ordinary one stands for it."""
    finite = distance[np.isfinite(distance)]
    usual = float(finite.mean()) if len(finite) else 1.0
    return weight * np.where(np.isfinite(distance), distance, usual)


def _as_weight(teaches: Real) -> Real:
    """[I] from LEAST_WEIGHT to 1."""
    full = float(np.percentile(teaches, FULL_WEIGHT)) if len(teaches) else 0.0
    share = np.clip(teaches / full, 0.0, 1.0) if full > 0 else np.zeros(len(teaches))
    weights: Real = LEAST_WEIGHT + (1 - LEAST_WEIGHT) * share
    return weights


def _scaled(looks: Rows, known: Rows) -> tuple[Rows, Rows]:
    """Both with every number of an embedding as telling as any other; a known row that is not known all over goes."""
    known = known[~np.isnan(known).any(axis=1)]
    every = np.concatenate([looks[~np.isnan(looks).any(axis=1)], known]).astype(np.float32)
    if not len(every):
        return looks.astype(np.float32), known.astype(np.float32)
    middle, spread = every.mean(axis=0), every.std(axis=0)
    scale = np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0.0) / np.sqrt(max(1, every.shape[1]))
    return ((looks - middle) * scale).astype(np.float32), ((known - middle) * scale).astype(np.float32)


def _spread(rows: Rows, most: int) -> Rows:
    """At most so many of the rows, evenly from first to last."""
    if len(rows) <= most:
        return rows
    picked: Rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    return picked

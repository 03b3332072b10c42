"""How likely a box is right, told from its score by what came true on images that the model did not learn from.

A score is not that chance: a network that is taught how well its boxes lie gives its surest ones 0.8 and noise 0.1, and
another run gives other figures. Platt's scaling (1999) fits two numbers to what was right and what was not, so that
"unsure" means the same for every model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.box_columns import Found, Truths

SAME_OBJECT = 0.5  # IoU from which a box of the model is right
FEWEST = 10  # right boxes, and wrong ones, below which scores are taken as they are
HOLD = 1.0  # how strongly the fit is held where scores are chances already; as much as one box says
ROUNDS = 50
LOWEST = 1e-6  # of scores and their complements, so that the logarithm is finite

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sureness:
    """The chance is the logistic function of `slope` times the logit of the score, plus `shift`."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, scores: Real) -> Real:
        """Chances 0..1 of scores 0..1, rising with them."""
        return _logistic(self.slope * _logit(scores) + self.shift)


AS_SCORED = Sureness()


def learned_from(found: Found, truths: Truths) -> Sureness:
    """Fit to what a model found on images that are known all over; scores as they are where too little is known.

    Args:
        found, truths: of the same images.
    """
    right = is_right(found, truths)
    hits = int(right.sum())
    if min(hits, len(right) - hits) < FEWEST:
        return AS_SCORED
    # Platt's targets: so few boxes never make it wholly sure.
    wanted = np.where(right, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    slope, shift = _fit(_logit(found.score), wanted)
    return Sureness(slope, shift) if slope > 0 else AS_SCORED


def is_right(found: Found, truths: Truths) -> NDArray[np.bool_]:
    """[N] whether a box is the best-scored one of its class that lies on a true box."""
    right = np.zeros(len(found), np.bool_)
    for ours, theirs in _by_image(found, truths):
        on = _iou(found.box[ours], truths.box[theirs]) >= SAME_OBJECT
        on &= found.label[ours][:, None] == truths.label[theirs]
        taken = on[:, on.any(axis=0)]
        right[ours.start + taken.argmax(axis=0)] = True  # the first is the best-scored
    return right


def _by_image(found: Found, truths: Truths) -> Iterator[tuple[slice, slice]]:
    """The rows of each image that has both."""
    for image in np.intersect1d(found.image, truths.image):
        yield (
            slice(*np.searchsorted(found.image, [image, image + 1]).tolist()),
            slice(*np.searchsorted(truths.image, [image, image + 1]).tolist()),
        )


def _fit(logits: Real, wanted: Real) -> tuple[float, float]:
    """The least cross-entropy, by Newton's steps: it has one minimum, and the hold keeps that finite."""
    rows = np.stack([logits, np.ones_like(logits)])
    start = np.array([1.0, 0.0])
    now = start.copy()
    for _ in range(ROUNDS):
        chance = _logistic(now @ rows)
        slope = rows @ (chance - wanted) + HOLD * (now - start)
        bend = (rows * (chance * (1 - chance))) @ rows.T + HOLD * np.eye(2)
        step = np.linalg.solve(bend, slope)
        now = now - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))  # far steps would overshoot
        if np.abs(step).max() < 1e-9:
            break
    return float(now[0]), float(now[1])


def _logit(scores: Real) -> Real:
    held = np.clip(scores, LOWEST, 1 - LOWEST)
    logits: Real = np.log(held / (1 - held))
    return logits


def _logistic(values: Real) -> Real:
    chances: Real = 1 / (1 + np.exp(-np.clip(values, -50, 50)))
    return chances


def _iou(a: Real, b: Real) -> Real:
    """[N, 4] and [M, 4] -> [N, M]."""
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    found: Real = shared / (areas[0][:, None] + areas[1] - shared)
    return found

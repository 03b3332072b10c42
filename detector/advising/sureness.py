"""How likely a box is right, told from its score by what came true on images that the model did not learn from.

A score is not that chance: a network that is taught how well its boxes lie gives its surest ones 0.8 and noise 0.1, and
another run gives other figures. Platt's scaling (1999) fits two numbers to what was right and what was not, so that
"unsure" means the same for every model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.advising.lapses import logit
from detector.measuring.box_columns import Found, Truths
from detector.measuring.hits import hits

FEWEST = 10  # right boxes, and wrong ones, below which scores are taken as they are
HOLD = 1.0  # how strongly the fit is held where scores are chances already; as much as one box says
ROUNDS = 50

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sureness:
    """The chance is the logistic function of `slope` times the logit of the score, plus `shift`."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, scores: Real) -> Real:
        """Chances 0..1 of scores 0..1, rising with them."""
        return _logistic(self.slope * logit(scores) + self.shift)


AS_SCORED = Sureness()


def learned_from(found: Found, truths: Truths) -> Sureness:
    """Fit to what a model found on images that are known all over; scores as they are where too little is known.

    Args:
        found, truths: of the same images.
    """
    right = hits(truths, found)
    came_true = int(right.sum())
    if min(came_true, len(right) - came_true) < FEWEST:
        return AS_SCORED
    # Platt's targets: so few boxes never make it wholly sure.
    wanted = np.where(right, (came_true + 1) / (came_true + 2), 1 / (len(right) - came_true + 2))
    slope, shift = _fit(logit(found.score), wanted)
    return Sureness(slope, shift) if slope > 0 else AS_SCORED


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


def _logistic(values: Real) -> Real:
    chances: Real = 1 / (1 + np.exp(-np.clip(values, -50, 50)))
    return chances

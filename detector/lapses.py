"""How likely it is that the label is at fault where a model and a label disagree, learnt from where they agree.

The more evidence a model has, the more often the labels agree with it, but never always: what is left at the very end
of the scale are the labels' own slips, whose share does not depend on the evidence. So the share of agreement is a
logistic curve of the evidence (Platt 1999) below a ceiling of 1 - e, as psychometric curves have a rate of lapses
(Wichmann and Hill 2001), and where the two disagree Bayes' rule says how much of it the slips explain. It is the
setting of Elkan and Noto 2008: real objects of which a fixed share has got no (right) label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 0.15  # no share of slips above it is believed in: a model that knows little would blame the labels for it
USUAL = 0.02  # of slips, where little is known
_STEPS, _HALVINGS, _SMALL = 60, 12, 1e-9


def _slope_of(share: float) -> float:
    """The third number of a curve with this share of slips."""
    return float(np.log(share / (MOST - share)))


@dataclass(frozen=True, slots=True)
class Prior:
    """What is thought of (slope, offset, slips) before anything is seen: means, and how far off they may be."""

    mean: tuple[float, float, float] = (1.0, 0.0, _slope_of(USUAL))
    spread: tuple[float, float, float] = (0.5, 2.0, 0.8)


@dataclass(frozen=True, slots=True)
class Lapses:
    """A fitted curve: `numbers` are slope, offset, and the logit of the share of slips on a scale up to MOST."""

    numbers: tuple[float, float, float]

    @property
    def slips(self) -> float:
        """The share of labels at fault, 0..MOST."""
        return float(MOST * _sigmoid(np.float64(self.numbers[2])))

    def right(self, evidence: Floats) -> Floats:
        """[N] how probably the model is right, whatever the label says."""
        slope, offset, _ = self.numbers
        return _sigmoid(slope * evidence + offset)

    def blame(self, evidence: Floats) -> Floats:
        """[N] how probably the label is at fault, given that it disagrees."""
        right = self.right(evidence)
        return self.slips * right / np.maximum(1.0 - (1.0 - self.slips) * right, _SMALL)

    def as_prior(self) -> Prior:
        """For the curve of a part: it is like the whole's unless the part says otherwise."""
        return Prior(self.numbers, (0.3, 1.0, 0.5))


def fit(evidence: Floats, agrees: NDArray[np.bool_], prior: Prior | None = None) -> Lapses:
    """The curve that explains best, with the prior, where labels agree; by Fisher scoring.

    Args:
        evidence: [N] of the model, about a log odds.   agrees: [N].
    """
    prior = prior or Prior()
    mean, precision = np.array(prior.mean), 1.0 / np.square(np.array(prior.spread))
    numbers = mean.copy()
    loss = _loss(evidence, agrees, numbers, mean, precision)
    for _ in range(_STEPS):
        share, change = _model(evidence, numbers)
        weight = 1.0 / (share * (1.0 - share))
        downhill = change.T @ ((agrees - share) * weight) - precision * (numbers - mean)
        step = np.linalg.solve((change.T * weight) @ change + np.diag(precision), downhill)
        for _ in range(_HALVINGS):
            tried = _loss(evidence, agrees, numbers + step, mean, precision)
            if tried <= loss:
                break
            step /= 2
        else:
            break
        numbers, before, loss = numbers + step, loss, tried
        if before - loss < _SMALL * max(1.0, abs(loss)):
            break
    return Lapses((float(numbers[0]), float(numbers[1]), float(numbers[2])))


def logit(share: Floats) -> Floats:
    """Log odds of what lies in 0..1; the ends are drawn in a little, so that it is finite."""
    inner = np.clip(share, 1e-4, 1.0 - 1e-4)
    odds: Floats = np.log(inner / (1.0 - inner))
    return odds


def _model(evidence: Floats, numbers: Floats) -> tuple[Floats, Floats]:
    """[N] shares of agreement, and [N, 3] how they change with the numbers."""
    right, rate = _sigmoid(numbers[0] * evidence + numbers[1]), _sigmoid(numbers[2])
    kept = 1.0 - MOST * rate
    turn = kept * right * (1.0 - right)
    change = np.stack([turn * evidence, turn, -MOST * rate * (1.0 - rate) * right], axis=1)
    return np.clip(kept * right, _SMALL, 1.0 - _SMALL), change


def _loss(evidence: Floats, agrees: NDArray[np.bool_], numbers: Floats, mean: Floats, precision: Floats) -> float:
    share, _ = _model(evidence, numbers)
    surprise = -np.log(np.where(agrees, share, 1.0 - share)).sum()
    return float(surprise + 0.5 * (precision * np.square(numbers - mean)).sum())


def _sigmoid(value: Floats | np.float64) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -40.0, 40.0))))

"""How likely it is that the label is at fault where a model and a label disagree, learnt from where they agree.

The more evidence a model has, the more often the labels agree with it, but never always: what is left at the very end
of the scale are the labels' own slips, whose share does not depend on the evidence. So the share of agreement is a
rising curve of the evidence below a ceiling of 1 - e, as psychometric curves have a rate of lapses (Wichmann and Hill
2001), and where the two disagree Bayes' rule says how much of it the slips explain. It is the setting of Elkan and Noto
2008: real objects of which a fixed share has got no (right) label.

The curve is Weibull's, as with them: 1 - exp(-(odds / a)^b), which in log odds is the complementary log-log. Detectors'
scores follow it over the whole scale. A logistic curve, held by the many in its middle, comes too slowly to its end,
and takes for mistakes of the model what are slips: among 4,900 cells of which 244 had lost their box it saw 0.8 %.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 0.15  # no share of slips above it is believed in: a model that knows little would blame the labels for it
USUAL = 0.02  # of slips, where little is known
STRONG = 0.95  # quantile of the evidence
LEAST_UNIT = 0.5  # of the evidence
OF_A_PART = (0.3, 1.0, 0.5)  # how far a part may be from the whole
HIGHEST = 5.0  # of the curve, where it is 1 to the last digit
_STEPS, _HALVINGS, _SMALL = 60, 12, 1e-9


def _slope_of(share: float) -> float:
    """The third number of a curve with this share of slips."""
    return float(np.log(share / (MOST - share)))


@dataclass(frozen=True, slots=True)
class Prior:
    """What is thought of (slope, offset, slips) before anything is seen: means, and how far off they may be.

    Above all, that the model is right where its evidence is strongest (offset: log of -log of how often it is wrong
    there): else a model that is never wrong could not be told from labels that never slip.
    """

    mean: tuple[float, float, float] = (1.0, 2.2, _slope_of(USUAL))
    spread: tuple[float, float, float] = (0.7, 0.4, 1.2)


@dataclass(frozen=True, slots=True)
class Lapses:
    """A fitted curve.

    Attributes:
        numbers: slope, offset, and the log odds of the share of slips on a scale up to MOST.
        top, unit: where the evidence is strong, and by how much it falls from there to its median.
    """

    numbers: tuple[float, float, float]
    top: float = 0.0
    unit: float = 1.0

    @property
    def slips(self) -> float:
        """The share of labels at fault, 0..MOST."""
        return float(MOST * _sigmoid(np.float64(self.numbers[2])))

    def right(self, evidence: Floats) -> Floats:
        """[N] how probably the model is right, whatever the label says."""
        slope, offset, _ = self.numbers
        return _weibull(slope * (evidence - self.top) / self.unit + offset)

    def blame(self, evidence: Floats) -> Floats:
        """[N] how likely the label is at fault, given that it disagrees."""
        right = self.right(evidence)
        return self.slips * right / np.maximum(1.0 - (1.0 - self.slips) * right, _SMALL)


def fit(evidence: Floats, agrees: NDArray[np.bool_], whole: Lapses | None = None) -> Lapses:
    """The curve that explains best, with what is thought beforehand, where labels agree; by Fisher scoring.

    Args:
        evidence: [N] of the model, about a log odds.   agrees: [N].
        whole: the curve of all of which these are a part: it is like that one unless the part says otherwise.
    """
    if whole is None:
        top, middle = np.quantile(evidence, [STRONG, 0.5]) if len(evidence) else (0.0, 0.0)
        whole, prior = Lapses((0.0, 0.0, 0.0), float(top), max(LEAST_UNIT, float(top - middle))), Prior()
    else:
        prior = Prior(whole.numbers, OF_A_PART)
    numbers = _fitted((evidence - whole.top) / whole.unit, agrees, prior)
    return replace(whole, numbers=(float(numbers[0]), float(numbers[1]), float(numbers[2])))


def _fitted(evidence: Floats, agrees: NDArray[np.bool_], prior: Prior) -> Floats:
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
    return numbers


def logit(share: Floats) -> Floats:
    """Log odds of what lies in 0..1; the ends are drawn in a little, so that it is finite."""
    inner = np.clip(share, 1e-4, 1.0 - 1e-4)
    odds: Floats = np.log(inner / (1.0 - inner))
    return odds


def _model(evidence: Floats, numbers: Floats) -> tuple[Floats, Floats]:
    """[N] shares of agreement, and [N, 3] how they change with the numbers."""
    height = numbers[0] * evidence + numbers[1]
    right, rate = _weibull(height), _sigmoid(numbers[2])
    kept = 1.0 - MOST * rate
    turn = kept * np.exp(np.minimum(height, HIGHEST)) * (1.0 - right)
    change = np.stack([turn * evidence, turn, -MOST * rate * (1.0 - rate) * right], axis=1)
    return np.clip(kept * right, _SMALL, 1.0 - _SMALL), change


def _loss(evidence: Floats, agrees: NDArray[np.bool_], numbers: Floats, mean: Floats, precision: Floats) -> float:
    share, _ = _model(evidence, numbers)
    surprise = -np.log(np.where(agrees, share, 1.0 - share)).sum()
    return float(surprise + 0.5 * (precision * np.square(numbers - mean)).sum())


def _weibull(height: Floats) -> Floats:
    """1 - exp(-exp(height)): the share that is right, 0..1."""
    return np.asarray(-np.expm1(-np.exp(np.minimum(height, HIGHEST))))


def _sigmoid(value: Floats | np.float64) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -40.0, 40.0))))

"""What a score is worth is learnt from what came true."""

from __future__ import annotations

import numpy as np
import pytest

from detector.advising.sureness import AS_SCORED, learned_from
from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths

HERE, THERE = Box(0, 0, 10, 10), Box(50, 50, 60, 60)


def drawn(random: np.random.Generator, images: int, slope: float, shift: float) -> tuple[Found, Truths]:
    """Boxes whose chance of being right is the logistic function of slope times the logit of the score, plus shift."""
    found, truths = [], []
    for _ in range(images):
        score = float(random.uniform(0.02, 0.98))
        chance = 1 / (1 + np.exp(-(slope * np.log(score / (1 - score)) + shift)))
        found.append([Prediction(HERE, 0, score)])
        truths.append([Annotation(HERE, 0)] if random.random() < chance else [])
    return Found.of(found), Truths.of(truths)


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (2.0, 1.0), (0.7, -2.0)])
def test_the_chances_are_those_that_the_boxes_were_drawn_with(slope: float, shift: float) -> None:
    found, truths = drawn(np.random.default_rng(5), 4000, slope, shift)
    learned = learned_from(found, truths)
    assert learned.slope == pytest.approx(slope, rel=0.15, abs=0.1)
    assert learned.shift == pytest.approx(shift, rel=0.15, abs=0.15)


def test_too_little_to_learn_from_leaves_scores_as_they_are() -> None:
    found, truths = drawn(np.random.default_rng(0), 12, 1.0, 0.0)
    assert learned_from(found, truths) == AS_SCORED
    assert learned_from(Found.of([]), Truths.of([])) == AS_SCORED
    assert AS_SCORED.of(np.array([0.25, 0.5])) == pytest.approx([0.25, 0.5])


def test_scores_that_say_the_opposite_are_not_believed() -> None:
    found, truths = drawn(np.random.default_rng(1), 400, -3.0, 0.0)
    assert learned_from(found, truths) == AS_SCORED


def test_scores_that_part_right_from_wrong_cleanly_stay_finite() -> None:
    found = Found.of([[Prediction(HERE, 0, 0.9), Prediction(THERE, 0, 0.1)]] * 20)
    learned = learned_from(found, Truths.of([[Annotation(HERE, 0)]] * 20))
    low, high = learned.of(np.array([0.1, 0.9]))
    assert 0 < low < 0.1 and 0.9 < high < 1

from __future__ import annotations

import numpy as np
import pytest

from detector.advising.lapses import MOST, Lapses, fit, logit

TRUE = Lapses((1.3, -0.5, -0.7))


def drawn(many: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Evidence, whether the labels agree, and whether the model is right."""
    dice = np.random.default_rng(seed)
    evidence = dice.normal(1.5, 2.0, many)
    right = dice.random(many) < TRUE.right(evidence)
    return evidence, right & (dice.random(many) >= TRUE.slips), right


def test_curve_and_share_of_slips_are_found_again() -> None:
    evidence, agrees, _ = drawn(20_000)
    found = fit(evidence, agrees)
    np.testing.assert_allclose(found.right(evidence), TRUE.right(evidence), atol=0.02)
    assert found.slips == pytest.approx(TRUE.slips, abs=0.01)


def test_of_those_that_disagree_as_many_are_to_blame_as_it_says() -> None:
    evidence, agrees, right = drawn(20_000, seed=1)
    blame = fit(evidence, agrees).blame(evidence[~agrees])
    wrong = right[~agrees]
    assert blame.sum() == pytest.approx(wrong.sum(), rel=0.1)
    surest = blame > 0.8
    assert wrong[surest].mean() == pytest.approx(blame[surest].mean(), abs=0.05)


def test_little_evidence_changes_little() -> None:
    few = fit(logit(np.array([0.9, 0.95, 0.6])), np.array([False, True, True]))
    assert few.slips < 0.05
    assert fit(np.zeros(0), np.zeros(0, bool)).slips == pytest.approx(0.02, abs=0.001)


def test_a_model_that_knows_little_does_not_blame_the_labels_for_it() -> None:
    dice = np.random.default_rng(2)
    evidence = dice.normal(0, 0.3, 500)
    found = fit(evidence, dice.random(500) < 0.5)
    assert found.slips <= MOST
    assert found.blame(evidence).mean() < 0.2


def test_slips_that_do_not_go_with_the_evidence_are_the_labels_own() -> None:
    dice = np.random.default_rng(3)
    evidence = dice.normal(2.0, 0.3, 4000)
    found = fit(evidence, dice.random(4000) >= 0.05)
    assert found.slips == pytest.approx(0.05, abs=0.015)
    assert found.blame(evidence).mean() > 0.6


def test_slips_are_told_from_mistakes_of_a_detector_whose_scores_have_a_long_middle() -> None:
    """As measured on blood cells after 244 of some 5,200 had lost their boxes: predictions by log odds of the score."""
    lowest, width = -3.0, 0.5
    many = [13287, 6280, 1813, 1390, 1475, 1872, 2394, 1101, 61]
    agreeing = [0, 15, 19, 66, 253, 901, 2181, 1049, 56]
    dropped = [20, 21, 5, 7, 11, 58, 97, 52, 5]
    dice = np.random.default_rng(4)
    evidence = np.concatenate([lowest + width * (row + dice.random(n)) for row, n in enumerate(many)])
    agrees = np.concatenate([np.arange(n) < yes for n, yes in zip(many, agreeing, strict=True)])
    found = fit(evidence, agrees)
    assert 0.03 < found.slips < 0.06
    sure = ~agrees & (evidence > 0.0)
    assert found.blame(evidence[sure]).sum() == pytest.approx(sum(dropped[6:]), rel=0.3)

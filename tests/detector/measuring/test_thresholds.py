from __future__ import annotations

import numpy as np
import pytest

from detector.domain import Annotation, Box, ImageSize, LabelSet, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.measuring.judged import Judged
from detector.measuring.thresholds import Advice, advise, choose, is_beyond_use, with_fewest_corrections
from detector.measuring.wishes import Wish, WishKind

Picture = tuple[list[Annotation], list[Prediction]]


def place(n: int) -> Box:
    return Box(20.0 * n, 0, 20.0 * n + 10, 10)


def picture(label: int, right: list[float], wrong: list[float], missed: int = 0) -> Picture:
    """Truths and predictions of one picture: scores of right and of wrong boxes."""
    truths = [Annotation(place(n), label) for n in range(len(right) + missed)]
    found = [Prediction(place(n), label, score) for n, score in enumerate(right)]
    return truths, found + [Prediction(Box(0, 500 + n, 10, 510 + n), label, score) for n, score in enumerate(wrong)]


def advice_for(*pictures: Picture) -> Advice:
    return advise([truth for truth, _ in pictures], [found for _, found in pictures])


def test_a_threshold_stands_between_the_right_boxes_and_the_wrong_ones() -> None:
    advice = advice_for(picture(0, [0.9, 0.8, 0.7, 0.6] * 3, [0.3, 0.2, 0.1] * 5))
    assert advice.overall is not None
    assert 0.3 < advice.overall <= 0.6
    assert advice.by_label == {0: advice.overall}


def test_each_class_has_its_own_and_one_that_cannot_tell_does_as_the_others() -> None:
    sure = picture(0, [0.9] * 100, [0.6] * 100)
    unsure = picture(1, [0.2] * 100, [0.05] * 100)
    advice = advice_for(sure, unsure)
    assert 0.6 < advice.by_label[0] <= 0.9
    assert 0.05 < advice.by_label[1] <= 0.2
    with_rare = advice_for(sure, picture(1, [], [], missed=1))
    assert with_rare.overall is not None
    assert with_rare.by_label[1] == with_rare.by_label[0] == with_rare.overall > 0.6


def test_the_threshold_is_in_hundredths_so_that_a_sum_of_bins_counts_the_same_boxes() -> None:
    overall = advice_for(picture(0, [0.777] * 10, [0.333] * 30)).overall
    assert overall is not None
    assert overall * 100 == pytest.approx(round(overall * 100))


def test_where_nothing_is_found_or_to_be_found_nothing_is_advised() -> None:
    for nothing in (picture(0, [], [0.5], missed=3), picture(0, [], [])):
        advice = advice_for(nothing)
        assert (advice.overall, advice.by_label) == (None, {})


def test_where_hardly_a_box_goes_with_an_object_nothing_is_advised() -> None:
    lost_among = [(12, True), (400, False)]  # wrong boxes as sure as the one right box: F1 of 0.12 and 0.005
    for wrong, is_useful in lost_among:
        truths, found = picture(0, [0.02], [0.02] * wrong, missed=2)
        for advice in (advise([truths], [found]), with_fewest_corrections([truths], [found])):
            assert (advice.overall is not None, advice.by_label != {}) == (is_useful, is_useful)
        judged = Judged.of(Truths.of([truths]), Found.of([found]), 1)
        for wish in (Wish(WishKind.BALANCE), Wish(WishKind.MISSES, 5)):
            assert (choose(judged.curves(), wish) is not None) == is_useful


@pytest.mark.parametrize("seed", range(60))
def test_only_a_model_that_nothing_is_advised_for_is_beyond_use(seed: int) -> None:
    random = np.random.default_rng(seed)
    right, wrong = 10 ** random.uniform((0, 0), (2, 3))  # of a hundred objects; boxes where there is none
    pictures = []
    for label in (0, 1, 0, 1):
        hits = random.binomial(100, right / 100)
        pictures.append(picture(label, random.random(hits).tolist(), random.random(int(wrong)).tolist(), 100 - hits))
    truths, found = [one for one, _ in pictures], [one for _, one in pictures]
    labels, sizes = LabelSet((1, 2), ("a", "b")), [ImageSize(3000, 3000)] * len(pictures)
    ap50 = evaluate(Truths.of(truths), Found.of(found), sizes, labels).ap50
    assert ap50 is not None
    if is_beyond_use(ap50, 2):
        assert advise(truths, found).overall is None


def test_a_model_that_is_never_right_is_beyond_use_and_a_weak_one_is_not() -> None:
    assert is_beyond_use(0.0, 1)
    assert is_beyond_use(0.009, 1)
    assert not is_beyond_use(0.009, 2), "one of the two may be found"
    assert not is_beyond_use(0.2, 1)


def test_a_second_box_on_one_object_is_wrong() -> None:
    truths, found = picture(0, [0.9] * 10, [])
    twice = [Prediction(p.box, 0, 0.5) for p in found]
    assert advise([truths], [found + twice]).by_label[0] > 0.5


def test_with_the_fewest_corrections_a_wrong_box_shown_costs_less_than_an_object_that_is_not() -> None:
    right, wrong = [0.9] * 4 + [0.5] * 6, [0.45] * 8
    truths, found = picture(0, right, wrong)
    by_corrections = with_fewest_corrections([truths], [found]).by_label[0]
    assert 0.45 < by_corrections <= 0.5
    for count, lowest, highest in ((9, 0.0, 0.5), (11, 0.55, 0.9)):  # six to add are as much work as ten to reject
        truths, found = picture(0, [0.9] * 4 + [0.5] * 6, [0.55] * count)
        assert lowest < with_fewest_corrections([truths], [found]).by_label[0] <= highest

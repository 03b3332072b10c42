"""Thresholds that a person wishes in plain words."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.curves import THRESHOLDS
from detector.measuring.judged import Costs, Judged
from detector.measuring.thresholds import Choice, choose
from detector.measuring.wishes import Wish, WishKind

ELSEWHERE = Box(0, 500, 10, 510)
seeds = st.integers(0, 10_000)


def place(n: int) -> Box:
    return Box(20.0 * n, 0, 20.0 * n + 10, 10)


def judged(seed: int, images: int = 12, classes: int = 3) -> Judged:
    """A model that finds most objects, some of them unsurely, and things that are none; each class is another case."""
    chance = random.Random(seed)
    sure = [chance.uniform(0.2, 0.9) for _ in range(classes)]
    truths, found = [], []
    for _ in range(images):
        objects = [chance.choices(range(classes), [2.0**-k for k in range(classes)])[0] for _ in range(5)]
        truths.append([Annotation(place(n), label) for n, label in enumerate(objects)])
        seen = [Prediction(place(n), c, chance.random() ** (1 - sure[c])) for n, c in enumerate(objects)]
        wrong = [chance.randrange(classes) for _ in range(chance.randrange(5))]
        found.append(
            [one for one in seen if chance.random() < 0.9]
            + [Prediction(ELSEWHERE, label, chance.random() * sure[label]) for label in wrong]
        )
    return Judged.of(Truths.of(truths), Found.of(found), images)


def chosen(of: Judged, wish: Wish) -> Choice:
    choice = choose(of.curves(), wish)
    assert choice is not None
    return choice


def both(of: Judged, choice: Choice) -> list[Costs]:
    """With one threshold for all, and with one for each class."""
    none: Mapping[int, float] = {}
    return [of.costs(choice.overall, none), of.costs(choice.overall, choice.by_label)]


def misses(percent: float) -> Wish:
    return Wish(WishKind.MISSES, percent)


def false_alarms(images: float) -> Wish:
    return Wish(WishKind.FALSE_ALARMS, images)


@given(seeds, st.floats(0, 99))
def test_no_more_is_missed_than_wished_where_that_can_be(seed: int, percent: float) -> None:
    of = judged(seed)
    choice = chosen(of, misses(percent))
    for cost in both(of, choice):
        missed = 100 * (1 - cost.all.found / cost.all.boxes)
        assert missed == pytest.approx(choice.nearest) if choice.nearest is not None else missed <= percent + 1e-9
    assert choice.nearest is None or choice.nearest > percent


@given(seeds, st.floats(1, 50))
def test_no_more_is_wrong_than_wished_where_that_can_be(seed: int, images: float) -> None:
    of = judged(seed)
    choice = chosen(of, false_alarms(images))
    for cost in both(of, choice):
        if choice.nearest is None:
            assert cost.all.wrong * images <= cost.images
        else:
            assert cost.images / cost.all.wrong == pytest.approx(choice.nearest)
            assert choice.nearest < images


@given(seeds, st.floats(0, 99))
def test_the_one_for_all_is_the_highest_that_misses_no_more(seed: int, percent: float) -> None:
    of = judged(seed)
    choice = chosen(of, misses(percent))
    kept = [t for t in THRESHOLDS.tolist() if (c := of.costs(t, {}).all).boxes - c.found <= percent / 100 * c.boxes]
    assert choice.overall == max(kept, default=0.01)


@given(seeds, st.floats(1, 50))
def test_the_one_for_all_is_the_lowest_that_is_no_more_often_wrong(seed: int, images: float) -> None:
    of = judged(seed)
    choice = chosen(of, false_alarms(images))
    kept = [t for t in THRESHOLDS.tolist() if of.costs(t, {}).all.wrong * images <= of.images]
    assert choice.overall == min(kept, default=0.99)


@given(seeds, st.floats(0, 99), st.floats(0, 99))
def test_who_bears_more_misses_gets_higher_thresholds(seed: int, one: float, other: float) -> None:
    of = judged(seed)
    fewer, more = (chosen(of, misses(percent)) for percent in sorted((one, other)))
    assert fewer.overall <= more.overall
    assert all(fewer.by_label[label] <= more.by_label[label] for label in more.by_label)


@given(seeds, st.floats(1, 50), st.floats(1, 50))
def test_who_bears_fewer_false_alarms_gets_higher_thresholds(seed: int, one: float, other: float) -> None:
    of = judged(seed)
    often, rarely = (chosen(of, false_alarms(images)) for images in sorted((one, other)))
    assert often.overall <= rarely.overall
    assert all(often.by_label[label] <= rarely.by_label[label] for label in rarely.by_label)


def test_a_wish_that_cannot_be_had_says_what_can() -> None:
    truths = [[Annotation(place(0), 0), Annotation(place(1), 0)] for _ in range(10)]
    found = [[Prediction(place(0), 0, 0.9), Prediction(ELSEWHERE, 0, 0.995)] for _ in range(10)]
    of = Judged.of(Truths.of(truths), Found.of(found), 10)
    assert chosen(of, misses(5)) == Choice(0.01, {0: 0.01}, pytest.approx(50))
    assert chosen(of, misses(50)).nearest is None
    assert chosen(of, false_alarms(20)) == Choice(0.99, {0: 0.99}, pytest.approx(1))


def test_few_misses_are_not_bought_with_heaps_of_false_alarms_in_the_hardest_class() -> None:
    truths = [[Annotation(place(0), 0)] for _ in range(90)] + [[Annotation(place(0), 1)] for _ in range(10)]
    easy = [[Prediction(place(0), 0, 0.6)] for _ in range(90)]
    hard = [[Prediction(place(0), 1, 0.5 if n < 5 else 0.02)] for n in range(10)]
    wrong = [[*found, *(Prediction(Box(0, 500 + k, 10, 510 + k), 1, 0.1) for k in range(20))] for found in hard]
    of = Judged.of(Truths.of(truths), Found.of([*easy, *wrong]), 100)
    cost = both(of, chosen(of, misses(5)))[1]
    assert (cost.all.found, cost.all.wrong) == (95, 0)


def test_what_thresholds_cost_is_told_by_class_and_by_image() -> None:
    truths = [[Annotation(place(0), 0), Annotation(place(1), 1)], [Annotation(place(0), 0)], []]
    found = [
        [Prediction(place(0), 0, 0.9), Prediction(place(1), 1, 0.4), Prediction(ELSEWHERE, 1, 0.3)],
        [Prediction(ELSEWHERE, 0, 0.8), Prediction(ELSEWHERE, 0, 0.7)],
        [Prediction(ELSEWHERE, 2, 0.2)],
    ]
    of = Judged.of(Truths.of(truths), Found.of(found), 3)
    costs = of.costs(0.5, {1: 0.35, 2: 0.1})
    assert (costs.all.boxes, costs.all.found, costs.all.wrong) == (3, 2, 3)
    assert (costs.images, costs.images_with_wrong) == (3, 2)
    assert {label: (c.boxes, c.found, c.wrong) for label, c in costs.by_label.items()} == {
        0: (2, 1, 2),
        1: (1, 1, 0),
        2: (0, 0, 1),
    }


def test_a_box_is_shown_from_its_threshold_up_and_counted_so() -> None:
    scores = [0.29, 0.57, 0.58, 1.0]  # times 100 some are a hair below a whole number
    found = [[Prediction(ELSEWHERE, 0, score)] for score in scores]
    of = Judged.of(Truths.of([[]] * 4), Found.of(found), 4)
    [shown] = of.curves().shown
    assert shown.tolist() == [sum(score >= threshold for score in scores) for threshold in THRESHOLDS]
    assert [of.costs(t, {}).all.wrong for t in THRESHOLDS.tolist()] == np.asarray(shown).tolist()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("balance", 5),
        ("misses", None),
        ("misses", -1),
        ("misses", 100),
        ("false_alarms", 0.5),
        ("misses", float("nan")),
    ],
)
def test_a_wish_that_means_nothing_is_refused(kind: str, value: float | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        Wish(WishKind(kind), value)


def test_a_wish_comes_back_from_json_as_it_was() -> None:
    for wish in (Wish(), misses(5), false_alarms(20)):
        assert Wish.from_json(wish.to_json()) == wish

"""What to label next: unsure images first, rare classes more, nothing twice, and every kind of image soon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.advising.curation import (
    LEAST_WEIGHT,
    Worth,
    advise,
    at_random,
    class_weights,
    entropy,
    farthest_first,
    worth_of,
)
from detector.advising.sureness import AS_SCORED
from detector.domain import Box, Prediction
from detector.measuring.box_columns import Found

ALIKE = np.ones(2)


def found(*images: list[tuple[int, float]]) -> Found:
    """Boxes of (label, score) on each image."""
    return Found.of([[Prediction(Box(0, 0, 10, 10), label, score) for label, score in boxes] for boxes in images])


def worth(*images: list[tuple[int, float]], weights: np.ndarray = ALIKE) -> Worth:
    return worth_of(found(*images), len(images), AS_SCORED, weights)


def clusters(random: np.random.Generator, sizes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of groups of images that look much alike, and the group of each."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    middles = random.normal(size=(len(sizes), 16)) * 10
    return (middles[group] + random.normal(size=(len(group), 16)) * 0.01).astype(np.float32), group


@given(st.lists(st.integers(1, 30), min_size=2, max_size=8), st.integers(0, 1000))
def test_the_first_of_farthest_first_come_from_every_cluster(sizes: list[int], seed: int) -> None:
    rows, group = clusters(np.random.default_rng(seed), tuple(sizes))
    chosen = farthest_first(rows, np.empty((0, 16), np.float32), len(sizes))
    assert sorted(group[chosen]) == list(range(len(sizes)))


def test_a_cluster_that_is_labelled_already_comes_last() -> None:
    rows, group = clusters(np.random.default_rng(3), (20, 5, 9))
    chosen = farthest_first(rows[group != 0], rows[group == 0], 2)
    assert sorted(group[group != 0][chosen]) == [1, 2]
    among_all = farthest_first(rows, rows[group == 0], 34)
    assert sorted(group[among_all[:2]]) == [1, 2]


@given(st.integers(1, 40), st.integers(0, 60), st.integers(0, 99))
def test_nothing_is_chosen_twice_and_as_many_as_there_are(images: int, wanted: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(images, 4)).astype(np.float32)
    rows[random.random(images) < 0.3] = np.nan
    known = random.normal(size=(seed % 3, 4)).astype(np.float32)
    chosen = farthest_first(rows, known, wanted, random.random(images))
    assert len(chosen) == len(set(chosen.tolist())) == min(wanted, images)


def test_without_embeddings_images_come_by_what_they_teach_alone() -> None:
    unknown = np.full((4, 8), np.nan, np.float32)
    values = worth([(0, 0.5)], [(0, 0.5)] * 3, [], [(0, 0.5)] * 2)
    assert [one.image for one in advise(values, unknown, np.empty((0, 8), np.float32), ALIKE, 4)] == [1, 3, 0, 2]


def test_an_image_without_an_embedding_counts_as_an_ordinary_one() -> None:
    rows = np.array([[np.nan], [0.01], [0.1], [0.2], [0.3], [10.0]], np.float32)
    chosen = farthest_first(rows, np.zeros((1, 1), np.float32), 6).tolist()
    assert (chosen[0], chosen[-1]) == (5, 1), "the unlike one before it, the one like a labelled one after it"


def test_boxes_that_are_surely_nothing_do_not_outweigh_one_in_doubt() -> None:
    noise, doubt = worth([(0, 0.02)] * 300, [(0, 0.5)]).teaches
    assert noise == 0 and doubt == pytest.approx(1.0)


def test_sure_boxes_teach_little_and_those_in_doubt_are_counted() -> None:
    values = worth([(0, 0.98)] * 5, [(0, 0.5), (1, 0.7), (1, 0.99)])
    assert values.teaches[0] < values.teaches[1]
    assert values.in_doubt.tolist() == [0, 2]
    assert entropy(np.array([0.5])).tolist() == [1.0]
    assert entropy(np.array([0.0, 1.0])) == pytest.approx([0, 0], abs=1e-9)


def test_classes_with_few_labels_weigh_more_and_none_weighs_less_than_a_common_one() -> None:
    weights = class_weights([4000, 360, 40, 0])
    assert weights[0] == 1.0
    assert np.all(np.diff(weights) > 0)
    assert class_weights([50, 50]).tolist() == [1.0, 1.0]
    assert class_weights([]).tolist() == []


@given(st.floats(0.05, 0.95), st.integers(0, 99))
def test_the_same_box_teaches_more_where_its_class_is_rare(score: float, seed: int) -> None:
    weights = class_weights([900, 1 + seed])
    common, rare = worth([(0, score)], [(1, score)], weights=weights).teaches
    assert rare > common


def test_an_image_that_surely_holds_a_rare_class_is_favoured_and_says_so() -> None:
    weights = class_weights([900, 9])
    values = worth([(0, 0.99)], [(1, 0.99)], [(0, 0.99), (1, 0.1)], weights=weights)
    nothing = np.full((3, 4), np.nan, np.float32)
    order = advise(values, nothing, nothing[:0], weights, 3)
    assert order[0].image == 1
    assert [one.may_hold for one in sorted(order, key=lambda one: one.image)] == [(), (1,), ()]


def test_an_image_like_no_labelled_one_is_found_though_the_model_sees_nothing_there() -> None:
    random = np.random.default_rng(0)
    known = random.normal(size=(40, 6)).astype(np.float32)
    rows = np.concatenate([known + 0.01, np.full((1, 6), 30, np.float32)])
    values = worth(*([[(0, 0.5)]] * 40), [])
    first = advise(values, rows, known, ALIKE, 5)[0]
    assert (first.image, first.unlike, first.in_doubt) == (40, True, 0)
    assert LEAST_WEIGHT > 0


def test_an_image_like_the_labelled_ones_is_not_called_unlike() -> None:
    rows = np.random.default_rng(1).normal(size=(60, 6)).astype(np.float32)
    order = advise(worth(*([[]] * 20)), rows[:20], rows[20:], ALIKE, 20)
    assert sum(one.unlike for one in order) <= 6
    assert not any(one.unlike for one in advise(worth([], []), rows[:2], rows[:0], ALIKE, 2))


def test_a_hundred_thousand_images_are_ranked_by_the_best_few_thousand() -> None:
    random = np.random.default_rng(2)
    images = 100_000
    teaches = random.random(images)
    values = Worth(teaches, np.zeros(images, np.int32), np.zeros((images, 2), np.float32))
    order = advise(values, np.full((images, 4), np.nan, np.float32), np.empty((0, 4), np.float32), ALIKE, 300)
    best = np.percentile(teaches, 95)
    assert all(teaches[one.image] >= best for one in order)


def test_at_random_gives_each_image_once_and_the_same_for_a_seed() -> None:
    assert sorted(at_random(30, 100, seed=1)) == list(range(30))
    assert at_random(30, 5, seed=1) == at_random(30, 5, seed=1) != at_random(30, 5, seed=2)

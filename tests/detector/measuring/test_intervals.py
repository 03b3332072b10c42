"""Bootstrap intervals: each draw is COCO's figure of the images drawn, and what comes out is where figures lie."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from detector.domain import ImageSize
from detector.measuring import intervals
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from tests.detector.coco_reference import columns, guesses, labels_of, scene

SIZE = ImageSize(640, 480)


def drawn(truths: Truths, found: Found, places: list[int]) -> tuple[Truths, Found]:
    """The same as columns of the images drawn, each as often as it was."""
    t = [np.flatnonzero(truths.image == place) for place in places]
    f = [np.flatnonzero(found.image == place) for place in places]
    new = [np.repeat(np.arange(len(places), dtype=np.int32), [len(rows) for rows in part]) for part in (t, f)]
    t_rows, f_rows = np.concatenate(t), np.concatenate(f)
    return (
        Truths(new[0], truths.label[t_rows], truths.box[t_rows]),
        Found(new[1], found.label[f_rows], found.box[f_rows], found.score[f_rows]),
    )


def unlike(found: Found) -> Found:
    """The same boxes with scores that no two share, since draws may order ties in their own way."""
    score = found.score - np.arange(len(found)) * 1e-6
    order = np.lexsort((-score, found.image))
    return Found(found.image[order], found.label[order], found.box[order], score[order])


def test_a_draw_has_the_figures_that_evaluation_gives_of_the_images_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    truths, found = scene(seed=11, images=10, most=12, classes=3)
    found = unlike(found)
    places = [0, 0, 1, 2, 4, 5, 6, 8, 8, 9]
    weights = np.bincount(places, minlength=10).astype(float)
    monkeypatch.setattr(intervals, "_draws", lambda images, resamples, at_once: [np.stack([weights] * 2)])

    ours = intervals.of_figures(truths, found, 10, 3)
    whole = evaluate(truths, found, [SIZE] * 10, labels_of(3))
    theirs = evaluate(*drawn(truths, found, places), [SIZE] * 10, labels_of(3))

    for name in ("ap", "ap50", "ap75", "ar100"):
        one = getattr(ours, name)
        assert one.value == pytest.approx(getattr(whole, name), abs=1e-6)
        assert (one.low, one.high) == pytest.approx((getattr(theirs, name),) * 2, abs=1e-6)
    for mine, result in zip(ours.per_class, theirs.per_class, strict=True):
        assert mine.ap and mine.ap50
        assert (mine.ap.low, mine.ap50.low) == pytest.approx((result.ap, result.ap50), abs=1e-6)


def test_the_same_images_give_the_same_interval_and_more_images_a_narrower_one() -> None:
    few, many = (scene(seed=21, images=images, most=6, classes=2) for images in (12, 120))

    first, again = (intervals.of_figures(*few, 12, 2) for _ in range(2))
    other = intervals.of_figures(*many, 120, 2)

    assert first == again
    assert first.ap and other.ap
    assert first.ap.low < first.ap.value < first.ap.high
    assert other.ap.high - other.ap.low < (first.ap.high - first.ap.low) / 2
    assert (first.images, first.resamples) == (12, 1000)


def test_the_difference_of_two_models_is_surer_than_the_models_are() -> None:
    truths, first = scene(seed=31, images=60, most=8, classes=2, noise=0.1)
    kept = np.random.default_rng(0).random(len(first)) < 0.7
    second = first.where(kept)  # finds less, and what it finds is the same

    alone = intervals.of_figures(truths, first, 60, 2).ap50
    apart = intervals.of_difference(truths, first, second, 60, 2).ap50

    assert alone and apart
    assert apart.low <= apart.value < 0
    assert apart.high < 0
    assert apart.high - apart.low < alone.high - alone.low


def test_a_model_does_not_differ_from_itself() -> None:
    truths, found = scene(seed=41, images=10, most=5, classes=2)
    same = intervals.of_difference(truths, found, found, 10, 2)
    assert same.ap == same.per_class[0].ap50 == intervals.Interval(0.0, 0.0, 0.0)


def test_intervals_are_unknown_where_figures_are_or_where_images_are_few() -> None:
    truths, found = scene(seed=51, images=10, most=5, classes=2)
    third = intervals.of_figures(truths, found, 10, 3)
    assert third.ap
    assert (third.per_class[2].ap, third.per_class[2].ap50) == (None, None)
    few = truths.where(truths.image < 4), found.where(found.image < 4)
    assert intervals.of_figures(*few, 4, 2).ap is None
    assert intervals.of_figures(Truths.of([]), columns([]), 0, 0).ap is None


def test_a_model_that_finds_nothing_has_figures_of_zero_without_a_doubt() -> None:
    truths, _ = scene(seed=61, images=10, most=5, classes=2)
    assert intervals.of_figures(truths, columns([]), 10, 2).ap == intervals.Interval(0.0, 0.0, 0.0)


def test_many_boxes_are_drawn_less_often_so_that_it_takes_seconds() -> None:
    truths, _ = scene(seed=71, images=40, most=10, classes=1)
    found = guesses(truths, 1, seed=72)
    assert intervals.of_figures(truths, found, 40, 1, resamples=50).resamples == 50
    assert intervals._affordable([]) == 1000
    ranked = intervals._ranked(truths, found, 40, 1)
    assert intervals._affordable([ranked * 10_000]) == 200


def test_draws_of_many_images_take_no_more_memory_than_those_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    images = 40_000
    few = np.arange(0, images, 1000, dtype=np.int32)
    box = np.tile([10.0, 10.0, 40.0, 40.0], (len(few), 1))
    label = np.zeros(len(few), np.int32)
    truths, found = Truths(few, label, box), Found(few, label, box, np.linspace(0.2, 0.9, len(few)))
    tracemalloc.start()
    try:
        whole = intervals.of_figures(truths, found, images, 1, resamples=300)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 60e6, "300 draws of 40,000 images are 96 MB in themselves"
    monkeypatch.setattr(intervals, "AT_ONCE", 300.0 * images)
    assert intervals.of_figures(truths, found, images, 1, resamples=300) == whole, (
        "the same draws, however many at once"
    )

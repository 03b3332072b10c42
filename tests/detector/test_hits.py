"""Which boxes of a model are right."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import hits as module
from detector.box_columns import Found, Truths
from detector.domain import Annotation, Box, Prediction
from detector.geometry import iou
from detector.hits import SAME_OBJECT, hits

Pictures = Sequence[tuple[list[Annotation], list[Prediction]]]


def one_by_one(truth: list[Annotation], found: list[Prediction]) -> list[bool]:
    """COCO's rule, box after box; `found` best first."""
    free = list(truth)
    right = []
    for box in found:
        of_class = [one for one in free if one.label == box.label]
        best = max(of_class, key=lambda one: iou(one.box, box.box), default=None)
        taken = best is not None and iou(best.box, box.box) >= SAME_OBJECT
        right.append(taken)
        if taken and best is not None:
            free = [one for one in free if one is not best]
    return right


def crowded(seed: int, pictures: int = 4) -> Pictures:
    """Boxes of two classes that overlap each other a lot, no two scores alike."""
    chance = random.Random(seed)

    def box() -> Box:
        x, y = chance.uniform(0, 12), chance.uniform(0, 6)
        return Box(x, y, x + chance.uniform(6, 10), y + chance.uniform(6, 10))

    made = []
    for _ in range(pictures):
        truth = [Annotation(box(), chance.randrange(2)) for _ in range(chance.randrange(6))]
        found = [Prediction(box(), chance.randrange(2), chance.random()) for _ in range(chance.randrange(12))]
        made.append((truth, sorted(found, key=lambda one: -one.score)))
    return made


def hits_of(pictures: Pictures) -> list[bool]:
    return hits(Truths.of([t for t, _ in pictures]), Found.of([f for _, f in pictures])).tolist()


@given(st.integers(0, 10_000))
def test_all_at_once_is_the_same_as_one_box_after_the_other(seed: int) -> None:
    pictures = crowded(seed)
    assert hits_of(pictures) == [right for truth, found in pictures for right in one_by_one(truth, found)]


def test_it_does_not_matter_how_many_pairs_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = crowded(1, pictures=20)
    whole = hits_of(pictures)
    assert 0 < sum(whole) < len(whole)
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", 3)
    assert hits_of(pictures) == whole


def test_a_second_box_on_one_object_is_wrong_and_so_is_one_of_another_class() -> None:
    place = Box(0, 0, 10, 10)
    found = [Prediction(place, 1, 0.95), Prediction(place, 0, 0.9), Prediction(place, 0, 0.5)]
    assert hits_of([([Annotation(place, 0)], found)]) == [False, True, False]


def test_where_nothing_was_found_or_nothing_is_there_nothing_is_right() -> None:
    place = Box(0, 0, 10, 10)
    assert hits_of([([Annotation(place, 0)], [])]) == []
    assert hits_of([([], [Prediction(place, 0, 0.9)])]) == [False]
    assert np.array_equal(hits_of([]), [])

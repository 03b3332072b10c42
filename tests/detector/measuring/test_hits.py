"""Which true box each box takes, and which boxes are right: as one after the other, and as in pycocotools."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import SAME_OBJECT, Annotation, Box, ImageSize, Prediction
from detector.geometry import iou
from detector.measuring.box_columns import Found, Truths
from detector.measuring.hits import hits, near_truths, of_one_class, place_in_class, taken
from tests.detector.coco_reference import columns, reference, scene

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


def test_a_second_box_on_one_object_is_wrong_and_so_is_one_of_another_class() -> None:
    place = Box(0, 0, 10, 10)
    found = [Prediction(place, 1, 0.95), Prediction(place, 0, 0.9), Prediction(place, 0, 0.5)]
    assert hits_of([([Annotation(place, 0)], found)]) == [False, True, False]


def test_where_nothing_was_found_or_nothing_is_there_nothing_is_right() -> None:
    place = Box(0, 0, 10, 10)
    assert hits_of([([Annotation(place, 0)], [])]) == []
    assert hits_of([([], [Prediction(place, 0, 0.9)])]) == [False]
    assert np.array_equal(hits_of([]), [])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 2),
    images=st.integers(1, 6),
    most=st.integers(1, 40),
    classes=st.integers(1, 3),
    noise=st.sampled_from([0.0, 0.05, 0.15]),
)
def test_boxes_take_the_same_true_boxes_as_in_pycocotools_at_every_overlap(
    seed: int, images: int, most: int, classes: int, noise: float
) -> None:
    truths, found = scene(seed, images, most, classes, noise)
    run = reference(truths, found, [ImageSize(640, 480)] * images, classes)[2]
    near = of_one_class(near_truths(truths, found), truths, found)
    ours = [taken(near, len(found), len(truths), overlap) for overlap in run.params.iouThrs]

    theirs = np.full((len(ours), len(found)), -1)
    for one in run.evalImgs:
        if one is not None and one["aRng"] == run.params.areaRng[0]:
            theirs[:, np.array(one["dtIds"], int) - 1] = one["dtMatches"] - 1

    assert np.array_equal(ours, theirs)


def test_a_heap_of_equal_boxes_is_shared_out_one_by_one() -> None:
    box = (10.0, 10.0, 60.0, 60.0)
    truths = Truths(np.zeros(30, np.int32), np.zeros(30, np.int32), np.array([box] * 30))
    found = columns([(0, 0, box, 0.5)] * 40)

    ours = taken(near_truths(truths, found), 40, 30)

    assert sorted(ours[ours >= 0].tolist()) == list(range(30))
    assert (ours[30:] == -1).all()


def test_without_boxes_there_is_nothing_to_take() -> None:
    nothing = columns([])
    truths = Truths(np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([[1.0, 1, 2, 2]]))
    for drawn, found in ((truths, nothing), (truths.where(np.zeros(1, bool)), nothing)):
        near = near_truths(drawn, found)
        assert near.iou.size == 0
        assert taken(near, len(found), len(drawn)).size == 0


def test_the_place_of_a_box_is_counted_in_its_class_and_picture() -> None:
    box = (1.0, 1.0, 2.0, 2.0)
    found: Found = columns([(0, 0, box, 0.9), (0, 1, box, 0.8), (0, 0, box, 0.7), (1, 0, box, 0.9), (1, 0, box, 0.9)])
    assert place_in_class(found).tolist() == [0, 0, 1, 0, 1]
    assert place_in_class(columns([])).tolist() == []

"""What a box takes is what it takes in pycocotools."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.box_columns import Found, Truths
from detector.domain import ImageSize
from detector.matching import Pairs, pairs, place_in_class, taken
from tests.detector.coco_reference import columns, reference, scene


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
    near = pairs(truths, found, images).of_one_class(truths, found)
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

    ours = taken(pairs(truths, found, 1), 40, 30)

    assert sorted(ours[ours >= 0].tolist()) == list(range(30))
    assert (ours[30:] == -1).all()


def test_without_boxes_there_is_nothing_to_take() -> None:
    nothing = columns([])
    truths = Truths(np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([[1.0, 1, 2, 2]]))
    for drawn, found in ((truths, nothing), (truths.where(np.zeros(1, bool)), nothing)):
        near: Pairs = pairs(drawn, found, 3)
        assert near.iou.size == 0
        assert taken(near, len(found), len(drawn)).size == 0


def test_the_place_of_a_box_is_counted_in_its_class_and_picture() -> None:
    box = (1.0, 1.0, 2.0, 2.0)
    found: Found = columns([(0, 0, box, 0.9), (0, 1, box, 0.8), (0, 0, box, 0.7), (1, 0, box, 0.9), (1, 0, box, 0.9)])
    assert place_in_class(found).tolist() == [0, 0, 1, 0, 1]
    assert place_in_class(columns([])).tolist() == []

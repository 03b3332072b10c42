"""What a choice loses, and repeating it on some of the images."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.thresholds import f1, lost_by_classes, some_images
from detector.measuring.judged import Cost, Judged
from detector.measuring.thresholds import Choice


def judged() -> Judged:
    """Of five images; each has an object of class 0 that is found with a score, and a wrong box of class 1."""
    images = np.arange(5, dtype=np.int32)
    return Judged(
        image=np.repeat(images, 2),
        label=np.tile(np.array([0, 1], np.int32), 5),
        score=np.tile(np.array([0.8, 0.4]), 5),
        right=np.tile(np.array([True, False]), 5),
        truth_image=images,
        truth_label=np.zeros(5, np.int32),
        images=5,
    )


def test_some_of_the_images_are_looked_at_as_if_there_were_no_others() -> None:
    some = some_images(judged(), 2, "0/0")
    assert some.images == 2
    assert some.image.tolist() == [0, 0, 1, 1]
    assert some.truth_image.tolist() == [0, 1]
    costs = some.costs(0.3, {})
    assert (costs.all, costs.images_with_wrong) == (Cost(2, 2, 2), 2)
    assert some_images(judged(), 9, "0/0").images == 5, "there are no more"


def test_what_is_lost_is_what_the_best_threshold_of_each_class_had_brought() -> None:
    assert lost_by_classes(Choice(0.5, {}, None), judged()) == 0
    assert lost_by_classes(Choice(0.9, {}, None), judged()) == 1
    assert f1(Cost(10, 5, 5)) == pytest.approx(0.5)
    assert f1(Cost(0, 0, 0)) == 0

from __future__ import annotations

import numpy as np

from storage.overlaps import found_twice, iou


def greedily(group: np.ndarray, stored: np.ndarray, box: np.ndarray) -> list[bool]:
    """Box after box, as it would be told to a child."""
    near, twice = iou(box, box) >= 0.5, [False] * len(group)
    for worse in range(len(group)):
        twice[worse] = any(
            not twice[good]
            for good in range(worse)
            if group[good] == group[worse] and stored[good] != stored[worse] and near[worse, good]
        )
    return twice


def test_nothing_is_looked_at_where_no_class_was_merged() -> None:
    """Each box with each other one of a whole project would take minutes and gigabytes."""
    boxes = 1_000_000
    group, stored = np.zeros(boxes, np.int64), np.full(boxes, 7)
    assert not found_twice(group, stored, np.tile(np.array([[0.0, 0.0, 9.0, 9.0]]), (boxes, 1))).any()


def test_what_a_model_found_as_two_classes_that_are_one_now_is_told_as_box_by_box() -> None:
    random = np.random.default_rng(3)
    some = 0
    for _ in range(40):
        boxes = int(random.integers(0, 60))
        group, stored = random.integers(0, 5, boxes), random.integers(0, 4, boxes)
        low = random.integers(0, 30, (boxes, 2))
        box = np.concatenate([low, low + random.integers(20, 30, (boxes, 2))], axis=1).astype(np.float32)
        twice = found_twice(group, stored, box).tolist()
        assert twice == greedily(group, stored, box)
        some += sum(twice)
    assert some > 100

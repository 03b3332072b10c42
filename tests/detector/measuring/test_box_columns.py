from __future__ import annotations

import numpy as np
import pytest

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths

A, B = Box(0, 0, 10, 10), Box(5, 5.5, 20, 30)


def test_the_boxes_of_all_pictures_stand_in_one_column_by_picture() -> None:
    truths = Truths.of([[Annotation(A, 1)], [], [Annotation(B, 0), Annotation(A, 2)]])
    assert truths.image.tolist() == [0, 2, 2]
    assert truths.label.tolist() == [1, 0, 2]
    assert truths.box.tolist() == [[0, 0, 10, 10], [5, 5.5, 20, 30], [0, 0, 10, 10]]
    assert len(truths.where(truths.label > 0)) == 2


def test_what_was_found_comes_best_first_within_its_picture() -> None:
    found = Found.of([[Prediction(A, 0, 0.2), Prediction(B, 1, 0.9)], [Prediction(A, 0, 0.5)]])
    assert found.score.tolist() == [0.9, 0.2, 0.5]
    assert found.label.tolist() == [1, 0, 0]
    assert found.image.tolist() == [0, 0, 1]


def test_pictures_without_boxes_make_empty_columns() -> None:
    assert Truths.of([[], []]).box.shape == (0, 4)
    assert Found.of([]).score.shape == (0,)


def test_columns_out_of_order_or_step_are_refused() -> None:
    whole, boxes = np.zeros(2, np.int32), np.zeros((2, 4))
    with pytest.raises(ValueError, match="best score first"):
        Found(whole, whole, boxes, np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match="ascend by picture"):
        Truths(np.array([1, 0], np.int32), whole, boxes)
    with pytest.raises(ValueError, match="one length"):
        Truths(whole, whole[:1], boxes)

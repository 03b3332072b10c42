from __future__ import annotations

from detector.domain import Box
from gui.suggesting import candidates_at
from storage.records import Rejection, StoredBox, StoredPrediction

CELL, PLATELET = 1, 2
PLACE = Box(10, 10, 30, 30)


def found(score: float, box: Box = PLACE, class_id: int = CELL) -> StoredPrediction:
    return StoredPrediction(class_id, box, score)


def test_a_click_may_take_the_boxes_of_any_score_that_contain_it_best_first() -> None:
    low, high, elsewhere = found(0.02), found(0.4, Box(5, 5, 25, 25)), found(0.9, Box(40, 40, 60, 60))
    assert candidates_at([low, elsewhere, high], [], [], 12, 12) == [high, low]
    assert candidates_at([low, elsewhere, high], [], [], 35, 35) == []


def test_an_object_that_stands_there_is_not_taken_again_under_another_class() -> None:
    standing = StoredBox("a", CELL, Box(11, 10, 31, 30))
    covered, other_class, larger = found(0.9), found(0.8, class_id=PLATELET), found(0.1, Box(0, 0, 60, 60))
    assert candidates_at([covered, other_class, larger], [standing], [], 20, 20) == [larger]


def test_a_rejected_box_is_not_taken_but_one_of_another_class_at_its_place_is() -> None:
    rejected = Rejection(CELL, Box(11, 10, 31, 30), 0.5, model_version_id=3)
    other = found(0.3, class_id=PLATELET)
    assert candidates_at([found(0.9), other], [], [rejected], 20, 20) == [other]

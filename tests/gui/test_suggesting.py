from __future__ import annotations

from detector.domain import Box
from gui.suggesting import candidates_at, name_of, unsure_within
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


def test_a_drawn_box_is_named_as_the_models_surest_box_there_unless_that_is_hardly_sure_or_elsewhere() -> None:
    near, other, elsewhere = (
        found(0.3, Box(11, 10, 31, 30)),
        found(0.4, class_id=PLATELET),
        found(0.9, Box(9, 9, 99, 99)),
    )
    assert name_of(PLACE, [near, other, elsewhere]) == PLATELET
    assert name_of(PLACE, [near, other, elsewhere], minimum_score=0.5) is None
    assert name_of(PLACE, [found(0.1)]) == CELL
    assert name_of(PLACE, [found(0.099)]) is None
    assert name_of(PLACE, [found(0.3), found(0.3, class_id=PLATELET)]) == CELL, "the first of two alike"
    assert name_of(PLACE, []) is None


def test_unsure_are_the_boxes_below_the_threshold_of_their_class_down_to_half_of_it() -> None:
    scores = (0.6, 0.59, 0.3, 0.29)
    cells = [found(score) for score in scores]
    platelets = [found(score, class_id=PLATELET) for score in scores]
    everywhere = Box(0, 0, 100, 100)
    assert unsure_within(cells, everywhere, {CELL: 0.6}) == cells[1:3]
    assert unsure_within([*reversed(cells), *platelets], everywhere, {CELL: 0.6, PLATELET: 0.3}) == [
        *cells[1:3],
        platelets[3],
    ]
    assert unsure_within(cells, everywhere, {}) == cells[2:], "0.5 where a class has no threshold"


def test_a_box_is_within_an_area_by_its_middle() -> None:
    unsure = found(0.4)  # its middle is at 20, 20
    inside, touching, beside = Box(15, 15, 25, 25), Box(0, 0, 20, 20), Box(21, 0, 100, 100)
    shown = [area for area in (inside, touching, beside) if unsure_within([unsure], area, {CELL: 0.5})]
    assert shown == [inside, touching]

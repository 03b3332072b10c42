"""What the simulated annotator does at the Label page, and what it counts."""

from __future__ import annotations

import pytest

from benchmarks.acts import SECONDS, Act, Labelled
from benchmarks.annotator import Annotator
from detector.domain import Annotation, Box
from storage.records import StoredPrediction

CELL, PLATELET = 11, 12  # class ids of labels 0 and 1
ROUND = Annotation(Box(100, 100, 200, 200), 0)
OTHER = Annotation(Box(300, 100, 400, 200), 0)
SMALL = Annotation(Box(20, 20, 50, 50), 1)
THRESHOLDS = {CELL: 0.5, PLATELET: 0.5}


def found(truth: Annotation, score: float, class_id: int = CELL, shift: float = 0) -> StoredPrediction:
    box = truth.box
    return StoredPrediction(class_id, Box(box.x1 + shift, box.y1, box.x2 + shift, box.y2), score)


def labelled(truth: list[Annotation], predictions: list[StoredPrediction]) -> Labelled:
    person = Annotator([CELL, PLATELET])
    person.current = CELL
    return person.label(truth, predictions, THRESHOLDS)


def presses(done: Labelled) -> dict[Act, int]:
    return {act: times for act, times in done.tally.acts.items() if times and act is not Act.LOOK}


def test_by_hand_a_class_key_is_pressed_only_where_the_class_changes() -> None:
    person = Annotator([CELL, PLATELET])
    tally = person.by_hand([ROUND, SMALL, OTHER])
    assert tally.acts == {Act.DRAW: 3, Act.CLASS_KEY: 2, Act.NEXT: 1} and tally.actions == 6
    assert person.by_hand([SMALL]).acts == {Act.DRAW: 1, Act.NEXT: 1}, "the class of the last box is still chosen"
    assert tally.seconds() == pytest.approx(3 * 7 + 3 * 0.28)


def test_where_all_is_right_one_key_is_enough_and_each_box_costs_a_look() -> None:
    done = labelled([ROUND, OTHER], [found(ROUND, 0.9), found(OTHER, 0.8, shift=10)])
    assert presses(done) == {Act.NEXT: 1} and done.tally.actions == 1
    assert done.tally.seconds() == pytest.approx(2 * SECONDS[Act.LOOK] + SECONDS[Act.NEXT])
    assert [class_id for _, class_id, _ in done.taken] == [CELL, CELL] and not done.drawn


def test_a_missed_object_is_taken_by_clicks_where_the_model_has_it_hidden_else_drawn() -> None:
    assert presses(labelled([ROUND], [found(ROUND, 0.2)])) == {Act.TAKE: 1, Act.NEXT: 1}
    assert presses(labelled([ROUND], [found(ROUND, 0.3, shift=40), found(ROUND, 0.2)])) == {Act.DRAW: 1, Act.NEXT: 1}, (
        "what is outlined is wrong, and what comes after it cannot be seen"
    )
    assert presses(labelled([SMALL], [found(SMALL, 0.09)])) == {Act.CLASS_KEY: 1, Act.TAKE: 1, Act.NEXT: 1}


def test_a_drawn_box_gets_the_class_that_the_model_sees_there_without_a_key() -> None:
    assert presses(labelled([SMALL], [found(SMALL, 0.3, PLATELET, shift=8)])) == {Act.DRAW: 1, Act.NEXT: 1}
    assert presses(labelled([SMALL], [])) == {Act.CLASS_KEY: 1, Act.DRAW: 1, Act.NEXT: 1}
    mistaken = labelled([ROUND], [found(ROUND, 0.3, PLATELET, shift=30)])
    assert presses(mistaken) == {Act.CLASS_KEY: 1, Act.DRAW: 1, Act.NEXT: 1}, "where the model is wrong"


def test_a_drag_over_several_wrong_boxes_rejects_them() -> None:
    done = labelled([], [found(ROUND, 0.9), found(OTHER, 0.8), found(SMALL, 0.7)])
    assert presses(done) == {Act.REJECT_AREA: 1, Act.NEXT: 1} and len(done.rejected) == 3
    between = Annotation(Box(200, 100, 290, 200), 0)
    done = labelled([between], [found(ROUND, 0.9), found(between, 0.9), found(OTHER, 0.8)])
    assert presses(done) == {Act.REJECT: 2, Act.NEXT: 1}, "what lies between must not go with them"


def test_a_box_of_the_wrong_class_is_changed_and_a_false_one_rejected() -> None:
    done = labelled([SMALL], [found(SMALL, 0.9), found(ROUND, 0.8)])
    assert presses(done) == {Act.CHANGE_CLASS: 1, Act.REJECT: 1, Act.NEXT: 1} and done.tally.actions == 4
    assert [class_id for _, class_id, _ in done.taken] == [PLATELET]
    assert [p.score for p in done.rejected] == [0.8]


def test_a_box_with_one_corner_off_is_pulled_right() -> None:
    done = labelled([ROUND], [found(ROUND, 0.9, shift=25)])  # IoU 0.6
    assert presses(done) == {Act.PULL: 1, Act.NEXT: 1}
    assert [box for _, _, box in done.taken] == [Box(100, 100, 225, 200)] and not done.rejected


def test_two_corners_are_pulled_sooner_than_a_box_is_drawn_but_not_those_of_another_object() -> None:
    large = StoredPrediction(CELL, Box(80, 80, 220, 220), 0.9)  # IoU 0.51, with one corner right 0.69
    done = labelled([ROUND], [large])
    assert presses(done) == {Act.PULL: 2, Act.NEXT: 1}
    assert [box for _, _, box in done.taken] == [ROUND.box]
    done = labelled([ROUND], [found(OTHER, 0.9)])
    assert presses(done) == {Act.DRAW: 1, Act.REJECT: 1, Act.NEXT: 1}


def test_a_right_box_that_a_drawn_neighbour_hides_is_drawn_again() -> None:
    near = Annotation(Box(130, 100, 230, 200), 0)  # IoU 0.54 with the other
    done = labelled([ROUND, near], [found(ROUND, 0.9)])
    assert presses(done) == {Act.DRAW: 2, Act.NEXT: 1}
    assert {box for _, box in done.drawn} == {ROUND.box, near.box}

"""What one model finds that another one does not, and the other way round; nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.domain import Annotation, Box, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.comparing import Change, Changes, Shown, compare

CELL, MITE = 0, 1
HALF = (0.5, 0.5)


def box(x: float, width: float = 10) -> Box:
    return Box(x, 0, x + width, 10)


def cell(x: float) -> Annotation:
    return Annotation(box(x), CELL)


def guess(x: float, score: float = 0.9, label: int = CELL) -> Prediction:
    return Prediction(box(x), label, score)


def shown(truths: Truths, found: Sequence[Sequence[Prediction]], thresholds: Sequence[float] = HALF) -> Shown:
    return Shown.of(truths, Found.of(found), thresholds)


def changes(
    truths: Sequence[Annotation], ours: Sequence[Prediction], theirs: Sequence[Prediction]
) -> list[tuple[Change, int, int, int]]:
    """(change, truth, our box, their box) on one picture."""
    known = Truths.of([truths])
    return rows(compare(known, shown(known, [ours]), shown(known, [theirs])))


def rows(found: Changes) -> list[tuple[Change, int, int, int]]:
    columns = (found.change, found.truth, found.ours, found.theirs)
    return [(Change(kind), *row) for kind, *row in zip(*(column.tolist() for column in columns), strict=True)]


def test_an_object_that_only_one_finds_is_told_with_the_box_that_finds_it() -> None:
    assert changes([cell(0), cell(50)], ours=[guess(0)], theirs=[guess(50)]) == [
        (Change.FOUND, 0, 0, -1),
        (Change.LOST, 1, -1, 0),
    ]


def test_what_the_other_one_made_of_an_object_is_told_with_it_and_not_again() -> None:
    taken_for_a_mite = [guess(50, label=MITE), guess(2, 0.6, MITE), guess(1, 0.8, MITE)]
    assert changes([cell(0)], ours=[guess(0)], theirs=taken_for_a_mite) == [
        (Change.FOUND, 0, 0, 1),  # their boxes by score: 50, 1, 2
        (Change.GONE, -1, -1, 0),
    ]


def test_a_false_alarm_of_both_at_one_place_is_no_difference_unless_they_disagree_what_it_is() -> None:
    assert changes([], ours=[guess(0), guess(50)], theirs=[guess(2), guess(50, label=MITE)]) == [
        (Change.GONE, -1, -1, 1),
        (Change.NEW, -1, 1, -1),
    ]


def test_a_second_box_on_an_object_that_both_find_is_a_false_alarm() -> None:
    assert changes([cell(0)], ours=[guess(0), guess(1, 0.7)], theirs=[guess(0)]) == [(Change.NEW, -1, 1, -1)]


def test_each_model_is_judged_above_its_own_thresholds_of_each_class() -> None:
    truths = Truths.of([[cell(0), Annotation(box(50), MITE)]])
    found = [[guess(0, 0.4), guess(50, 0.4, MITE), guess(80, 0.4)]]
    ours, theirs = shown(truths, found, (0.3, 0.5)), shown(truths, found, (0.5, 0.3))
    assert rows(compare(truths, ours, theirs)) == [
        (Change.FOUND, 0, 0, -1),
        (Change.LOST, 1, -1, 1),
        (Change.NEW, -1, 2, -1),
    ]


def test_differences_stand_picture_by_picture() -> None:
    truths = Truths.of([[cell(0)], [], [cell(0)]])
    ours, theirs = shown(truths, [[guess(0)], [guess(5)], []]), shown(truths, [[], [], [guess(0)]])
    found = compare(truths, ours, theirs)
    assert found.image.tolist() == [0, 1, 2]
    assert [Change(kind) for kind in found.change] == [Change.FOUND, Change.NEW, Change.LOST]


def test_nothing_differs_where_nothing_is() -> None:
    nothing = Truths.of([])
    assert len(compare(nothing, shown(nothing, []), shown(nothing, []))) == 0


places = st.integers(0, 30)
labelled = st.builds(Annotation, places.map(box), st.integers(0, 1))
predictions = st.builds(guess, places, st.integers(1, 19).map(lambda n: n / 20), st.integers(0, 1))
found_by_one = st.lists(predictions, max_size=5)
pictures = st.lists(st.tuples(st.lists(labelled, max_size=5), found_by_one, found_by_one), max_size=3)


@given(pictures)
def test_the_other_way_round_better_is_worse_and_a_model_does_not_differ_from_itself(
    scene: list[tuple[list[Annotation], list[Prediction], list[Prediction]]],
) -> None:
    truths = Truths.of([one[0] for one in scene])
    first, second = shown(truths, [one[1] for one in scene]), shown(truths, [one[2] for one in scene])
    there, back = compare(truths, first, second), compare(truths, second, first)
    other = {Change.FOUND: Change.LOST, Change.LOST: Change.FOUND, Change.GONE: Change.NEW, Change.NEW: Change.GONE}
    assert sorted(rows(there)) == sorted((other[kind], truth, ours, theirs) for kind, truth, theirs, ours in rows(back))
    assert len(compare(truths, first, first)) == 0
    objects = np.isin(there.change, (Change.FOUND, Change.LOST)).sum()
    assert objects == ((first.takes >= 0) != (second.takes >= 0)).sum()


@pytest.mark.parametrize("kind", list(Change))
def test_every_kind_names_a_box_or_an_object_that_is_there(kind: Change) -> None:
    found = changes([cell(0), cell(20)], [guess(0), guess(60)], [guess(20), guess(90)])
    [(_, truth, ours, theirs)] = [row for row in found if row[0] is kind]
    assert (truth >= 0) is (kind in (Change.FOUND, Change.LOST))
    assert (ours >= 0) is (kind in (Change.FOUND, Change.NEW))
    assert (theirs >= 0) is (kind in (Change.LOST, Change.GONE))

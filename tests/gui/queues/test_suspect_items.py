from __future__ import annotations

from datetime import UTC, datetime

from detector.advising.suspects import ErrorKind
from detector.domain import Box
from gui.queues.suspect_items import SuspectItem
from storage.kept_labels import KeptLabel
from storage.records import Source, StoredBox

HERE, NEAR, FAR = Box(10, 10, 50, 50), Box(12, 11, 52, 51), Box(200, 10, 250, 50)
LABEL = StoredBox("a", 1, HERE, Source.PERSON)
OF_LABEL = SuspectItem(ErrorKind.CLASS, 0.9, 1, HERE, "a", 2, NEAR, score=0.97)
MISSING = SuspectItem(ErrorKind.MISSING, 0.8, other_class_id=2, other_box=NEAR, score=0.93)
TWICE = SuspectItem(ErrorKind.TWICE, 0.8, 1, HERE, "a", 1, NEAR, other_id="b")


def kept(kind: ErrorKind, class_id: int, box: Box, drawn: bool = True) -> KeptLabel:
    return KeptLabel(1, 7, kind.value, class_id, box, drawn, "", datetime.now(UTC))


def test_json_and_back() -> None:
    for item in (OF_LABEL, MISSING, TWICE):
        assert SuspectItem.from_json(item.to_json()) == item


def test_a_label_is_asked_about_as_long_as_it_stands_as_it_was() -> None:
    assert OF_LABEL.is_open([LABEL], [])
    assert not OF_LABEL.is_open([], [])
    assert not OF_LABEL.is_open([StoredBox("a", 2, HERE, Source.PERSON)], [])
    assert not OF_LABEL.is_open([StoredBox("a", 1, NEAR, Source.PERSON)], [])


def test_a_missing_label_is_asked_for_until_one_stands_there() -> None:
    assert MISSING.is_open([StoredBox("c", 2, FAR, Source.PERSON)], [])
    assert not MISSING.is_open([LABEL], []), "whatever its class"


def test_of_two_labels_on_one_object_both_must_stand() -> None:
    other = StoredBox("b", 1, NEAR, Source.PERSON)
    assert TWICE.is_open([LABEL, other], [])
    assert not TWICE.is_open([LABEL], [])


def test_what_a_twin_has_is_asked_for_until_a_label_stands_here_or_none_there() -> None:
    there = StoredBox("t", 2, NEAR, Source.PERSON)
    lacking = SuspectItem(ErrorKind.TWIN, 0.5, other_class_id=2, other_box=NEAR, other_image=8)
    assert lacking.is_open([], [], [there])
    assert not lacking.is_open([LABEL], [], [there]), "whatever its class: one object gets no second box"
    assert not lacking.is_open([StoredBox("c", 2, HERE, Source.PERSON)], [], [there])
    assert not lacking.is_open([], [], [])
    unlike = SuspectItem(ErrorKind.TWIN, 0.5, 1, HERE, "a", 2, NEAR, other_image=8)
    assert unlike.is_open([LABEL], [], [there])
    assert not unlike.is_open([StoredBox("a", 2, HERE, Source.PERSON)], [], [there])
    assert not unlike.is_open([LABEL], [], [StoredBox("t", 1, NEAR, Source.PERSON)])


def test_a_suspect_follows_its_classes_until_they_are_one_or_not_learned_any_more() -> None:
    today = {1: 1, 2: 2, 3: 2}
    of_ghost = SuspectItem(ErrorKind.CLASS, 0.9, 1, HERE, "a", 3, NEAR, score=0.97)
    assert of_ghost.in_classes(today) == OF_LABEL
    assert of_ghost.in_classes({1: 1, 2: 2}) is None, "archived or deleted"
    assert MISSING.in_classes({1: 1, 2: 1}) == SuspectItem(
        ErrorKind.MISSING, 0.8, other_class_id=1, other_box=NEAR, score=0.93
    )
    assert OF_LABEL.in_classes({1: 1, 2: 1}) is None, "both are one class"
    unlike_twin = SuspectItem(ErrorKind.TWIN, 0.5, 1, HERE, "a", 2, NEAR, other_image=8)
    assert unlike_twin.in_classes({1: 1, 2: 1}) is None
    assert SuspectItem(ErrorKind.TWICE, 0.8, 1, HERE, "a", 3, NEAR, other_id="b").in_classes({1: 1, 3: 1}) == TWICE


def test_what_was_kept_is_not_asked_about_again_unless_it_moved() -> None:
    assert not OF_LABEL.is_open([LABEL], [kept(ErrorKind.CLASS, 1, HERE)])
    assert OF_LABEL.is_open([LABEL], [kept(ErrorKind.PLACED, 1, HERE)])
    assert OF_LABEL.is_open([LABEL], [kept(ErrorKind.CLASS, 2, HERE)])
    assert OF_LABEL.is_open([LABEL], [kept(ErrorKind.CLASS, 1, Box(16, 10, 56, 50))])
    assert not MISSING.is_open([], [kept(ErrorKind.MISSING, 2, HERE, drawn=False)]), "a proposal comes a little off"
    assert MISSING.is_open([], [kept(ErrorKind.MISSING, 2, FAR, drawn=False)])

"""Splits drawn from what the database counts are those of the rule, and nobody waits while they are written."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from storage import split_drawing, splits
from storage.engine import open_database
from storage.records import ImageState, Project, Split
from storage.store import Store
from tests.storage.samples import a_box, add_images, save


@pytest.fixture
def street(store: Store, project: Project) -> list[int]:
    """Ids of 40 images, 30 of them done, with boxes of six classes of which two are one and one is archived."""
    dice = random.Random(1)
    classes = [store.classes.add(project.id, name).id for name in ("car", "van", "bus", "dog", "cat", "old")]
    ids = [image.id for image in add_images(store, project.id, 40)]
    for place, image_id in enumerate(ids[:35]):
        boxes = [a_box(class_id) for class_id in dice.sample(classes, dice.randrange(4))]
        save(store, image_id, boxes, ImageState.DONE if place < 30 else ImageState.IN_PROGRESS)
    store.classes.merge([classes[1]], classes[0])
    store.classes.set_archived(classes[5], True)
    return ids


def by_the_rule(store: Store, project: Project) -> dict[int, Split]:
    """What storage.splits says to all done images, each read with its boxes."""
    taken = store.snapshots.ahead(project.id)
    stored = store.images.get_many(image.image_id for image in taken.images)
    return splits.assign(
        [
            splits.Candidate(i.image_id, i.sha256, stored[i.image_id].split, frozenset(c for c, _ in i.boxes))
            for i in taken.images
        ]
    )


def drawn(store: Store, project: Project) -> dict[int, Split]:
    with store.database.reading() as connection:
        return split_drawing.to_give(connection, project.id)


@pytest.mark.parametrize(
    "given", [{}, {5: Split.TEST, 6: Split.TEST, 7: Split.VAL}, dict.fromkeys(range(20), Split.TRAIN)]
)
def test_what_is_drawn_is_what_the_rule_says(
    given: dict[int, Split], store: Store, project: Project, street: list[int]
) -> None:
    for place, split in given.items():
        store.images.set_split([street[place]], split)
    expected = by_the_rule(store, project)
    assert len(expected) == 30 - len(given)
    assert drawn(store, project) == expected
    store.images.fix_splits(project.id)
    assert {i: store.images.get(i).split for i in expected} == expected
    assert drawn(store, project) == {}


def test_where_all_are_in_train_val_is_drawn_from_them(store: Store, project: Project, street: list[int]) -> None:
    store.images.set_split(street[:30], Split.TRAIN)
    expected = by_the_rule(store, project)
    assert set(expected.values()) == {Split.VAL}
    assert len(expected) == 6
    assert drawn(store, project) == expected
    store.images.fix_splits(project.id)
    assert {i for i in street[:30] if store.images.get(i).split is Split.VAL} == set(expected)


def test_val_that_is_drawn_anew_is_drawn_whole_or_not_at_all(
    store: Store, project: Project, street: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_drawing, "A_TURN", 2)
    store.images.set_split(street[:30], Split.TRAIN)
    turns: list[split_drawing.Turn] = []
    monkeypatch.setattr(store.database, "in_turns", lambda parts, _: turns.extend(parts))
    store.images.fix_splits(project.id)
    assert [len(turn.redrawn) for turn in turns] == [6]


def test_an_image_that_was_changed_before_its_turn_came_is_left_as_it_is(
    store: Store, project: Project, street: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reopened, kept = street[:2]

    def and_then_somebody_works(connection: Connection, project_id: int) -> dict[int, Split]:
        found = to_give(connection, project_id)
        save(store, reopened, [], ImageState.IN_PROGRESS)
        store.images.set_split([kept], Split.TEST)
        return found

    to_give = split_drawing.to_give
    monkeypatch.setattr(split_drawing, "to_give", and_then_somebody_works)
    store.images.fix_splits(project.id)
    assert store.images.get(reopened).split is None
    assert store.images.get(kept).split is Split.TEST
    assert all(store.images.get(image_id).split is not None for image_id in street[2:30])


def test_others_can_write_between_two_turns(store: Store, project: Project) -> None:
    hasty = open_database(store.workspace, busy_seconds=0.01)
    written: list[str] = []

    def parts() -> Iterator[str]:
        for name in ("one", "two"):
            with hasty.transaction():  # would be refused while a turn is being written
                written.append(f"before {name}")
            yield name

    store.database.in_turns(parts(), lambda _, name: written.append(name))
    hasty.close()
    assert written == ["before one", "one", "before two", "two"]


def test_splits_are_written_in_turns(
    store: Store, project: Project, street: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_drawing, "A_TURN", 4)
    sizes: list[int] = []
    in_turns = store.database.in_turns

    def noted(parts: list[split_drawing.Turn], write: object) -> None:
        sizes.extend(len(part.ids) for part in parts)
        in_turns(parts, write)  # type: ignore[arg-type]

    monkeypatch.setattr(store.database, "in_turns", noted)
    store.images.fix_splits(project.id)
    assert sum(sizes) == 30
    assert max(sizes) == 4

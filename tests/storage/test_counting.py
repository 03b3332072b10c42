"""A histogram that is counted anew keeps nobody from writing, and what is written meanwhile is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, select

from detector.domain import Box
from storage import predictions, review
from storage.counting import TRIES, Counting, Kind
from storage.images import forget_histograms
from storage.packing import Histogram
from storage.records import ImageState, Project, StoredPrediction
from storage.store import Store
from storage.tables import HistogramRow, ReviewRow
from tests.storage.samples import add_images, add_model, save

Count = Callable[[Connection, int], Histogram]
COUNTS: list[tuple[Kind, Count]] = [(ReviewRow, review.count_anew), (HistogramRow, predictions.count_anew)]
both = pytest.mark.parametrize(("kind", "count"), COUNTS)


@dataclass(frozen=True)
class Street:
    """Ten images, on six of which a model has found two boxes each; nothing has been counted yet."""

    store: Store
    project: int
    model: int
    images: list[int]
    cell: int

    def find(self, image: int, *scores: float) -> None:
        boxes = [StoredPrediction(self.cell, Box(30 * n, 0, 30 * n + 20, 20), s) for n, s in enumerate(scores)]
        self.store.predictions.put(self.model, image, boxes, False)

    def work(self) -> None:
        """What people and workers do to images."""
        self.find(self.images[0], 0.3)
        self.find(self.images[7], 0.6, 0.5, 0.4)
        save(self.store, self.images[1], [], ImageState.DONE)
        save(self.store, self.images[2], [])

    def forget(self) -> None:
        with self.store.database.transaction() as connection:
            review.forget(connection, self.project)
            forget_histograms(connection, self.project)

    def truth(self, count: Count) -> Histogram:
        with self.store.database.reading() as connection:
            return count(connection, self.model)

    def marks(self, kind: Kind) -> list[str | None]:
        with self.store.database.reading() as connection:
            return list(connection.scalars(select(kind.counting)))


@pytest.fixture
def street(store: Store, project: Project) -> Street:
    images = [image.id for image in add_images(store, project.id, 10)]
    cell = store.classes.add(project.id, "cell").id
    made = Street(store, project.id, add_model(store, project.id).id, images, cell)
    for image in images[:6]:
        made.find(image, 0.9, 0.2)
    made.forget()
    return made


@both
def test_what_is_done_while_it_is_counted_is_in_it(kind: Kind, count: Count, street: Street) -> None:
    def while_others_work(connection: Connection, model_id: int) -> Histogram:
        street.work()
        counted = count(connection, model_id)
        street.find(street.images[8], 0.7)
        return counted

    found = Counting(street.store.database, kind, while_others_work).get(street.model)
    assert found == street.truth(count)
    assert street.marks(kind) == [None]
    street.find(street.images[9], 0.8)
    assert Counting(street.store.database, kind, never).get(street.model) == street.truth(count)


def never(connection: Connection, model_id: int) -> Histogram:
    raise AssertionError("it was counted already")


@both
def test_a_count_that_was_broken_off_is_shown_to_nobody_and_made_again(
    kind: Kind, count: Count, street: Street
) -> None:
    def die(connection: Connection, model_id: int) -> Histogram:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Counting(street.store.database, kind, die).get(street.model)
    assert street.marks(kind) != [None]
    street.work()
    assert Counting(street.store.database, kind, count).get(street.model) == street.truth(count)
    assert street.marks(kind) == [None]


@both
def test_of_two_who_count_at_once_both_are_right(kind: Kind, count: Count, street: Street) -> None:
    asked: list[Histogram] = []

    def while_another_process_counts(connection: Connection, model_id: int) -> Histogram:
        if not asked:
            asked.append(Counting(street.store.database, kind, count).get(model_id))
            street.work()
        return count(connection, model_id)

    before = street.truth(count)
    assert Counting(street.store.database, kind, while_another_process_counts).get(street.model) == street.truth(count)
    assert asked == [before]
    assert street.marks(kind) == [None]


@both
def test_where_all_is_forgotten_again_and_again_what_was_counted_is_given_but_not_kept(
    kind: Kind, count: Count, street: Street
) -> None:
    times: list[int] = []

    def while_images_go(connection: Connection, model_id: int) -> Histogram:
        times.append(model_id)
        street.forget()
        return count(connection, model_id)

    found = Counting(street.store.database, kind, while_images_go).get(street.model)
    assert found == street.truth(count)
    assert len(times) == TRIES
    assert street.marks(kind) == []

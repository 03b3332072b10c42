"""Queues: made as a whole, read in their order, without what is gone or has been dealt with."""

from __future__ import annotations

import pytest

from storage.claims import Walk
from storage.emptying import empty_bin
from storage.errors import NotFound
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.queues import NEXT
from storage.records import ImageState, Project
from storage.store import Store
from tests.storage.samples import add_image, add_images, save

TO_LABEL = (ImageState.NEW, ImageState.IN_PROGRESS)


def ids(store: Store, project: Project, queue: str = NEXT, states: tuple[ImageState, ...] = ()) -> list[int]:
    return [one.image_id for one in store.queues.page(project.id, queue, states=states)]


def test_a_queue_is_read_in_its_order_with_why_and_by_what_it_was_made(store: Store, project: Project) -> None:
    first, second, third = (image.id for image in add_images(store, project.id, 3))
    assert store.queues.head(project.id, NEXT) is None
    store.queues.replace(project.id, NEXT, [(third, {"in_doubt": 4}), (first, {}), (second, {})], {"model": 7})
    head = store.queues.head(project.id, NEXT)
    assert head is not None and head.details == {"model": 7}
    [top] = store.queues.page(project.id, NEXT, limit=1)
    assert (top.place, top.image_id, top.details) == (0, third, {"in_doubt": 4})
    assert [one.image_id for one in store.queues.page(project.id, NEXT, after=top.place)] == [first, second]


def test_a_new_one_takes_the_place_of_the_old_one_and_of_no_other(store: Store, project: Project) -> None:
    images = [image.id for image in add_images(store, project.id, 3)]
    store.queues.replace(project.id, NEXT, [(image, {}) for image in images], {"model": 1})
    store.queues.replace(project.id, "check", [(images[0], {"box": 1}), (images[0], {"box": 2})], {})
    before = store.queues.head(project.id, NEXT)
    store.queues.replace(project.id, NEXT, [(images[2], {})], {"model": 2})
    after = store.queues.head(project.id, NEXT)
    assert ids(store, project) == [images[2]]
    assert ids(store, project, "check") == [images[0], images[0]]
    assert before is not None and after is not None
    assert (after.details, after.changes > before.changes) == ({"model": 2}, True)


def test_images_in_the_bin_and_those_dealt_with_are_passed_over(store: Store, project: Project) -> None:
    done, binned, begun, new = (image.id for image in add_images(store, project.id, 4))
    store.queues.replace(project.id, NEXT, [(image, {}) for image in (done, binned, begun, new)], {})
    save(store, done, [], ImageState.DONE)
    save(store, begun, [], ImageState.IN_PROGRESS)
    store.images.delete([binned])
    assert ids(store, project, states=TO_LABEL) == [begun, new]
    assert store.queues.count(project.id, NEXT, TO_LABEL) == 2
    assert store.queues.count(project.id, NEXT) == 3


def test_what_another_project_has_or_nobody_has_any_more_is_left_out(store: Store, project: Project) -> None:
    mine = add_image(store, project.id).id
    theirs = add_image(store, store.projects.create("Other").id).id
    store.queues.replace(project.id, NEXT, [(theirs, {}), (9999, {}), (mine, {})], {})
    assert ids(store, project) == [mine]
    store.images.delete([mine])
    empty_bin(store.database, project.id)
    assert store.queues.count(project.id, NEXT) == 0


def test_a_project_that_is_not_there_has_no_queue(store: Store) -> None:
    with pytest.raises(NotFound):
        store.queues.head(99, NEXT)
    with pytest.raises(NotFound):
        store.queues.replace(99, NEXT, [], {})


IN_QUEUE = ImageOrder(SortBy.QUEUE)
OPEN = ImageFilter(states=frozenset(TO_LABEL))


def test_a_grid_shows_the_queue_first_and_all_others_behind_it(store: Store, project: Project) -> None:
    a, b, c, d = (image.id for image in add_images(store, project.id, 4))
    store.queues.replace(project.id, NEXT, [(c, {}), (a, {})], {})
    every = [image.id for image in store.pages.listed(project.id, order=IN_QUEUE).items if image]
    assert every == [c, a, b, d]
    down = store.pages.listed(project.id, order=ImageOrder(SortBy.QUEUE, descending=True))
    assert [image.id for image in down.items if image] == [d, b, a, c]
    first = store.pages.page(project.id, order=IN_QUEUE, limit=3)
    rest = store.pages.page(project.id, order=IN_QUEUE, after=first.next_cursor)
    assert [image.id for image in (*first.items, *rest.items)] == every


def test_a_list_follows_when_the_queue_is_made_anew(store: Store, project: Project) -> None:
    a, b = (image.id for image in add_images(store, project.id, 2))
    store.queues.replace(project.id, NEXT, [(b, {})], {})
    old = store.pages.listed(project.id, order=IN_QUEUE)
    store.queues.replace(project.id, NEXT, [(a, {})], {})
    new = store.pages.listed(project.id, order=IN_QUEUE)
    assert [image.id for image in new.items if image] == [a, b]
    kept = store.pages.listed(project.id, order=IN_QUEUE, token=old.token)
    assert [image.id for image in kept.items if image] == [b, a], "who walks along the old one is not moved elsewhere"


def test_the_next_free_image_follows_the_queue_and_begins_anew_with_a_new_one(store: Store, project: Project) -> None:
    a, b, c, d = (image.id for image in add_images(store, project.id, 4))
    walk = Walk(OPEN, IN_QUEUE)

    def after(current: int | None) -> int | None:
        return store.claims.take_next(project.id, page="p", current=current, walk=walk)

    store.queues.replace(project.id, NEXT, [(c, {}), (a, {}), (d, {})], {})
    assert [after(None), after(c), after(a)] == [c, a, d]
    save(store, d, [], ImageState.DONE)
    store.queues.replace(project.id, NEXT, [(a, {}), (c, {})], {})
    assert after(d) == a, "not b, which stands behind the queue"
    save(store, a, [], ImageState.DONE)
    save(store, c, [], ImageState.DONE)
    assert after(c) == b, "what the queue does not have comes when it is through"


def test_neighbours_on_the_walk_are_those_of_the_queue(store: Store, project: Project) -> None:
    a, _, c, d = (image.id for image in add_images(store, project.id, 4))
    store.queues.replace(project.id, NEXT, [(c, {}), (a, {}), (d, {})], {})
    beside, token = store.pages.beside(a, OPEN, IN_QUEUE)
    assert (beside.previous_id, beside.next_id, beside.position) == (c, d, 2)
    save(store, a, [], ImageState.DONE)
    assert store.pages.beside(a, OPEN, IN_QUEUE, token)[0] == beside
    store.queues.replace(project.id, NEXT, [(d, {}), (c, {})], {})
    beside, newer = store.pages.beside(a, OPEN, IN_QUEUE, token)
    assert (beside.previous_id, beside.next_id, beside.position) == (None, d, 0), "the new queue is begun from its top"
    assert newer != token


def test_from_its_end_the_queue_is_walked_from_what_it_does_not_have(store: Store, project: Project) -> None:
    a, b, c, d, e = (image.id for image in add_images(store, project.id, 5))
    down = ImageOrder(SortBy.QUEUE, descending=True)
    store.queues.replace(project.id, NEXT, [(c, {}), (a, {})], {})
    save(store, d, [], ImageState.DONE)
    beside, _ = store.pages.beside(d, OPEN, down)
    assert (beside.previous_id, beside.next_id, beside.position) == (e, b, 1)
    walk = Walk(OPEN, down)
    assert store.claims.take_next(project.id, page="p", current=d, walk=walk) == b
    assert store.claims.take_next(project.id, page="p", current=b, walk=walk) == a

"""The next free image: the same never goes to two people, and what a page has is free again once it is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import update

from detector.domain import ImageSize
from storage.claims import HELD_FOR, Walk
from storage.clock import now
from storage.errors import NotFound
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.records import ImageState, NewImage
from storage.store import Store
from storage.tables import ClaimRow


@pytest.fixture
def images(store: Store) -> list[int]:
    project = store.projects.create("shared")
    size = ImageSize(100, 80)
    new = [NewImage(f"{n:064x}", f"{n}.png", size, "PNG", 1, False, 10) for n in range(12)]
    return [image.id for image, _ in store.images.add_many(project.id, new)]


def take(store: Store, page: str, current: int | None = None, author: str = "") -> int | None:
    return store.claims.take_next(1, page=page, author=author, current=current)


def save(store: Store, image: int, state: ImageState, author: str = "") -> None:
    store.annotations.save(image, revision=0, boxes=[], state=state, key=f"{image}", author=author)


def run_out(store: Store, page: str) -> None:
    with store.database.transaction() as connection:
        past = now(connection) - HELD_FOR
        connection.execute(update(ClaimRow).where(ClaimRow.page == page).values(until=past))


def test_many_who_ask_at_the_same_moment_get_different_images(store: Store, images: list[int]) -> None:
    together = Barrier(8)

    def ask(number: int) -> list[int | None]:
        together.wait()
        first = take(store, f"page {number}")
        return [first, take(store, f"page {number}", current=first)]

    with ThreadPoolExecutor(8) as pool:
        given = [image for pair in pool.map(ask, range(8)) for image in pair]
    taken = [image for image in given if image is not None]
    assert len(taken) == len(set(taken)) == len(images)  # twelve images for sixteen wishes
    assert given.count(None) == 4


def test_new_images_come_first_then_ones_own_then_those_that_others_began(store: Store, images: list[int]) -> None:
    for image in images[4:]:
        save(store, image, ImageState.DONE)
    save(store, images[0], ImageState.IN_PROGRESS, "grace")
    save(store, images[1], ImageState.IN_PROGRESS, "ada")
    save(store, images[2], ImageState.SKIPPED)
    order = []
    current = None
    for _ in range(3):
        current = take(store, "p", author="ada")
        assert current is not None
        order.append(current)
        store.annotations.save(
            current,
            revision=store.annotations.get(current).revision,
            boxes=[],
            state=ImageState.DONE,
            key=f"again {current}",
        )
    assert order == [images[3], images[1], images[0]]
    assert take(store, "p") is None


def test_a_page_keeps_what_it_shows_and_the_next_one_and_nothing_else(store: Store, images: list[int]) -> None:
    first = take(store, "p")
    second = take(store, "p", current=first)
    third = take(store, "p", current=second)
    assert [first, second, third] == images[:3]
    assert take(store, "other") == first
    assert [store.claims.holder(image, besides="x") for image in images[:4]] == ["", "", "", None]


def test_a_claim_runs_out_unless_it_is_renewed_and_ends_with_its_page(store: Store, images: list[int]) -> None:
    assert take(store, "gone", author="ada") == images[0]
    assert store.claims.holder(images[0], besides="mine") == "ada"
    assert store.claims.holder(images[0], besides="gone") is None
    run_out(store, "gone")
    assert store.claims.holder(images[0]) is None
    assert take(store, "next") == images[0]
    take(store, "next", current=images[0])
    run_out(store, "next")
    assert store.claims.renew("next", [images[0]]) == [images[0]]
    assert take(store, "third") == images[1]
    store.claims.release("next")
    assert take(store, "fourth") == images[0]


def test_what_others_look_at_is_passed_over(store: Store, images: list[int]) -> None:
    first = store.claims.take_next(1, page="p", open_elsewhere={images[0], images[2]})
    second = store.claims.take_next(1, page="p", current=first, open_elsewhere={images[0], images[2]})
    assert [first, second] == [images[1], images[3]]


def test_on_a_walk_the_next_free_one_follows_its_filter_and_order_and_comes_round(
    store: Store, images: list[int]
) -> None:
    tag = store.tags.ensure(1, "night").id
    store.tags.put_on(tag, images[2:7])
    save(store, images[4], ImageState.DONE)
    walk = Walk(ImageFilter(tag_ids=frozenset({tag})), ImageOrder(SortBy.NAME, descending=True))
    given, current = [], images[5]
    for _ in range(4):
        found = store.claims.take_next(1, page="p", current=current, walk=walk, open_elsewhere={images[3]})
        given.append(found)
        current = found or current
    assert given == [images[2], images[6], images[5], images[2]]
    assert store.claims.take_next(1, page="other", current=images[2], walk=walk) == images[6]
    assert store.claims.take_next(1, page="third", walk=walk) == images[3]


def test_a_walk_through_states_goes_on_to_its_end_and_no_further(store: Store, images: list[int]) -> None:
    for image in images[3:6]:
        save(store, image, ImageState.DONE)
    walk = Walk(ImageFilter(states=frozenset({ImageState.DONE})), ImageOrder())
    given = [store.claims.take_next(1, page="p", current=image, walk=walk) for image in images[3:6]]
    assert given == [images[4], images[5], None]


def test_a_project_that_is_not_there_has_no_free_image(store: Store) -> None:
    with pytest.raises(NotFound):
        take(store, "p")

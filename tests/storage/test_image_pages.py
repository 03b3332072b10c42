from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from detector.domain import Box, ImageSize
from storage.errors import InvalidValue, NotFound
from storage.image_filter import ImageFilter, ImageOrder, Selection, SortBy
from storage.image_query import matching, ordered
from storage.records import ImageState, NewImage, Project, Split, StoredPrediction
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_images, add_model, save, sha

FAR = datetime(2100, 1, 1, tzinfo=UTC)


def varied(store: Store, project: Project, images: int = 12) -> tuple[list[int], int, int]:
    """Images that differ in everything a grid sorts by, with ties; their ids, a class and a model."""
    cell = store.classes.add(project.id, "cell").id
    model = add_model(store, project.id).id
    rows = [
        NewImage(sha(n), f"{'Ab'[n % 2]}{n % 5}.png", ImageSize(10 + 30 * (n % 3), 60), "PNG", 1, False, 100 + n % 4)
        for n in range(images)
    ]
    ids = [image.id for image, _ in store.images.add_many(project.id, rows)]
    states = list(ImageState)
    for n, image_id in enumerate(ids[: images * 2 // 3]):
        boxes = [a_small_box(cell, k) for k in range(n % 3)]
        save(store, image_id, boxes, states[n % len(states)], author=["ada", "ben"][n % 2])
    store.images.set_split(ids[::3], Split.TEST)
    store.images.set_split(ids[1::3], Split.TRAIN)
    found = [(i, [StoredPrediction(cell, Box(1, 1, 5, 5), 0.1 * (n % 4))], False) for n, i in enumerate(ids[2:9])]
    store.predictions.put_many(model, found)
    return ids, cell, model


def a_small_box(class_id: int, number: int) -> Any:
    return a_box(class_id, 0.0, float(number))


def listed(store: Store, project: Project, wanted: ImageFilter, order: ImageOrder = ImageOrder()) -> list[int]:  # noqa: B008
    page = store.pages.listed(project.id, wanted, order, limit=1000)
    assert page.total == len(page.items)
    return [image.id for image in page.items if image is not None]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("by", list(SortBy))
def test_pages_by_cursor_and_by_place_show_the_same_in_every_order(
    store: Store, project: Project, by: SortBy, descending: bool
) -> None:
    ids, _, model = varied(store, project)
    wanted, order = ImageFilter(model_id=model), ImageOrder(by, descending)
    seen: list[int] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        page = store.pages.page(project.id, wanted, order, after=cursor, limit=5)
        assert page.total == len(ids)
        seen += [image.id for image in page.items]
        cursor = page.next_cursor
    assert sorted(seen) == ids
    assert seen == listed(store, project, wanted, order)
    assert seen[::-1] == listed(store, project, wanted, ImageOrder(by, not descending))
    third = store.pages.listed(project.id, wanted, order, first=7, limit=3)
    assert [image and image.id for image in third.items] == seen[7:10]


def test_each_order_sorts_by_what_it_says(store: Store, project: Project) -> None:
    ids, _, model = varied(store, project)
    images = store.images.get_many(ids)

    def values(by: SortBy, what: Any) -> list[Any]:
        return [what(images[i]) for i in listed(store, project, ImageFilter(model_id=model), ImageOrder(by))]

    for found in (
        values(SortBy.NAME, lambda image: image.name.casefold()),
        values(SortBy.SAVED, lambda image: image.saved_at or datetime.min.replace(tzinfo=UTC)),
        values(SortBy.BOXES, lambda image: image.boxes),
        values(SortBy.SIZE, lambda image: image.size.width * image.size.height),
        values(SortBy.BYTES, lambda image: image.bytes),
    ):
        assert all(one <= other for one, other in pairwise(found)), found
    assert list(dict.fromkeys(values(SortBy.STATE, lambda image: image.state))) == [
        ImageState.NEW, ImageState.IN_PROGRESS, ImageState.IN_DOUBT, ImageState.DONE, ImageState.SKIPPED
    ]  # fmt: skip
    assert list(dict.fromkeys(values(SortBy.SPLIT, lambda image: image.split))) == [Split.TRAIN, Split.TEST, None]
    best = listed(store, project, ImageFilter(model_id=model), ImageOrder(SortBy.SCORE, descending=True))
    assert best[:2] == [ids[5], ids[8]][::-1] or best[0] in (ids[5], ids[8])
    assert set(best[-5:]) == {ids[0], ids[1], ids[9], ids[10], ids[11]}  # never seen by the model


def test_a_filter_lets_through_what_fits_all_of_its_parts(store: Store, project: Project) -> None:
    ids, cell, model = varied(store, project)
    other = store.classes.add(project.id, "other").id
    images = store.images.get_many(ids)

    def those(fits: Any) -> list[int]:
        return [i for i in ids if fits(images[i])]

    now = datetime.now(UTC)
    for wanted, fits in [
        (ImageFilter(), lambda i: True),
        (ImageFilter(states=frozenset({ImageState.DONE})), lambda i: i.state is ImageState.DONE),
        (ImageFilter(nothing_here=True), lambda i: i.state is ImageState.DONE and not i.boxes),
        (
            ImageFilter(states=frozenset({ImageState.NEW}), nothing_here=True),
            lambda i: i.state is ImageState.NEW or (i.state is ImageState.DONE and not i.boxes),
        ),
        (ImageFilter(splits=frozenset({Split.TEST, None})), lambda i: i.split in (Split.TEST, None)),
        (ImageFilter(splits=frozenset({None})), lambda i: i.split is None),
        (ImageFilter(class_ids=frozenset({cell, other})), lambda i: i.boxes > 0),
        (ImageFilter(class_ids=frozenset({other})), lambda i: False),
        (ImageFilter(boxes_from=1, boxes_to=1), lambda i: i.boxes == 1),
        (ImageFilter(query="B"), lambda i: "b" in i.name.casefold()),
        (ImageFilter(saved_by=frozenset({"ada"})), lambda i: i.saved_by == "ada" and i.revision),
        (ImageFilter(saved_from=now - timedelta(days=1), saved_before=FAR), lambda i: i.saved_at is not None),
        (ImageFilter(saved_before=now - timedelta(days=1)), lambda i: False),
        (ImageFilter(added_from=now - timedelta(days=1), boxes_from=2), lambda i: i.boxes >= 2),
        (ImageFilter(model_id=model, score_from=0.15), lambda i: i.id in (ids[4], ids[5], ids[8])),
        (ImageFilter(model_id=model, score_to=0.05), lambda i: i.id in (ids[2], ids[6])),
    ]:
        assert listed(store, project, wanted) == those(fits), wanted
        assert store.pages.count(project.id, wanted) == len(those(fits))
    store.images.delete([ids[0]])
    assert listed(store, project, ImageFilter(deleted=True)) == [ids[0]]
    assert listed(store, project, ImageFilter()) == ids[1:]


@pytest.mark.parametrize(
    "wrong",
    [
        {"boxes_from": 3, "boxes_to": 2},
        {"score_from": 0.5},
        {"model_id": 1, "score_from": 0.9, "score_to": 0.1},
        {"saved_from": FAR, "saved_before": FAR},
    ],
)
def test_a_filter_that_can_hold_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        ImageFilter(**wrong)


def test_a_list_keeps_its_places_while_images_change_and_go(store: Store, project: Project) -> None:
    varied(store, project)
    to_label = ImageFilter(states=frozenset({ImageState.NEW, ImageState.IN_PROGRESS}))
    before = store.pages.listed(project.id, to_label)
    open_ones = [image.id for image in before.items if image]
    save(store, open_ones[0], [], ImageState.DONE)
    store.images.delete([open_ones[2]])
    kept = store.pages.listed(project.id, to_label, token=before.token)
    assert [image and image.id for image in kept.items] == [open_ones[0], open_ones[1], None, *open_ones[3:]]
    assert listed(store, project, to_label) == [open_ones[1], *open_ones[3:]]
    assert store.pages.listed(project.id, to_label, token="gone").total == len(open_ones) - 2
    asked = (project.id, to_label, ImageOrder())
    assert store.pages.ids_between(asked, 1, 3, before.token) == open_ones[1:4]


@pytest.mark.parametrize("by", list(SortBy))
@pytest.mark.parametrize("descending", [False, True])
def test_a_list_begins_as_it_goes_on(store: Store, project: Project, by: SortBy, descending: bool) -> None:
    _, _, model = varied(store, project)
    wanted, order = ImageFilter(model_id=model), ImageOrder(by, descending)
    begun = store.pages.begin(project.id, wanted, order, limit=3)
    whole = store.pages.listed(project.id, wanted, order)
    assert begun.items == whole.items[:3]
    again = store.pages.begin(project.id, wanted, order, limit=3)
    assert again == (whole.items[:3], whole.total, whole.token)


def test_the_beginning_of_a_list_tells_its_length_where_it_is_known_or_short(store: Store, project: Project) -> None:
    add_images(store, project.id, 5)
    assert store.pages.begin(project.id, limit=4).total is None
    begun = store.pages.begin(project.id, limit=5)
    assert begun.total == 5
    assert store.pages.listed(project.id, token=begun.token).token == begun.token
    add_image(store, project.id, "another")
    assert store.pages.begin(project.id, limit=5).total is None


def test_a_list_is_made_anew_only_after_a_change(store: Store, project: Project) -> None:
    varied(store, project)
    first = store.pages.listed(project.id).token
    assert store.pages.listed(project.id).token == first
    store.images.fix_splits(project.id)
    second = store.pages.listed(project.id).token
    assert second != first
    add_image(store, project.id, "another")
    assert store.pages.listed(project.id).token != second


def test_neighbours_are_those_of_the_list_even_when_the_image_has_left_it(store: Store, project: Project) -> None:
    a, b, c, d, e = (image.id for image in add_images(store, project.id, 5))
    new, newest_first = ImageFilter(states=frozenset({ImageState.NEW})), ImageOrder(descending=True)
    found, token = store.pages.beside(c, new, newest_first)
    assert found == (d, b, 3, 5)
    save(store, c, [], ImageState.DONE)
    store.images.delete([b])
    assert store.pages.beside(c, new, newest_first, token)[0] == (d, a, 3, 5)  # as the walk began
    assert store.pages.beside(c, new, newest_first)[0] == (d, a, 2, 3)  # as it stands now, c being done
    assert store.pages.beside(e, new, newest_first)[0] == (None, d, 1, 3)
    with pytest.raises(NotFound):
        store.pages.beside(b, new, newest_first)


def test_a_selection_is_images_by_name_or_all_that_fit_but_some(store: Store, project: Project) -> None:
    a, b, c = (image.id for image in add_images(store, project.id, 3))
    other = add_image(store, store.projects.create("Other").id, "x").id
    assert store.pages.chosen(Selection(project.id, ids=(c, a, a, other, 999))) == [a, c]
    assert store.pages.chosen(Selection(project.id, wanted=ImageFilter(), but=frozenset({b}))) == [a, c]


@pytest.mark.parametrize("cursor", ["W10=", "bm8=", "ÄÖ", "12", "WyJhIiwgImIiXQ=="])
def test_a_cursor_of_another_order_is_refused(store: Store, project: Project, cursor: str) -> None:
    with pytest.raises(InvalidValue, match="load the list anew"):
        store.pages.page(project.id, order=ImageOrder(SortBy.NAME), after=cursor)


def plan_of(store: Store, query: Any) -> list[str]:
    statement = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with store.database.reading() as connection:
        return [row[-1] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement)]


@pytest.mark.parametrize("by", [SortBy.ADDED, SortBy.NAME, SortBy.SAVED, SortBy.BOXES, SortBy.BYTES])
@pytest.mark.parametrize("descending", [False, True])
def test_the_ids_of_an_order_are_read_along_an_index(
    store: Store, project: Project, by: SortBy, descending: bool
) -> None:
    plan = plan_of(store, ordered(matching(project.id, ImageFilter()), ImageOrder(by, descending)))
    assert len(plan) == 1 and plan[0].startswith("SEARCH images USING COVERING INDEX ix_images_"), plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (ImageFilter(states=frozenset({ImageState.DONE})), "ix_images_"),
        (ImageFilter(splits=frozenset({Split.VAL})), "ix_images_"),
        (ImageFilter(class_ids=frozenset({1})), "ix_annotations_class_id_image_id"),
        (ImageFilter(tag_ids=frozenset({1})), "sqlite_autoindex_image_tags|PRIMARY KEY (tag_id=?)"),
        (ImageFilter(open_comments=True), "ix_comments_open"),
        (ImageFilter(model_id=1, score_from=0.3, score_to=0.6), "ix_predictions_best"),
        (ImageFilter(untagged=True), "ix_image_tags_image_id"),
    ],
)
def test_each_part_of_a_filter_is_answered_by_an_index(
    store: Store, project: Project, wanted: ImageFilter, index: str
) -> None:
    plan = plan_of(store, matching(project.id, wanted).order_by("id"))
    assert any(name in line for line in plan for name in index.split("|")), plan
    few_rows = ("SCAN classes", "SCAN comments USING INDEX ix_comments_open")
    assert not any(line.startswith("SCAN") and line not in few_rows for line in plan), plan

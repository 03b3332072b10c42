from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gui.id_ranges import as_ranges, from_ranges
from gui.image_params import from_text, read_filter, read_order
from gui.messages import BadRequest
from storage.errors import InvalidValue
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.records import ImageState, Split


def test_an_address_says_what_is_shown() -> None:
    text = "state=new,nothing&state=done&split=val,none&class=3,4&tag=7,none&boxes=3-10&q=%C3%84pfel&by=ada&by=b%2Cc"
    wanted = read_filter(from_text(text + "&comments=open&score=0.25-&page=9"), active_model=5)
    assert wanted == ImageFilter(
        states=frozenset({ImageState.NEW, ImageState.DONE}),
        nothing_here=True,
        splits=frozenset({Split.VAL, None}),
        class_ids=frozenset({3, 4}),
        tag_ids=frozenset({7}),
        untagged=True,
        open_comments=True,
        boxes_from=3,
        boxes_to=10,
        query="Äpfel",
        saved_by=frozenset({"ada", "b,c"}),
        model_id=5,
        score_from=0.25,
    )
    assert read_filter(from_text("model=9&boxes=5&deleted=true"), 5) == ImageFilter(
        model_id=9, boxes_from=5, boxes_to=5, deleted=True
    )
    assert read_filter({}) == ImageFilter()


def test_days_are_whole_days_where_the_server_stands() -> None:
    wanted = read_filter(from_text("saved=2026-11-01..2026-11-03&added=..2026-11-03"))
    assert wanted.saved_from == datetime(2026, 11, 1).astimezone()
    assert wanted.saved_before == wanted.added_before == datetime(2026, 11, 4).astimezone()
    assert wanted.added_from is None
    one_day = read_filter(from_text("saved=2026-11-01"))
    assert one_day.saved_from and one_day.saved_before
    assert one_day.saved_before - one_day.saved_from == timedelta(days=1)


def test_the_order_stands_in_one_word() -> None:
    assert read_order({}) == ImageOrder()
    assert read_order(from_text("sort=-saved")) == ImageOrder(SortBy.SAVED, descending=True)


@pytest.mark.parametrize(
    "text",
    ["state=old", "split=all", "class=x", "tag=-1", "boxes=few", "boxes=1-2-3", "score=2-", "score=nan", "saved=soon",
     "class=99999999999999999999", "model=v3", "comments=all"],
)  # fmt: skip
def test_what_means_nothing_is_named(text: str) -> None:
    with pytest.raises(BadRequest):
        read_filter(from_text(text))


def test_a_sort_that_is_not_there_is_named() -> None:
    with pytest.raises(BadRequest, match="colour"):
        read_order(from_text("sort=-colour"))


def test_a_score_without_a_model_is_refused() -> None:
    with pytest.raises(InvalidValue, match="model"):
        read_filter(from_text("score=0.5-"))


def test_many_ids_are_little_text() -> None:
    ids = [1, 2, 3, 7, 9, 10]
    assert as_ranges(ids) == "1-3,7,9-10"
    assert list(from_ranges("1-3,7,9-10")) == ids
    assert (as_ranges([]), list(from_ranges(""))) == ("", [])

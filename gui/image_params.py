"""Which images a page shows, as it stands in an address: `state=new,done&class=3&saved=2026-11-01..&sort=-saved`.

The same words are read from the address of the grid, from the walk of the Label page, and from acts on a selection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import parse_qs

from gui.messages import BadRequest
from storage.image_filter import ImageFilter, ImageOrder, SortBy
from storage.records import ImageState, Split

NOTHING_HERE = "nothing"
NONE = "none"
OPEN = "open"
LARGEST = 2**63 - 1
# what an address can say of images
NAMES = (
    "state",
    "split",
    "class",
    "tag",
    "boxes",
    "score",
    "model",
    "q",
    "by",
    "added",
    "saved",
    "comments",
    "deleted",
)
Params = Mapping[str, Sequence[str]]
Named = TypeVar("Named", ImageState, Split)
Value = TypeVar("Value", int, float, date)


def from_text(query: str) -> Params:
    """The parameters of a query string."""
    return parse_qs(query, keep_blank_values=False, max_num_fields=100)


def read_order(params: Params) -> ImageOrder:
    """`sort`: what to sort by, with a minus in front from the highest down. Raises BadRequest."""
    text = _one(params, "sort") or SortBy.ADDED.value
    name = text.removeprefix("-")
    if name not in set(SortBy):
        raise BadRequest(f"Images cannot be sorted by {name!r}. Choose one of {', '.join(SortBy)}.")
    return ImageOrder(SortBy(name), text.startswith("-"))


def read_filter(params: Params, active_model: int | None = None) -> ImageFilter:
    """All other parameters; unknown ones are passed over, so that an address may hold more.

    Args:
        active_model: the model that scores are of where `model` names none.

    Raises:
        BadRequest: a value that means nothing; the text names it.
        InvalidValue: a range that holds nothing, or a score without a model.
    """
    states, tags = _words(params, "state"), _words(params, "tag")
    boxes_from, boxes_to = _range(params, "boxes", "-", _whole)
    score_from, score_to = _range(params, "score", "-", _score)
    added_from, added_to = _range(params, "added", "..", _day)
    saved_from, saved_to = _range(params, "saved", "..", _day)
    model = _one(params, "model")
    return ImageFilter(
        states=frozenset(_named(ImageState, "state", word) for word in states if word != NOTHING_HERE),
        nothing_here=NOTHING_HERE in states,
        splits=frozenset(None if w == NONE else _named(Split, "split", w) for w in _words(params, "split")),
        class_ids=frozenset(_id("class", word) for word in _words(params, "class")),
        tag_ids=frozenset(_id("tag", word) for word in tags if word != NONE),
        untagged=NONE in tags,
        open_comments=_comments(params),
        boxes_from=boxes_from,
        boxes_to=boxes_to,
        query=_one(params, "q"),
        added_from=_start(added_from),
        added_before=_end(added_to),
        saved_from=_start(saved_from),
        saved_before=_end(saved_to),
        saved_by=frozenset(params.get("by", ())),
        model_id=active_model if model in ("", "active") else _id("model", model),
        score_from=score_from,
        score_to=score_to,
        deleted=_one(params, "deleted") in ("true", "1"),
    )


def wanted_of(params: Params) -> ImageFilter:
    """The done images on which a model is looked at; those of the validation split where nothing is said.

    `model` names the model that is looked at, and counts here only beside a range of its scores.

    Raises:
        BadRequest, InvalidValue: as `read_filter` does.
    """
    read = read_filter(params)
    wanted = read if (read.score_from, read.score_to) != (None, None) else replace(read, model_id=None)
    if wanted == ImageFilter():
        wanted = replace(wanted, splits=frozenset({Split.VAL}))
    return wanted if wanted.states or wanted.nothing_here else replace(wanted, states=frozenset({ImageState.DONE}))


def _comments(params: Params) -> bool:
    word = _one(params, "comments")
    if word not in ("", OPEN):
        raise BadRequest(f"Images are found by open comments only: comments={OPEN}, got {word[:40]!r}.")
    return word == OPEN


def _one(params: Params, key: str) -> str:
    values = params.get(key, ())
    return values[-1].strip() if values else ""


def _words(params: Params, key: str) -> list[str]:
    """Values that stand in a row with commas, or are repeated."""
    return [word for value in params.get(key, ()) for word in value.split(",") if word]


def _named(kind: type[Named], key: str, word: str) -> Named:
    try:
        return kind(word)
    except ValueError as error:
        raise BadRequest(f"There is no {key} {word!r}. There are: {', '.join(kind)}.") from error


def _id(key: str, word: str) -> int:
    if not (word.isascii() and word.isdecimal() and 0 < int(word[:20]) <= LARGEST):
        raise BadRequest(f"{key} is a number, got {word[:40]!r}.")
    return int(word)


def _range(params: Params, key: str, between: str, read: Callable[[str], Value]) -> tuple[Value | None, Value | None]:
    """Both ends of "3-10", "3-", "-10" or "5"."""
    text = _one(params, key)
    if not text:
        return None, None
    low, found, high = text.partition(between)
    try:
        first = read(low) if low else None
        return first, ((read(high) if high else None) if found else first)
    except ValueError as error:
        raise BadRequest(f"{key} is a range such as {_EXAMPLES[key]}, got {text[:60]!r}.") from error


_EXAMPLES = {
    "boxes": "3-10",
    "score": "0.3-0.6",
    "added": "2026-11-01..2026-11-30",
    "saved": "2026-11-01..2026-11-30",
}


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _score(text: str) -> float:
    score = float(text)
    if not (math.isfinite(score) and 0 <= score <= 1):
        raise ValueError(text)
    return score


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _start(day: date | None) -> datetime | None:
    """The first moment of a day where this server stands."""
    return None if day is None else datetime.combine(day, time()).astimezone()


def _end(day: date | None) -> datetime | None:
    return None if day is None or day == date.max else _start(day + timedelta(days=1))

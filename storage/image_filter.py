"""What a grid of images shows and in which order: frozen facts that can be compared and kept. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.errors import InvalidValue
from storage.records import ImageState, Split


class SortBy(StrEnum):
    ADDED = "added"
    NAME = "name"
    SAVED = "saved"  # when its newest revision was saved; an image never saved counts as the earliest
    STATE = "state"  # as work goes on: new, in progress, in doubt, done, skipped
    SPLIT = "split"  # training, validation, test, none
    BOXES = "boxes"
    SIZE = "size"  # pixels of the picture
    BYTES = "bytes"
    QUEUE = "queue"  # its place in the queue of what to label next; an image that is not in it counts as behind all
    SCORE = "score"  # the best score of the filter's model; an image it has not seen counts as below all others


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """Images that are equal in `by` stand by id, in the same direction."""

    by: SortBy = SortBy.ADDED
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images of a project; everything left empty lets all through.

    Attributes:
        states, nothing_here: in one of these states, or done without boxes.
        splits: of one of these; None among them means images without a split.
        class_ids: carrying a box of at least one of these classes, or of one merged into it.
        tag_ids, untagged: with at least one of these tags, or with none at all.
        open_comments: with a comment that nobody has marked as dealt with.
        boxes_from, boxes_to: how many boxes they carry, both ends included.
        query: the file name holds this text, in upper or lower case.
        added_from, added_before, saved_from, saved_before: moments; the second of each pair is not included.
        saved_by: their newest revision is by one of these people.
        model_id: the model whose best score on an image `score_from` and `score_to` bound, and SortBy.SCORE sorts by.
        deleted: those in the bin instead of the others.

    Raises:
        InvalidValue: a range that holds nothing, or a score without a model.
    """

    states: frozenset[ImageState] = frozenset()
    nothing_here: bool = False
    splits: frozenset[Split | None] = frozenset()
    class_ids: frozenset[int] = frozenset()
    tag_ids: frozenset[int] = frozenset()
    untagged: bool = False
    open_comments: bool = False
    boxes_from: int | None = None
    boxes_to: int | None = None
    query: str = ""
    added_from: datetime | None = None
    added_before: datetime | None = None
    saved_from: datetime | None = None
    saved_before: datetime | None = None
    saved_by: frozenset[str] = frozenset()
    model_id: int | None = None
    score_from: float | None = None
    score_to: float | None = None
    deleted: bool = False

    def __post_init__(self) -> None:
        for what, low, high in (
            ("counts of boxes", self.boxes_from, self.boxes_to),
            ("scores", self.score_from, self.score_to),
        ):
            if low is not None and high is not None and low > high:
                raise InvalidValue(f"no {what} lie between {low} and {high}; swap the two")
        for what, start, end in (
            ("added", self.added_from, self.added_before),
            ("saved", self.saved_from, self.saved_before),
        ):
            if start is not None and end is not None and start >= end:
                raise InvalidValue(f"the time in which images were {what} ends before it begins; swap the two dates")
        if self.by_score and self.model_id is None:
            raise InvalidValue("a score needs a model; train one, or leave the score out")

    @property
    def by_score(self) -> bool:
        return self.score_from is not None or self.score_to is not None


@dataclass(frozen=True, slots=True)
class Selection:
    """Images that something shall be done with: those named, or all that a filter lets through but some."""

    project_id: int
    ids: tuple[int, ...] = ()
    wanted: ImageFilter | None = None
    but: frozenset[int] = field(default=frozenset())

"""What the stores tell of the past: saves and what they changed, steps back, and other acts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.records import ImageState, Rejection, StoredBox


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One save of an image, as it was; `redo` where redo leads on from it."""

    revision: int
    state: ImageState
    boxes: tuple[StoredBox, ...]
    author: str
    saved_at: datetime
    rejected: tuple[Rejection, ...] = ()
    redo: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about an image, as plain text. `resolved_at` is when somebody marked it as dealt with."""

    id: int
    image_id: int
    author: str
    text: str
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that was done in a project and is no save of an image.

    Attributes:
        kind: what was done, as one word with a place before it: "class_renamed".
        details: what changed, as small JSON; enough to undo it where that is possible.
    """

    id: int
    project_id: int
    kind: str
    author: str
    at: datetime
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """How the boxes of an image differ between two of its revisions. A box that was moved may be reclassed as well.

    Attributes:
        rejected: how many of the models' boxes were turned down.
        accepted: of those added, how many came from a model, by model id.
    """

    added: int = 0
    removed: int = 0
    moved: int = 0
    reclassed: int = 0
    rejected: int = 0
    accepted: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What a save is to the revisions before it, all of the same image; nothing where it is an edit like any other.

    Attributes:
        same: it has the content of this revision again (0: as the image came in), by undo or redo.
        redo: where redo leads from it.
        undo: where undo leads from it, if neither to the revision before nor to where it leads from `same`.
        restored: the revision that a person chose to bring back. That is an edit: undo takes it back.
    """

    same: int | None = None
    redo: int | None = None
    undo: int | None = None
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One save of an image in a list: what it changed, without its boxes.

    Attributes:
        boxes: how many there were after it.
        bulk: the act on many images that it was a part of ("import", "accept").
    """

    revision: int
    author: str
    saved_at: datetime
    state: ImageState
    state_before: ImageState
    boxes: int
    changes: Changes
    bulk: str | None
    step: Step


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """Revisions, newest first; `more` where there are earlier ones. `models` has the numbers of models by id."""

    items: tuple[Revision, ...]
    models: dict[int, int]
    more: bool


@dataclass(frozen=True, slots=True)
class StepBack:
    """Where undo or redo leads to.

    Attributes:
        revision: the one to bring back; None where there is none.
        why: why there is none: "nothing" is left, the step was "theirs", or an "import".
        author, saved_at: of the step in question.
    """

    revision: int | None
    why: str
    author: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """Something that was done in a project: saves of one image in a row by one person, or anything else.

    Attributes:
        kind: "saved", or what was recorded: "<thing>_<act>" as in "images_deleted".
        author: "" where nobody logs in.
        since: of the first save of several; else the same as `at`.
        details: as recorded; of saves `revision`, `first_revision`, `state`, `state_before` and the counts of Changes.
        id: of the recorded act, None for saves.
        image_id: of the image that was saved; None where it lies in the bin.
    """

    kind: str
    author: str
    at: datetime
    since: datetime
    details: dict[str, Any]
    id: int | None = None
    image_id: int | None = None
    image_name: str | None = None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """What was done, newest first; `next_cursor` asks for what was done before, None at the beginning."""

    items: tuple[ActivityEntry, ...]
    next_cursor: str | None

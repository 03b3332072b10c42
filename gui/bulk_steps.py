"""What can be done to many images at once: each act on some of them, and the step (as JSON) that takes that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from gui.messages import BadRequest
from storage.bulk import StateChange
from storage.errors import NotFound
from storage.records import ImageState, Split, Tag
from storage.store import Store

Named = TypeVar("Named", ImageState, Split)
Step = dict[str, Any]

KINDS = {
    "split": "split",
    "state": "state",
    "tag": "tagged",
    "untag": "untagged",
    "delete": "deleted",
    "restore": "restored",
}
STATE_WORDS = {
    ImageState.NEW: "set back to new",
    ImageState.SKIPPED: "skipped",
    ImageState.IN_DOUBT: "marked in doubt",
}
SPLIT_WORDS = {
    Split.TRAIN: "given to training",
    Split.VAL: "given to validation",
    Split.TEST: "given to the test images",
}


class Done(NamedTuple):
    """On how many images something was changed, and the step that takes it back."""

    changed: int
    step: Step


class Doing(NamedTuple):
    """An act that is ready to be done to some images after others; `said` stands after their number."""

    said: str
    part: Callable[[Sequence[int]], Done]


def prepared(store: Store, action: str, value: str, project_id: int, author: str) -> Doing:
    """What an act does to images.

    Args:
        action: split, state, tag, untag, delete or restore.
        value: the split ("" takes it away), the state, or the name of the tag.

    Raises:
        BadRequest: no such act, or a value that it does not take.  NotFound: no such project, or no such tag.
    """
    if action == "split":
        split = _of(Split, value) if value else None
        return Doing(SPLIT_WORDS[split] if split else "taken out of their split", lambda ids: _split(store, ids, split))
    if action == "state":
        state = _of(ImageState, value)
        if state not in STATE_WORDS:
            raise BadRequest(f"Many images at once can be {', '.join(s.value for s in STATE_WORDS)}, not {value}.")
        return Doing(STATE_WORDS[state], lambda ids: _state(store, ids, state, author))
    if action in ("tag", "untag"):
        on = action == "tag"
        tag = store.tags.ensure(project_id, value) if on else _tag_named(store, project_id, value)
        said = f"tagged “{tag.name}”" if on else f"without the tag “{tag.name}” now"
        return Doing(said, lambda ids: _tag(store, ids, tag.id, on))
    if action in ("delete", "restore"):
        to_bin = action == "delete"
        return Doing("moved to the bin" if to_bin else "restored", lambda ids: _move(store, ids, to_bin))
    raise BadRequest(f"Nothing called {action!r} can be done with images. There are: {', '.join(KINDS)}.")


def take_back(store: Store, step: Step, author: str) -> int:
    """Do the opposite of what a step tells of, but not to images that somebody has changed since.

    Returns:
        How many images are as they were.

    Raises:
        NotFound: the tag that the step is about was deleted.
    """
    act, ids = step["act"], step.get("ids", [])
    if act == "split":
        before = {_split_of(word): ids for word, ids in step["before"]}
        return sum(map(len, store.bulk.take_back_split(before, _split_of(step["to"])).values()))
    if act == "state":
        changes = [StateChange(image_id, ImageState(before), revision) for image_id, before, revision in step["saves"]]
        return len(store.bulk.take_back_state(changes, author))
    if act == "tag":
        back = store.tags.take_off if step["on"] else store.tags.put_on
        return len(back(step["tag"], ids))
    return len(store.bulk.take_back_move(dict(step["saves"]), to_bin=not step["to_bin"]))


def _split(store: Store, ids: Sequence[int], split: Split | None) -> Done:
    changed = store.bulk.set_split(ids, split)
    before = [[split_before and split_before.value, theirs] for split_before, theirs in changed.items()]
    return Done(sum(map(len, changed.values())), {"act": "split", "to": split and split.value, "before": before})


def _state(store: Store, ids: Sequence[int], state: ImageState, author: str) -> Done:
    changes = store.bulk.set_state(ids, state, author)
    saves = [[change.image_id, change.before.value, change.revision] for change in changes]
    return Done(len(changes), {"act": "state", "saves": saves})


def _tag(store: Store, ids: Sequence[int], tag_id: int, on: bool) -> Done:
    changed = list((store.tags.put_on if on else store.tags.take_off)(tag_id, ids))
    return Done(len(changed), {"act": "tag", "tag": tag_id, "on": on, "ids": changed})


def _move(store: Store, ids: Sequence[int], to_bin: bool) -> Done:
    moved = store.bulk.move(ids, to_bin=to_bin)
    return Done(len(moved), {"act": "move", "to_bin": to_bin, "saves": list(moved.items())})


def _tag_named(store: Store, project_id: int, name: str) -> Tag:
    for tag in store.tags.list(project_id):
        if tag.name.casefold() == name.strip().casefold():
            return tag
    raise NotFound(f"there is no tag {name!r} in this project")


def _split_of(word: str | None) -> Split | None:
    return None if word is None else Split(word)


def _of(kind: type[Named], value: str) -> Named:
    try:
        return kind(value)
    except ValueError as error:
        raise BadRequest(f"{value!r} means nothing here. There are: {', '.join(kind)}.") from error

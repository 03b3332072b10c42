"""Acts on many images at once: run in the background in small parts, told of meanwhile, taken back in one step.

What it takes to undo an act is kept in memory as long as the act is remembered; the history and the list of activity
are what lasts.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gui.messages import BadRequest, NotYet, explain
from gui.wording import count
from storage.bulk import AT_ONCE
from storage.emptying import empty_bin
from storage.errors import NotFound
from storage.image_filter import ImageFilter, Selection
from storage.lookups import chunks
from storage.records import ImageState, Split, Tag
from storage.store import Store

Named = TypeVar("Named", ImageState, Split)

REMEMBERED = 30  # acts of all people together
SOON = 0.4  # seconds after which an answer no longer waits for the end of an act
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

_KINDS = {
    "split": "split",
    "state": "state",
    "tag": "tagged",
    "untag": "untagged",
    "delete": "deleted",
    "restore": "restored",
}
_IN_BIN = ImageFilter(deleted=True)

Part = Callable[[list[int]], int]  # does something with some images, tells on how many it changed something


@dataclass
class Act:
    """One act: how far it is, and what it did."""

    id: int
    project_id: int
    total: int
    said: str  # "moved to the bin", after "17 images"
    done: int = 0
    changed: int = 0
    bytes: int = 0  # freed
    error: str = ""
    undoable: bool = True
    ended: threading.Event = field(default_factory=threading.Event)
    undo: list[tuple[Part, list[int]]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        finished = self.ended.is_set()
        return {
            "id": self.id,
            "total": self.total,
            "done": self.done,
            "changed": self.changed,
            "bytes": self.bytes,
            "finished": finished,
            "error": self.error,
            "undoable": finished and self.undoable and bool(self.undo),
            "text": f"{count(self.changed, 'image')} {self.said}.",
        }


class BulkActs:
    """The acts of one server. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._acts: OrderedDict[int, Act] = OrderedDict()
        self._ids = itertools.count(1)

    def start(self, action: str, value: str, selection: Selection, author: str = "") -> Act:
        """Begin an act; it has ended when `ended` is set.

        Args:
            action: split, state, tag, untag, delete or restore.
            value: the split ("" takes it away), the state, or the name of the tag.

        Raises:
            BadRequest: no such act, or a value that it does not take. NotFound: no such project, or no such tag.
        """
        ids = self._store.pages.chosen(selection)
        act = Act(0, selection.project_id, len(ids), "")
        part = self._part(act, action, value, selection.project_id, author)
        return self._run(act, [(part, ids)], (f"images_{_KINDS[action]}", author, {"value": value} if value else {}))

    def empty_bin(self, project_id: int, author: str = "") -> Act:
        """Begin to remove for good what lies in the bin. It cannot be undone."""
        act = Act(0, project_id, self._store.pages.count(project_id, _IN_BIN), "deleted for good", undoable=False)

        def run() -> None:
            emptied = empty_bin(self._store.database, project_id, author, lambda done: setattr(act, "done", done))
            act.changed, act.bytes = emptied

        self._begin(act, run)
        return act

    def get(self, act_id: int) -> Act:
        """Raises NotFound for one that is not remembered any more."""
        with self._lock:
            act = self._acts.get(act_id)
        if act is None:
            raise NotFound("this act is not remembered any more; load the page anew to see what it did")
        return act

    def take_back(self, act_id: int, author: str = "") -> Act:
        """Begin to undo an act; what somebody has changed since stays. Raises NotYet while it runs, NotFound."""
        act = self.get(act_id)
        if not act.ended.is_set():
            raise NotYet("This is still going on. Wait for its end, then undo it.")
        with self._lock:
            steps, act.undo = act.undo, []
        if not steps:
            raise NotFound("this has been undone already")
        back = Act(0, act.project_id, sum(len(ids) for _, ids in steps), "as they were", undoable=False)
        return self._run(back, steps, ("images_undone", author, {"act": act.said}))

    def _run(self, act: Act, steps: Sequence[tuple[Part, list[int]]], told: tuple[str, str, dict[str, Any]]) -> Act:
        kind, author, details = told

        def run() -> None:
            for part, ids in steps:
                for some in chunks(ids, AT_ONCE):
                    act.changed += part(some)
                    act.done += len(some)
            if act.changed:
                self._store.activity.add(act.project_id, kind, author, {"images": act.changed, **details})

        self._begin(act, run)
        return act

    def _begin(self, act: Act, run: Callable[[], None]) -> None:
        with self._lock:
            act.id = next(self._ids)
            self._acts[act.id] = act
            while len(self._acts) > REMEMBERED:
                self._acts.popitem(last=False)

        def guarded() -> None:
            try:
                run()
            except Exception as error:  # noqa: BLE001 - told where the act is asked about; a thread has nobody else to tell
                act.error = explain(error)
            finally:
                act.ended.set()

        threading.Thread(target=guarded, name=f"bulk-{act.id}", daemon=True).start()
        act.ended.wait(SOON)

    def _part(self, act: Act, action: str, value: str, project_id: int, author: str) -> Part:
        if action == "split":
            split = _of(Split, value) if value else None
            act.said = SPLIT_WORDS[split] if split else "taken out of their split"
            return lambda ids: self._split(act, ids, split)
        if action == "state":
            state = _of(ImageState, value)
            if state not in STATE_WORDS:
                raise BadRequest(f"Many images at once can be {', '.join(s.value for s in STATE_WORDS)}, not {value}.")
            act.said = STATE_WORDS[state]
            return lambda ids: self._state(act, ids, state, author)
        if action in ("tag", "untag"):
            on = action == "tag"
            tag = self._store.tags.ensure(project_id, value) if on else self._tag_named(project_id, value)
            act.said = f"tagged “{tag.name}”" if on else f"without the tag “{tag.name}” now"
            return lambda ids: self._tag(act, ids, tag.id, on)
        if action in ("delete", "restore"):
            act.said = "moved to the bin" if action == "delete" else "restored"
            return lambda ids: self._move(act, ids, action == "delete")
        raise BadRequest(f"Nothing called {action!r} can be done with images. There are: {', '.join(_KINDS)}.")

    def _tag_named(self, project_id: int, name: str) -> Tag:
        for tag in self._store.tags.list(project_id):
            if tag.name.casefold() == name.strip().casefold():
                return tag
        raise NotFound(f"there is no tag {name!r} in this project")

    def _split(self, act: Act, ids: Sequence[int], split: Split | None) -> int:
        changed = self._store.bulk.set_split(ids, split)
        for before, theirs in changed.items():
            act.undo.append((self._split_back(before), theirs))
        return sum(map(len, changed.values()))

    def _split_back(self, before: Split | None) -> Part:
        return lambda some: sum(map(len, self._store.bulk.set_split(some, before).values()))

    def _state(self, act: Act, ids: Sequence[int], state: ImageState, author: str) -> int:
        changes = {change.image_id: change for change in self._store.bulk.set_state(ids, state, author)}

        def back(some: list[int]) -> int:
            return len(self._store.bulk.take_back_state([changes[i] for i in some], author))

        act.undo.append((back, list(changes)))
        return len(changes)

    def _tag(self, act: Act, ids: Sequence[int], tag_id: int, on: bool) -> int:
        tags = self._store.tags
        do, back = (tags.put_on, tags.take_off) if on else (tags.take_off, tags.put_on)
        changed = list(do(tag_id, ids))
        act.undo.append((lambda some: len(back(tag_id, some)), changed))
        return len(changed)

    def _move(self, act: Act, ids: Sequence[int], to_bin: bool) -> int:
        moved = self._store.bulk.move(ids, to_bin=to_bin)
        act.undo.append((lambda some: len(self._store.bulk.move(some, to_bin=not to_bin)), moved))
        return len(moved)


def _of(kind: type[Named], value: str) -> Named:
    try:
        return kind(value)
    except ValueError as error:
        raise BadRequest(f"{value!r} means nothing here. There are: {', '.join(kind)}.") from error

"""Acts on many images at once: run in the background in small parts, told of meanwhile, taken back in one step.

Each part is done, written into the list of activity and noted for its undo in one transaction: wherever the server is
ended, the list says what was done, and that can be undone after the next start.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gui import bulk_steps
from gui.messages import NotYet, explain
from gui.wording import count
from storage.bulk import AT_ONCE
from storage.emptying import empty_bin
from storage.errors import IllegalTransition, NotFound
from storage.image_filter import ImageFilter, Selection
from storage.lookups import chunks
from storage.past import Activity
from storage.store import Store
from storage.undo_notes import KEPT_ACTS

REMEMBERED = 30  # acts of all people together, of which can be asked how far they are
SOON = 0.4  # seconds after which an answer no longer waits for the end of an act
_IN_BIN = ImageFilter(deleted=True)


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
    activity_id: int | None = None  # of its entry in the list of activity, as soon as it has changed anything
    ended: threading.Event = field(default_factory=threading.Event)

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
            "undoable": finished and self.undoable and self.activity_id is not None,
            "activity_id": self.activity_id,
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
        doing = bulk_steps.prepared(self._store, action, value, selection.project_id, author)
        act = Act(0, selection.project_id, len(ids), doing.said)
        told = {"act": doing.said, **({"value": value} if value else {})}

        def run() -> None:
            for some in self._store.database.paced(chunks(ids, AT_ONCE)):
                with self._store.database.together():
                    done = doing.part(some)
                    activity_id = self._tell(act, done.changed, f"images_{bulk_steps.KINDS[action]}", author, told)
                    if activity_id is not None and done.changed:
                        self._store.undo_notes.add(activity_id, done.changed, done.step)
                _advance(act, len(some), done.changed, activity_id)

        return self._begin(act, run)

    def empty_bin(self, project_id: int, author: str = "") -> Act:
        """Begin to remove for good what lies in the bin. It cannot be undone."""
        act = Act(0, project_id, self._store.pages.count(project_id, _IN_BIN), "deleted for good", undoable=False)

        def run() -> None:
            emptied = empty_bin(self._store.database, project_id, author, lambda done: setattr(act, "done", done))
            act.changed, act.bytes = emptied

        return self._begin(act, run)

    def get(self, act_id: int) -> Act:
        """Raises NotFound for one that is not remembered any more."""
        with self._lock:
            act = self._acts.get(act_id)
        if act is None:
            raise NotFound("this act is not remembered any more; load the page anew to see what it did")
        return act

    def take_back(self, entry: Activity, author: str = "") -> Act:
        """Begin to undo an act by its entry; what somebody has changed since stays.

        Where nothing is as the act left it, the act that is returned ends with an error that says so.

        Raises:
            NotYet: it is still going on.
            NotFound: it was undone before, or too many acts came after it.
        """
        if any(act.activity_id == entry.id and not act.ended.is_set() for act in self._remembered()):
            raise NotYet("This is still going on. Wait for its end, then undo it.")
        notes = self._store.undo_notes.of(entry.id)
        if not notes:
            raise NotFound(
                f"this cannot be undone any more: it was undone before, or lies further back than {KEPT_ACTS} acts"
            )
        back = Act(0, entry.project_id, sum(note.images for note in notes), "as they were", undoable=False)
        told = {"act": entry.details.get("act", ""), "undoes": entry.id}

        def run() -> None:
            for note in self._store.database.paced(notes):
                with self._store.database.together():
                    step = self._store.undo_notes.take(note.id)
                    changed = bulk_steps.take_back(self._store, step, author) if step is not None else 0
                    activity_id = self._tell(back, changed, "images_undone", author, told)
                _advance(back, note.images, changed, activity_id)
            if not back.changed:
                raise IllegalTransition(
                    f"nothing was put back: {count(back.total, 'image')} changed again since, or gone. "
                    "Each image's own history still has what was saved before"
                )

        return self._begin(back, run)

    def _tell(self, act: Act, changed: int, kind: str, author: str, told: dict[str, Any]) -> int | None:
        """Say in the list of activity what an act has done by now; the id of its entry, None before it did anything."""
        if not changed:
            return act.activity_id
        images = {"images": act.changed + changed}
        if act.activity_id is None:
            return self._store.activity.add(act.project_id, kind, author, {**images, **told})
        self._store.activity.amend(act.activity_id, images)
        return act.activity_id

    def _remembered(self) -> Iterable[Act]:
        with self._lock:
            return list(self._acts.values())

    def _begin(self, act: Act, run: Callable[[], None]) -> Act:
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
        return act


def _advance(act: Act, done: int, changed: int, activity_id: int | None) -> None:
    """After a part was written for good."""
    act.done += done
    act.changed += changed
    act.activity_id = activity_id

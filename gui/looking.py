"""Which project and image somebody looks at, noted by the server where a worker can read it.

A file in the workspace's tmp/, written beside and renamed but not forced to disk: it is worth nothing after a crash.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from storage.workspace import Workspace

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds; a quick walk through the images is noted at its stops
SEEN_EVERY = 20.0  # seconds after which it is noted again that somebody still has a page open
STILL_THERE = 90.0  # seconds without a sign after which nobody is looking any more


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks at.

    Attributes:
        image_id: the image that was opened last; None before the first.
        at: Unix time of the last sign of a page that is open on the project.
    """

    image_id: int | None
    at: float


class Looking:
    """Notes what is looked at (in the server), and reads it (in a worker). Threads may share it."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.time) -> None:
        self._workspace = workspace
        self._clock = clock
        self._lock = Lock()
        self._known: dict[int, Look] = {}
        self._written: dict[int, Look] = {}

    def note(self, project_id: int, image_id: int | None = None) -> None:
        """Somebody has a page of a project open, and on it the image, if there is one."""
        with self._lock:
            before = self._known.get(project_id) or self._read(project_id) or Look(None, 0.0)
            now = Look(before.image_id if image_id is None else image_id, self._clock())
            self._known[project_id] = now
            written = self._written.get(project_id, Look(None, 0.0))
            pause = EVERY if now.image_id != written.image_id else SEEN_EVERY
            if now.at - written.at >= pause and self._write(project_id, now):
                self._written[project_id] = now

    def at(self, project_id: int) -> Look | None:
        """What was noted last of a project; None where nothing was, or nobody has been there for a while."""
        look = self._read(project_id)
        if look is None or not 0 <= self._clock() - look.at < STILL_THERE:
            return None
        return look

    def image(self, project_id: int) -> int | None:
        """The image that somebody looks at just now."""
        look = self.at(project_id)
        return None if look is None else look.image_id

    def _read(self, project_id: int) -> Look | None:
        try:
            found = json.loads(self._workspace.looking(project_id).read_text("utf-8"))
            image_id = found["image_id"]
            return Look(None if image_id is None else int(image_id), float(found["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, project_id: int, look: Look) -> bool:
        beside = self._workspace.temporary(".json")
        try:
            beside.write_text(json.dumps({"image_id": look.image_id, "at": look.at}), "utf-8")
            beside.replace(self._workspace.looking(project_id))
        except OSError as error:  # predictions then come in another order, and that is all
            log.debug("cannot note what is looked at: %s", error)
            return False
        return True

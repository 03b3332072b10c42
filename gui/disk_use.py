"""How much of the disk things take, counted at most once a minute, because each of many small files is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable

from storage.store import Store
from storage.workspace import tree_bytes

COUNTED_FOR = 60.0  # seconds


class DiskUse:
    """Sizes as of a minute ago at most. Threads may share it."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[int | None, tuple[int, float]] = {}

    def of_project(self, project_id: int) -> int:
        """Bytes of the pictures and models of a project. Raises NotFound."""
        return self._counted(project_id, lambda: self._store.projects.disk_bytes(project_id))

    def of_features(self) -> int:
        """Bytes of the kept features of all projects."""
        return self._counted(None, lambda: tree_bytes(self._store.workspace.features))

    def _counted(self, what: int | None, count: Callable[[], int]) -> int:
        known = self._known.get(what)
        if known is not None and self._clock() - known[1] < COUNTED_FOR:
            return known[0]
        counted = count()
        self._known[what] = (counted, self._clock())
        return counted

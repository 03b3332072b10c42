"""Who has which image open now, by name. In memory only: it is worth nothing after a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

GONE_AFTER = 30.0  # seconds without a sign of the page


@dataclass(frozen=True, slots=True)
class Present:
    """A person on a page of a project. `image_id`: the image that is open there, None on a page without one."""

    name: str
    project_id: int
    image_id: int | None


class Presence:
    """Threads may share it.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._pages: dict[str, tuple[Present, float]] = {}

    def note(self, page: str, name: str, project_id: int, image_id: int | None) -> None:
        """A page has given a sign; whoever has no name (no login) is not told of."""
        with self._lock:
            if name:
                self._pages[page] = (Present(name, project_id, image_id), self._clock())

    def leave(self, page: str) -> None:
        with self._lock:
            self._pages.pop(page, None)

    def others(self, project_id: int, name: str) -> list[Present]:
        """Who else is there, by name and image, each once."""
        with self._lock:
            since = self._clock() - GONE_AFTER
            self._pages = {page: (who, at) for page, (who, at) in self._pages.items() if at > since}
            found = {who for who, _ in self._pages.values() if who.project_id == project_id and who.name != name}
        return sorted(found, key=lambda who: (who.name, who.image_id or 0))

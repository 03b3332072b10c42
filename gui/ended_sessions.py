"""Sessions that were ended by logging out, kept on disk, so that they are worth nothing after a restart either."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

LINE = re.compile(r"^([0-9a-f]{64}) ([0-9]+)$", re.MULTILINE)


class EndedSessions:
    """Digests of tokens with the time from which they would be worth nothing anyway. Threads may share it.

    Args:
        path: one line each; None keeps them in memory only.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        if path is not None and path.exists():
            whole = LINE.findall(path.read_text("ascii", "replace"))  # a line cut off by a crash is passed over
            self._until = {digest: float(until) for digest, until in whole if float(until) > clock()}

    def __contains__(self, token: str) -> bool:
        return _digest(token) in self._until

    def add(self, token: str, until: float) -> None:
        """Let a token be worth nothing from now on; on disk when this returns."""
        with self._lock:
            self._until[_digest(token)] = until
            if self._path is None:
                return
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
                file.write(f"\n{_digest(token)} {until:.0f}")  # ends whatever a crash left of the line before
                file.flush()
                os.fsync(file.fileno())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

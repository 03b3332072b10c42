"""What a database is asked without anybody waiting for it: one thing after the other, in a thread that ends with it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread

log = logging.getLogger(__name__)


class Beside:
    """A thread that is there while it has something to do. Threads may share it.

    Attributes:
        closed: set by `close`, before it waits for the work at hand.
    """

    def __init__(self) -> None:
        self.closed = Event()
        self._lock = Lock()
        self._waiting: deque[Callable[[], object]] = deque()
        self._working = False
        self._thread: Thread | None = None

    def do(self, work: Callable[[], object]) -> None:
        """Have it done soon; what goes wrong is logged. After `close` nothing is done any more."""
        with self._lock:
            if self.closed.is_set():
                return
            self._waiting.append(work)
            if not self._working:
                self._working = True
                self._thread = Thread(target=self._run, name="beside", daemon=True)
                self._thread.start()

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until all is done and the thread has ended; False where it has not after so many seconds."""
        with self._lock:
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def close(self) -> None:
        """Leave undone what has not begun, and wait for the end of what has."""
        with self._lock:
            self.closed.set()
            self._waiting.clear()
        self.settle()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # nobody waits for it: who asks next meets the same error, and is told
                log.exception("What was done beside the pages failed.")

    def _next(self) -> Callable[[], object] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._working = False
            return None

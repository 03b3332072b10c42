"""The worker that stays: it has loaded what it needs, and takes the next job a moment after somebody asks for it.

One worker of a workspace waits at a time. It holds a lock meanwhile, which the system frees with the process, so that
everybody can see whether somebody waits, whoever started whom.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import psutil
from filelock import FileLock, Timeout

from detector.runs import JobKind
from storage.errors import DatabaseBusy
from storage.records import Job
from storage.store import Store
from storage.workspace import Workspace

log = logging.getLogger("boxloop.worker")

ASK_SECONDS = 0.2
LOCK_SECONDS = 0.5  # longer than anybody holds the lock who only looks
WORTH_KEEPING = frozenset(
    {JobKind.TRAIN, JobKind.PREDICT, JobKind.NEXT, JobKind.FEATURES, JobKind.CHECK}
)  # these load torch


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a worker waits.

    Attributes:
        seconds: for how long, from its last job on.
        server_gone: whether the server that started it has ended; then nobody is there to click.
    """

    seconds: float
    server_gone: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    ask_seconds: float = ASK_SECONDS

    def next_job(self, store: Store, pid: int, stop: Event) -> Job | None:
        """Wait for a job and claim it. None where none came in time, or it is time to go, or another worker waits."""
        end = self.clock() + self.seconds
        try:
            held = FileLock(store.workspace.waiting_lock).acquire(timeout=LOCK_SECONDS)
        except Timeout:
            return None
        with held:
            while not stop.wait(self.ask_seconds) and not self.server_gone() and self.clock() < end:
                with contextlib.suppress(DatabaseBusy):  # the next look may come through
                    if store.jobs.claimable() and (job := store.jobs.claim_next(pid)) is not None:
                        return job
        return None


def somebody_waits(workspace: Workspace) -> bool:
    """Whether a worker waits for the next job of a workspace."""
    try:
        with FileLock(workspace.waiting_lock).acquire(timeout=0):
            return False
    except Timeout:
        return True


def end_of(server: int) -> Callable[[], bool]:
    """A function that says whether the process `server` has ended, even where another one has its number by now."""
    try:
        process = psutil.Process(server)
    except psutil.NoSuchProcess:
        return lambda: True

    def gone() -> bool:
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return gone

"""What a job is given to work with: the stores, its row, a way to report, and whether it shall stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from detector.runs import EpochReport, RunState
from gui.settings import Settings
from storage.errors import DatabaseBusy, DiskFull, IllegalTransition, NotFound, StorageError
from storage.records import Job
from storage.store import Store

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
REPORT_SECONDS = 0.5  # at most two reports a second: each is a commit, and somebody is labelling meanwhile
ASK_SECONDS = 0.25
FINISH_TRIES = 12
FINISH_PAUSE = 5.0  # seconds; a busy database has been waited for by itself before each


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: its state, one sentence for a person, and what came out.

    QUEUED: it gave way to other work, and goes on after it; nothing came out yet.
    """

    state: RunState
    message: str
    result: dict[str, Any] = field(default_factory=dict)


class JobContext:
    """One claimed job.

    Args:
        stop: set by a signal; stops the job as a person's cancel does.
        threads: of the CPU that the job may use.
    """

    def __init__(
        self,
        store: Store,
        job: Job,
        settings: Settings,
        stop: Event,
        threads: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.job = job
        self.settings = settings
        self.threads = threads
        self.lost = Event()  # somebody else has the job, or it was ended: write nothing more
        self.finish_pause = FINISH_PAUSE
        self._stop = stop
        self._clock = clock
        self._reported = -REPORT_SECONDS
        self._asked = -ASK_SECONDS
        self._cancelled = False

    def report(self, progress: dict[str, Any], message: str | None = None, *, now: bool = False) -> None:
        """Say how far it is; most reports of a quick loop are dropped, those with `now` never.

        Raises:
            IllegalTransition: the job is not ours any more.
        """
        moment = self._clock()
        if now or moment - self._reported >= REPORT_SECONDS:
            self._reported = moment
            try:
                self.store.jobs.report(self.job.id, progress, message, attempt=self.job.attempts)
            except DatabaseBusy as error:  # the next report says more; no run is worth failing for it
                log.warning("Could not report on job %s: %s", self.job.id, error)

    def add_epoch(self, report: EpochReport) -> None:
        """Keep what an epoch brought. Raises IllegalTransition where the job is not ours any more."""
        try:
            self.store.jobs.add_epoch(self.job.id, report, attempt=self.job.attempts)
        except DatabaseBusy:
            log.warning("The database was busy; storing epoch %s of job %s again.", report.epoch, self.job.id)
            self.store.jobs.add_epoch(self.job.id, report, attempt=self.job.attempts)

    def should_stop(self) -> bool:
        """Whether to end now and keep what is best; asked at each batch, so the table is read only now and then."""
        if self._stop.is_set() or self.lost.is_set() or self._cancelled:
            return True
        moment = self._clock()
        if moment - self._asked >= ASK_SECONDS:
            self._asked = moment
            self._cancelled = self.store.jobs.is_cancelling(self.job.id)
        return self._cancelled

    def finish(self, outcome: Outcome) -> None:
        """End the row; where somebody else has ended it meanwhile, theirs stands.

        A busy database or a full disk is waited for, since the work is done and only has to be told.

        Raises:
            DatabaseBusy, DiskFull: it stayed so for all tries; the job will be found interrupted.
        """
        for left in reversed(range(FINISH_TRIES)):
            try:
                self._record(outcome)
                return
            except IllegalTransition as error:
                log.warning("The end of job %s was not recorded: %s", self.job.id, error)
                return
            except (DatabaseBusy, DiskFull) as error:
                if not left:
                    raise
                log.warning("The end of job %s was not recorded yet: %s", self.job.id, error)
                self.lost.wait(self.finish_pause)

    def _record(self, outcome: Outcome) -> None:
        jobs, job = self.store.jobs, self.job
        if outcome.state is not RunState.QUEUED:
            jobs.finish(job.id, outcome.state, outcome.message, outcome.result, attempt=job.attempts)
        elif jobs.is_cancelling(job.id):
            jobs.finish(job.id, RunState.CANCELLED, "Stopped.", attempt=job.attempts)
        else:
            jobs.give_way(job.id, outcome.message, attempt=job.attempts)


class Heartbeat:
    """Beats for a job from a thread of its own while the `with` block runs."""

    def __init__(self, context: JobContext, seconds: float = BEAT_SECONDS) -> None:
        self._context = context
        self._seconds = seconds
        self._over = Event()
        self._thread = Thread(target=self._run, name=f"beat-{context.job.id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        context = self._context
        while not self._over.wait(self._seconds):
            try:
                if not context.store.jobs.beat(context.job.id, attempt=context.job.attempts):
                    context.lost.set()
                    return
            except NotFound:
                context.lost.set()
                return
            except StorageError as error:  # a busy database is no reason to stop; the next beat may come through
                log.warning("Could not beat for job %s: %s", context.job.id, error)

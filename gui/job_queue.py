"""Keeps the queue of jobs moving: starts workers, notices those that vanished, and follows a job to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event

from detector.runs import JobKind, RunState
from gui.process import WorkerLauncher
from gui.waiting import somebody_waits
from storage.errors import IllegalTransition
from storage.records import Job
from storage.store import Store

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.25
PATIENCE = timedelta(seconds=10)  # with which a run waits for the other work of a worker that has torch loaded


def _now() -> datetime:
    return datetime.now(UTC)


class JobQueue:
    """The jobs of a workspace and those who work on them. Threads may share it.

    Args:
        clock: the time of day, in UTC.
    """

    def __init__(self, store: Store, launcher: WorkerLauncher, clock: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._launcher = launcher
        self._clock = clock

    def enqueue(self, project_id: int, kind: JobKind, params: Mapping[str, object], author: str = "") -> Job:
        """Queue a job, and start a worker where one is needed. Who asked for it is kept with it."""
        job = self._store.jobs.enqueue(project_id, kind, dict(params) | ({"author": author} if author else {}))
        self.tend(job.id)
        return self._store.jobs.get(job.id)

    def resume(self, job_id: int) -> Job:
        """Queue an interrupted or failed job again. Raises IllegalTransition where it is neither."""
        self._store.jobs.requeue(job_id)
        self.tend(job_id)
        return self._store.jobs.get(job_id)

    def cancel_quietly(self, job_id: int) -> None:
        """Stop a job; one that has finished meanwhile is left alone."""
        try:
            self._store.jobs.request_cancel(job_id)
        except IllegalTransition:
            log.info("job %s had finished before it could be cancelled", job_id)

    def tend(self, job_id: int | None = None) -> None:
        """End jobs whose worker vanished, and start a worker where one is needed, for `job_id` if it is named.

        A run must not hold up an import or predictions: they get a worker of their own beside it. Nor must they hold
        up a run for longer than PATIENCE: predicting 100,000 images takes hours. A worker that waits takes the job
        within a fraction of a second, whoever started it, and none is started beside it.
        """
        self._end_orphans()
        self._store.jobs.interrupt_stale()
        if not self._store.jobs.claimable():
            return
        active = [job for job in self._store.jobs.list(limit=200) if job.state.is_active]
        if self._launcher.alive() - {job.pid for job in active}:
            return  # one is just starting, between two jobs, or waits
        if any(job.kind is not JobKind.TRAIN for job in active):
            # that worker takes the next one when it is done, and features give way at once
            if (run := self._impatient_run()) is None:
                return
            job_id = run.id
        if somebody_waits(self._store.workspace):
            return  # a worker of another process
        self._launcher.start(job_id)

    def wait(
        self, job_id: int, on_change: Callable[[Job], None] | None = None, interrupted: Event | None = None
    ) -> Job:
        """Follow a job to its end, tending the queue meanwhile; for the command line.

        Args:
            on_change: called with the job whenever its state, progress or message differs.
            interrupted: once set (by a signal handler), the job is cancelled and its end awaited.
        """
        shown: tuple[object, ...] | None = None
        asked = False
        pause = Event()
        while True:
            self.tend()
            job = self._store.jobs.get(job_id)
            now = (job.state, job.progress, job.message)
            if on_change is not None and now != shown:
                shown = now
                on_change(job)
            if job.state.is_finished:
                return job
            if interrupted is not None and interrupted.is_set() and not asked:
                asked = True
                self.cancel_quietly(job_id)
            pause.wait(WAIT_SECONDS)

    def _impatient_run(self) -> Job | None:
        """The run that has waited for long enough and can be had now."""
        run = self._store.jobs.oldest_claimable(JobKind.TRAIN)
        return run if run is not None and self._clock() - run.created_at >= PATIENCE else None

    def _end_orphans(self) -> None:
        """Jobs of workers that we started and saw end are interrupted at once, not after 30 s without a beat."""
        dead = self._launcher.dead()
        if not dead:
            return
        for job in self._store.jobs.list(limit=200):
            if job.state.is_active and job.pid in dead:
                self._end(job)

    def _end(self, job: Job) -> None:
        stopped = job.state is RunState.CANCELLING
        state = RunState.CANCELLED if stopped else RunState.INTERRUPTED
        message = "Cancelled; its worker had gone." if stopped else "Its worker vanished; it can be resumed."
        try:
            self._store.jobs.finish(job.id, state, message, attempt=job.attempts)
        except IllegalTransition:
            log.info("job %s was ended by somebody else", job.id)

"""The working process: `python -m gui.worker --workspace DIR [--job N]`.

It claims a job, works on it, and goes on with what waits until nothing does; one that a server started then stays for
some minutes. No gradio here, and torch only within a job that needs it.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import psutil

from detector.runs import JobKind, RunState
from gui.freeing import free_memory
from gui.jobs.context import Heartbeat, JobContext, Outcome
from gui.low_priority import lower_session
from gui.messages import explain
from gui.settings import Settings
from gui.waiting import WORTH_KEEPING, Waiting, end_of
from storage.errors import NotFound
from storage.records import Job
from storage.store import Store
from storage.workspace import Workspace

log = logging.getLogger("boxloop.worker")

NICENESS = 10
LOG_FORMAT = "%(asctime)s %(message)s"
JobFunction = Callable[[JobContext], Outcome]
MODULES = {
    JobKind.TRAIN: "gui.jobs.train",
    JobKind.PREDICT: "gui.jobs.predict",
    JobKind.IMPORT: "gui.jobs.import_dataset",
    JobKind.EXPORT: "gui.jobs.export_dataset",
    JobKind.NEXT: "gui.jobs.next_images",
    JobKind.FEATURES: "gui.jobs.features",
    JobKind.CHECK: "gui.jobs.check_labels",
}


def run_job(context: JobContext) -> Outcome:
    """Do a job by its kind; the module is loaded here, so that an import never waits for torch."""
    outcome: Outcome = importlib.import_module(MODULES[context.job.kind]).run(context)
    return outcome


class Worker:
    """Works off the queue of one workspace.

    Args:
        stop: set when the process shall end; the job at hand is stopped and keeps what is best.
        work: does one claimed job.
        waiting: how it stays for what comes next, once it has loaded torch; None lets it end where nothing waits.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        stop: Event,
        work: JobFunction = run_job,
        waiting: Waiting | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._stop = stop
        self._work = work
        self._waiting = waiting
        self._worth_keeping = False

    def drain(self, first: int | None = None) -> int:
        """Work on the job `first`, if it can be had, then on the oldest that waits, until none does or comes.

        Returns:
            How many jobs were worked on.
        """
        pid, done = os.getpid(), 0
        job = self._claim_first(first, pid) or self._store.jobs.claim_next(pid)
        while job is not None:
            self.work_on(job)
            done += 1
            if job.kind in WORTH_KEEPING:
                self._worth_keeping = True
                free_memory()
            if self._stop.is_set():
                break
            job = self._store.jobs.claim_next(pid) or self._awaited(pid)
        return done

    def _awaited(self, pid: int) -> Job | None:
        if self._waiting is None or not self._worth_keeping:
            return None
        return self._waiting.next_job(self._store, pid, self._stop)

    def work_on(self, job: Job) -> None:
        """Do a claimed job to its end, whatever that is; an error ends the job, never the worker."""
        context = JobContext(self._store, job, self._settings, self._stop, thread_count(self._settings.threads))
        with _logging_to(self._settings, job), Heartbeat(context):
            log.info("%s %s begins (attempt %s).", job.kind.value.capitalize(), job.id, job.attempts)
            outcome = self._outcome(context)
            log.info("%s: %s", outcome.state.value.capitalize(), outcome.message)
            context.finish(outcome)

    def _outcome(self, context: JobContext) -> Outcome:
        try:
            return self._work(context)
        except Exception as error:
            log.exception("Job %s failed.", context.job.id)
            return Outcome(RunState.FAILED, explain(error))

    def _claim_first(self, first: int | None, pid: int) -> Job | None:
        if first is None:
            return None
        try:
            return self._store.jobs.claim(first, pid)
        except NotFound:
            log.warning("There is no job %s.", first)
            return None


class _logging_to:
    """Sends what is logged to the job's own file while the block runs."""

    def __init__(self, settings: Settings, job: Job) -> None:
        path = Workspace(settings.workspace).log(job.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handler = logging.FileHandler(path, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter(LOG_FORMAT, "%H:%M:%S"))

    def __enter__(self) -> None:
        logging.getLogger("boxloop").setLevel(logging.INFO)
        logging.getLogger().addHandler(self._handler)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()


def thread_count(wanted: int | None) -> int:
    """All cores where there are at most two, else one is left for the page."""
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count() or 1
    return wanted or (cores if cores <= 2 else cores - 1)


def lower_priority() -> None:
    """Let the page and the person's other programs come first."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < NICENESS:
        process.nice(NICENESS)
    lower_session(NICENESS)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gui.worker", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="folder with the database")
    parser.add_argument("--job", type=int, help="number of the job to begin with")
    parser.add_argument("--threads", type=int, help="CPU threads; chosen where it is not given")
    parser.add_argument("--linger", type=float, default=0.0, help="seconds to stay for another job after the last one")
    parser.add_argument("--server", type=int, help="process id of the server to stay for; needed to linger")
    given = parser.parse_args(arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    lower_priority()
    waiting = None
    if given.linger > 0 and given.server is not None:
        waiting = Waiting(given.linger, end_of(given.server))
    with Store(Workspace(given.workspace)) as store:
        settings = Settings(workspace=given.workspace, threads=given.threads)
        Worker(store, settings, stop, waiting=waiting).drain(given.job)
    return 0


if __name__ == "__main__":
    sys.exit(main())

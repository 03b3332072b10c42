"""A job that was claimed, done as its worker does it."""

from __future__ import annotations

from threading import Event

from gui.jobs.context import JobContext, Outcome
from gui.settings import Settings
from gui.worker import run_job
from storage.records import Job
from storage.store import Store


def do(store: Store, job: Job, stop: Event | None = None) -> Outcome:
    """Run it in this process, and store how it ended. `stop` is set where it shall end early."""
    context = JobContext(store, job, Settings(workspace=store.workspace.root), stop or Event(), threads=1)
    outcome = run_job(context)
    context.finish(outcome)
    return outcome

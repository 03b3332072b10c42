"""Decides when features are built in the background: after images came, were labelled, or another model is active.

Called every few seconds by the server; what it asks is cheap, and nothing is asked while there is other work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from detector.runs import JobKind, RunState
from gui.job_queue import JobQueue
from gui.settings import Settings
from gui.training_plan import FEWEST_IMAGES
from gui.waiting import somebody_waits
from storage.records import Job, Project
from storage.store import Store

SETTLED_SECONDS = 4.0  # since the images of a project changed: an upload is over, and the next label not yet drawn
PAUSE_SECONDS = 8.0  # between two of them
NEAR_SECONDS = 30.0  # for which somebody who looked at the Train page is expected to press the button
FRESH = timedelta(days=1)  # images that came since then are prepared even where nobody has the project open
TRIES = 2  # of one whose worker vanished, as it may have been killed for its memory


@dataclass(slots=True)
class _Seen:
    """How a project stood when it was looked at last, and since when it has stood so."""

    standing: dict[str, Any]
    since: float


class BackgroundFeatures:
    """Queues the jobs that build features. Threads may share it."""

    def __init__(
        self, store: Store, queue: JobQueue, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._queue = queue
        self._on = settings.background_features
        self._clock = clock
        self._lock = Lock()
        self._open: set[int] = set()
        self._near: dict[int, float] = {}  # when somebody looked at what Train would do
        self._seen: dict[int, _Seen] = {}

    def opened(self, project_id: int) -> None:
        """Somebody has a page of this project open."""
        with self._lock:
            self._open.add(project_id)

    def training_is_near(self, project_id: int) -> None:
        """Somebody looks at what Train would do: a worker that has loaded everything shall be there for the click."""
        with self._lock:
            self._near[project_id] = self._clock()

    def tend(self) -> None:
        """Queue one job where one is due and nothing else is to be done."""
        if not self._on or not self._store.jobs.idle():
            return
        with self._lock:
            since = self._clock() - NEAR_SECONDS
            near = {project_id for project_id, at in self._near.items() if at >= since}
            self._near.clear()
        warm = bool(near) and somebody_waits(self._store.workspace)
        for project in self._store.projects.list():
            params = self._due(project, at_once=project.id in near and not warm)
            if params is not None:
                for old in self._store.jobs.forget_finished(project.id, JobKind.FEATURES):
                    self._store.workspace.log(old).unlink(missing_ok=True)
                self._queue.enqueue(project.id, JobKind.FEATURES, params)
                return

    def _due(self, project: Project, *, at_once: bool) -> dict[str, Any] | None:
        """The params of the job, with what the project looks like, if features shall be built for it now."""
        images = self._store.images.standing(project.id)
        if images.newest_at is None or (project.active_model_id is None and images.done < FEWEST_IMAGES):
            return None  # nothing to look at, or nothing to plan a network by
        if not at_once and project.id not in self._open and images.newest_at < datetime.now(UTC) - FRESH:
            return None
        standing = {
            "images": images.images,
            "newest": images.newest_id,
            "done": images.done,
            "model": project.active_model_id,
        }
        last = next(iter(self._store.jobs.list(project.id, JobKind.FEATURES, limit=1)), None)
        params = {"standing": standing, "tries": _tries(last, standing) + 1}
        if at_once:
            return params
        if not self._settled(project.id, standing) or _too_soon(last) or _answered(last, standing):
            return None
        return params

    def _settled(self, project_id: int, standing: dict[str, Any]) -> bool:
        now, seen = self._clock(), self._seen.get(project_id)
        if seen is None or seen.standing != standing:
            self._seen[project_id] = _Seen(standing, now)
            return False
        return now - seen.since >= SETTLED_SECONDS


def _too_soon(last: Job | None) -> bool:
    if last is None or last.finished_at is None:
        return False
    return datetime.now(UTC) - last.finished_at < timedelta(seconds=PAUSE_SECONDS)


def _answered(last: Job | None, standing: dict[str, Any]) -> bool:
    """Whether the last job was for a project that looked the same, and is not to be made again."""
    if last is None or last.params.get("standing") != standing:
        return False
    if last.state is RunState.INTERRUPTED:
        return _tries(last, standing) >= TRIES
    return not (last.state is RunState.CANCELLED and last.result.get("again"))


def _tries(last: Job | None, standing: dict[str, Any]) -> int:
    """How often the worker of such a job has vanished without an end."""
    if last is None or last.params.get("standing") != standing or last.state is not RunState.INTERRUPTED:
        return 0
    return int(last.params.get("tries", 1))

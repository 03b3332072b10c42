"""Trains while somebody labels, in projects that ask for it: short runs, whenever enough was labelled.

Called every few seconds by the server. Nothing starts where nobody has a page of the project open.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from detector.runs import JobKind, TrainConfig
from gui.looking import Looking
from gui.messages import ServiceError
from storage.records import Job, Project
from storage.store import Store

log = logging.getLogger(__name__)

ENOUGH_TO_TRY = 5  # done images, from which a first model is worth its boxes
LEAST_MORE, MORE = 5, 0.2  # images saved as done since the last run began: at least so many, and this share of all
# Labels that came meanwhile wait for the next run, so runs are short as long as each new image teaches much.
SHORTEST_RUN, LONGEST_RUN, AN_IMAGE = 45.0, 300.0, 0.25  # seconds


def is_enough(done: int, fresh: int | None) -> bool:
    """Whether a run is worth it with so many done images.

    Args:
        fresh: those of them that were saved since the last run began; None where there was none.
    """
    return done >= ENOUGH_TO_TRY and (fresh is None or fresh >= max(LEAST_MORE, MORE * done))


def run_seconds(done: int) -> float:
    """How long a run may take that starts by itself with so many done images."""
    return min(LONGEST_RUN, max(SHORTEST_RUN, AN_IMAGE * done))


class Learning:
    """Queues the runs.

    Args:
        train: queues a run of a project; raises ServiceError where it cannot be trained.
    """

    def __init__(self, store: Store, looking: Looking, train: Callable[[int, TrainConfig], Job]) -> None:
        self._store = store
        self._looking = looking
        self._train = train

    def tend(self) -> None:
        """Queue one run where one is due and no other run is at work or waits."""
        learners = [project for project in self._store.projects.list() if project.learns]
        if not learners or any(
            not job.state.is_finished for job in self._store.jobs.list(kind=JobKind.TRAIN, limit=20)
        ):
            return
        for project in learners:
            if self._looking.at(project.id) is None:
                continue
            done = self._store.images.standing(project.id).done
            if self._is_due(project, done):
                try:
                    self._train(project.id, TrainConfig(max_seconds=run_seconds(done)))
                except ServiceError as error:
                    log.debug("project %s cannot be trained yet: %s", project.id, error)
                else:
                    return

    def _is_due(self, project: Project, done: int) -> bool:
        last = next(iter(self._store.jobs.list(project.id, JobKind.TRAIN, limit=1)), None)
        return is_enough(done, None if last is None else self._store.images.done_since(project.id, last.created_at))

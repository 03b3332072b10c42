"""Features are built when images have come or changed and nothing else is to be done, and not again and again."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import update

from detector.runs import JobKind, RunState
from gui.background import PAUSE_SECONDS, SETTLED_SECONDS, BackgroundFeatures
from gui.job_queue import JobQueue
from gui.settings import Settings
from storage.clock import now
from storage.records import ImageState, Job
from storage.store import Store
from storage.tables import ImageRow, JobRow
from tests.gui.labelled_project import LabelledProject, labelled_project
from tests.gui.web import NoWorkers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=4, unlabelled=2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def background(store: Store, clock: Clock) -> BackgroundFeatures:
    return background_of(store, clock)


def background_of(store: Store, clock: Clock, **settings: Any) -> BackgroundFeatures:
    chosen = Settings(workspace=store.workspace.root, **settings)
    return BackgroundFeatures(store, JobQueue(store, NoWorkers(store)), chosen, clock)


def jobs(store: Store) -> list[Job]:
    return store.jobs.list(kind=JobKind.FEATURES)


def settle(background: BackgroundFeatures, clock: Clock) -> None:
    """Two looks, with as much time between them as a project needs to count as settled."""
    background.tend()
    clock.now += SETTLED_SECONDS
    background.tend()


def end(store: Store, state: RunState = RunState.SUCCEEDED, **result: Any) -> None:
    """End the job that waits, and let its pause pass."""
    job = store.jobs.claim_next(os.getpid())
    assert job is not None
    store.jobs.finish(job.id, state, "", result)
    with store.database.transaction() as connection:
        moment = now(connection) - timedelta(seconds=PAUSE_SECONDS)
        connection.execute(update(JobRow).where(JobRow.id == job.id).values(finished_at=moment))


def label(made: LabelledProject, index: int) -> None:
    image = made.store.images.get(made.images[index].id)
    boxes = made.store.annotations.get(image.id).boxes
    key = uuid.uuid4().hex
    made.store.annotations.save(image.id, revision=image.revision, boxes=boxes, state=ImageState.DONE, key=key)


def test_images_that_came_are_prepared_once_no_more_come(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    background.tend()
    clock.now += SETTLED_SECONDS
    store.images.delete([made.images[5].id])
    background.tend()
    assert jobs(store) == []

    clock.now += SETTLED_SECONDS
    background.tend()

    [job] = jobs(store)
    assert job.project_id == made.project_id
    assert job.params["standing"] == {"images": 5, "newest": made.images[4].id, "done": 4, "model": None}


def test_nothing_is_queued_while_anything_else_waits_or_runs(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    other = store.jobs.enqueue(made.project_id, JobKind.EXPORT, {})
    settle(background, clock)
    store.jobs.claim(other.id, 1)
    settle(background, clock)
    assert jobs(store) == []
    store.jobs.finish(other.id, RunState.SUCCEEDED, "")
    settle(background, clock)
    assert len(jobs(store)) == 1
    settle(background, clock)
    assert len(jobs(store)) == 1, "one at a time"


def test_what_was_prepared_is_not_prepared_again_by_a_server_that_was_restarted(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    settle(background, clock)
    end(store)
    settle(background, clock)
    settle(background_of(store, clock), clock)
    assert len(jobs(store)) == 1
    label(made, 4)
    settle(background, clock)
    assert jobs(store)[0].params["standing"]["done"] == 5


def test_a_job_that_gave_way_is_made_again_and_one_that_a_person_stopped_is_not(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    settle(background, clock)
    first = jobs(store)[0]
    end(store, RunState.CANCELLED, again=True)
    settle(background, clock)
    assert [job.id for job in jobs(store)] != [first.id]
    end(store, RunState.CANCELLED)
    before = jobs(store)
    settle(background, clock)
    assert jobs(store) == before


def test_one_whose_worker_vanishes_each_time_is_given_up(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    for _ in range(2):
        settle(background, clock)
        end(store, RunState.INTERRUPTED)
    before = jobs(store)
    settle(background, clock)
    assert jobs(store) == before


def test_a_failed_one_waits_until_something_changes(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    settle(background, clock)
    end(store, RunState.FAILED)
    settle(background, clock)
    assert len(jobs(store)) == 1
    label(made, 4)
    settle(background, clock)
    assert jobs(store)[0].state is RunState.QUEUED


def test_of_finished_ones_only_the_newest_is_kept_and_so_is_its_log(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    for index in (4, 5):
        settle(background, clock)
        store.workspace.log(jobs(store)[0].id).write_text("made 3 views")
        end(store)
        label(made, index)
    settle(background, clock)
    assert [job.state for job in jobs(store)] == [RunState.QUEUED, RunState.SUCCEEDED]
    assert [path.name for path in store.workspace.logs.iterdir()] == [f"job-{jobs(store)[1].id}.log"]


def test_without_a_model_it_waits_for_the_labels_that_decide_the_input_size(
    background: BackgroundFeatures, store: Store, clock: Clock
) -> None:
    made = labelled_project(store, labelled=2, unlabelled=3)
    settle(background, clock)
    assert jobs(store) == []
    label(made, 2)
    settle(background, clock)
    assert len(jobs(store)) == 1


def test_an_old_project_is_left_alone_until_somebody_opens_it(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    with store.database.transaction() as connection:
        connection.execute(update(ImageRow).values(created_at=now(connection) - timedelta(days=30)))
    settle(background, clock)
    assert jobs(store) == []
    background.opened(made.project_id)
    settle(background, clock)
    assert len(jobs(store)) == 1


def test_whoever_looks_at_the_train_page_gets_a_worker_that_is_warm(
    background: BackgroundFeatures, store: Store, made: LabelledProject, clock: Clock
) -> None:
    settle(background, clock)
    end(store)
    background.training_is_near(made.project_id)
    with FileLock(store.workspace.waiting_lock):
        background.tend()
    assert len(jobs(store)) == 1, "one waits already"
    background.training_is_near(made.project_id)
    background.tend()
    assert jobs(store)[0].state is RunState.QUEUED


def test_a_setting_turns_it_off(store: Store, made: LabelledProject, clock: Clock) -> None:
    off = background_of(store, clock, background_features=False)
    off.training_is_near(made.project_id)
    settle(off, clock)
    assert jobs(store) == []

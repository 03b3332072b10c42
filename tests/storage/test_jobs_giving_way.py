"""Which job goes first: a check waits for all but features, and goes back to the queue for the others."""

from __future__ import annotations

import pytest

from detector.runs import JobKind, RunState
from storage.errors import IllegalTransition
from storage.records import Project
from storage.store import Store


def queued(store: Store, project: Project, *kinds: JobKind) -> list[int]:
    return [store.jobs.enqueue(project.id, kind, {}).id for kind in kinds]


def claimed(store: Store) -> int | None:
    job = store.jobs.claim_next(1)
    return None if job is None else job.id


def test_a_check_is_taken_after_all_other_work_but_before_features(store: Store, project: Project) -> None:
    features, check, run = queued(store, project, JobKind.FEATURES, JobKind.CHECK, JobKind.TRAIN)
    for expected in (run, check, features):
        assert claimed(store) == expected
        store.jobs.finish(expected, RunState.SUCCEEDED, "")
    assert claimed(store) is None


def test_a_check_waits_while_anything_is_worked_on(store: Store, project: Project) -> None:
    [run] = queued(store, project, JobKind.TRAIN)
    assert claimed(store) == run
    [check] = queued(store, project, JobKind.CHECK)
    assert claimed(store) is None
    store.jobs.finish(run, RunState.SUCCEEDED, "")
    assert claimed(store) == check


def test_a_check_knows_of_other_work_and_goes_back_for_it(store: Store, project: Project) -> None:
    check, _ = queued(store, project, JobKind.CHECK, JobKind.FEATURES)
    assert claimed(store) == check
    assert not store.jobs.other_work(JobKind.CHECK)
    assert store.jobs.other_work(JobKind.FEATURES)
    [run] = queued(store, project, JobKind.TRAIN)
    assert store.jobs.other_work(JobKind.CHECK)
    back = store.jobs.give_way(check, "Waits.", attempt=1)
    assert (back.state, back.message, back.pid) == (RunState.QUEUED, "Waits.", None)
    assert claimed(store) == run
    store.jobs.finish(run, RunState.SUCCEEDED, "")
    assert claimed(store) == check
    assert store.jobs.get(check).attempts == 2


def test_what_was_stopped_or_belongs_to_another_worker_does_not_go_back(store: Store, project: Project) -> None:
    [check] = queued(store, project, JobKind.CHECK)
    assert claimed(store) == check
    with pytest.raises(IllegalTransition):
        store.jobs.give_way(check, "Waits.", attempt=7)
    store.jobs.request_cancel(check)
    with pytest.raises(IllegalTransition):
        store.jobs.give_way(check, "Waits.", attempt=1)

"""Runs start by themselves where a project asks for it, somebody is there, and enough was labelled since the last."""

from __future__ import annotations

import uuid

import pytest

from detector.runs import JobKind, RunState
from gui.learning import ENOUGH_TO_TRY, LEAST_MORE, SHORTEST_RUN, is_enough, run_seconds
from gui.services import Services
from gui.settings import Settings
from storage.records import ImageState, Job
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, labelled_project
from tests.gui.web import NoWorkers, OnCpu


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store, labelled=ENOUGH_TO_TRY, unlabelled=LEAST_MORE)


@pytest.fixture
def services(store: Store) -> Services:
    return Services(store, Settings(workspace=store.workspace.root), NoWorkers(store), OnCpu())


def runs(services: Services) -> list[Job]:
    return services.jobs(kind=JobKind.TRAIN)


def label(made: LabelledProject, index: int) -> None:
    image = made.store.images.get(made.images[index].id)
    boxes = made.store.annotations.get(made.images[0].id).boxes
    key = uuid.uuid4().hex
    made.store.annotations.save(image.id, revision=image.revision, boxes=boxes, state=ImageState.DONE, key=key)


def test_a_run_starts_once_enough_is_labelled_and_somebody_is_there(services: Services, made: LabelledProject) -> None:
    services.looks_at(made.project_id)
    services.learning.tend()
    assert runs(services) == [], "only where the project asks for it"

    services.change_project(made.project_id, learns=True)
    services.learning.tend()
    services.learning.tend()

    [run] = runs(services)
    assert run.params["config"]["max_seconds"] == SHORTEST_RUN


def test_runs_come_the_more_rarely_and_last_the_longer_the_more_there_is_to_learn_from() -> None:
    assert [n for n in range(12) if is_enough(n, None)] == list(range(5, 12))
    assert [n for n in range(20) if is_enough(20, n)] == list(range(5, 20))
    assert not is_enough(200, 39)
    assert is_enough(200, 40)
    assert [run_seconds(n) for n in (5, 180, 292, 100_000)] == [45, 45, 73, 300]


def test_nothing_starts_where_nobody_looks_or_too_little_is_done(services: Services, made: LabelledProject) -> None:
    services.change_project(made.project_id, learns=True)
    services.learning.tend()
    assert runs(services) == []
    services.looks_at(made.project_id)
    services.delete_images([made.images[0].id])
    services.learning.tend()
    assert runs(services) == []


def test_the_next_run_waits_for_new_labels(services: Services, made: LabelledProject, store: Store) -> None:
    services.change_project(made.project_id, learns=True)
    services.looks_at(made.project_id)
    services.learning.tend()
    [first] = runs(services)
    store.jobs.claim(first.id, 1)
    store.jobs.finish(first.id, RunState.FAILED, "")
    services.learning.tend()
    assert runs(services) == [store.jobs.get(first.id)], "a run that failed is not tried again on the same labels"

    for index in range(ENOUGH_TO_TRY, ENOUGH_TO_TRY + LEAST_MORE - 1):
        label(made, index)
    services.learning.tend()
    assert len(runs(services)) == 1
    label(made, ENOUGH_TO_TRY + LEAST_MORE - 1)
    services.learning.tend()
    assert len(runs(services)) == 2


def test_labels_without_a_class_to_learn_start_nothing(services: Services, store: Store) -> None:
    empty = labelled_project(store, labelled=0, unlabelled=ENOUGH_TO_TRY)
    for image in empty.images:
        store.annotations.save(image.id, revision=0, boxes=[], state=ImageState.DONE, key=uuid.uuid4().hex)
    services.change_project(empty.project_id, learns=True)
    services.looks_at(empty.project_id)
    services.learning.tend()
    assert runs(services) == []

from __future__ import annotations

import pytest

from detector.runs import JobKind
from storage.errors import InUse, NotFound, StorageError
from storage.records import Project, Source
from storage.store import Store
from tests.storage.samples import a_box, add_image, add_model, save, sha


def test_models_are_numbered_within_their_project_for_good(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    first, second = add_model(store, project.id, "a"), add_model(store, project.id, "b")
    assert (first.number, second.number, add_model(store, other.id, "c").number) == (1, 2, 1)
    store.models.delete(second.id)
    assert add_model(store, project.id, "d").number == 3


def test_a_model_keeps_what_was_said_of_it(store: Store, project: Project) -> None:
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    parent = add_model(store, project.id, "a")
    model = store.models.add(
        project.id,
        folder="b",
        preset="retinanet-lite",
        parent_id=parent.id,
        job_id=job.id,
        snapshot_digest=sha("s"),
        metrics={"ap": 0.25, "images": 7},
        meta={"classes": ["細胞"]},
    )
    assert store.models.get(model.id) == model
    assert (model.parent_id, model.job_id, model.metrics["ap"], model.meta["classes"]) == (
        parent.id,
        job.id,
        0.25,
        ["細胞"],
    )
    assert store.models.set_note(model.id, "the good one").note == "the good one"
    with pytest.raises(StorageError, match="2000"):
        store.models.set_note(model.id, "x" * 2001)


def test_a_folder_belongs_to_one_model_and_parents_to_the_project(store: Store, project: Project) -> None:
    other = store.projects.create("Other")
    model = add_model(store, project.id, "a")
    with pytest.raises(StorageError, match="folder 'a'"):
        add_model(store, other.id, "a")
    with pytest.raises(StorageError, match="model folder"):
        add_model(store, project.id, "../a")
    with pytest.raises(NotFound):
        add_model(store, other.id, "b", parent_id=model.id)
    assert store.models.list(other.id) == []


def test_the_active_model_cannot_go_and_others_come_back(store: Store, project: Project) -> None:
    active, spare = add_model(store, project.id, "a"), add_model(store, project.id, "b")
    store.projects.set_active_model(project.id, active.id)
    with pytest.raises(InUse, match="v1 is the active model"):
        store.models.delete(active.id)

    store.models.delete(spare.id)
    assert [m.id for m in store.models.list(project.id)] == [active.id]
    assert [m.id for m in store.models.list(project.id, deleted=True)] == [spare.id]
    with pytest.raises(NotFound, match="bin"):
        store.models.get(spare.id)
    with pytest.raises(NotFound, match="bin"):
        store.projects.set_active_model(project.id, spare.id)
    assert store.models.get(spare.id, deleted=True).deleted_at is not None

    assert store.models.restore(spare.id) == spare
    assert [m.id for m in store.models.list(project.id)] == [active.id, spare.id]


def test_the_versions_of_a_run_are_found_in_the_bin_too(store: Store, project: Project) -> None:
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    other = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    first, second = (add_model(store, project.id, folder, job_id=job.id) for folder in ("a", "b"))
    add_model(store, project.id, "c", job_id=other.id)
    store.models.delete(first.id)
    assert [m.id for m in store.models.of_job(job.id)] == [second.id]
    assert [m.id for m in store.models.of_job(job.id, deleted=True)] == [first.id, second.id]


def test_a_model_is_known_by_the_labels_that_were_accepted_from_it(store: Store, project: Project) -> None:
    model, unused = add_model(store, project.id, "a"), add_model(store, project.id, "b")
    image = add_image(store, project.id)
    label = store.classes.add(project.id, "cell")
    save(store, image.id, [a_box(label.id, source=Source.MODEL, model_version_id=model.id, score=0.5)])
    store.models.delete(model.id)
    assert store.models.labelled_with(model.id)
    assert not store.models.labelled_with(unused.id)

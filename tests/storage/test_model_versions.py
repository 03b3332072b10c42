from __future__ import annotations

import pytest

from detector.domain import Box
from detector.runs import JobKind
from storage.errors import IllegalTransition, InUse, InvalidValue, NotFound, StorageError
from storage.records import ModelVersion, Project, Source, StoredPrediction
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


def test_a_later_model_of_a_run_takes_the_number_of_the_one_it_stands_in_for(store: Store, project: Project) -> None:
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    add_model(store, project.id, "before")
    first, second = (add_model(store, project.id, folder, job_id=job.id) for folder in ("a", "b"))
    image, label = add_image(store, project.id), store.classes.add(project.id, "cell")
    store.predictions.put(first.id, image.id, [StoredPrediction(label.id, Box(1, 2, 3, 4), 0.5)], limit_reached=False)
    save(store, image.id, [a_box(label.id, source=Source.MODEL, model_version_id=first.id, score=0.5)])

    later = store.models.supersede(first.id, second.id)

    assert (later.id, later.number) == (second.id, 2)
    assert [(m.id, m.number) for m in store.models.list(project.id)][1:] == [(second.id, 2)]
    assert store.models.list(project.id, deleted=True) == [], "it cannot be restored"
    assert store.models.get(first.id, deleted=True).superseded_by == second.id
    assert store.predictions.get(first.id, image.id) is None
    [box] = store.annotations.get(image.id).boxes
    assert box.model_version_id == first.id, "the boxes that came of it still say so, and can be saved again"
    save(store, image.id, [box], revision=1)
    assert add_model(store, project.id, "c").number == 3


def test_only_an_idle_model_of_the_same_run_is_superseded(store: Store, project: Project) -> None:
    job, other = (store.jobs.enqueue(project.id, JobKind.TRAIN, {}) for _ in range(2))
    first, second = (add_model(store, project.id, folder, job_id=job.id) for folder in ("a", "b"))
    alien, imported = add_model(store, project.id, "c", job_id=other.id), add_model(store, project.id, "d")
    for pair in ((first.id, alien.id), (second.id, first.id), (imported.id, alien.id), (first.id, first.id)):
        with pytest.raises(InvalidValue, match="follow"):
            store.models.supersede(*pair)
    store.projects.set_active_model(project.id, first.id)
    with pytest.raises(InUse, match="v1 is the active model"):
        store.models.supersede(first.id, second.id)
    store.projects.set_active_model(project.id, second.id)
    store.models.supersede(first.id, second.id)
    with pytest.raises(NotFound, match="better v1"):
        store.models.restore(first.id)


def told(store: Store, model: ModelVersion) -> list[tuple[str, str, dict[str, object]]]:
    """What the activity says of a model, oldest first, without its number."""
    entries = reversed(store.activity.list(model.project_id).items)
    of_model = [entry for entry in entries if entry.details.get("model") == model.id]
    return [(e.kind, e.author, {k: v for k, v in e.details.items() if k not in ("model", "number")}) for e in of_model]


def test_what_people_say_of_a_model_is_kept_and_told_once(store: Store, project: Project) -> None:
    model = add_model(store, project.id, "a")
    assert (model.name, model.pinned) == ("", False)
    for _ in range(2):
        store.models.set_name(model.id, "  night scenes ", "Ada")
        store.models.set_note(model.id, "before the new lamp", "Ada")
        store.models.set_pinned(model.id, True, "Bob")
    changed = store.models.set_name(model.id, " ", "Ada")
    assert (changed.name, changed.note, changed.pinned) == ("", "before the new lamp", True)
    assert told(store, model) == [
        ("model_named", "Ada", {"name": "night scenes", "before": ""}),
        ("model_noted", "Ada", {"note": "before the new lamp"}),
        ("model_pinned", "Bob", {"pinned": True}),
        ("model_named", "Ada", {"name": "", "before": "night scenes"}),
    ]


@pytest.mark.parametrize("name", ["x" * 61, "two\nlines"])
def test_a_name_is_one_short_line(store: Store, project: Project, name: str) -> None:
    with pytest.raises(InvalidValue, match="a version"):
        store.models.set_name(add_model(store, project.id, "a").id, name)


def test_a_pinned_model_neither_goes_nor_is_superseded_until_it_is_unpinned(store: Store, project: Project) -> None:
    job = store.jobs.enqueue(project.id, JobKind.TRAIN, {})
    first, second = (add_model(store, project.id, folder, job_id=job.id) for folder in ("a", "b"))
    store.models.set_pinned(first.id, True)
    with pytest.raises(InUse, match="v1 is pinned; unpin it first"):
        store.models.delete(first.id)
    with pytest.raises(InUse, match="pinned"):
        store.models.supersede(first.id, second.id)
    store.models.set_pinned(first.id, False)
    assert store.models.supersede(first.id, second.id).number == 1


def test_going_back_to_an_older_model_says_from_which(store: Store, project: Project) -> None:
    first, second = add_model(store, project.id, "a"), add_model(store, project.id, "b")
    for model in (second, first):
        store.projects.set_active_model(project.id, model.id, "Ada")
    assert [details for _, _, details in told(store, first)] == [{"before": 2}]
    assert [details for _, _, details in told(store, second)] == [{}], "there was none before"


def test_chosen_thresholds_are_kept_told_and_undone_step_by_step(store: Store, project: Project) -> None:
    model = add_model(store, project.id, "a")
    assert model.thresholds is None
    low, high = ({"wish": {"kind": "misses", "value": n}, "all": t, "by_class": {}} for n, t in ((1, 0.2), (9, 0.6)))
    _, first = store.models.set_thresholds(model.id, low, "Ada")
    _, again = store.models.set_thresholds(model.id, low, "Ada")
    chosen, second = store.models.set_thresholds(model.id, high, "Bob")
    assert chosen.thresholds == store.models.get(model.id).thresholds == high
    assert first is not None
    assert again is None, "nothing changed"
    assert second is not None
    with pytest.raises(IllegalTransition, match="chosen since"):
        store.models.undo_thresholds(first)
    undone, back = store.models.undo_thresholds(second, "Bob")
    assert undone.thresholds == low
    assert store.models.undo_thresholds(back)[0].thresholds == high, "the undoing can be undone"
    assert store.models.set_thresholds(model.id, None)[0].thresholds is None
    assert [(kind, author) for kind, author, _ in told(store, model)] == [
        ("model_thresholds", author) for author in ("Ada", "Bob", "Bob", "", "")
    ]
    assert told(store, model)[1][2] == {"before": low, "after": high}


def test_only_a_choice_of_thresholds_is_undone_as_one(store: Store, project: Project) -> None:
    model = add_model(store, project.id, "a")
    store.models.set_pinned(model.id, True)
    [entry] = [e for e in store.activity.list(project.id).items if e.kind == "model_pinned"]
    assert entry.id is not None
    with pytest.raises(IllegalTransition, match="no choice"):
        store.models.undo_thresholds(entry.id)

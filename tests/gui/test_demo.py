"""The demo project is made once, a third labelled, with mistakes that are written down."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gui.demo import DEMO_NAME, LABELLED_EACH, PICTURES, ensure_demo, truth_file
from gui.demo_pictures import CLASS_NAMES, draw
from storage.records import ImageState
from storage.store import Store
from storage.workspace import Workspace


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One demo for all tests of this file: drawing it takes seconds."""
    with Store(Workspace(tmp_path_factory.mktemp("demo") / "workspace")) as opened:
        ensure_demo(opened)
        yield opened


def labels_by_picture(store: Store, project_id: int) -> dict[str, set[tuple[str, tuple[float, ...]]]]:
    names = {one.id: one.name for one in store.classes.list(project_id)}
    images = store.images.page(project_id, states=[ImageState.DONE]).items
    boxes = store.annotations.boxes_of(image.id for image in images)
    return {image.name: {(names[b.class_id], b.box.as_tuple()) for b in boxes[image.id]} for image in images}


def truth_of(store: Store, project_id: int) -> dict[str, set[tuple[str, tuple[float, ...]]]]:
    content = json.loads(truth_file(store.workspace, project_id).read_text("utf-8"))
    return {
        name: {(one["class"], tuple(one["box"])) for one in objects} for name, objects in content["pictures"].items()
    }


def test_a_third_of_the_pictures_is_labelled(store: Store) -> None:
    project = ensure_demo(store)
    counts = store.projects.counts(project.id)
    assert (project.name, counts.images) == (DEMO_NAME, PICTURES)
    assert counts.by_state[ImageState.DONE] == PICTURES // LABELLED_EACH
    assert counts.by_state[ImageState.NEW] == PICTURES - PICTURES // LABELLED_EACH
    assert [one.name for one in store.classes.list(project.id)] == list(CLASS_NAMES)
    assert all(one.boxes > 0 for one in store.classes.list(project.id))


def test_truth_beside_the_project_is_that_of_the_pictures(store: Store) -> None:
    truth = truth_of(store, ensure_demo(store).id)
    assert len(truth) == PICTURES
    assert truth["smear-08.jpg"] == {(one.class_name, one.box.as_tuple()) for one in draw(7).truth}


def test_labels_are_true_but_for_the_mistakes_that_are_written_down(store: Store) -> None:
    project = ensure_demo(store)
    truth, labels = truth_of(store, project.id), labels_by_picture(store, project.id)
    mistakes = json.loads(truth_file(store.workspace, project.id).read_text("utf-8"))["mistakes"]
    assert {one["kind"] for one in mistakes} == {"wrong class", "missing", "askew"}
    spoilt = {one["picture"] for one in mistakes}
    assert 3 <= len(spoilt) <= PICTURES // LABELLED_EACH // 2
    for name, found in labels.items():
        assert (found != truth[name]) == (name in spoilt), name
    for one in mistakes:
        true = (one["truth"]["class"], tuple(one["truth"]["box"]))
        assert true in truth[one["picture"]] and true not in labels[one["picture"]]
        assert len(labels[one["picture"]] - truth[one["picture"]]) == (0 if one["kind"] == "missing" else 1)


def test_a_second_time_it_is_left_as_it_is(store: Store) -> None:
    project = ensure_demo(store)
    images = store.images.page(project.id).items
    store.annotations.save(
        images[1].id, revision=images[1].revision, boxes=[], state=ImageState.SKIPPED, key="by a person"
    )
    again = ensure_demo(store)
    assert (again.id, len(store.projects.list())) == (project.id, 1)
    assert store.images.get(images[1].id).state is ImageState.SKIPPED


def test_out_of_the_bin_it_comes_back(store: Store) -> None:
    project = ensure_demo(store)
    store.projects.delete(project.id)
    assert ensure_demo(store).id == project.id
    assert store.projects.counts(project.id).images == PICTURES

"""Labels that look wrong over HTTP: the queue, the job that makes it, and what is kept as it is."""

from __future__ import annotations

import pytest

from detector.advising.suspects import ErrorKind
from detector.runs import JobKind, RunState
from gui.queues.suspect_items import SuspectItem
from gui.roles import Role, least_role
from storage.queues import CHECK
from tests.gui.labelled_project import LabelledProject, labelled_project
from tests.gui.web import Web


@pytest.fixture
def labelled(web: Web) -> LabelledProject:
    return labelled_project(web.store, labelled=10, unlabelled=1)


def queue_swapped(web: Web, labelled: LabelledProject) -> tuple[int, SuspectItem]:
    """A queue of one: the first label of the first image has the wrong class."""
    image = labelled.images[0].id
    label = web.store.annotations.get(image).boxes[0]
    other = labelled.class_ids[1]
    item = SuspectItem(ErrorKind.CLASS, 0.9, label.class_id, label.box, label.id, other, label.box, score=0.97)
    details = {"suspects": 1, "expected": 0.9, "images": 10, "boxes": 20, "seen": 0.9}
    web.store.queues.replace(labelled.project_id, CHECK, [(image, item.to_json())], details)
    return image, item


def test_before_the_first_check_it_is_said_how_long_it_takes(web: Web, labelled: LabelledProject) -> None:
    shown = web.client.get(f"/api/projects/{labelled.project_id}/check").json()
    assert (shown["queue"], shown["items"], shown["job"], shown["reason"]) == (None, [], None, None)
    assert (shown["done"], shown["seconds"] > 60) == (10, True)


def test_a_check_is_started_once(web: Web, labelled: LabelledProject) -> None:
    first = web.client.post(f"/api/projects/{labelled.project_id}/check")
    assert first.status_code == 202 and first.json()["kind"] == "check"
    again = web.client.post(f"/api/projects/{labelled.project_id}/check")
    assert again.json()["id"] == first.json()["id"]
    assert web.client.get(f"/api/projects/{labelled.project_id}/check").json()["job"]["state"] == "queued"
    web.store.jobs.request_cancel(first.json()["id"])
    assert web.client.post(f"/api/projects/{labelled.project_id}/check").json()["id"] != first.json()["id"]
    assert web.store.jobs.list(kind=JobKind.CHECK)[1].state is RunState.CANCELLED


def test_with_too_few_images_it_says_what_to_do(web: Web) -> None:
    few = labelled_project(web.store, labelled=2)
    answer = web.client.post(f"/api/projects/{few.project_id}/check")
    assert answer.status_code == 409
    assert "at least 10 images that are done; there are 2. Label some more first." in answer.json()["error"]


def test_a_suspect_is_shown_until_its_label_is_put_right(web: Web, labelled: LabelledProject) -> None:
    image, item = queue_swapped(web, labelled)
    shown = web.client.get(f"/api/projects/{labelled.project_id}/check").json()
    [suspect] = shown["items"]
    assert (suspect["place"], suspect["image_id"], suspect["kind"]) == (0, image, "class")
    assert (suspect["box_id"], suspect["other_class_id"], suspect["score"]) == (
        item.box_id,
        labelled.class_ids[1],
        0.97,
    )
    assert (shown["queue"]["suspects"], shown["queue"]["expected"]) == (1, 0.9)
    assert shown["images"] == {str(image): {"name": "shape 0.png", "width": 128, "height": 96}}
    opened = web.client.get(f"/api/images/{image}").json()
    boxes = opened["annotations"]
    boxes[0]["class_id"] = labelled.class_ids[1]
    body = {"revision": opened["revision"], "boxes": boxes, "state": "done", "key": "a"}
    assert web.client.put(f"/api/images/{image}/annotations", json=body).status_code == 200
    assert web.client.get(f"/api/projects/{labelled.project_id}/check").json()["items"] == []


def test_a_kept_label_is_not_shown_until_that_is_taken_back(web: Web, labelled: LabelledProject) -> None:
    image, item = queue_swapped(web, labelled)
    assert item.box is not None
    x1, y1, x2, y2 = item.box.as_tuple()
    body = {"kind": "class", "class_id": item.class_id, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "drawn": True}
    kept = web.client.post(f"/api/images/{image}/kept", json=body)
    assert kept.status_code == 201
    path = f"/api/projects/{labelled.project_id}/check"
    assert web.client.get(path).json()["items"] == []
    other = labelled.images[1].id
    assert web.client.delete(f"/api/images/{other}/kept/{kept.json()['id']}").status_code == 404
    assert web.client.delete(f"/api/images/{image}/kept/{kept.json()['id']}").status_code == 200
    assert len(web.client.get(path).json()["items"]) == 1
    assert web.client.post(f"/api/images/{image}/kept", json=body | {"x2": 1e6}).status_code == 422


def test_suspects_follow_what_becomes_of_their_classes(web: Web, labelled: LabelledProject) -> None:
    queue_swapped(web, labelled)
    dark, red = labelled.class_ids
    path, classes = f"/api/projects/{labelled.project_id}/check", web.store.classes
    crimson = classes.add(labelled.project_id, "crimson").id
    merged = classes.merge([red], crimson)
    [suspect] = web.client.get(path).json()["items"]
    assert (suspect["class_id"], suspect["other_class_id"]) == (dark, crimson)
    classes.set_archived(crimson, True)
    assert web.client.get(path).json()["items"] == []
    classes.set_archived(crimson, False)
    assert merged.activity_id is not None
    classes.undo(merged.activity_id)
    classes.merge([dark], red)
    assert web.client.get(path).json()["items"] == [], "the label and the model say the same now"


def test_a_labeller_may_check_and_a_viewer_may_look() -> None:
    for method, path in (("POST", "/api/projects/1/check"), ("POST", "/api/images/1/kept")):
        assert least_role(method, path) is Role.LABELLER
    assert least_role("DELETE", "/api/images/1/kept/2") is Role.LABELLER
    assert least_role("GET", "/api/projects/1/check") is Role.VIEWER

"""What to label next over HTTP."""

from __future__ import annotations

import pytest

from detector.domain import Box
from storage.queues import NEXT
from storage.records import ImageState, StoredPrediction
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.web import Web
from tests.storage.samples import save


@pytest.fixture
def made(web: Web) -> LabelledProject:
    return labelled_project(web.store, labelled=2, unlabelled=4)


def test_without_a_queue_the_answer_says_so(web: Web, made: LabelledProject) -> None:
    shown = web.client.get(f"/api/projects/{made.project_id}/next").json()
    assert (shown["made"], shown["items"], shown["left"], shown["to_label"]) == (None, [], 0, 4)
    assert web.client.get("/api/projects/999/next").status_code == 404


def test_the_queue_comes_in_pages_with_the_models_boxes_and_the_reasons(web: Web, made: LabelledProject) -> None:
    model = add_model(web.store, made.project_id, active=True)
    ids = [image.id for image in made.images[2:]]
    found = [StoredPrediction(made.class_ids[0], Box(1, 2, 30, 40), 0.5)]
    web.store.predictions.put_many(model.id, [(ids[2], found, False)])
    why = {"in_doubt": 1, "unlike": True, "may_hold": [], "seen": True}
    order = [ids[2], ids[0], ids[1], ids[3]]
    details = {"way": "advised", "model_version_id": model.id, "newest_image_id": ids[-1]}
    web.store.queues.replace(made.project_id, NEXT, [(image, why) for image in order], details)
    save(web.store, ids[0], [], ImageState.DONE)

    shown = web.client.get(f"/api/projects/{made.project_id}/next?limit=2").json()
    assert (shown["made"]["model_number"], shown["made"]["stale"]) == (1, "")
    assert (shown["left"], shown["next"]) == (3, 2)
    assert [item["id"] for item in shown["items"]] == [ids[2], ids[1]]
    first = shown["items"][0]
    assert first["reasons"] == ["looks like nothing you have labelled", "1 box that the model is unsure of"]
    assert first["found"] == [[made.class_ids[0], 1, 2, 30, 40, 0.5]]
    rest = web.client.get(f"/api/projects/{made.project_id}/next?limit=2&after=2").json()
    assert [item["id"] for item in rest["items"]] == [ids[3]]
    assert rest["next"] is None


def test_rare_classes_are_named_as_they_are_seen_today(web: Web, made: LabelledProject) -> None:
    dark, red = made.class_ids
    rust = web.store.classes.add(made.project_id, "rust").id
    items = [(made.images[2].id, {"may_hold": [red, rust]}), (made.images[3].id, {"may_hold": [dark]})]
    web.store.queues.replace(made.project_id, NEXT, items, {"way": "advised"})
    web.store.classes.merge([red], rust)
    web.store.classes.set_archived(dark, True)
    shown = web.client.get(f"/api/projects/{made.project_id}/next").json()
    assert [one["reasons"] for one in shown["items"]] == [
        ["may hold rust (you have 2)"],
        ["unlike the others in this list"],
    ]


def test_the_queue_is_made_by_a_job(web: Web, made: LabelledProject) -> None:
    address = f"/api/projects/{made.project_id}/next"
    refused = web.client.post(address, json={"way": "advised"})
    assert refused.status_code == 409 and "no model yet" in refused.text
    job = web.client.post(address, json={"way": "random"}).json()
    assert job["kind"] == "next"
    assert web.client.get(address).json()["job"]["id"] == job["id"]
    assert web.client.post(address, json={"model_id": 99}).status_code == 404
    assert web.client.post(address, json={"way": "sideways"}).status_code in (400, 422)


def test_the_grid_and_the_walk_take_the_order_of_the_queue(web: Web, made: LabelledProject) -> None:
    ids = [image.id for image in made.images[2:]]
    web.store.queues.replace(made.project_id, NEXT, [(ids[3], {}), (ids[1], {})], {"way": "random"})
    listed = web.client.get(f"/api/projects/{made.project_id}/grid?sort=queue&state=new").json()
    assert [item["id"] for item in listed["items"]] == [ids[3], ids[1], ids[0], ids[2]]
    walk = "state=new,in_progress&sort=queue"
    asked = {"page": "p", "current": ids[3], "walk": walk}
    assert web.client.post(f"/api/projects/{made.project_id}/next-free", json=asked).json() == {"image_id": ids[1]}

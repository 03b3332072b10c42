"""Projects over HTTP."""

from __future__ import annotations

import pytest

from detector.runs import JobKind
from tests.gui.labelled_project import labelled_project
from tests.gui.web import Web


def test_a_new_project_is_there_and_empty(web: Web) -> None:
    answer = web.client.post("/api/projects", json={"name": "Überwachung 猫"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["name"] == "Überwachung 猫"
    assert made["counts"] == {
        "images": 0,
        "new": 0,
        "in_progress": 0,
        "done": 0,
        "skipped": 0,
        "in_doubt": 0,
        "boxes": 0,
    }
    assert web.client.get("/api/projects").json() == [made]


def test_a_project_tells_counts_classes_and_disk(web: Web) -> None:
    labelled = labelled_project(web.store, labelled=3, unlabelled=2)
    shown = web.client.get(f"/api/projects/{labelled.project_id}").json()
    assert shown["counts"] == {
        "images": 5,
        "new": 2,
        "in_progress": 0,
        "done": 3,
        "skipped": 0,
        "in_doubt": 0,
        "boxes": 6,
    }
    assert [(c["name"], c["boxes"]) for c in shown["classes"]] == [("dark", 3), ("red", 3)]
    disk = web.client.get(f"/api/projects/{labelled.project_id}/disk").json()
    assert disk["features_bytes"] == 0 and disk["disk_bytes"] >= sum(image.bytes for image in labelled.images)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "a", "nmae": "b"}, {"name": 3}, []])
def test_a_body_that_is_no_project_is_refused_with_a_sentence(web: Web, body: object) -> None:
    answer = web.client.post("/api/projects", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert web.client.get("/api/projects").json() == []


def test_a_name_can_be_taken_once(web: Web) -> None:
    web.client.post("/api/projects", json={"name": "a"})
    web.client.post("/api/projects", json={"name": "b"})
    assert web.client.post("/api/projects", json={"name": "a"}).status_code == 409
    assert web.client.patch("/api/projects/2", json={"name": "a"}).status_code == 409
    assert web.client.patch("/api/projects/2", json={"name": "c"}).json()["name"] == "c"


def test_a_project_goes_to_the_bin_and_comes_back_whole(web: Web) -> None:
    project = labelled_project(web.store).project_id
    before = web.client.get(f"/api/projects/{project}").json()
    assert web.client.delete(f"/api/projects/{project}").json()["deleted_at"]
    assert web.client.get("/api/projects").json() == []
    assert [p["name"] for p in web.client.get("/api/projects?deleted=true").json()] == ["shapes"]
    assert web.client.get(f"/api/projects/{project}").status_code == 404
    assert web.client.post(f"/api/projects/{project}/restore").status_code == 200
    assert web.client.get(f"/api/projects/{project}").json() == before


@pytest.mark.parametrize("number", ["0", "-1", "999", "99999999999999999999", "x", "1.5"])
def test_a_project_that_is_not_there_is_never_an_error_of_ours(web: Web, number: str) -> None:
    answer = web.client.get(f"/api/projects/{number}")
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]


def test_the_pulse_names_the_job_that_runs(web: Web) -> None:
    project = labelled_project(web.store).project_id
    assert web.client.get(f"/api/pulse?project={project}").json()["job"] is None
    job = web.store.jobs.enqueue(project, JobKind.TRAIN, {})
    pulse = web.client.get(f"/api/pulse?project={project}").json()
    assert pulse["job"]["id"] == job.id
    assert pulse["job"]["label"] == f"run {job.id}: waiting"
    assert web.client.get("/api/pulse").json()["job"]["id"] == job.id
    assert web.client.get("/api/pulse?project=999").status_code == 404


def test_the_pulse_tells_which_image_is_open(web: Web) -> None:
    made = labelled_project(web.store)
    image = made.images[3].id
    assert web.client.get(f"/api/pulse?project={made.project_id}&image={image}").status_code == 200
    assert web.services.looking.image(made.project_id) == image
    web.client.get(f"/api/pulse?project={made.project_id}")
    assert web.services.looking.image(made.project_id) == image

"""Who did what, over HTTP: each act names the person who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.domain import Box
from detector.runs import RunState
from gui.auth_file import AuthFile, add_user
from gui.login import Login
from storage.records import ImageState, StoredPrediction
from tests.gui.labelled_project import add_model, labelled_project
from tests.gui.picture_files import picture
from tests.gui.web import Web, serving


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    add_user(tmp_path / "users.json", "ada", "correct horse")
    login = Login(AuthFile(tmp_path / "users.json"), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login) as opened:
        opened.client.post("/login", data={"name": "ada", "password": "correct horse"})
        yield opened


def activity(web: Web, project_id: int, **params: Any) -> list[dict[str, Any]]:
    answer = web.client.get(f"/api/projects/{project_id}/activity", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_what_somebody_does_is_listed_with_their_name(web: Web) -> None:
    client = web.client
    project = client.post("/api/projects", json={"name": "Cells"}).json()["id"]
    client.patch(f"/api/projects/{project}", json={"name": "Blood"})
    for n in range(2):
        client.post(f"/api/projects/{project}/upload", files={"file": (f"{n}.png", picture(n))})
    image = web.store.images.page(project).items[0]
    client.post("/api/images/delete", json={"ids": [image.id, 10**6]})
    client.post("/api/images/restore", json={"ids": [image.id]})
    client.put(f"/api/images/{image.id}/annotations", json={"revision": 0, "boxes": [], "state": "done", "key": "k"})
    model = add_model(web.store, project)
    client.post(f"/api/models/{model.id}/activate")
    client.post(f"/api/projects/{project}/export", json={"format": "coco"})
    [job] = web.store.jobs.list(project)
    web.store.jobs.claim(job.id, pid=1)
    web.store.jobs.finish(job.id, RunState.SUCCEEDED, "Done.", {"images": 1, "boxes": 0, "file": "x.zip"})
    listed = activity(web, project)
    assert {entry["author"] for entry in listed} == {"ada"}
    assert [(entry["kind"], entry["details"]) for entry in listed if entry["kind"] != "saved"] == [
        ("data_exported", {"job": job.id, "state": "succeeded", "images": 1, "boxes": 0}),
        ("model_activated", {"model": model.id, "number": 1}),
        ("images_restored", {"images": 1}),
        ("images_deleted", {"images": 1}),
        ("images_added", {"images": 2}),
        ("project_renamed", {"name": "Blood", "before": "Cells"}),
        ("project_created", {"name": "Cells"}),
    ]
    [saved] = activity(web, project, thing="saved")
    assert (saved["image_id"], saved["details"]["state"]) == (image.id, "done")
    assert [entry["kind"] for entry in activity(web, project, until=listed[-1]["at"])] == []
    assert client.get(f"/api/projects/{project}/activity/people").json() == {"people": ["ada"]}


def test_accepting_on_many_images_is_one_act(web: Web) -> None:
    made = labelled_project(web.store, labelled=0, unlabelled=3)
    model = add_model(web.store, made.project_id)
    found = [StoredPrediction(made.class_ids[0], Box(1, 1, 9, 9), 0.9)]
    web.store.predictions.put_many(model.id, [(image.id, found, False) for image in made.images])
    asked = {"model_id": model.id, "threshold": 0.5, "mark_done": True}
    ids = [image.id for image in made.images]
    web.client.post(f"/api/projects/{made.project_id}/accept", json={**asked, "image_ids": ids[:1]})
    web.client.post(f"/api/projects/{made.project_id}/accept", json={**asked, "image_ids": ids[1:]})
    act, saved = activity(web, made.project_id)[:2]
    assert (act["kind"], act["details"]) == (
        "boxes_accepted",
        {"model": model.id, "number": 1, "boxes": 2, "images": 2},
    )
    assert (saved["kind"], saved["image_id"]) == ("saved", ids[0])
    assert web.store.images.get(ids[2]).state is ImageState.DONE


def test_a_time_without_a_zone_and_a_wrong_cursor_are_refused(web: Web) -> None:
    project = web.store.projects.create("Cells").id
    for params in ({"since": "2026-01-01T00:00:00"}, {"after": "x"}, {"limit": 0}):
        answer = web.client.get(f"/api/projects/{project}/activity", params=params)
        assert 400 <= answer.status_code < 500 and answer.json()["error"]

"""Jobs, models, figures, imports and exports over HTTP. The jobs are only queued here; workers have their own tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

import pytest

from detector.domain import Box
from detector.runs import EpochReport, JobKind, RunState, TrainConfig
from gui import run_plans
from gui.auth_file import AuthFile, add_user
from gui.login import Login
from storage.records import StoredPrediction
from tests.gui.labelled_project import LabelledProject, add_model, labelled_project
from tests.gui.web import NoWorkers, Web, serving

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def labelled(web: Web) -> LabelledProject:
    return labelled_project(web.store)


def test_the_plan_says_what_would_happen(web: Web, labelled: LabelledProject) -> None:
    plan = web.client.get(f"/api/projects/{labelled.project_id}/plan?preset=retinanet-lite&scope=all").json()
    assert plan["can_train"] is True
    assert plan["train"] + plan["val"] == 8
    assert plan["left_out"] == 2
    assert plan["config"]["scope"] == "all"
    assert "8 images, 16 boxes in 2 classes" in plan["sentence"]


def test_an_expert_asks_for_the_plan_of_their_own_choices(web: Web, labelled: LabelledProject) -> None:
    address = f"/api/projects/{labelled.project_id}/plan"
    body = {"config": {"epochs": 10, "optimizer": "sgd", "schedule": "step", "image_size": [128, 96], "scope": "deep"}}
    plan = web.client.post(address, json=body).json()
    assert plan["config"]["image_size"] == [128, 96]
    assert [s["name"] for s in plan["stages"]] == ["head", "deep"]
    assert sum(s["epochs"] for s in plan["stages"]) == 10
    by = {c["name"]: c["by"] for c in plan["choices"]}
    assert {name for name, who in by.items() if who == "you"} == set(body["config"])
    assert plan["start"] == {
        "kind": "pretrained",
        "model_number": None,
        "text": "starting from ImageNet weights",
        "warm_number": None,
    }
    assert plan["outgrown"] is None
    assert web.client.post(address).json()["config"]["scope"] == "deep"
    refused = web.client.post(address, json={"config": {"image_size": [100, 96]}})
    assert refused.status_code == 422
    assert "image_size" in refused.json()["error"]
    both = web.client.post(address, json={"config": {"from_scratch": True, "start_from": "m1"}})
    assert (both.status_code, "exclude each other" in both.json()["error"]) == (422, True)
    assert web.client.post(address, json={"config": {"start_from": "none"}}).status_code == 404


def test_a_run_shows_the_plan_that_it_has_once_it_has_begun(web: Web, labelled: LabelledProject) -> None:
    store = web.store
    job = store.jobs.enqueue(labelled.project_id, JobKind.TRAIN, {"config": {}})
    address = f"/api/jobs/{job.id}"
    assert "plan" not in web.client.get(address).json()
    assert web.client.get(f"{address}?plan=1").json()["plan"] is None
    run_plans.keep(store, job, store.snapshots.take(labelled.project_id), TrainConfig(), "cpu", 2)
    plan = web.client.get(f"{address}?plan=1").json()["plan"]
    assert plan["start"] is None
    assert [stage["name"] for stage in plan["stages"]] == ["head", "deep"]
    assert plan["choices"][0]["label"] == "What is trained"


def test_a_look_at_the_plan_gives_no_image_its_split(web: Web, labelled: LabelledProject) -> None:
    assert web.client.get(f"/api/projects/{labelled.project_id}/plan").json()["val"] == 2
    assert {image.split for image in web.store.images.page(labelled.project_id).items} == {None}


def test_a_run_is_queued_and_a_worker_started(web: Web, labelled: LabelledProject) -> None:
    answer = web.client.post(f"/api/projects/{labelled.project_id}/train", json={"config": {"epochs": 3}})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["state"], job["params"]["config"]["epochs"]) == ("train", "queued", 3)
    assert cast(NoWorkers, web.services.launcher).started == [job["id"]]
    assert [one["id"] for one in web.client.get(f"/api/projects/{labelled.project_id}/jobs").json()] == [job["id"]]
    assert web.client.get(f"/api/projects/{labelled.project_id}/jobs?kind=predict").json() == []


def test_a_run_needs_no_body(web: Web, labelled: LabelledProject) -> None:
    assert web.client.post(f"/api/projects/{labelled.project_id}/train").status_code == 202


@pytest.mark.parametrize(
    "config",
    [
        {"epochs": 0},
        {"epocs": 3},
        {"preset": "yolo"},
        {"image_size": 3},
        {"focal_alpha": 2},
        {"epochs": "x"},
        {"epochs": 1.5},
        {"epochs": True},
        {"seed": "x"},
        {"augment": "no"},
        {"batch_size": 10**9},
        {"image_size": [6_400_000, 6_400_000]},
        {"weights_file": 5},
        {"weights_file": "\ud800"},
        {"start_from": ["m1"]},
    ],
)
def test_a_setting_that_means_nothing_is_refused_and_nothing_is_queued(
    web: Web, labelled: LabelledProject, config: dict[str, object]
) -> None:
    body = json.dumps({"config": config})  # escapes what UTF-8 cannot hold
    answer = web.client.post(f"/api/projects/{labelled.project_id}/train", content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("This run cannot be set up")
    assert web.store.jobs.list() == []


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay", "focal_gamma", "max_seconds"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_setting_that_is_no_finite_number_is_refused(
    web: Web, labelled: LabelledProject, name: str, number: str
) -> None:
    body = f'{{"config": {{"{name}": {number}}}}}'.encode()
    address = f"/api/projects/{labelled.project_id}/train"
    answer = web.client.post(address, content=body, headers=JSON)
    assert answer.status_code == 422
    assert web.store.jobs.list() == []


def test_too_little_to_train_on_is_told(web: Web) -> None:
    project = labelled_project(web.store, labelled=1).project_id
    answer = web.client.post(f"/api/projects/{project}/train")
    assert answer.status_code == 409
    assert "done" in answer.json()["error"]


def test_a_job_tells_its_epochs_and_the_end_of_its_log_where_asked(web: Web, labelled: LabelledProject) -> None:
    job = web.store.jobs.enqueue(labelled.project_id, JobKind.TRAIN, {})
    web.store.jobs.claim(job.id, os.getpid())
    web.store.jobs.add_epoch(job.id, EpochReport(1, 5, 10, 2.0, 8.0, 0.5, 0.4, 0.3, 0.6, 0.001))
    web.store.workspace.log(job.id).write_text("<b>first</b>\n", "utf-8")
    plain = web.client.get(f"/api/jobs/{job.id}").json()
    assert "epochs" not in plain
    assert "log" not in plain
    full = web.client.get(f"/api/jobs/{job.id}?epochs=1&log=1").json()
    assert full["epochs"][0]["ap50"] == 0.6
    assert full["log"] == "<b>first</b>\n"


def test_a_job_is_cancelled_once_and_resumed_only_when_interrupted(web: Web, labelled: LabelledProject) -> None:
    job = web.store.jobs.enqueue(labelled.project_id, JobKind.TRAIN, {})
    assert web.client.post(f"/api/jobs/{job.id}/cancel").json()["state"] == "cancelled"
    assert web.client.post(f"/api/jobs/{job.id}/cancel").status_code == 409
    assert web.client.post(f"/api/jobs/{job.id}/resume").status_code == 409
    other = web.store.jobs.enqueue(labelled.project_id, JobKind.TRAIN, {})
    web.store.jobs.claim(other.id, os.getpid())
    web.store.jobs.finish(other.id, RunState.INTERRUPTED, "Its worker vanished.")
    assert web.client.post(f"/api/jobs/{other.id}/resume").json()["state"] == "queued"
    assert web.client.get("/api/jobs/999").status_code == 404


def test_predicting_without_a_model_is_told(web: Web, labelled: LabelledProject) -> None:
    answer = web.client.post(f"/api/projects/{labelled.project_id}/predict")
    assert answer.status_code == 409
    assert answer.json() == {"error": "This project has no model yet. Train one first."}


def test_models_are_activated_noted_binned_and_restored(web: Web, labelled: LabelledProject) -> None:
    first, second = (add_model(web.store, labelled.project_id, folder) for folder in ("m1", "m2"))
    assert web.client.post(f"/api/models/{second.id}/activate").json()["active"] is True
    assert web.client.patch(f"/api/models/{first.id}", json={"note": "<b>old</b>"}).json()["note"] == "<b>old</b>"
    assert web.client.delete(f"/api/models/{second.id}").status_code == 409
    assert web.client.delete(f"/api/models/{first.id}").json()["deleted_at"]
    address = f"/api/projects/{labelled.project_id}/models"
    assert [m["id"] for m in web.client.get(address).json()] == [second.id]
    assert [m["id"] for m in web.client.get(f"{address}?deleted=true").json()] == [first.id]
    binned = web.client.get(f"/api/projects/{labelled.project_id}/bin").json()["models"]
    assert [m["id"] for m in binned] == [first.id]
    web.client.post(f"/api/models/{first.id}/restore")
    assert len(web.client.get(address).json()) == 2


def test_models_are_named_and_pinned_and_pinned_ones_stay(web: Web, labelled: LabelledProject) -> None:
    model = add_model(web.store, labelled.project_id)
    address = f"/api/models/{model.id}"
    changed = web.client.patch(address, json={"title": "night scenes", "pinned": True}).json()
    assert (changed["name"], changed["title"], changed["pinned"], changed["note"]) == ("v1", "night scenes", True, "")
    refused = web.client.delete(address)
    assert (refused.status_code, refused.json()["error"]) == (409, "v1 is pinned; unpin it first.")
    assert web.client.patch(address, json={"pinned": False}).json()["title"] == "night scenes"
    assert web.client.delete(address).status_code == 200
    assert web.client.patch(address, json={"name": "x"}).status_code == 422


def test_figures_come_from_stored_predictions_or_say_what_is_missing(web: Web, labelled: LabelledProject) -> None:
    model = add_model(web.store, labelled.project_id)
    web.store.images.fix_splits(labelled.project_id)
    address = f"/api/projects/{labelled.project_id}/evaluation?split=val&model={model.id}"
    answer = web.client.get(address)
    assert answer.status_code == 409
    assert "Predict first" in answer.json()["error"]
    for image_id, boxes in web.store.annotations.boxes_of([i.id for i in labelled.images]).items():
        found = [StoredPrediction(b.class_id, b.box, 0.9) for b in boxes]
        web.store.predictions.put(model.id, image_id, found, False)
    figures = web.client.get(address).json()
    assert (figures["split"], figures["ap"], figures["ap50"]) == ("val", pytest.approx(1), pytest.approx(1))
    assert {row["name"] for row in figures["per_class"]} == {"dark", "red"}


def test_what_is_left_to_review_comes_in_bins_and_for_each_image_that_is_named(
    web: Web, labelled: LabelledProject
) -> None:
    model, image, done = add_model(web.store, labelled.project_id), labelled.images[9].id, labelled.images[0].id
    cell = labelled.class_ids[0]
    boxes = [StoredPrediction(cell, Box(1, 1, 20 + 30 * n, 20), 0.925 - n / 2) for n in range(2)]
    web.store.predictions.put_many(model.id, [(one, boxes, False) for one in (image, done)])
    address = f"/api/projects/{labelled.project_id}/review"
    answer = web.client.get(address, params={"image": [image, done], "threshold": 0.3}).json()
    assert answer["model_version_id"] == model.id
    assert [bin for bin, count in enumerate(answer["bins"][str(cell)]) if count] == [42, 92]
    assert answer["images"] == {str(image): 2, str(done): 0}
    assert "images" not in web.client.get(address, params={"model": model.id}).json()
    assert web.client.get(address, params={"model": 99}).status_code == 404


def test_accepted_boxes_become_labels_that_name_their_model(web: Web, labelled: LabelledProject) -> None:
    model, image = add_model(web.store, labelled.project_id), labelled.images[9].id
    boxes = [StoredPrediction(labelled.class_ids[0], Box(1, 1, 20 + n, 20), 0.9 - n / 2) for n in range(2)]
    web.store.predictions.put(model.id, image, boxes, False)
    body = {"model_id": model.id, "threshold": 0.5, "class_ids": None, "image_ids": [image], "mark_done": True}
    answer = web.client.post(f"/api/projects/{labelled.project_id}/accept", json=body)
    assert answer.json() == {"accepted": 1, "images": 1, "conflicts": []}
    opened = web.client.get(f"/api/images/{image}").json()
    assert opened["state"] == "done"
    assert [(b["source"], b["model_version_id"]) for b in opened["annotations"]] == [("model", model.id)]
    assert (
        web.client.post(f"/api/projects/{labelled.project_id}/accept", json={**body, "threshold": 2}).status_code == 422
    )


def test_a_folder_is_imported_by_a_job_and_a_wrong_one_refused(
    web: Web, labelled: LabelledProject, tmp_path: Path
) -> None:
    address = f"/api/projects/{labelled.project_id}/import"
    job = web.client.post(address, json={"path": str(tmp_path), "format": "voc", "split": "test"})
    assert job.status_code == 202
    assert job.json()["params"] == {"path": str(tmp_path.resolve()), "format": "voc", "split": "test"}
    assert web.client.post(address, json={"path": str(tmp_path), "format": "odd"}).status_code == 422
    assert web.client.post(address, json={"path": str(tmp_path / "none"), "format": "voc"}).status_code == 422


def test_with_a_login_only_the_roots_named_at_start_can_be_imported(tmp_path: Path) -> None:
    add_user(tmp_path / "users.json", "ada", "correct horse")
    login = Login(AuthFile(tmp_path / "users.json"), b"k" * 32, "boxloop-7860")
    root = tmp_path / "data"
    (root / "set").mkdir(parents=True)
    (root / "link").symlink_to("/etc")
    settings = {"auth_file": tmp_path / "users.json", "import_roots": (root,)}
    with serving(tmp_path / "workspace", login, **settings) as web:
        web.client.headers["cookie"] = f"boxloop-7860={login.begin('ada')}"
        web.client.post("/api/projects", json={"name": "a"})

        def status(path: Path) -> int:
            return web.client.post("/api/projects/1/import", json={"path": str(path), "format": "images"}).status_code

        assert status(root / "set") == 202
        for outside in (tmp_path, root / ".." / "users.json", root / "link", Path("/etc")):
            assert status(outside) == 403


def test_an_export_can_be_fetched_once_it_is_there(web: Web, labelled: LabelledProject) -> None:
    job = web.client.post(f"/api/projects/{labelled.project_id}/export", json={"format": "coco"}).json()
    waiting = web.client.get(f"/files/exports/{job['id']}")
    assert waiting.status_code == 409
    assert "not ready" in waiting.json()["error"]
    web.store.workspace.exports.mkdir(exist_ok=True)
    (web.store.workspace.exports / "set.zip").write_bytes(b"PK")
    web.store.jobs.claim(job["id"], os.getpid())
    web.store.jobs.finish(job["id"], RunState.SUCCEEDED, "", {"file": "../../exports/set.zip"})
    answer = web.client.get(f"/files/exports/{job['id']}")
    assert answer.content == b"PK"
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    (web.store.workspace.exports / "set.zip").unlink()
    assert web.client.get(f"/files/exports/{job['id']}").status_code == 404
    assert web.client.post(f"/api/projects/{labelled.project_id}/export", json={"format": "odd"}).status_code == 422


def test_a_job_that_is_no_export_has_no_file(web: Web, labelled: LabelledProject) -> None:
    job = web.client.post(f"/api/projects/{labelled.project_id}/train").json()
    assert web.client.get(f"/files/exports/{job['id']}").status_code == 404

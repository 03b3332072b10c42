"""What a person has is there after a crash: of the server right after a save, of the worker in mid epoch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from gui.demo_pictures import draw
from tests.e2e.running_server import RunningServer, wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "workspace")
    running.start()
    yield running
    running.close()


def upload(server: RunningServer, project: int, index: int) -> int:
    held = BytesIO()
    draw(index).image.save(held, "PNG")
    files = {"file": (f"smear {index}.png", held.getvalue(), "image/png")}
    answer = server.api.post(f"/api/projects/{project}/upload", files=files)
    answer.raise_for_status()
    return int(answer.json()["results"][0]["image_id"])


def box(class_id: int, x: float, y: float, width: float, height: float) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "class_id": class_id, "x1": x, "y1": y, "x2": x + width, "y2": y + height}


def save(server: RunningServer, image: int, boxes: list[dict[str, Any]], state: str) -> None:
    revision = server.api.get(f"/api/images/{image}").json()["revision"]
    body = {"revision": revision, "boxes": boxes, "state": state, "key": str(uuid.uuid4())}
    server.api.put(f"/api/images/{image}/annotations", json=body).raise_for_status()


def make_project(server: RunningServer) -> tuple[int, int]:
    project = int(server.api.post("/api/projects", json={"name": "Smear"}).json()["id"])
    made = server.api.post(f"/api/projects/{project}/classes", json={"name": "cell"}).json()
    return project, int(made["id"])


def job_state(server: RunningServer, job: int) -> dict[str, Any]:
    answer: dict[str, Any] = server.api.get(f"/api/jobs/{job}").json()
    return answer


def test_boxes_are_there_after_the_server_was_killed_right_after_the_save(server: RunningServer) -> None:
    project, class_id = make_project(server)
    image = upload(server, project, 0)
    save(server, image, [box(class_id, 10, 20, 30, 40)], "in_progress")
    server.kill()
    server.start()
    found = server.api.get(f"/api/images/{image}").json()
    assert [(b["x1"], b["y1"], b["x2"], b["y2"]) for b in found["annotations"]] == [(10, 20, 40, 60)]
    assert found["state"] == "in_progress"


@pytest.mark.training
@pytest.mark.timeout(420)
def test_a_run_whose_worker_was_killed_in_mid_epoch_is_interrupted_and_can_be_resumed(server: RunningServer) -> None:
    project, class_id = make_project(server)
    for index in range(6):
        image = upload(server, project, index)
        cells = [box(class_id, t.box.x1, t.box.y1, t.box.width, t.box.height) for t in draw(index).truth]
        save(server, image, cells, "done")
    config = {"epochs": 6, "image_size": [128, 96], "batch_size": 1}
    job = int(server.api.post(f"/api/projects/{project}/train", json={"config": config}).json()["id"])

    def in_mid_epoch() -> bool:
        found = job_state(server, job)
        assert found["state"] in ("queued", "running"), found["message"]
        return bool(found["progress"].get("epoch", 0) >= 2)

    wait_until(in_mid_epoch, "the second epoch", 240)
    for worker in server.workers():
        worker.kill()
    wait_until(lambda: job_state(server, job)["state"] == "interrupted", "the run to be called interrupted", 60)

    server.api.post(f"/api/jobs/{job}/resume").raise_for_status()
    wait_until(lambda: job_state(server, job)["state"] == "succeeded", "the resumed run to finish", 240)
    epochs = [epoch["epoch"] for epoch in server.api.get(f"/api/jobs/{job}?epochs=1").json()["epochs"]]
    assert epochs == sorted(set(epochs)), "no epoch is told twice"
    assert server.api.get(f"/api/projects/{project}/models").json(), "the resumed run gave a model"

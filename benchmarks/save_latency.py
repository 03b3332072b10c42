"""How long a save takes while a run trains on every core.

    python -m benchmarks.save_latency [--saves 200] [--images 10000]

A server on a project of that many images (small drawn pictures), a training run started through the page's own route,
and then saves through PUT, one after the other, of thirteen boxes each. Between two saves stands a request that only
reads one row, so that the machine's own noise is in the same figures. Prints the median, the p95 and the longest of
both, in milliseconds, before and during the run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from benchmarks.command_line import ROOT, boxloop


def draw_pictures(folder: Path, images: int) -> None:
    """Small pictures, no two with the same bytes."""
    folder.mkdir()
    for index in range(images):
        picture = Image.new("RGB", (320, 240), (index % 256, index // 256 % 256, 90))
        picture.paste((230, 220, 40), (index % 280, 60, index % 280 + 40, 100))
        picture.save(folder / f"{index:05d}.png")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(workspace: Path) -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "launch.py", "serve", "--workspace", str(workspace), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    if client.get("/api/projects").status_code == 200:
                        break
                time.sleep(0.2)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def boxes_for(image: dict[str, Any], class_id: int, draw: random.Random) -> list[dict[str, Any]]:
    boxes = []
    for _ in range(13):
        x, y = draw.randrange(0, image["width"] - 40), draw.randrange(0, image["height"] - 40)
        boxes.append({"id": str(uuid.uuid4()), "class_id": class_id, "x1": x, "y1": y, "x2": x + 40, "y2": y + 40})
    return boxes


def wait_until_training(client: httpx.Client, job_id: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        job = client.get(f"/api/jobs/{job_id}").json()
        if job["state"] == "running" and job["progress"].get("step", 0) > 0:
            return
        if job["state"] not in ("queued", "running"):
            sys.exit(f"the run ended before the measurement began: {job['message']}")
        time.sleep(0.5)
    sys.exit("the run did not begin to train within five minutes")


def timed_saves(client: httpx.Client, project: int, saves: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each save, and of each empty request sent between two saves."""
    draw = random.Random(1)
    page = client.get(f"/api/projects/{project}/images", params={"state": "new", "limit": 100}).json()["items"]
    class_id = client.get(f"/api/projects/{project}").json()["classes"][0]["id"]
    revisions = {image["id"]: image["revision"] for image in page}
    save_ms, empty_ms = [], []
    for number in range(saves):
        image = page[number % len(page)]
        body = {
            "revision": revisions[image["id"]],
            "boxes": boxes_for(image, class_id, draw),
            "state": "in_progress",
            "key": str(uuid.uuid4()),
        }
        start = time.perf_counter()
        answer = client.put(f"/api/images/{image['id']}/annotations", json=body)
        save_ms.append((time.perf_counter() - start) * 1000)
        answer.raise_for_status()
        revisions[image["id"]] = answer.json()["revision"]
        start = time.perf_counter()
        client.get(f"/api/pulse?project={project}").raise_for_status()
        empty_ms.append((time.perf_counter() - start) * 1000)
    return save_ms, empty_ms


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "max": round(ordered[-1], 1),
    }


def measure(images: int, saves: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        source, workspace = Path(folder) / "source", Path(folder) / "workspace"
        draw_pictures(source, images)
        start = time.perf_counter()
        boxloop(workspace, "import", "--project", "Many", "--format", "images", str(source))
        imported = time.perf_counter() - start
        with server(workspace) as client:
            project = client.get("/api/projects").json()[0]["id"]
            label_sixty(client, project)
            idle, _ = timed_saves(client, project, saves)
            job = client.post(f"/api/projects/{project}/train", json={"config": {"max_seconds": 600}}).json()
            wait_until_training(client, job["id"])
            busy, empty = timed_saves(client, project, saves)
            state = client.get(f"/api/jobs/{job['id']}").json()["state"]
            client.post(f"/api/jobs/{job['id']}/cancel")
    return {
        "images": images,
        "saves": saves,
        "import_seconds": round(imported, 1),
        "save_ms_idle": summary(idle),
        "save_ms_while_training": summary(busy),
        "pulse_ms_while_training": summary(empty),
        "run_state_after_the_last_save": state,
    }


def label_sixty(client: httpx.Client, project: int) -> None:
    """Mark sixty images done, so that there is something to train on for as long as the measurement takes."""
    draw = random.Random(2)
    made = client.post(f"/api/projects/{project}/classes", json={"name": "square"}).json()
    page = client.get(f"/api/projects/{project}/images", params={"limit": 60}).json()["items"]
    for image in page:
        body = {
            "revision": image["revision"],
            "boxes": boxes_for(image, made["id"], draw),
            "state": "done",
            "key": str(uuid.uuid4()),
        }
        client.put(f"/api/images/{image['id']}/annotations", json=body).raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--saves", type=int, default=200)
    options = parser.parse_args()
    print(json.dumps(measure(options.images, options.saves), indent=2))


if __name__ == "__main__":
    main()

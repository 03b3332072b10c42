"""How long a save takes on a large project, while a run trains on every core and four others label.

    python -m benchmarks.save_latency [--saves 10000] [--images 100000] [--boxes 1000000] [--workspace FOLDER]

A server on such a workspace (benchmarks.large_workspace), a training run started through the page's own route, and five
labellers who are logged in. Each opens an image, saves it five times through PUT with one of its boxes moved, and
goes to the next one, with a fifth of a second between two saves, which is quicker than any hand; and asks for the pulse
every second and a half, as a page does. Prints the median, the p95 and the longest of all saves together, and of what
else the pages ask, in milliseconds; and errors, which are every answer but 200. A workspace that is
named is made where there is none, and kept for the next time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks import large_workspace
from benchmarks.command_line import ROOT
from detector.runs import RunState
from gui.auth_file import add_user
from storage.errors import IllegalTransition
from storage.store import Store
from storage.workspace import Workspace

LABELLERS = 5
SAVES_AN_IMAGE = 5
BETWEEN_SAVES = 0.2  # seconds
PULSE_EVERY = 1.5
PASSWORD = "correct horse"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(workspace: Path, users: Path) -> Iterator[str]:
    """The address of a server on the workspace, for people who log in."""
    port = free_port()
    command = [sys.executable, "launch.py", "serve", "--workspace", str(workspace), "--port", str(port), "--no-browser"]
    command += ["--auth-file", str(users)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{address}/login").status_code == 200:
                    break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(60)


class Labeller:
    """One person with a page: what they ask, how long it took, and what went wrong.

    Args:
        images: theirs alone, so that nobody conflicts with anybody.
    """

    def __init__(self, address: str, name: str, project: int, images: list[int]) -> None:
        self.api = httpx.Client(base_url=address, timeout=120)
        answer = self.api.post("/login", data={"name": name, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.name = name
        self.project = project
        self.images = images
        self.draw = random.Random(name)
        self.took: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []

    def ask(self, what: str, method: str, path: str, **more: Any) -> dict[str, Any]:
        start = time.perf_counter()
        try:
            answer = self.api.request(method, path, **more)
        except httpx.HTTPError as error:
            self.errors.append(f"{what}: {error!r}")
            return {}
        self.took[what].append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            self.errors.append(f"{what}: {answer.status_code} {answer.text[:200]}")
            return {}
        found: dict[str, Any] = answer.json()
        return found

    def label(self, saves: int) -> None:
        pulse_at, made = 0.0, 0
        while made < saves:
            image = self.images[made // SAVES_AN_IMAGE % len(self.images)]
            opened = self.ask("image", "GET", f"/api/images/{image}", params={"model": "active"})
            revision, boxes = opened.get("revision"), opened.get("annotations", [])
            for _ in range(min(SAVES_AN_IMAGE, saves - made)):
                if time.monotonic() >= pulse_at:
                    params = {"project": self.project, "image": image, "page": self.name}
                    self.ask("pulse", "GET", "/api/pulse", params=params)
                    pulse_at = time.monotonic() + PULSE_EVERY
                body = {"revision": revision, "boxes": self.moved(boxes), "state": "in_progress"}
                body["key"] = str(uuid.uuid4())
                revision = self.ask("save", "PUT", f"/api/images/{image}/annotations", json=body).get("revision")
                made += 1
                time.sleep(BETWEEN_SAVES)
            self.ask("project", "GET", f"/api/projects/{self.project}")

    def moved(self, boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same boxes, one of them narrower or wider by half a pixel."""
        if boxes:
            box = self.draw.choice(boxes)
            box["x2"] += -0.5 if box["x2"] - box["x1"] > 4 and self.draw.random() < 0.9 else 0.0
        return boxes


def start_training(owner: Labeller) -> int:
    """Returns the id of the run once it is worked on."""
    config = {"config": {"max_seconds": 3600}}
    answer = owner.api.post(f"/api/projects/{owner.project}/train", json=config, timeout=600)
    answer.raise_for_status()
    job = int(answer.json()["id"])
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        state = owner.api.get(f"/api/jobs/{job}").json()
        if state["state"] == "running":
            return job
        if state["state"] != "queued":
            sys.exit(f"the run ended before the measurement began: {state['message']}")
        time.sleep(0.5)
    sys.exit("the run did not begin within five minutes")


def stop_work(workspace: Path) -> None:
    """Cancel what is left to do, such as the predictions after a run, so that no worker outlives the measurement."""
    with Store(Workspace(workspace)) as store:
        deadline = time.monotonic() + 120
        while not store.jobs.idle() and time.monotonic() < deadline:
            for job in store.jobs.list():
                if job.state in (RunState.QUEUED, RunState.RUNNING):
                    with contextlib.suppress(IllegalTransition):  # it has just ended
                        store.jobs.request_cancel(job.id)
            store.jobs.interrupt_stale()
            time.sleep(0.5)


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "max": round(ordered[-1], 1),
    }


def measure(images: int, boxes: int, saves: int, kept: Path | None = None) -> dict[str, Any]:
    """Figures of one measurement; see the head of this file.

    Args:
        kept: folder of a workspace to use, made where there is none; None makes one for this time.
    """
    with tempfile.TemporaryDirectory() as folder:
        workspace, users = kept or Path(folder) / "workspace", Path(folder) / "users"
        if large_workspace.is_there(workspace):
            made = large_workspace.opened(workspace)
        else:
            made = large_workspace.make(workspace, images, boxes)
        names = [f"labeller {number}" for number in range(LABELLERS)]
        for name in names:
            add_user(users, name, PASSWORD)
        with server(workspace, users) as address:
            first = httpx.Client(base_url=address)
            first.post("/login", data={"name": names[0], "password": PASSWORD})
            page: dict[str, str | int] = {"state": "in_progress", "limit": min(1000, images)}
            found = first.get(f"/api/projects/{made.project}/images", params=page, timeout=120).json()["items"]
            ids = [image["id"] for image in found if image["boxes"]]
            people = [
                Labeller(address, name, made.project, ids[number::LABELLERS]) for number, name in enumerate(names)
            ]
            job = start_training(people[0])
            start = time.monotonic()
            with ThreadPoolExecutor(LABELLERS) as pool:
                list(pool.map(lambda person: person.label(saves // LABELLERS), people))
            seconds = time.monotonic() - start
            ended = people[0].api.get(f"/api/jobs/{job}").json()
        stop_work(workspace)
        took = {what: [ms for one in people for ms in one.took[what]] for what in ("save", "image", "pulse", "project")}
        errors = [error for one in people for error in one.errors]
    return {
        "images": made.images,
        "boxes": made.boxes,
        "labellers": LABELLERS,
        "saves": len(took["save"]),
        **{f"{what}_ms": summary(values) for what, values in took.items()},
        "errors": len(errors),
        "first_errors": errors[:3],
        "seconds": round(seconds),
        "load_of_the_machine": round(os.getloadavg()[0], 1),  # beside it, other work makes every figure worse
        "run_after_the_last_save": {"state": ended["state"], "message": ended["message"]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--workspace", type=Path, help="folder of a workspace that is kept")
    options = parser.parse_args()
    print(json.dumps(measure(options.images, options.boxes, options.saves, options.workspace), indent=2))


if __name__ == "__main__":
    main()

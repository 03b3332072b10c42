"""Boxloop as a person has it: a workspace with a data set in it, a server, and workers that the server starts."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from benchmarks.command_line import ROOT, boxloop
from benchmarks.save_latency import free_port
from detector.runs import JobKind, RunState
from gui.waiting import somebody_waits
from storage.records import Job
from storage.store import Store
from storage.workspace import Workspace

PROJECT = "Benchmark"
LONGEST_WAIT = 3600.0  # seconds, for anything
ASK_SECONDS = 0.1


class Desk:
    """A server on a workspace, and the workspace's stores to watch it by.

    Args:
        root: of the workspace, with a project PROJECT in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        port = free_port()
        place = ["--workspace", str(self.root), "--port", str(port)]
        with self.root.with_suffix(".server.log").open("ab") as log:
            command = [sys.executable, "launch.py", "serve", "--no-browser", *place]
            self._server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        until(self._answers, "the server to answer")
        self.store = Store(Workspace(self.root))
        found = self.store.projects.find(PROJECT)
        assert found is not None
        self.project = found.id
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing of ours goes on: what waits is cancelled, the workers and the server are ended."""
        for job in self.store.jobs.list(limit=200):
            if not job.state.is_finished:
                self.store.jobs.request_cancel(job.id)
        workers = self.workers()
        for process in workers:
            process.terminate()
        assert self._server is not None
        self._server.terminate()
        self._server.wait(60)
        _, left = psutil.wait_procs(workers, timeout=60)
        for process in left:
            process.kill()
        self.store.close()
        self.api.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.post(path, json=body).raise_for_status().json()
        return answer

    def get(self, path: str) -> Any:
        return self.api.get(path).raise_for_status().json()

    def train(self, config: dict[str, Any]) -> int:
        """Press Train; the job's id."""
        return int(self.post(f"/api/projects/{self.project}/train", {"config": config})["id"])

    def wait(self, job_id: int) -> Job:
        """Follow a job to its end."""
        until(lambda: self.store.jobs.get(job_id).state.is_finished, f"job {job_id} to end")
        return self.store.jobs.get(job_id)

    def wait_for_predictions(self, job_id: int) -> Job:
        """The predict job that follows a run, once it has ended."""

        def found() -> Job | None:
            jobs = self.store.jobs.list(self.project, JobKind.PREDICT)
            return next((job for job in jobs if job.id > job_id and job.state.is_finished), None)

        job: Job = until(found, "predictions of the new model")
        return job

    def build_features(self, most: float = LONGEST_WAIT) -> float:
        """Leave the project open until its features are built, as a person who labels does. Seconds that it took.

        Args:
            most: seconds, after which they are left as they are.
        """
        began = time.monotonic()

        def built() -> bool:
            if time.monotonic() - began >= most:
                return True
            self.get(f"/api/pulse?project={self.project}")  # a page that is open
            jobs = self.store.jobs.list(self.project, JobKind.FEATURES, limit=1)
            if jobs and jobs[0].state is RunState.FAILED:
                raise RuntimeError(f"building features failed: {jobs[0].message}")
            today = self.store.images.standing(self.project)
            known = jobs[0].params["standing"]["done"] == today.done if jobs else False
            return known and jobs[0].state is RunState.SUCCEEDED

        until(built, "features to be built in the background", ask=0.5)
        return time.monotonic() - began

    def open_train_page(self) -> None:
        """Look at what Train would do, and wait until a worker waits for the click."""
        self.get(f"/api/projects/{self.project}/plan")
        until(self._worker_waits, "a worker that waits", ask=0.5)

    def workers(self) -> list[psutil.Process]:
        """The processes that work for this workspace."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "gui.worker" in words and str(self.root.resolve()) in words:
                found.append(process)
        return found

    def _answers(self) -> bool:
        assert self._server is not None
        if self._server.poll() is not None:
            raise RuntimeError(f"the server ended; see {self.root.with_suffix('.server.log')}")
        try:
            return self.api.get("/api/projects").status_code == 200
        except httpx.TransportError:
            return False

    def _worker_waits(self) -> bool:
        self.get(f"/api/pulse?project={self.project}")
        return self.store.jobs.idle() and somebody_waits(self.store.workspace)


def until(condition: Callable[[], Any], what: str, *, ask: float = ASK_SECONDS, seconds: float = LONGEST_WAIT) -> Any:
    """Ask again and again until the answer is true. Ends the program where it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(ask)
    sys.exit(f"waited {seconds:.0f} s in vain for {what}")


def imported(folder: Path, root: Path) -> Path:
    """A workspace at `root` into which the Pascal VOC data set in `folder` has been imported; no server has seen it."""
    boxloop(root, "import", "--project", PROJECT, "--format", "voc", str(folder))
    return root


def features_bytes(root: Path) -> int:
    """How much lies in the cache of features."""
    return sum(file.stat().st_size for file in Workspace(root).features.rglob("*") if file.is_file())


def state_seed(root: Path, seed: int) -> None:
    """Have features built for runs of this seed, as if one had been asked for before; a person's seed is always 0."""
    with Store(Workspace(root)) as store:
        project = store.projects.find(PROJECT)
        assert project is not None
        job = store.jobs.enqueue(project.id, JobKind.TRAIN, {"config": {"seed": seed}})
        store.jobs.request_cancel(job.id)


def copy_model(folder: Path, copy: Path) -> None:
    """Keep a model as it is now; the files are the same on the disk where that can be.

    Raises:
        FileExistsError: where another one was kept under this name.
    """
    copy.mkdir(parents=True)
    try:
        shutil.copytree(folder, copy, copy_function=_link, dirs_exist_ok=True)
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)

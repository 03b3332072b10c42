"""Workers are started with a plain argument list, in a session of their own, and counted until they end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.device_lookup import UNKNOWN, DeviceLookup, FoundDevice
from gui.process import WorkerLauncher
from storage.workspace import Workspace
from tests.gui.labelled_project import open_store


class Echo(WorkerLauncher):
    """Starts a short program in the place of a worker."""

    def __init__(self, workspace: Workspace, code: str) -> None:
        super().__init__(workspace)
        self.code = code

    def command(self, job_id: int | None = None) -> list[str]:
        return [sys.executable, "-c", self.code]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_store(tmp_path / "with space; $(touch x)") as store:
        yield store.workspace


def test_the_command_names_workspace_job_and_threads(workspace: Workspace) -> None:
    command = WorkerLauncher(workspace, threads=3).command(7)
    assert command[1:3] == ["-m", "gui.worker"]
    assert command[3:] == ["--workspace", str(workspace.root.resolve()), "--job", "7", "--threads", "3"]


def test_a_worker_has_a_session_of_its_own_and_prints_into_the_log_of_its_job(workspace: Workspace) -> None:
    launcher = Echo(workspace, "import os; print('session', os.getsid(0), flush=True)")
    pid = launcher.start(5)
    assert launcher.wait(30)
    assert workspace.log(5).read_text("utf-8") == f"session {pid}\n"
    assert os.getsid(0) != pid
    assert launcher.alive() == set()
    assert launcher.dead() == {pid}


def test_a_worker_that_runs_is_alive_until_it_is_asked_to_stop(workspace: Workspace) -> None:
    launcher = Echo(workspace, "import signal; signal.pause()")
    pid = launcher.start()
    assert launcher.alive() == {pid}
    assert not launcher.wait(0.01)
    launcher.terminate()
    assert launcher.wait(30)
    assert launcher.dead() == {pid}


def test_a_real_worker_without_work_ends_well(workspace: Workspace) -> None:
    launcher = WorkerLauncher(workspace)
    launcher.start()
    assert launcher.wait(120)
    assert "Traceback" not in (workspace.logs / "worker.log").read_text("utf-8")


def test_the_device_is_asked_of_a_child_process_and_kept() -> None:
    answer = """print('{"device": "cuda", "name": "Big GPU"}')"""
    lookup = DeviceLookup([sys.executable, "-c", answer])
    assert lookup.get(wait=60) == FoundDevice("cuda", "Big GPU")
    assert lookup.get() == FoundDevice("cuda", "Big GPU")


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('no json')", "print('[1]')", "print('{}')"])
def test_a_device_that_cannot_be_found_out_is_the_cpu(code: str) -> None:
    assert DeviceLookup([sys.executable, "-c", code]).get(wait=60) == UNKNOWN


def test_a_program_that_is_missing_means_the_cpu_too() -> None:
    assert DeviceLookup(["/nowhere/python"]).get(wait=60) == UNKNOWN


def test_only_the_workers_of_a_server_stay_and_they_know_whose_they_are(workspace: Workspace) -> None:
    assert "--linger" not in WorkerLauncher(workspace).command(7)
    command = WorkerLauncher(workspace, linger=300.0).command(7)
    assert command[-4:] == ["--linger", "300.0", "--server", str(os.getpid())]

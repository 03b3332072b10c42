"""Boxloop's server as a person starts it: a process of its own that tests can stop, kill and start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 90.0  # seconds; two busy cores take their time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask again and again until the answer is true; fail with `what` when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


class RunningServer:
    """One `launch.py serve` on a workspace. The log of the process is kept beside the workspace."""

    def __init__(self, workspace: Path, *options: str) -> None:
        self.workspace = workspace
        self.options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = workspace.with_suffix(".server.log")
        self.api = httpx.Client(base_url=self.url, timeout=60)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "launch.py", "serve", "--workspace", str(self.workspace), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, *self.options], cwd=ROOT, stdout=log, stderr=log)
        wait_until(
            self._answers, f"the server to answer; its log says: {self.log.read_text('utf-8', 'replace')[-2000:]}"
        )

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended: {self.log.read_text('utf-8', 'replace')[-2000:]}")
        try:
            return self.api.get("/").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it as a power cut would: no handler runs."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def workers(self) -> list[psutil.Process]:
        """The processes that work for this workspace; they have sessions of their own and outlive the server."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "gui.worker" in words and str(self.workspace.resolve()) in words:
                found.append(process)
        return found

    def close(self) -> None:
        """End the server and whatever works for it, so that the next test has the machine to itself."""
        self.stop()
        self.api.close()
        for worker in self.workers():
            worker.kill()

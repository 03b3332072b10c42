"""Starts the working process. Jobs are rows, so it may die, and whoever reads the table starts another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Lock

from storage.workspace import Workspace

SOURCES = Path(__file__).resolve().parent.parent


class WorkerLauncher:
    """Starts workers for one workspace and remembers those that it started. Threads may share it.

    Args:
        linger: seconds for which a worker stays after its last job, as long as this process lives; 0 for a command
            that shall leave nothing behind.
    """

    def __init__(self, workspace: Workspace, threads: int | None = None, linger: float = 0.0) -> None:
        self._workspace = workspace
        self._threads = threads
        self._linger = linger
        self._children: list[subprocess.Popen[bytes]] = []
        self._dead: set[int] = set()
        self._lock = Lock()

    def start(self, job_id: int | None = None) -> int:
        """Start a worker for a job, or for the oldest that is waiting. Returns its process id.

        It gets a session of its own, so that Ctrl+C in the server's terminal does not reach it: a run outlives the
        server. What it prints goes to the job's log.
        """
        self._workspace.logs.mkdir(parents=True, exist_ok=True)
        log = self._workspace.log(job_id) if job_id is not None else self._workspace.logs / "worker.log"
        with log.open("ab") as output, self._lock:
            child = subprocess.Popen(
                self.command(job_id),
                cwd=SOURCES,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._children.append(child)
            self._dead.discard(child.pid)  # the system gives numbers again
        return child.pid

    def command(self, job_id: int | None = None) -> list[str]:
        """The argument list of a worker."""
        command = [sys.executable, "-m", "gui.worker", "--workspace", str(self._workspace.root.resolve())]
        if job_id is not None:
            command += ["--job", str(job_id)]
        if self._threads is not None:
            command += ["--threads", str(self._threads)]
        if self._linger > 0:
            command += ["--linger", str(self._linger), "--server", str(os.getpid())]
        return command

    def alive(self) -> set[int]:
        """Process ids of the workers that we started and that still run."""
        self._reap()
        with self._lock:
            return {child.pid for child in self._children}

    def dead(self) -> set[int]:
        """Process ids of the workers that we started and that have ended."""
        self._reap()
        with self._lock:
            return set(self._dead)

    def terminate(self) -> None:
        """Ask the workers that we started to stop; they keep the best model and finish their rows."""
        with self._lock:
            for child in self._children:
                child.terminate()

    def wait(self, timeout: float) -> bool:
        """Wait for the workers that we started. False where one still runs after `timeout` seconds."""
        with self._lock:
            children = list(self._children)
        for child in children:
            try:
                child.wait(timeout)
            except subprocess.TimeoutExpired:
                return False
        return True

    def _reap(self) -> None:
        with self._lock:
            self._dead |= {child.pid for child in self._children if child.poll() is not None}
            self._children = [child for child in self._children if child.poll() is None]

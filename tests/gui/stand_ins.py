"""What stands in for a worker process and a device in tests of the use cases."""

from __future__ import annotations

from gui.device_lookup import DeviceLookup, FoundDevice
from gui.process import WorkerLauncher
from storage.store import Store


class Bench(WorkerLauncher):
    """Writes down which workers would be started, and starts none."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.workspace)
        self.started: list[int | None] = []
        self.pids: set[int] = set()
        self.gone: set[int] = set()

    def start(self, job_id: int | None = None) -> int:
        self.started.append(job_id)
        return 0

    def alive(self) -> set[int]:
        return self.pids

    def dead(self) -> set[int]:
        return self.gone


class OnCpu(DeviceLookup):
    def get(self, wait: float = 0.0) -> FoundDevice:
        return FoundDevice("cpu", "Test CPU, 2 cores")

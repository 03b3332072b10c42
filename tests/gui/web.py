"""The server's application on a real store, asked without a network. No worker is started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from gui.device_lookup import DeviceLookup, FoundDevice
from gui.login import Login
from gui.process import WorkerLauncher
from gui.server import create_app
from gui.services import Services
from gui.settings import Settings
from storage.store import Store
from tests.gui.labelled_project import open_store

PORT = 7860
ADDRESS = f"http://127.0.0.1:{PORT}"


class NoWorkers(WorkerLauncher):
    """Writes down which workers would be started, and starts none."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.workspace)
        self.started: list[int | None] = []

    def start(self, job_id: int | None = None) -> int:
        self.started.append(job_id)
        return 0


class OnCpu(DeviceLookup):
    def get(self, wait: float = 0.0) -> FoundDevice:
        return FoundDevice("cpu", "Test CPU, 2 cores")


def no_pages(app: FastAPI, _: Services) -> FastAPI:
    return app


@dataclass(frozen=True)
class Web:
    client: TestClient
    services: Services
    app: FastAPI

    @property
    def store(self) -> Store:
        return self.services.store


def services_on(store: Store, **settings: object) -> Services:
    chosen = Settings(workspace=store.workspace.root, port=PORT, **settings)  # type: ignore[arg-type]
    return Services(store, chosen, NoWorkers(store), OnCpu())


@contextmanager
def serving(root: Path, login: Login | None = None, **settings: object) -> Iterator[Web]:
    """Our routes behind the doors, without the pages."""
    with open_store(root) as store:
        services = services_on(store, **settings)
        app = create_app(services, port=PORT, login=login, mount=no_pages)
        with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False) as client:
            yield Web(client, services, app)

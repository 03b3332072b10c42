"""What browser tests stand on: a server on a seeded workspace and a page, one of each for a file of tests.

Without a Chromium the browser tests are skipped, each by name and with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import Seeded, open_page, seed
from tests.install_browser import find_browser

MISSING = "no Chromium on this machine: run `python -m tests.install_browser`, or name one in BOXLOOP_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_browser() is not None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"{item.name}: {MISSING}"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, Seeded]]:
    """A running server on a workspace with images, labels, models and runs, and the ids of these."""
    root = tmp_path_factory.mktemp("house") / "workspace"
    seeded = seed(root)
    running = RunningServer(root)
    running.start()
    yield running, seeded
    running.close()


@pytest.fixture
def server(house: tuple[RunningServer, Seeded]) -> RunningServer:
    return house[0]


@pytest.fixture
def seeded(house: tuple[RunningServer, Seeded]) -> Seeded:
    return house[1]


@pytest.fixture
def store(server: RunningServer) -> Iterator[Store]:
    """The stores of the server's workspace, opened beside it."""
    with Store(Workspace(server.workspace)) as opened:
        yield opened


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with open_page() as opened:
        yield opened

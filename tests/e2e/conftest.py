"""What browser tests stand on: a server on a seeded workspace and a page, one of each for a file of tests.

Without a Chromium the browser tests are skipped, each by name and with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.label_page import WAIT_MS, Fresh, LabelPage, upload_plain
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import Seeded, open_page, seed
from tests.install_browser import find_browser

expect.set_options(timeout=WAIT_MS)  # Playwright's own five seconds are short where two cores are busy

MISSING = "no Chromium on this machine: run `python -m tests.install_browser`, or name one in BOXLOOP_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine stumbles now and then: a test that failed is tried once more, and listed as rerun."""
    missing = find_browser() is None
    for item in items:
        if item.get_closest_marker("browser"):
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"{item.name}: {MISSING}"))
            else:
                item.add_marker(pytest.mark.flaky(reruns=1))


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


@pytest.fixture
def label(page: Page, server: RunningServer, seeded: Seeded) -> Iterator[LabelPage]:
    """The Label page of the seeded project, not opened yet."""
    page.set_viewport_size({"width": 1280, "height": 800})
    yield LabelPage(page, server, seeded.project)
    page.unroute_all(behavior="wait")
    page.goto("about:blank")


@pytest.fixture
def fresh(label: LabelPage) -> Fresh:
    """Makes a new project with so many plain images of 400 x 300 pixels, no class, no model."""

    def make(count: int) -> tuple[LabelPage, list[int]]:
        api = label.server.api
        known = api.get("/api/projects").json()
        made = api.post("/api/projects", json={"name": f"Fresh {len(known)}"})
        assert made.status_code == 201, made.text
        project = made.json()["id"]
        images = [upload_plain(label.server, project, number) for number in range(count)]
        return LabelPage(label.page, label.server, project), images

    return make

"""A workspace, a small labelled project in it, the use cases over it with no worker started. Or a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.services import Services
from gui.settings import Settings
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, labelled_project, open_store
from tests.gui.stand_ins import Bench, OnCpu
from tests.gui.web import Web, serving


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def services(store: Store, bench: Bench) -> Services:
    return Services(store, Settings(workspace=store.workspace.root, threads=2), bench, OnCpu())


@pytest.fixture
def made(store: Store) -> LabelledProject:
    return labelled_project(store)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path / "workspace") as opened:
        yield opened

"""What the tests of storage share: a real workspace with a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.records import Project
from storage.store import Store
from storage.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "Arbeitsplatz %20 ö")  # blanks, per cent signs and umlauts must not matter


@pytest.fixture
def store(workspace: Workspace) -> Iterator[Store]:
    with Store(workspace) as opened:
        yield opened


@pytest.fixture
def project(store: Store) -> Project:
    return store.projects.create("Blood cells")

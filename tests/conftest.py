"""What tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.datasets import folder_of
from tests.command_line import TrainedWorkspace, make_trained

# The same examples at each run, and no clock: a busy machine must not fail a test that is right.
settings.register_profile("boxloop", deadline=None, derandomize=True)
settings.load_profile("boxloop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that train come first: one that began last would leave the other processes with nothing to do."""
    long = {item.path for item in items if item.get_closest_marker("training")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedWorkspace:
    """Made once, in about half a minute; tests may read it and add to it."""
    return make_trained(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="session")
def bccd() -> Path:
    """The real blood cells; tests that need them are skipped by name where they are absent."""
    folder = folder_of("bccd")
    if not folder.is_dir():
        pytest.skip(f"the data set bccd is not at {folder}; name its parent folder in BOXLOOP_DATASETS")
    return folder

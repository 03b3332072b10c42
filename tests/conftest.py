"""What tests of several packages share."""

from __future__ import annotations

import pytest

from tests.command_line import TrainedWorkspace, make_trained


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedWorkspace:
    """Made once, in about half a minute; tests may read it and add to it."""
    return make_trained(tmp_path_factory.mktemp("trained"))

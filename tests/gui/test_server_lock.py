"""One server owns a workspace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gui import server_lock
from storage.errors import WorkspaceLocked
from storage.workspace import Workspace


def test_the_second_one_is_refused_and_told_where_the_first_one_is(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with server_lock.owned(workspace):
        server_lock.announce(workspace, "http://127.0.0.1:7860")
        with pytest.raises(WorkspaceLocked, match=r"http://127\.0\.0\.1:7860"), server_lock.owned(workspace):
            pass
        assert server_lock.address_of(workspace) == "http://127.0.0.1:7860"


def test_a_first_one_that_is_still_starting_is_told_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with (
        server_lock.owned(workspace),
        pytest.raises(WorkspaceLocked, match="just starting"),
        server_lock.owned(workspace),
    ):
        pass


def test_afterwards_the_workspace_is_free_and_says_no_address(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for _ in range(2):
        with server_lock.owned(workspace):
            server_lock.announce(workspace, "http://127.0.0.1:7860")
        assert server_lock.address_of(workspace) is None


def test_a_server_that_was_killed_leaves_the_workspace_free(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from gui import server_lock\n"
        "from storage.workspace import Workspace\n"
        "workspace = Workspace(pathlib.Path(sys.argv[1]))\n"
        "with server_lock.owned(workspace):\n"
        "    server_lock.announce(workspace, 'http://127.0.0.1:1')\n"
        "    os._exit(9)\n"
    )
    root = Path(__file__).parent.parent.parent
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, check=False).returncode == 9
    workspace = Workspace(tmp_path)
    assert server_lock.address_of(workspace) == "http://127.0.0.1:1"
    with server_lock.owned(workspace):
        pass


@pytest.mark.parametrize("content", ["", "[]", '{"address": 3}', "{"])
def test_a_damaged_note_is_no_address(tmp_path: Path, content: str) -> None:
    (tmp_path / "server.json").write_text(content)
    assert server_lock.address_of(Workspace(tmp_path)) is None


def test_a_note_left_by_a_killed_server_is_gone_before_the_next_one_has_its_address(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "server.json").write_text('{"address": "http://127.0.0.1:1", "pid": 1}')
    with server_lock.owned(workspace):
        assert server_lock.address_of(workspace) is None

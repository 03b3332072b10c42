"""One server owns a workspace: a lock that the system frees with the process, and a note of the owner's address."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from storage.errors import WorkspaceLocked
from storage.workspace import Workspace


@contextmanager
def owned(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace for one server.

    Raises:
        WorkspaceLocked: another server holds it; the text names that server's address.
    """
    workspace.create()
    lock = FileLock(workspace.server_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        address = address_of(workspace)
        where = f"It runs at {address}" if address else "It is just starting"
        raise WorkspaceLocked(
            f"another Boxloop server already serves {workspace.root}. {where}; open that one, or stop it first."
        ) from error
    try:
        workspace.server_file.unlink(missing_ok=True)  # what a server that was killed left behind
        yield
    finally:
        workspace.server_file.unlink(missing_ok=True)
        lock.release()


def announce(workspace: Workspace, address: str) -> None:
    """Write down where the owner of the lock listens."""
    content = {"address": address, "pid": os.getpid()}
    workspace.write(workspace.server_file, json.dumps(content).encode())


def address_of(workspace: Workspace) -> str | None:
    """Where the server that owns the workspace listens, as far as it has said so."""
    return _address_in(workspace.server_file)


def _address_in(path: Path) -> str | None:
    try:
        address = json.loads(path.read_text("utf-8"))["address"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if isinstance(address, str) else None

"""Emptying the bin of a project: the one thing that cannot be undone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from storage.activity import record
from storage.engine import Database
from storage.errors import InUse
from storage.images import forget_histograms
from storage.lookups import chunks, need_project
from storage.tables import Base, ImageRow, JobRow
from storage.workspace import Workspace, file_bytes

AT_ONCE = 200
SETTLED = 60.0  # seconds after which no upload is under way that has put its file into place but not its row
RUNNING = ("running", "cancelling")
READERS = {  # jobs that go through the pictures as they were at their beginning, and end badly without one of them
    "train": "run {} may be learning from",
    "check": "a check of the labels (job {}) may be looking at",
    "export": "an export (job {}) may be copying",
}


class Emptied(NamedTuple):
    images: int
    bytes: int  # that are free now: files that another project uses stay


def empty_bin(
    database: Database, project_id: int, author: str = "", tell: Callable[[int], None] = lambda done: None
) -> Emptied:
    """Remove what lies in the bin for good: rows with boxes and history, and files that no other image uses.

    Args:
        tell: called with how many images are gone, now and then.

    Raises:
        NotFound: there is no such project.
        InUse: a job of the project is at work, and may be reading these very images.
    """
    removed = freed = 0
    while True:
        with database.transaction() as connection:
            need_project(connection, project_id)
            _must_rest(connection, project_id)
            binned = (ImageRow.project_id == project_id, ImageRow.deleted_at.is_not(None))
            query = select(ImageRow.id, ImageRow.sha256).where(*binned)
            rows = connection.execute(query.order_by(ImageRow.id).limit(AT_ONCE)).all()
            if not rows:
                if removed:
                    told = {"images": removed, "bytes": freed}
                    record(connection, project_id, "bin_emptied", author, told)
                    forget_histograms(connection, project_id)
                return Emptied(removed, freed)
            _remove(connection, [row.id for row in rows])
        freed += _free(database, [row.sha256 for row in rows])
        removed += len(rows)
        tell(removed)


def _must_rest(connection: Connection, project_id: int) -> None:
    at_work = (JobRow.project_id == project_id, JobRow.kind.in_(READERS), JobRow.state.in_(RUNNING))
    if (job := connection.execute(select(JobRow.id, JobRow.kind).where(*at_work)).first()) is not None:
        what = READERS[job.kind].format(job.id)
        raise InUse(f"{what} these images; empty the bin when it has ended, or stop it first")


def _remove(connection: Connection, image_ids: list[int]) -> None:
    """The rows of images, those that point at them first, whatever tables there are."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is ImageRow.__table__.c.id:
                connection.execute(delete(table).where(key.parent.in_(image_ids)))
    connection.execute(delete(ImageRow).where(ImageRow.id.in_(image_ids)))


def _free(database: Database, digests: list[str]) -> int:
    """Remove the files of pictures that no image has any more, while nobody can add one. Returns how many bytes."""
    freed = 0
    with database.transaction() as connection:
        for part in chunks(digests):
            used = set(connection.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(part))))
            for digest in part:
                if digest not in used:
                    freed += _unlink(database.workspace, digest)
    return freed


def _unlink(workspace: Workspace, digest: str) -> int:
    freed = 0
    files: list[Path | None] = [workspace.original(digest), workspace.thumb(digest), workspace.find_view(digest)]
    for path in files:
        if path is None:
            continue
        try:
            young = time.time() - path.stat().st_mtime < SETTLED
            size = file_bytes(path)
            if not young:
                path.unlink()
                freed += size
        except OSError:
            continue  # not there, or held open on Windows: it takes room, nothing else
    return freed

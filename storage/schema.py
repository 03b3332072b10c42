"""Brings a database to the schema of this version: backup first, then all migrations in one transaction."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from storage.errors import SchemaTooNew, StorageError
from storage.workspace import Workspace

BUSY_SECONDS = 60.0  # how long to wait while another process migrates
KEPT_BACKUPS = 5
VERSION_TABLE = "alembic_version"
MIGRATIONS = "storage:migrations"  # inside the package, however it is installed
DriverError = sqlite3.Error

_one_at_a_time = threading.Lock()  # Alembic keeps the running migration in a module of its own


def upgrade(workspace: Workspace, migrations: str = MIGRATIONS) -> None:
    """Bring the database of a workspace to the newest schema, or make it.

    The version is read and the migrations run in one write transaction: a crash leaves the old schema, and of
    several processes one migrates while the others wait. A database with data is copied to backups/ before.

    Args:
        workspace: whose folders exist.
        migrations: where Alembic finds the migrations.

    Raises:
        SchemaTooNew: a newer Boxloop wrote it.
        StorageError: it holds tables that are not ours.
    """
    with _one_at_a_time:
        _use_write_ahead_log(workspace.database)
        if _stands_at(workspace.database, _newest(_config(None, migrations))):
            return  # the usual case: whoever writes just now need not be waited for
        with _exclusive(workspace.database) as connection:
            config = _config(connection, migrations)
            found, newest = _version(connection), _newest(config)
            if found == newest:
                return
            if found is not None:
                _must_know(config, found, workspace)
                back_up(workspace, f"before-{newest}-from-{found}")
            elif inspect(connection).get_table_names():
                raise StorageError(f"{workspace.database} is not a Boxloop database; choose another folder")
            command.upgrade(config, "head")
            if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                raise StorageError(f"{workspace.database} could not be upgraded: rows point at rows that are missing")


def newest_version() -> str:
    """The schema that this version of Boxloop writes."""
    return _newest(_config(None, MIGRATIONS))


def back_up(workspace: Workspace, label: str) -> Path:
    """Copy the database by SQLite's backup API, which is safe while others use it; the oldest copies are dropped.

    Returns:
        The copy in backups/.
    """
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    copy = workspace.backups / f"boxloop-{moment}-{label}.sqlite3"
    beside = workspace.temporary(".sqlite3")
    try:
        with closing(sqlite3.connect(workspace.database)) as source, closing(sqlite3.connect(beside)) as target:
            source.backup(target)
        workspace.adopt(beside, copy)
    finally:
        beside.unlink(missing_ok=True)
    for old in sorted(workspace.backups.glob("boxloop-*.sqlite3"))[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return copy


def _config(connection: Connection | None, migrations: str) -> Config:
    config = Config()
    config.set_main_option("script_location", migrations.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _newest(config: Config) -> str:
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None
    return head


def _stands_at(path: Path, version: str) -> bool:
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchall()
        query = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608
        return bool(tables) and connection.execute(query).fetchall() == [(version,)]


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return version


def _must_know(config: Config, version: str, workspace: Workspace) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version not in known:
        raise SchemaTooNew(
            f"{workspace.database} was written by a newer Boxloop (schema {version}, this one knows up to "
            f"{_newest(config)}); install the newer version, or use another workspace"
        )


def _use_write_ahead_log(path: Path) -> None:
    """Switch to WAL for good. The busy handler does not cover this switch, so that we wait ourselves."""
    deadline = time.monotonic() + BUSY_SECONDS
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@contextmanager
def _exclusive(path: Path) -> Iterator[Connection]:
    """A write transaction without foreign keys, which would forbid a migration to rebuild a table."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()

"""The database of a workspace: how it is opened, and what a transaction is.

SQLite in WAL mode with synchronous FULL: what was committed outlives a power cut, and readers never wait for the
writer. Write transactions begin IMMEDIATE, so that what they read first is still true when they write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from storage import schema
from storage.beside import Beside
from storage.errors import DatabaseBusy, DiskFull, StorageError
from storage.workspace import Workspace

BUSY_SECONDS = 20.0
LONGEST_PAUSE = 0.2  # seconds between two parts of what is written in turns
LOOK_AGAIN = 0.002  # seconds between two looks whether another process has done writing
WRITES = "boxloop_writes"  # for so many seconds at most its beginning waits for other processes
BUSY = "the database has been busy for too long; try again in a moment"
Part = TypeVar("Part")


class Database:
    """An open database; may be used by many threads at once, each transaction having a connection of its own."""

    def __init__(self, engine: Engine, workspace: Workspace, busy_seconds: float = BUSY_SECONDS) -> None:
        self.engine = engine
        self.workspace = workspace
        self._busy_seconds = busy_seconds
        self._writer = threading.Lock()
        self.beside = Beside()
        self._joined = threading.local()

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that this thread does within by any store: written as a whole, or not at all.

        A step that fails is taken back by itself; whoever catches its error may go on. Keep it short, others wait.
        Raises as `transaction` does.
        """
        with self.transaction() as connection, self._joining(connection, writes=True):
            yield

    @contextmanager
    def reading_together(self) -> Iterator[None]:
        """One state of the database for all that this thread reads within by any store; nothing can be written there.

        Raises as `transaction` does.
        """
        with self.reading() as connection, self._joining(connection, writes=False):
            yield

    @contextmanager
    def _joining(self, connection: Connection, *, writes: bool) -> Iterator[None]:
        if self._shared() is not None:
            yield
            return
        self._joined.connection, self._joined.writes = connection, writes
        try:
            yield
        finally:
            self._joined.connection = None

    def _shared(self) -> Connection | None:
        """The connection of the `together` or `reading_together` that this thread is in."""
        connection: Connection | None = getattr(self._joined, "connection", None)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: commit at the end, roll back on any error. One writer at a time, others wait. See `together`.

        Raises:
            DiskFull: no room; nothing of the transaction was written.
            DatabaseBusy: another thread or process has been writing for too long.
            StorageError: the database cannot be used.
        """
        if (shared := self._shared()) is not None:
            if not self._joined.writes:
                raise RuntimeError("within reading_together the database can only be read")
            with _translated(self.workspace), shared.begin_nested():
                yield shared
            return
        with self._turn(), _translated(self.workspace), self.engine.connect() as connection:
            connection.execution_options(**{WRITES: self._busy_seconds})
            with connection.begin():
                yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write one after the other: who waits here goes on the moment it can."""
        if not self._writer.acquire(timeout=self._busy_seconds):
            raise DatabaseBusy(BUSY)
        try:
            yield
        finally:
            self._writer.release()

    def in_turns(self, parts: Iterable[Part], write: Callable[[Connection, Part], object]) -> None:
        """Write part after part, each in a transaction of its own, paced. Raises as `transaction` does."""
        for part in self.paced(parts):
            with self.transaction() as connection:
                write(connection, part)

    @staticmethod
    def paced(parts: Iterable[Part]) -> Iterator[Part]:
        """The parts, with a pause after each for as long as it took, so that others can write between them.

        Who begins anew at once is there before those who wait have noticed that it was their turn.
        """
        took = 0.0
        for part in parts:
            time.sleep(min(took, LONGEST_PAUSE))
            start = time.monotonic()
            yield part
            took = time.monotonic() - start

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent state of the database. Raises as `transaction` does."""
        if (shared := self._shared()) is not None:
            yield shared
            return
        with _translated(self.workspace), self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections; the last one of all processes folds the log into the database.

        What is being done beside (storage.beside) is waited for.
        """
        self.beside.close()
        self.engine.dispose()


def open_database(workspace: Workspace, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open the database of a workspace, make it if there is none, bring its schema up to date after a backup.

    Several processes may do so at once: one of them migrates, the others wait for it.

    Args:
        workspace: its folders are made where they are missing.
        busy_seconds: how long a transaction waits for the writer of another process.

    Raises:
        SchemaTooNew: a newer Boxloop wrote it.
        StorageError: it is not a Boxloop database, is damaged, or cannot be written.
    """
    workspace.create()
    with _translated(workspace):
        schema.upgrade(workspace)
    return Database(_new_engine(workspace, busy_seconds), workspace, busy_seconds)


def _new_engine(workspace: Workspace, busy_seconds: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(workspace.database)),
        # connections wander between the threads of the server, but never serve two at once
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
        pool_size=8,
        max_overflow=56,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions by itself: _begin does
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    seconds = connection.get_execution_options().get(WRITES)
    if seconds is None:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_writing(connection.connection.dbapi_connection, seconds)


def _begin_writing(driver: Any, seconds: float) -> None:
    """Begin as the writer. SQLite itself would sleep longer and longer between its looks, up to a tenth of a second.

    Raises the driver's error where another process writes for all these seconds.
    """
    end = time.monotonic() + seconds
    driver.execute("PRAGMA busy_timeout = 0").close()
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE").close()
                return
            except schema.DriverError as error:
                if "locked" not in str(error) or time.monotonic() >= end:
                    raise
            time.sleep(LOOK_AGAIN)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}").close()


@contextmanager
def _translated(workspace: Workspace) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, schema.DriverError) as error:
        raise _translation(error, workspace) from error


def _translation(error: Exception, workspace: Workspace) -> StorageError:
    cause = str(getattr(error, "orig", None) or error)
    if "database or disk is full" in cause:
        return DiskFull("there is no room to write; free some space and try again (what was saved before is safe)")
    if "database is locked" in cause or "QueuePool limit" in cause:
        return DatabaseBusy(BUSY)
    if "not a database" in cause or "malformed" in cause:
        return StorageError(f"{workspace.database} is damaged; a copy may lie in {workspace.backups}")
    if "disk I/O error" in cause or "unable to open" in cause or "readonly" in cause:
        return StorageError(f"cannot use {workspace.database}: {cause}; check the disk, its free room and its rights")
    return StorageError(f"the database refused this: {cause}")

"""Time as the database tells it: one clock for all processes, and moments stored as whole milliseconds (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as milliseconds since 1970 so that the database can compare and subtract it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // MILLISECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + int(value) * MILLISECOND


class DatabaseNow(FunctionElement[datetime]):
    """The present moment by the clock of the database; the same within one statement."""

    type = Moment()
    inherit_cache = True
    name = "boxloop_now"


@compiles(DatabaseNow, "sqlite")
def _now_in_sqlite(element: DatabaseNow, compiler: SQLCompiler, **_: Any) -> str:
    # 2440587.5 is the Julian day of 1970-01-01; unixepoch('subsec') needs a newer SQLite than Python 3.11 brings
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(DatabaseNow, "postgresql")
def _now_in_postgresql(element: DatabaseNow, compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def now(connection: Connection) -> datetime:
    """What time it is for the database."""
    moment: datetime = connection.execute(select(DatabaseNow())).scalar_one()
    return moment

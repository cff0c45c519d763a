"""Connections to PostgreSQL: SQLAlchemy Core on asyncpg."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def async_url(dsn: str) -> str:
    """The DSN as an operator writes it (``postgresql://...``), with the driver that the house uses."""
    return make_url(dsn).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def make_engine(dsn: str, pool_size: int = 8) -> AsyncEngine:
    """An engine with a bounded pool, twice ``pool_size`` at most: past that a request waits ten seconds for its turn.

    Connections are tested before use, so a service heals by itself after its database was away.
    """
    return create_async_engine(
        async_url(dsn),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        # Facts are read after the locks that guard them; a snapshot taken before would be older than the lock.
        isolation_level="READ COMMITTED",
        connect_args={"timeout": 5, "command_timeout": 120},
    )


async def copy_rows(
    conn: AsyncConnection, table: Table, columns: Sequence[str], records: Iterable[Sequence[Any]]
) -> None:
    """COPY in the caller's transaction: the fast way to write many rows (twenty times faster than row by row)."""
    raw = await conn.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:
        raise RuntimeError("no connection")
    await driver.copy_records_to_table(table.name, schema_name=table.schema, columns=list(columns), records=records)

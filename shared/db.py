"""Connections to PostgreSQL: SQLAlchemy Core on asyncpg."""

import time
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Table, cast, column, event, func, select, tuple_
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.arrays import array_text
from shared.faalpunten import halfway
from shared.namens import Spreker, spreker
from shared.statement import Statement, as_arrays, insert_rows

PING_AFTER_SECONDS = 1.0
FEW = 500
"""Rows for which changing roles takes longer than COPY saves."""
MANY = 10_000
"""Rows in one statement."""
LONGEST_STATEMENT = 64 * 1024
"""Characters of SQL that is read and planned once per connection. The one that writes a small message has 15,000; anew
for each, that is half of what the database does for it."""
_LEFT_ALONE = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "5min",
}
"""When the server gives up a session, and with it its locks: half a minute after the machine of its client has gone
without a word, or when its client has stood still in a transaction for longer than any of ours takes. Else those locks,
on toewijzingen or on a partition, are in the way of all other processes for hours (P8)."""


def async_url(dsn: str) -> str:
    """The DSN as an operator writes it (``postgresql://...``), with the driver that the house uses."""
    return make_url(dsn).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def make_engine(dsn: str, pool_size: int = 8, held: int = 0, *, dienst: str | None = None) -> AsyncEngine:
    """An engine with a bounded pool, twice ``pool_size`` at most: past that a request waits ten seconds for its turn.
    ``held``: how many connections besides are held for as long as the process lives, so that those leave room enough.
    ``dienst``: the service whose roles it may take on (``shared.namens``), if any.

    None is closed when the rush is over: a new one costs as much as ten messages. The one used last is used first, so
    in quiet times few are busy and have their plans at hand. Connections that are gone are replaced before use, so a
    service heals by itself after its database was away.
    """
    engine = create_async_engine(
        async_url(dsn),
        pool_size=2 * pool_size + held,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=10,
        # Facts are read after the locks that guard them; a snapshot taken before would be older than the lock.
        isolation_level="READ COMMITTED",
        connect_args={
            "timeout": 5,
            "command_timeout": 120,
            "connection_class": spreker(dienst),
            "max_cacheable_statement_size": LONGEST_STATEMENT,
            "server_settings": _LEFT_ALONE,
        },
    )
    _replace_dead_connections(engine)
    return engine


def make_reader(engine: AsyncEngine, dsn: str, pool_size: int, *, dienst: str | None = None) -> AsyncEngine:
    """A pool beside that of another engine, for work that must go on while all connections there wait for a lock. It is
    disposed of together with that one."""
    reader = make_engine(dsn, pool_size, dienst=dienst)
    event.listen(engine.sync_engine, "engine_disposed", lambda _: reader.sync_engine.dispose())
    return reader


def _replace_dead_connections(engine: AsyncEngine) -> None:
    """What the driver knows to be closed is replaced at once. Only a connection that was idle for a while is asked
    whether it still lives: to ask each time takes three round trips, as much as a small message's own statements."""

    def on_checkin(_: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def on_checkout(connection: Any, record: Any, _: Any) -> None:
        driver = connection.driver_connection
        if driver.is_closed() or driver.is_in_transaction():
            raise DisconnectionError
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) > PING_AFTER_SECONDS:
            try:
                connection.ping()
            except (engine.dialect.loaded_dbapi.Error, OSError, TimeoutError):
                raise DisconnectionError from None

    event.listen(engine.sync_engine.pool, "checkin", on_checkin)
    event.listen(engine.sync_engine.pool, "checkout", on_checkout)


def one_of(columns: Sequence[ColumnElement[Any]], keys: Collection[Sequence[Any]]) -> ColumnElement[bool]:
    """Whether a row has one of these combinations of values. Each column is one parameter, however many keys there are:
    an IN of all values is refused past 32,767 of them, and a message may be about more."""
    values = [list(one) for one in zip(*keys, strict=True)] or [[] for _ in columns]
    arrays = [cast(one, ARRAY(its.type)) for one, its in zip(values, columns, strict=True)]
    named = [column(f"sleutel{number}", its.type) for number, its in enumerate(columns)]
    asked = func.unnest(*arrays).table_valued(*named).render_derived(name="gevraagd")
    return tuple_(*columns).in_(select(*asked.c))


async def copy_rows(
    conn: AsyncConnection, table: Table, columns: Sequence[str], records: Iterable[Sequence[Any]]
) -> None:
    """Writes many rows in the caller's transaction, the fast way: COPY. PostgreSQL refuses that to whom row level
    security applies, so it is done in a role that may only add lines and cannot read; a trigger on the table sees to it
    that they are of the parties that the transaction speaks for (``shared.rijbeleid``). A few rows, and all where there
    is no such role or everyone's rows may be written, go the ordinary way."""
    raw = await conn.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:
        raise RuntimeError("no connection")
    some = iter(halfway(records))
    first = list(islice(some, FEW))
    if len(first) < FEW or not await _may_copy(driver):
        rest = chain(first, some)
        while batch := list(islice(rest, MANY)):
            await _insert(conn, table, columns, batch)
        return
    if not driver.is_in_transaction():
        # SQLAlchemy begins at the first statement of its own, and the role is that of a transaction.
        await conn.exec_driver_sql("select")
    await driver.execute(f'SET LOCAL ROLE "{driver.invoer}"')
    await driver.copy_records_to_table(
        table.name, schema_name=table.schema, columns=list(columns), records=chain(first, some)
    )
    # After a fault the transaction is over, and with it the role.
    await driver.execute("SET LOCAL ROLE NONE")


async def _may_copy(driver: Any) -> bool:
    """Whether the role is there: the administrator of a hosted server may not be able to make it."""
    if not isinstance(driver, Spreker) or driver.is_intern or driver.invoer is None:
        return False
    kind = type(driver)
    if kind.kan_invoeren is None:
        asked = "select exists (select from pg_roles where rolname = $1 and rolbypassrls)"
        kind.kan_invoeren = bool(await driver.fetchval(asked, driver.invoer))  # type: ignore[no-untyped-call]
    return kind.kan_invoeren


async def _insert(conn: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One statement, so that triggers on statements count all at once; a parameter for each column."""
    arrays = [at for at, name in enumerate(columns) if isinstance(table.c[name].type, ARRAY)]
    if arrays:
        rows = [[array_text(value) if at in arrays else value for at, value in enumerate(row)] for row in rows]
    await _inserting(table, tuple(columns)).run(conn, as_arrays(rows, columns))


@cache
def _inserting(table: Table, columns: tuple[str, ...]) -> Statement:
    return insert_rows(table, columns)

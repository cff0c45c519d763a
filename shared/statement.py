"""Statements that every message needs: written as SQLAlchemy Core, compiled once, run on the driver itself.

Building an expression anew, finding its compiled form and wrapping its rows costs ten times what the driver takes for a
small statement. They run in the transaction of the connection they are given, beside whatever SQLAlchemy does on it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from asyncpg import Connection, Record
from asyncpg.exceptions import IntegrityConstraintViolationError, InterfaceError, PostgresError
from sqlalchemy import ARRAY, ClauseElement, Insert, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy import insert as insert_into
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import TypeEngine

from shared.arrays import ArrayText, goes_as_text

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_ALONE = "AUTOCOMMIT"
_BEGIN = "select"
"""SQLAlchemy begins a transaction at the first statement of its own."""
Values = Mapping[str, Any]


class Statement:
    """One statement. ``values`` has what its ``bindparam``s are named after; of an INSERT without values, the
    ``columns``. Errors are those of SQLAlchemy: IntegrityError, else DBAPIError."""

    def __init__(self, statement: ClauseElement, columns: Iterable[str] = ()) -> None:
        if isinstance(statement, Insert):
            statement = statement.inline()  # no RETURNING but what is asked for
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
        self.sql = str(compiled)
        binds = [compiled.binds[name] for name in compiled.positiontup or ()]  # type: ignore[attr-defined]
        self._parameters = [(bind.key, bind.required, bind.value, _processor(bind.type)) for bind in binds]

    async def rows(self, conn: AsyncConnection, values: Values) -> list[Record]:
        """All rows."""
        return list(await self._run(conn, Connection.fetch, self._arguments(values)))

    async def value(self, conn: AsyncConnection, values: Values) -> Any:
        """The first value of the first row; None without rows."""
        return await self._run(conn, Connection.fetchval, self._arguments(values))

    async def run(self, conn: AsyncConnection, values: Values) -> int:
        """Runs what gives no rows; how many it touched."""
        told = await self._run(conn, Connection.execute, self._arguments(values))
        return int(told.rpartition(" ")[2])

    def _arguments(self, values: Values) -> list[Any]:
        found = []
        for name, required, own, processor in self._parameters:
            value = values[name] if required else own
            found.append(value if processor is None else processor(value))
        return found

    async def batches(self, conn: AsyncConnection, values: Values, many: int = 2_000) -> AsyncIterator[list[Record]]:
        """All rows, so many at a time: they are never in memory together. To the server it is one statement."""
        driver = await _driver(conn)
        try:
            cursor = await driver.cursor(self.sql, *self._arguments(values))
            while rows := await cursor.fetch(many):
                yield rows
        except _FAULTS as error:
            raise self._told(error) from error

    async def _run(self, conn: AsyncConnection, method: Callable[..., Any], arguments: list[Any]) -> Any:
        driver = await _driver(conn)
        try:
            return await method(driver, self.sql, *arguments)
        except _FAULTS as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> DBAPIError:
        """A fault of the driver as SQLAlchemy tells it, without the values."""
        kind = IntegrityError if isinstance(error, IntegrityConstraintViolationError) else DBAPIError
        return kind(self.sql, None, error, hide_parameters=True)


_FAULTS = (PostgresError, InterfaceError)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, as ``engine.begin()`` gives one, but begun and ended on the driver itself."""
    async with _on_the_driver(engine).connect() as conn:
        try:
            async with _raw(conn).transaction(isolation="read_committed"):
                yield conn
        except _FAULTS as error:
            raise DBAPIError("transaction", None, error, hide_parameters=True) from error


async def mark(conn: AsyncConnection) -> None:
    """Marks where its transaction stands, to which ``back_to_mark`` goes back: what follows is then as if not done."""
    await (await _driver(conn)).execute("SAVEPOINT merk")


async def back_to_mark(conn: AsyncConnection) -> None:
    """Undoes what the transaction did since."""
    await _raw(conn).execute("ROLLBACK TO SAVEPOINT merk")


def statements(engine: AsyncEngine) -> AsyncConnection:
    """A connection on which each statement is a transaction of its own: all of it is done, or nothing. ``async with``
    opens it."""
    return _on_the_driver(engine).connect()


@lru_cache(maxsize=16)
def _on_the_driver(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, with the same connections, on which SQLAlchemy leaves transactions alone."""
    return engine.execution_options(isolation_level=_ALONE)


def _raw(conn: AsyncConnection) -> Any:
    """The driver's own connection."""
    driver = conn.sync_connection.connection.driver_connection if conn.sync_connection else None
    if driver is None:
        raise RuntimeError("no connection")
    return driver


async def _driver(conn: AsyncConnection) -> Any:
    """The driver's own connection, in a transaction unless every statement is to be one of its own."""
    driver = _raw(conn)
    if not driver.is_in_transaction() and not _stand_alone(conn):
        await conn.exec_driver_sql(_BEGIN)
    return driver


def _stand_alone(conn: AsyncConnection) -> bool:
    own = conn.sync_connection
    return own is not None and own.get_execution_options().get("isolation_level") == _ALONE


def _processor(of: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value of this type goes to the driver, where that is not as it is. The driver takes lists as arrays."""
    if isinstance(of, ArrayText):
        return of.written
    if isinstance(of, ARRAY):
        return None
    return of.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def few(name: str, of: TypeEngine[Any]) -> Any:
    """A parameter that is an array, of which the planner cannot see how long it is: it makes the plan once, for ten,
    and not anew for each statement, which takes as long as running a small one."""
    sent: TypeEngine[Any] = ArrayText(of) if goes_as_text(of) else ARRAY(of)
    return cast(select(cast(bindparam(name, type_=sent), ARRAY(of))).scalar_subquery(), ARRAY(of))


def given(types: Mapping[str, TypeEngine[Any]], name: str = "gegeven", prefix: str = "", *, small: bool = False) -> Any:
    """Rows that come as one array per column, a parameter each however many rows there are: a table that a statement
    selects from, with their number in ``volgorde``. See ``as_arrays``; parameters have the names of the columns after
    the ``prefix``. ``small``: the plan need not depend on how many there are (``few``)."""
    arrays = [
        few(prefix + one, of) if small else cast(bindparam(prefix + one, type_=ARRAY(of)), ARRAY(of))
        for one, of in types.items()
    ]
    named = [column(one, of) for one, of in types.items()]
    return func.unnest(*arrays).table_valued(*named, with_ordinality="volgorde").render_derived(name=name)


def given_rows(table: Table, names: Iterable[str], prefix: str = "") -> Select[Any]:
    """The same with the columns of a table, in the order in which they are given; JSON and arrays come as text."""
    types = {one: table.c[one].type for one in names}
    rows = given(
        {one: Text() if isinstance(of, JSONB | ARRAY) else of for one, of in types.items()},
        f"{prefix}gegeven",
        prefix,
        # They are all taken, in the order in which they come: there is nothing to plan.
        small=True,
    )
    shown = (cast(rows.c[one], of) if isinstance(of, JSONB | ARRAY) else rows.c[one] for one, of in types.items())
    return select(*shown).order_by(rows.c.volgorde)


def insert_rows(table: Table, names: Sequence[str]) -> Statement:
    """INSERT of any number of rows."""
    return Statement(insert_into(table).from_select(list(names), given_rows(table, names)))


def as_arrays(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows as the parameters of ``given``."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}

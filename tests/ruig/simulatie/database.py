"""PostgreSQL as far as outbox, relay and consumer lean on it, in memory.

READ COMMITTED: each statement sees what was committed when it began, and its own transaction's changes. Rows that are
changed are locked to the end of the transaction; who wants one waits, in a circle he gets the deadlock error. A lost
connection rolls back what was under way and gives up its advisory locks. Sequences are not undone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from tests.ruig.simulatie.faults import Faults
from tests.ruig.simulatie.loop import PROCESS, Process

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half an hour before the clock is put forward."""
Key = Hashable
Row = Mapping[str, Any]
Place = tuple[str, Key]
T = TypeVar("T")


class _DriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def outage(sqlstate: str = "08006") -> DBAPIError:
    """The error of a connection that is gone, as SQLAlchemy gives it."""
    return DBAPIError("simulated", None, _DriverError(sqlstate), connection_invalidated=sqlstate.startswith("08"))


class Transaction:
    """What one session has changed and not yet committed."""

    def __init__(self, database: "Database") -> None:
        self.database = database
        self.started = database.now()
        self.writes: dict[Place, Row | None] = {}
        self.locks: list[Place] = []
        self.waits_for: Transaction | None = None
        self.open = True

    def get(self, table: str, key: Key) -> Row | None:
        """A row as this transaction sees it now."""
        place = (table, key)
        return self.writes[place] if place in self.writes else self.database.tables.get(table, {}).get(key)

    def rows(self, table: str) -> dict[Key, Row]:
        """All rows of a table as this transaction sees them now."""
        committed = self.database.tables.get(table, {})
        mine = {place[1]: row for place, row in self.writes.items() if place[0] == table}
        if not mine:
            return committed
        return {key: row for key, row in {**committed, **mine}.items() if row is not None}

    def put(self, table: str, key: Key, row: Row | None) -> None:
        """Write a row; None deletes it."""
        self.writes[(table, key)] = row

    async def lock(self, places: Iterable[Place]) -> None:
        """Take row locks in this order."""
        for place in places:
            while (holder := self.database.locks.get(place)) is not None and holder is not self:
                await self._wait(holder)
            if not self.open:
                raise outage()
            if place not in self.database.locks:
                self.database.locks[place] = self
                self.locks.append(place)

    async def _wait(self, holder: "Transaction") -> None:
        other: Transaction | None = holder
        while other is not None:
            if other is self:
                raise outage("40P01")
            other = other.waits_for
        self.waits_for = holder
        try:
            await self.database.ended(holder)
        finally:
            self.waits_for = None
        if not self.open:
            raise outage()

    def commit(self) -> None:
        """All of it at once."""
        if not self.open:
            raise outage()
        for (table, key), row in self.writes.items():
            rows = self.database.tables.setdefault(table, {})
            before = rows.get(key)
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
            self.database.committed(table, key, before, row)
        self.end()

    def end(self) -> None:
        """Give up locks, and what was not committed."""
        if not self.open:
            return
        self.open = False
        for place in self.locks:
            del self.database.locks[place]
        for waiting in self.database.waiting.pop(self, ()):
            if not waiting.done():
                waiting.set_result(None)


class Database:
    """The server of one service. `on_change` is told of each row that a commit changes."""

    def __init__(self, faults: Faults, on_change: Callable[[str, Key, Row | None, Row | None], None]) -> None:
        self.faults = faults
        self.committed = on_change
        self.tables: dict[str, dict[Key, Row]] = {}
        self.locks: dict[Place, Transaction] = {}
        self.waiting: dict[Transaction, list[asyncio.Future[None]]] = {}
        self.advisory: dict[Key, Connection] = {}
        self.sequences: dict[str, int] = {}
        self.sessions: list[Connection] = []
        self.up = True
        self.clock_offset = 0.0

    def now(self) -> datetime:
        """The clock of this server, which may be put back."""
        moment = asyncio.get_running_loop().time()
        return START + timedelta(seconds=moment + self.clock_offset)

    def next(self, sequence: str) -> int:
        """The next number; it is not given back."""
        self.sequences[sequence] = self.sequences.get(sequence, 0) + 1
        return self.sequences[sequence]

    async def ended(self, transaction: Transaction) -> None:
        """Return when a transaction is over."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(transaction, []).append(future)
        await future

    def crash(self) -> None:
        """All sessions are gone; what was committed is there."""
        self.up = False
        for session in list(self.sessions):
            session.lose()

    def lose_sessions_of(self, process: Process) -> None:
        """The server notices that a client is gone."""
        for session in list(self.sessions):
            if session.process is process:
                session.lose()


class Connection:
    """What the code under test uses of an AsyncConnection; statements come from `store`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.faults = database.faults
        self.process = PROCESS.get()
        self.transaction: Transaction | None = None
        self.alive = True
        database.sessions.append(self)

    def lose(self) -> None:
        """The session ends: on the server at once, the client finds out."""
        if not self.alive:
            return
        self.alive = False
        self.database.sessions.remove(self)
        for key in [key for key, holder in self.database.advisory.items() if holder is self]:
            del self.database.advisory[key]
        if self.transaction is not None:
            self.transaction.end()

    async def statement(
        self, work: Callable[[Transaction], T], locks: Callable[[Transaction], list[Place]] = lambda _: []
    ) -> T:
        """One statement: there, its locks, its effect at one moment, and back."""
        await self._trip()
        if self.transaction is None:
            self.transaction = Transaction(self.database)
        transaction = self.transaction
        await transaction.lock(locks(transaction))
        self._check()
        result = work(transaction)
        await self._trip()
        return result

    async def _trip(self) -> None:
        await self.process.step()
        await self.faults.pause("slow_database")
        if self.faults.strikes("connection_lost"):
            self.lose()
        self._check()

    def _check(self) -> None:
        if not self.alive or (self.transaction is not None and not self.transaction.open):
            raise outage()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["Connection"]:
        """A transaction: committed at the end, undone by an exception."""
        if self.transaction is not None and self.transaction.open and self.transaction.writes:
            raise AssertionError("a transaction within a transaction")
        self._check_alive()
        self.transaction = Transaction(self.database)
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        await self.commit()

    def _check_alive(self) -> None:
        if not self.alive:
            raise outage()

    async def commit(self) -> None:
        """Commit; when the connection is lost meanwhile, nobody knows what became of it."""
        await self._trip()
        transaction = self.transaction
        assert transaction is not None
        transaction.commit()
        self.transaction = None
        if self.faults.strikes("commit_unknown"):
            self.lose()
        await self.faults.pause("slow_database")
        self._check_alive()

    def rollback(self) -> None:
        """Undo."""
        if self.transaction is not None:
            self.transaction.end()
            self.transaction = None

    async def execution_options(self, **options: Any) -> "Connection":
        """All is READ COMMITTED here."""
        assert options.get("isolation_level") == "READ COMMITTED"
        return self

    async def invalidate(self) -> None:
        """Close the session itself."""
        self.lose()


class Engine:
    """What the code under test uses of an AsyncEngine."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """A session; what it did not commit is undone at the end."""
        await self.database.faults.pause("slow_database")
        if not self.database.up:
            raise ConnectionRefusedError("database away")
        connection = Connection(self.database)
        try:
            yield connection
        finally:
            connection.rollback()
            connection.lose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A session with a transaction."""
        async with self.connect() as connection, connection.begin():
            yield connection

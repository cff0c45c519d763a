"""A schema of its own with the tables of reception, for tests that seal the audit trail and tamper with it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.db import make_engine
from shared.exchange import spoorcontrole, verzegeling
from shared.exchange.spoorcontrole import Bevinding
from shared.exchange.tables import ExchangeTables, exchange_tables
from shared.security.audit import Zegel, seal_key
from shared.settings import Settings

KEY = seal_key(b"p" * 32, "proef")
_NUMBERS = count(1)


@dataclass(frozen=True)
class Spoor:
    """An audit trail, as the owner of the database sees it: all rights, and no key."""

    engine: AsyncEngine
    tables: ExchangeTables

    async def add(self, number: int = 1, **values: Any) -> list[int]:
        """Rows, each in a transaction of its own; their ids."""
        return [await self._add(values) for _ in range(number)]

    async def _add(self, values: Mapping[str, Any]) -> int:
        async with self.engine.begin() as conn:
            return await add_row(conn, self.tables, **values)

    async def seal(self, most: int = 3, key: bytes = KEY) -> list[Zegel]:
        """All seals that can be made now; no session of this test is in a transaction."""
        made = []
        while True:
            async with self.engine.begin() as conn:
                zegel = await verzegeling.seal(conn, self.tables, key, most)
            if zegel is None:
                return made
            made.append(zegel)

    async def check(self, anker: str | None = None) -> Bevinding:
        """What the checker finds; raises BreukError."""
        async with self.engine.connect() as conn:
            return await spoorcontrole.check(conn, self.tables, KEY, anker)

    async def run(self, sql: str, **values: Any) -> int:
        """Tampers; ``{s}`` is the schema. How many rows it touched."""
        async with self.engine.begin() as conn:
            return (await conn.execute(text(sql.format(s=self.tables.audit.schema)), values)).rowcount

    async def ids(self) -> list[int]:
        async with self.engine.connect() as conn:
            return list(await conn.scalars(select(self.tables.audit.c.id).order_by(self.tables.audit.c.id)))


async def add_row(conn: AsyncConnection, tables: ExchangeTables, **values: Any) -> int:
    """One row, in the transaction of the connection; its id."""
    row = {"wie": "mij", "partij": "gemeente:0855", "handeling": "gelezen", "uitkomst": "inhoud", **values}
    added = await conn.execute(insert(tables.audit).values(row).returning(tables.audit.c.id))
    return int(added.scalar_one())


@asynccontextmanager
async def a_trail(settings: Settings) -> AsyncIterator[Spoor]:
    """A trail without rows; gone afterwards."""
    assert settings.database_url_beheer
    schema = f"spoor_{next(_NUMBERS)}"
    metadata = MetaData(schema=schema)
    tables = exchange_tables(metadata)
    engine = make_engine(settings.database_url_beheer, 2)
    async with engine.begin() as conn:
        await conn.execute(text(f"create schema {schema}"))
        await conn.run_sync(metadata.create_all)
    try:
        yield Spoor(engine, tables)
    finally:
        async with engine.begin() as conn:
            await conn.execute(text(f"drop schema {schema} cascade"))
        await engine.dispose()

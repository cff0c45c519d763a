"""An owner and a reader as small as services can be: one table of state, one of projections."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.db import make_engine
from shared.kafka import outbox, watermark
from shared.kafka.applier import Applied
from shared.kafka.client import KafkaConfig
from shared.kafka.consumer import Consumer
from shared.kafka.envelope import Event
from shared.kafka.outbox import NewEvent
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.tables import kafka_tables
from shared.kafka.topics import PRODUCT, STARTSTOP, TOEWIJZING
from shared.settings import Settings


class Party:
    """A schema with the tables of this package, in an engine of its own."""

    service: str
    topics: tuple[str, ...]

    def __init__(self, dsn: str, config: KafkaConfig, schema: str) -> None:
        self.metadata = MetaData(schema=schema)
        self.tables = kafka_tables(self.metadata)
        self.engine: AsyncEngine = make_engine(dsn, pool_size=12)
        self.config = config
        self.staat = Table(
            "staat",
            self.metadata,
            Column("sleutel", Text, primary_key=True),
            Column("versie", BigInteger, nullable=False),
            Column("data", JSONB, nullable=False),
        )
        self.projectie = Table(
            "projectie",
            self.metadata,
            Column("topic", Text, primary_key=True),
            Column("sleutel", Text, primary_key=True),
            Column("epoch", Integer, nullable=False),
            Column("versie", BigInteger, nullable=False),
            Column("data", JSONB, nullable=False),
        )
        self.applied: list[Applied] = []
        self.poison: set[str] = set()
        self.relay = self.a_relay()
        self.consumer = self.a_consumer()
        self._running: list[asyncio.Task[None]] = []

    def a_relay(self) -> Relay:
        as_set = Verdeling(rust=Settings.model_fields["relay_rust_ms"].default / 1000)
        return Relay(self.engine, self.tables, self.service, self.config, self.republish, verdeling=as_set)

    def a_consumer(self) -> Consumer:
        handlers = dict.fromkeys(self.topics, self.project)
        return Consumer(self.engine, self.tables, self.service, self.config, handlers, self.after, self.relay.wake)

    async def make_schema(self) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(text(f'CREATE SCHEMA "{self.metadata.schema}"'))
            await conn.run_sync(self.metadata.create_all)

    def start(self) -> None:
        self._running = [asyncio.create_task(self.relay.run()), asyncio.create_task(self.consumer.run())]

    async def stop(self) -> None:
        await asyncio.gather(self.relay.stop(), self.consumer.stop())
        await asyncio.gather(*self._running)
        await self.engine.dispose()

    async def restart_consumer(self) -> None:
        await self.stop_consumer()
        self.start_consumer()

    async def stop_consumer(self) -> None:
        await self.consumer.stop()
        await self._running.pop()

    def start_consumer(self) -> None:
        self.consumer = self.a_consumer()
        self._running.append(asyncio.create_task(self.consumer.run()))

    async def change(self, conn: AsyncConnection, sleutel: str, topic: str = TOEWIJZING, **data: Any) -> int:
        """Give the key its next version, under its row lock, and tell of it."""
        first = upsert(self.staat).values(sleutel=sleutel, versie=1, data=data)
        newer = {"versie": self.staat.c.versie + 1, "data": data}
        statement = first.on_conflict_do_update(index_elements=["sleutel"], set_=newer)
        versie = (await conn.execute(statement.returning(self.staat.c.versie))).scalar_one()
        await outbox.add(conn, self.tables, [NewEvent(topic, sleutel, "iets-gewijzigd", versie, data)])
        return int(versie)

    async def commit_change(self, sleutel: str, **data: Any) -> int:
        async with self.engine.begin() as conn:
            versie = await self.change(conn, sleutel, **data)
        self.relay.wake()
        return versie

    async def republish(self, conn: AsyncConnection) -> None:
        rows = (await conn.execute(select(self.staat).with_for_update(read=True))).all()
        events = [NewEvent(TOEWIJZING, row.sleutel, "iets-gewijzigd", row.versie, row.data) for row in rows]
        await outbox.add(conn, self.tables, events)

    async def project(self, conn: AsyncConnection, events: Sequence[Event]) -> None:
        bad = [event.sleutel for event in events if event.sleutel in self.poison]
        if bad:
            raise LookupError(bad[0])
        table = self.projectie
        rows = [
            {"topic": e.topic, "sleutel": e.sleutel, "epoch": e.epoch, "versie": e.versie, "data": e.data}
            for e in events
        ]
        statement = upsert(table).values(rows)
        new = statement.excluded
        newer = tuple_(table.c.epoch, table.c.versie) < tuple_(new.epoch, new.versie)
        changes = {"epoch": new.epoch, "versie": new.versie, "data": new.data}
        await conn.execute(
            statement.on_conflict_do_update(index_elements=["topic", "sleutel"], set_=changes, where=newer)
        )

    async def after(self, applied: Applied) -> None:
        self.applied.append(applied)

    async def state(self) -> dict[str, int]:
        """Version per key, as the owner has it."""
        async with self.engine.connect() as conn:
            rows = await conn.execute(select(self.staat.c.sleutel, self.staat.c.versie))
            return {row.sleutel: row.versie for row in rows}

    async def projection(self) -> dict[str, int]:
        """Version per key, as the reader has it."""
        async with self.engine.connect() as conn:
            rows = await conn.execute(select(self.projectie.c.sleutel, self.projectie.c.versie))
            return {row.sleutel: row.versie for row in rows}

    async def count(self, table: Table, *where: Any) -> int:
        async with self.engine.connect() as conn:
            return int(await conn.scalar(select(func.count()).select_from(table).where(*where)) or 0)


class Owner(Party):
    """Publishes as toewijzing."""

    service = "toewijzing"
    topics = (STARTSTOP,)

    async def unsent(self) -> int:
        return await self.count(self.tables.outbox, self.tables.outbox.c.verzonden.is_(None))


class Reader(Party):
    """Projects what toewijzing publishes."""

    service = "startstop"
    topics = (TOEWIJZING, PRODUCT)

    async def ask(self) -> int:
        async with self.engine.begin() as conn:
            nummer = await outbox.ask_barrier(conn, self.tables, self.service, "toewijzing")
        self.relay.wake()
        return nummer

    async def passed(self, barriere: int) -> bool:
        async with self.engine.connect() as conn:
            return await watermark.passed(conn, self.tables, "toewijzing", self.topics, barriere)

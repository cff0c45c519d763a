"""What the relay reads and writes in its service's own tables; each function is part of the caller's
transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Update, bindparam, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.envelope import Event
from shared.kafka.publisher import Ack, Partition
from shared.kafka.tables import KafkaTables

Stand = dict[Partition, tuple[int, UUID]]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the clock and at the barriers read so far, taken before the unsent rows are selected."""

    tijd: datetime
    epoch: int
    generatie: int
    echo: Mapping[str, int]

    def same_word(self, other: "Look | None") -> bool:
        """Whether a watermark of `other` already said all that matters: everything but the time."""
        mine = (self.epoch, self.generatie, self.echo)
        return other is not None and mine == (other.epoch, other.generatie, other.echo)


async def look(conn: AsyncConnection, tables: KafkaTables) -> Look:
    """The database's clock, the epoch and generation, and the highest barrier read per requester."""
    return Look(*(await conn.execute(_looking(tables))).one())


@cache
def _looking(tables: KafkaTables) -> Select[Any]:
    period, read = tables.tijdperk.c, tables.barriere_gelezen.c
    echo = select(func.coalesce(func.jsonb_object_agg(read.aanvrager, read.nummer), literal({}, JSONB)))
    return select(
        func.clock_timestamp(),
        func.coalesce(select(period.epoch).scalar_subquery(), 1),
        func.coalesce(select(period.generatie).scalar_subquery(), 1),
        echo.scalar_subquery(),
    )


async def unsent(conn: AsyncConnection, tables: KafkaTables, limit: int) -> Sequence[Row[Any]]:
    """The oldest rows that the broker has not acknowledged."""
    rows: Sequence[Row[Any]] = (await conn.execute(_unsent(tables), {"limit": limit})).all()
    return rows


@cache
def _unsent(tables: KafkaTables) -> Select[Any]:
    table = tables.outbox
    return select(table).where(table.c.verzonden.is_(None)).order_by(table.c.id).limit(bindparam("limit"))


async def unsent_extent(conn: AsyncConnection, tables: KafkaTables) -> tuple[int, int]:
    """How many rows are unsent, and the highest id among them (0 when there are none)."""
    table = tables.outbox
    statement = select(func.count(), func.coalesce(func.max(table.c.id), 0)).where(table.c.verzonden.is_(None))
    count, highest = (await conn.execute(statement)).one()
    return int(count), int(highest)


def as_event(row: Row[Any], service: str, generatie: int) -> Event:
    """The event an outbox row stands for."""
    return Event(
        topic=row.topic,
        sleutel=row.sleutel,
        soort=row.soort,
        versie=row.versie,
        data=row.data,
        epoch=row.epoch,
        event_id=row.event_id,
        generatie=generatie,
        bron=service,
        tijd=row.aangemaakt,
    )


async def mark_sent(conn: AsyncConnection, tables: KafkaTables, ids: Sequence[int]) -> None:
    """Note that the broker has acknowledged these rows."""
    await conn.execute(_marking(tables), {"ids": list(ids)})


@cache
def _marking(tables: KafkaTables) -> Update:
    table = tables.outbox
    return update(table).where(table.c.id == func.any(bindparam("ids"))).values(verzonden=func.now())


async def read_stand(conn: AsyncConnection, tables: KafkaTables) -> Stand:
    """The last acknowledged record of ours per partition."""
    rows = (await conn.execute(select(tables.relay_stand))).all()
    return {(row.topic, row.partitie): (row.offset, row.event_id) for row in rows}


async def keep_stand(conn: AsyncConnection, tables: KafkaTables, acks: Sequence[Ack]) -> None:
    """Note the last of `acks` per partition."""
    last = {ack.partition: ack for ack in acks}
    if not last:
        return
    rows = [
        {"topic": topic, "partitie": partition, "offset": ack.offset, "event_id": ack.event_id}
        for (topic, partition), ack in last.items()
    ]
    await conn.execute(_keeping(tables), rows)


@cache
def _keeping(tables: KafkaTables) -> Insert:
    statement = upsert(tables.relay_stand)
    newer = {"offset": statement.excluded.offset, "event_id": statement.excluded.event_id}
    return statement.on_conflict_do_update(index_elements=["topic", "partitie"], set_=newer)


async def next_generation(conn: AsyncConnection, tables: KafkaTables) -> int:
    """Forget what the lost broker had acknowledged; returns the number of the generation that starts."""
    await conn.execute(delete(tables.relay_stand))
    table = tables.tijdperk
    first = upsert(table).values(id=1, epoch=1, generatie=2)
    raised = first.on_conflict_do_update(index_elements=["id"], set_={"generatie": table.c.generatie + 1})
    return int((await conn.execute(raised.returning(table.c.generatie))).scalar_one())


async def followed(conn: AsyncConnection, tables: KafkaTables) -> list[str]:
    """The owners whose watermarks this service has seen."""
    return list((await conn.execute(select(tables.watermerk.c.bron).distinct())).scalars())

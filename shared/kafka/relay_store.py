"""What the relay reads and writes in its service's own tables; each function is part of the caller's
transaction."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.client import MAX_EVENT_BYTES
from shared.kafka.deel import SLOTEN, Deel
from shared.kafka.envelope import envelope
from shared.kafka.look import Look
from shared.kafka.outbox import VERVALLEN
from shared.kafka.publisher import Ack, Outgoing, Partition
from shared.kafka.tables import KafkaTables
from shared.statement import Statement, as_arrays, given_rows

log = structlog.get_logger()
MOST_BYTES = MAX_EVENT_BYTES - 64 * 1024
"""Of an envelope: beside it a record has its key, and what the broker adds."""
Row = Record | Mapping[str, Any]
GEHEEL = Deel()
Stand = dict[Partition, tuple[int, UUID]]
_STAND = ("topic", "partitie", "offset", "event_id")


async def look(conn: AsyncConnection, tables: KafkaTables) -> Look:
    """The database's clock, the epoch and generation, and the highest barrier read per requester."""
    return Look(*(await _looking(tables).rows(conn, {}))[0])


@cache
def _looking(tables: KafkaTables) -> Statement:
    period, read = tables.tijdperk.c, tables.barriere_gelezen.c
    echo = select(func.coalesce(func.jsonb_object_agg(read.aanvrager, read.nummer), literal({}, JSONB)))
    return Statement(
        select(
            func.clock_timestamp(),
            func.coalesce(select(period.epoch).scalar_subquery(), 1),
            func.coalesce(select(period.generatie).scalar_subquery(), 1),
            echo.scalar_subquery(),
        )
    )


async def unsent(conn: AsyncConnection, tables: KafkaTables, limit: int, deel: Deel = GEHEEL) -> Sequence[Row]:
    """The oldest rows of a slice that the broker has not acknowledged; `data` is JSON text."""
    return await _unsent(tables, deel.geheel).rows(conn, {"most": limit, "sloten": deel.sloten})


@cache
def _unsent(tables: KafkaTables, geheel: bool) -> Statement:
    table = tables.outbox
    columns = [column for column in table.c if column.name not in ("data", "verzonden")]
    found = select(*columns, cast(table.c.data, Text).label("data")).where(table.c.verzonden.is_(None))
    if not geheel:
        found = found.where(_in_slots(table))
    return Statement(found.order_by(table.c.id).limit(bindparam("most", type_=Integer())))


def _in_slots(table: Table) -> ColumnElement[bool]:
    slot = func.hashtext(table.c.sleutel).op("&")(SLOTEN - 1)
    return slot == func.any(bindparam("sloten", type_=ARRAY(Integer)))


async def unsent_extent(conn: AsyncConnection, tables: KafkaTables, deel: Deel = GEHEEL) -> tuple[int, int]:
    """How many rows of a slice are unsent, and the highest id among them (0 when there are none)."""
    table = tables.outbox
    statement = select(func.count(), func.coalesce(func.max(table.c.id), 0)).where(table.c.verzonden.is_(None))
    if not deel.geheel:
        statement = statement.where(_in_slots(table)).params(sloten=deel.sloten)
    count, highest = (await conn.execute(statement)).one()
    return int(count), int(highest)


def as_record(row: Row, service: str, generatie: int) -> Outgoing:
    """The record an outbox row stands for.

    One that is larger than any broker takes would hold up all that comes after it, for ever. It goes without its
    content: a reader cannot apply that, sets it aside, and trusts the key no more until a later version heals it.
    """
    sleutel, event_id = row["sleutel"], row["event_id"]
    if row["soort"] == VERVALLEN:
        return Outgoing(row["topic"], sleutel, event_id, None)
    about = event_id, row["aangemaakt"], row["epoch"], generatie
    value = envelope(sleutel, service, row["soort"], row["versie"], row["data"], *about)
    if len(value) > MOST_BYTES:
        log.error("event_too_large", service=service, topic=row["topic"], event_id=str(event_id), grootte=len(value))
        value = envelope(sleutel, service, row["soort"], row["versie"], "{}", *about)
    return Outgoing(row["topic"], sleutel, event_id, value)


async def mark_sent(conn: AsyncConnection, tables: KafkaTables, ids: Sequence[int]) -> None:
    """Note that the broker has acknowledged these rows."""
    if ids:
        await _marking(tables).run(conn, {"ids": list(ids)})


@cache
def _marking(tables: KafkaTables) -> Statement:
    table = tables.outbox
    # By id and never by range: rows become visible in between.
    these = table.c.id == func.any(bindparam("ids", type_=ARRAY(BigInteger)))
    return Statement(update(table).where(these).values(verzonden=func.now()))


async def read_stand(conn: AsyncConnection, tables: KafkaTables) -> Stand:
    """The last acknowledged record of ours per partition."""
    rows = (await conn.execute(select(tables.relay_stand))).all()
    return {(row.topic, row.partitie): (row.offset, row.event_id) for row in rows}


async def keep_stand(conn: AsyncConnection, tables: KafkaTables, acks: Sequence[Ack]) -> None:
    """Note the last of `acks` per partition, unless another slice has noted a later one."""
    last = {ack.partition: ack for ack in acks}
    if not last:
        return
    rows = [(*partition, ack.offset, ack.event_id) for partition, ack in sorted(last.items())]
    await _keeping(tables).run(conn, as_arrays(rows, _STAND))


@cache
def _keeping(tables: KafkaTables) -> Statement:
    table = tables.relay_stand
    statement = upsert(table).from_select(list(_STAND), given_rows(table, _STAND))
    new = statement.excluded
    newer = {"offset": new.offset, "event_id": new.event_id}
    later = table.c.offset < new.offset
    return Statement(statement.on_conflict_do_update(index_elements=["topic", "partitie"], set_=newer, where=later))


async def next_generation(conn: AsyncConnection, tables: KafkaTables, seen: int) -> int | None:
    """Forget what the lost broker had acknowledged; returns the number of the generation that starts, or None when
    another slice was first and it is not `seen` any more."""
    table = tables.tijdperk
    first = upsert(table).values(id=1, epoch=1, generatie=2)
    raised = first.on_conflict_do_update(
        index_elements=["id"], set_={"generatie": table.c.generatie + 1}, where=table.c.generatie == seen
    )
    generatie = await conn.scalar(raised.returning(table.c.generatie))
    if generatie is None:
        return None
    # In the order in which a relay of another slice writes them: it may be at it, and would be waited for in a circle.
    await conn.execute(delete(tables.relay_deel))
    await conn.execute(delete(tables.relay_stand))
    return int(generatie)


async def keep_word(conn: AsyncConnection, tables: KafkaTables, deel: Deel, look: Look) -> None:
    """Note what was proven for one slice; a word, once true, stays so."""
    table = tables.relay_deel
    new = {"epoch": look.epoch, "generatie": look.generatie, "tijd": look.tijd, "echo": dict(look.echo)}
    statement = upsert(table).values(deel=deel.nummer, van=deel.van, **new)
    await conn.execute(statement.on_conflict_do_update(index_elements=["deel", "van"], set_=new))


async def read_words(conn: AsyncConnection, tables: KafkaTables) -> list[tuple[Deel, Look]]:
    """What was proven for every slice there is or was."""
    rows = (await conn.execute(select(tables.relay_deel))).all()
    return [(Deel(row.deel, row.van), Look(row.tijd, row.epoch, row.generatie, row.echo)) for row in rows]


async def followed(conn: AsyncConnection, tables: KafkaTables) -> list[str]:
    """The owners whose watermarks this service has seen."""
    return list((await conn.execute(select(tables.watermerk.c.bron).distinct())).scalars())

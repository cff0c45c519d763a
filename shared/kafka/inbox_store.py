"""What the consumer keeps in its service's own tables; each function is part of the caller's transaction."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka import outbox
from shared.kafka.envelope import Barrier, Event, Watermark
from shared.kafka.publisher import Partition
from shared.kafka.received import Received
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import DLQ
from shared.statement import Statement, as_arrays, given

_MOST_KEPT_CHARACTERS = 100_000
_HEALED = ("sleutel", "epoch", "versie")


async def keep_barriers(conn: AsyncConnection, tables: KafkaTables, service: str, barriers: Sequence[Barrier]) -> bool:
    """Note the highest barrier asked of `service` per requester; returns whether there was any."""
    highest: dict[str, int] = {}
    for barrier in barriers:
        if barrier.bron == service:
            highest[barrier.aanvrager] = max(barrier.nummer, highest.get(barrier.aanvrager, 0))
    if not highest:
        return False
    table = tables.barriere_gelezen
    rows = [{"aanvrager": aanvrager, "nummer": nummer} for aanvrager, nummer in sorted(highest.items())]
    statement = upsert(table).values(rows)
    raised = {"nummer": func.greatest(table.c.nummer, statement.excluded.nummer)}
    await conn.execute(statement.on_conflict_do_update(index_elements=["aanvrager"], set_=raised))
    return True


async def keep_watermarks(
    conn: AsyncConnection,
    tables: KafkaTables,
    service: str,
    watermarks: Sequence[tuple[Watermark, Partition]],
) -> None:
    """Note the last watermark of each partition; an echo, once heard, stays true and never goes down."""
    last = {(watermark.bron, *partition): watermark for watermark, partition in watermarks}
    if not last:
        return
    table = tables.watermerk
    rows = [
        {
            "bron": bron,
            "topic": topic,
            "partitie": partition,
            "partities": watermark.partities,
            "generatie": watermark.generatie,
            "epoch": watermark.epoch,
            "tijd": watermark.tijd,
            "echo": watermark.echo.get(service, 0),
        }
        for (bron, topic, partition), watermark in sorted(last.items(), key=lambda item: item[0])
    ]
    statement = upsert(table).values(rows)
    changes: dict[str, ColumnElement[Any]] = {
        name: statement.excluded[name] for name in ("partities", "generatie", "epoch", "tijd")
    }
    changes["echo"] = func.greatest(table.c.echo, statement.excluded.echo)
    await conn.execute(statement.on_conflict_do_update(index_elements=["bron", "topic", "partitie"], set_=changes))


async def heal(conn: AsyncConnection, tables: KafkaTables, topic: str, events: Sequence[Event]) -> None:
    """A key that was set aside is whole again once its event, or a later one, has been applied."""
    rows = [(event.sleutel, event.epoch, event.versie) for event in events]
    await _healing(tables.niet_toegepast).run(conn, {"topic": topic} | as_arrays(rows, _HEALED))


@cache
def _healing(table: Table) -> Statement:
    applied = given({name: table.c[name].type for name in _HEALED}, "toegepast")
    is_later = tuple_(table.c.epoch, table.c.versie) <= tuple_(applied.c.epoch, applied.c.versie)
    of_topic = table.c.topic == bindparam("topic", type_=Text())
    return Statement(delete(table).where(of_topic, table.c.sleutel == applied.c.sleutel, is_later))


async def set_aside(
    conn: AsyncConnection, tables: KafkaTables, service: str, poison: Sequence[tuple[Received, str]]
) -> None:
    """Keep what cannot be applied: its key as not to be relied on, and the record, with the reason, for
    `wmo.dlq`.

    Through the outbox, so that it is kept in the transaction that steps over it.
    """
    for received, reason in poison:
        await _distrust(conn, tables, received, reason)
    await outbox.add(conn, tables, [_dead_letter(service, received, reason) for received, reason in poison])


async def count_unapplied(conn: AsyncConnection, tables: KafkaTables) -> int:
    """How many keys are not to be relied on."""
    return int(await conn.scalar(select(func.count()).select_from(tables.niet_toegepast)) or 0)


async def _distrust(conn: AsyncConnection, tables: KafkaTables, received: Received, reason: str) -> None:
    table = tables.niet_toegepast
    epoch, versie = _version(received)
    row = {
        "topic": received.partition[0],
        "sleutel": _text(received.sleutel),
        "epoch": epoch,
        "versie": versie,
    }
    statement = upsert(table).values(**row, reden=reason)
    later = {name: statement.excluded[name] for name in ("epoch", "versie", "reden")}
    await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["topic", "sleutel"],
            set_=later,
            where=tuple_(table.c.epoch, table.c.versie) < tuple_(statement.excluded.epoch, statement.excluded.versie),
        )
    )


def _dead_letter(service: str, received: Received, reason: str) -> outbox.NewEvent:
    topic, partition = received.partition
    place = {"topic": topic, "partitie": partition, "offset": received.offset}
    text = _text(received.waarde.decode(errors="replace"))
    data = {"service": service, **place, "reden": reason, "bericht": text}
    return outbox.NewEvent(DLQ, _text(received.sleutel), "niet-toegepast", _version(received)[1], data)


def _version(received: Received) -> tuple[int, int]:
    """(epoch, versie), zeros for a record that could not be read: any event of its key then heals it."""
    message = received.message
    return (message.epoch, message.versie) if isinstance(message, Event) else (0, 0)


def _text(text: str) -> str:
    """What PostgreSQL can keep: its text knows no NUL."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:_MOST_KEPT_CHARACTERS]

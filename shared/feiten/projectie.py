"""Projections: tables that hold the newest state of things that another service owns."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.envelope import Event


def newest(events: Sequence[Event]) -> Iterable[Event]:
    """Of each key the event with the highest version, so that one statement never touches a row twice."""
    best: dict[str, Event] = {}
    for event in events:
        known = best.get(event.sleutel)
        if known is None or (known.epoch, known.versie) < (event.epoch, event.versie):
            best[event.sleutel] = event
    return best.values()


async def upsert_newer(conn: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows that have a higher (epoch, versie) than what is there; the others change nothing (P5)."""
    if not rows:
        return
    statement = insert(table)
    offered = statement.excluded
    changed = {column.name: offered[column.name] for column in table.columns if not column.primary_key}
    statement = statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key.columns],
        set_=changed,
        where=tuple_(table.c.epoch, table.c.versie) < tuple_(offered.epoch, offered.versie),
    )
    ordered = sorted(rows, key=lambda row: [row[column.name] for column in table.primary_key.columns])
    await conn.execute(statement, ordered)

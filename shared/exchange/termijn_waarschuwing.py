"""An event before a term ends, and again when it got a later last day: on ``wmo.termijn``, for whoever listens.

What was told stands with the term itself, so that no other process and no restart tells it again.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.agenda import id_van, waarover
from shared.exchange.huis import Huis
from shared.exchange.termijnen import OMSCHRIJVINGEN, has_status
from shared.kafka import outbox, topics
from shared.kafka.outbox import NewEvent
from shared.werkdagen import plus_werkdagen, werkdagen_tussen

SOORT = "termijn-nadert"
BATCH = 500
"""Events in one transaction."""
EVERY_SECONDS = 60.0


class Waarschuwing:
    """Looks round for terms that end soon (setting ``termijn_waarschuwing``), at most once a minute in each process:
    terms are counted in days."""

    def __init__(self) -> None:
        self._next = 0.0

    async def __call__(self, huis: Huis) -> Sequence[UUID]:
        """A round; no parked message waits for it."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            while await _tell_some(huis) == BATCH:
                pass
        return ()


async def _tell_some(huis: Huis) -> int:
    """How many it told: a batch at most, in a transaction of its own."""
    async with huis.engine.begin() as conn:
        rows = await _take(conn, huis)
        events = sorted((_event(row, huis) for row in rows), key=lambda one: one.sleutel)
        await outbox.add(conn, huis.kafka, events)
    if events:
        huis.relay.wake()
    return len(rows)


async def _take(conn: AsyncConnection, huis: Huis) -> Sequence[Any]:
    """Marks terms as told. Of two processes that look at once each takes others; what a message holds at the moment
    comes with the next round."""
    table, today = huis.tables.termijn, huis.klok.today()
    c = table.c
    key = (c.regel, c.gemeente, c.aanbieder, c.sleutel)
    soon = (
        select(*key)
        .where(
            has_status(table, "open", today),
            c.uiterlijk <= plus_werkdagen(today, huis.settings.termijn_waarschuwing),
            or_(c.gewaarschuwd.is_(None), c.gewaarschuwd < c.uiterlijk),
        )
        .order_by(c.uiterlijk, *key)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    statement = update(table).where(tuple_(*key).in_(soon)).values(gewaarschuwd=c.uiterlijk)
    taken: Sequence[Any] = (await conn.execute(statement.returning(table))).all()
    return taken


def _event(row: Any, huis: Huis) -> NewEvent:
    termijn_id = str(id_van(row.regel, row.gemeente, row.aanbieder, row.sleutel))
    data = {
        "termijnId": termijn_id,
        "regel": row.regel,
        "omschrijving": OMSCHRIJVINGEN.get(row.regel, f"Termijn van {row.regel}"),
        "kenmerk": waarover(row.regel, row.sleutel),
        "gemeente": row.gemeente,
        "aanbieder": row.aanbieder or None,
        "wie": row.wie,
        "uiterlijk": row.uiterlijk,
        "werkdagenOver": werkdagen_tussen(huis.klok.today(), row.uiterlijk),
    }
    return NewEvent(topics.TERMIJN, termijn_id, SOORT, row.uiterlijk.toordinal(), data)

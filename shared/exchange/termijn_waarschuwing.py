"""An event before a term ends, and again when it got a later last day: on ``wmo.termijn``, for whoever listens.

What was told stands in the table of versions, so that no other process and no restart tells it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.agenda import id_van, waarover
from shared.exchange.huis import Huis
from shared.exchange.termijnen import OMSCHRIJVINGEN, has_status
from shared.kafka import outbox, topics
from shared.kafka.outbox import NewEvent
from shared.werkdagen import plus_werkdagen, werkdagen_tussen

SOORT = "termijn-nadert"
BATCH = 500
"""Events in one transaction; the rest comes with the next round."""


@dataclass(frozen=True)
class Waarschuwing:
    """Looks round for terms that end soon (setting ``termijn_waarschuwing``); ``versies``: the service's table."""

    versies: Table

    async def __call__(self, huis: Huis) -> Sequence[UUID]:
        """A round; no parked message waits for it."""
        async with huis.engine.begin() as conn:
            events = [_event(row, huis) for row in await self._untold(conn, huis)]
            events = await self._take(conn, events)
            await outbox.add(conn, huis.kafka, events)
        if events:
            huis.relay.wake()
        return ()

    async def _untold(self, conn: AsyncConnection, huis: Huis) -> Sequence[Any]:
        table, today = huis.tables.termijn, huis.klok.today()
        until = plus_werkdagen(today, huis.settings.termijn_waarschuwing)
        statement = select(table).where(has_status(table, "open", today), table.c.uiterlijk <= until)
        found = (await conn.execute(statement.order_by(table.c.uiterlijk, table.c.regel, table.c.sleutel))).all()
        keys = {str(_id(row)): row for row in found}
        v = self.versies.c
        told = select(v.sleutel, v.nummer).where(v.topic == topics.TERMIJN, v.sleutel.in_(keys))
        known = {row.sleutel: row.nummer for row in await conn.execute(told)}
        return [row for key, row in keys.items() if known.get(key, 0) < row.uiterlijk.toordinal()][:BATCH]

    async def _take(self, conn: AsyncConnection, events: Sequence[NewEvent]) -> list[NewEvent]:
        """Of two processes that find the same the second waits here, and then has nothing left to tell."""
        taken = []
        for event in sorted(events, key=lambda one: one.sleutel):
            statement = insert(self.versies).values(topic=event.topic, sleutel=event.sleutel, nummer=event.versie)
            statement = statement.on_conflict_do_update(
                index_elements=["topic", "sleutel"],
                set_={"nummer": statement.excluded.nummer},
                where=self.versies.c.nummer < statement.excluded.nummer,
            )
            if await conn.scalar(statement.returning(self.versies.c.nummer)) is not None:
                taken.append(event)
        return taken


def _id(row: Any) -> UUID:
    return id_van(row.regel, row.gemeente, row.aanbieder, row.sleutel)


def _event(row: Any, huis: Huis) -> NewEvent:
    data = {
        "termijnId": str(_id(row)),
        "regel": row.regel,
        "omschrijving": OMSCHRIJVINGEN.get(row.regel, f"Termijn van {row.regel}"),
        "kenmerk": waarover(row.regel, row.sleutel),
        "gemeente": row.gemeente,
        "aanbieder": row.aanbieder or None,
        "wie": row.wie,
        "uiterlijk": row.uiterlijk,
        "werkdagenOver": werkdagen_tussen(huis.klok.today(), row.uiterlijk),
    }
    return NewEvent(topics.TERMIJN, str(_id(row)), SOORT, row.uiterlijk.toordinal(), data)

"""The mandates that parties gave at this service (decision 0033). The file of the operator: ``security.machtiging``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Text, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.exchange.tables import ExchangeTables
from shared.namens import intern
from shared.problems import BotsingError
from shared.security.machtiging import Machtiging
from shared.security.partij import Partij


@dataclass(frozen=True)
class Register:
    """Who may act for whom, asked of the database each time: what was ended holds for no next request, at whatever
    process it comes in."""

    engine: AsyncEngine
    tables: ExchangeTables

    async def partijen(self, oins: frozenset[str], dag: date) -> frozenset[Partij]:
        """The parties that gave a mandate to one of these organisations, and for this day."""
        table = self.tables.machtiging
        given = select(table.c.partij).where(
            table.c.oin.in_(oins), table.c.beeindigd.is_(None), _overlaps(self.tables, dag, dag)
        )
        # For whom the caller speaks is what is asked here, so nobody's rows are his yet.
        with intern():
            async with self.engine.connect() as conn:
                return frozenset(map(Partij.parse, (await conn.scalars(given)).all()))


async def give(conn: AsyncConnection, tables: ExchangeTables, given: Machtiging, now: datetime) -> UUID:
    """Writes a mandate down; BotsingError when the organisation has one for some of these days."""
    table = tables.machtiging
    # Two at once for the same two: the second sees the first.
    key = literal(f"machtiging {given.partij} {given.oin}", Text())
    await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    there = select(table.c.id).where(
        table.c.partij == str(given.partij),
        table.c.oin == given.oin,
        table.c.beeindigd.is_(None),
        _overlaps(tables, given.van, given.tot),
    )
    if await conn.scalar(there.limit(1)) is not None:
        raise BotsingError("Deze organisatie is voor een deel van deze dagen al gemachtigd")
    made = uuid4()
    await conn.execute(
        insert(table).values(
            id=made,
            partij=str(given.partij),
            oin=given.oin,
            begindatum=given.van,
            einddatum=given.tot,
            gegeven=now,
        )
    )
    return made


async def end(conn: AsyncConnection, tables: ExchangeTables, machtiging_id: UUID, now: datetime) -> None:
    """Ends a mandate from now on; one that was ended stays as it was."""
    table = tables.machtiging
    await conn.execute(
        update(table).where(table.c.id == machtiging_id, table.c.beeindigd.is_(None)).values(beeindigd=now)
    )


async def read(
    conn: AsyncConnection, tables: ExchangeTables, machtiging_id: UUID, partijen: Collection[str]
) -> Row[Any] | None:
    """A mandate of one of these parties."""
    table = tables.machtiging
    found = select(table).where(table.c.id == machtiging_id, table.c.partij.in_(partijen))
    return (await conn.execute(found)).one_or_none()


async def page(
    conn: AsyncConnection, tables: ExchangeTables, partijen: Collection[str], before: int | None, limiet: int
) -> Sequence[Row[Any]]:
    """So many mandates of these parties, newest first."""
    table = tables.machtiging
    found = select(table).where(table.c.partij.in_(partijen)).order_by(table.c.volgnummer.desc()).limit(limiet)
    if before is not None:
        found = found.where(table.c.volgnummer < before)
    return (await conn.execute(found)).all()


def _overlaps(tables: ExchangeTables, van: date, tot: date | None) -> ColumnElement[bool]:
    """Which mandates hold on one of these days."""
    c = tables.machtiging.c
    ends_later = or_(c.einddatum.is_(None), c.einddatum >= van)
    return ends_later if tot is None else ends_later & (c.begindatum <= tot)

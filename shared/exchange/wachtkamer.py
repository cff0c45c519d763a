"""The waiting room: parked messages are judged again when what they wait for has come (P4)."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.exc import DBAPIError

from shared.exchange.dienst import GEPARKEERD
from shared.exchange.huis import Huis
from shared.exchange.verwerking import reconsider
from shared.kafka import watermark

BATCH = 200
log = structlog.get_logger()


async def after_events(huis: Huis, keys: Collection[str]) -> None:
    """Judges again what waits for these keys, and what waits for a barrier that has come back."""
    if huis.dienst.bron is None:
        return
    tried: set[UUID] = set()
    while candidates := [one for one in await _candidates(huis, keys) if one not in tried]:
        tried.update(candidates)
        for bericht_id in candidates:
            try:
                await reconsider(huis, bericht_id)
            except DBAPIError:
                # It stays parked and comes by again at the next event or watermark; nothing of it was written.
                log.warning("reconsider_failed", bericht_id=str(bericht_id), exc_info=True)


async def _candidates(huis: Huis, keys: Collection[str]) -> list[UUID]:
    table = huis.tables.bericht
    async with huis.engine.connect() as conn:
        echo = await watermark.lowest_echo(conn, huis.kafka, huis.dienst.bron or "", huis.bron_topics)
        due = table.c.wacht_nummer <= (echo if echo is not None else -1)
        statement = (
            select(table.c.id)
            .where(table.c.status == GEPARKEERD, or_(due, table.c.wacht_sleutels.overlap(list(keys))))
            .order_by(table.c.volgnummer)
            .limit(BATCH)
        )
        return list((await conn.execute(statement)).scalars())


async def wait_for_verdict(huis: Huis, bericht_id: UUID, seconds: float) -> None:
    """Returns when the message has its verdict, or when the time is up (Prefer: wait).

    Another replica may be the one that judges, so besides the event of this process the table is looked at.
    """
    event = huis.wachtenden.setdefault(bericht_id, asyncio.Event())
    deadline = asyncio.get_running_loop().time() + seconds
    table = huis.tables.bericht
    try:
        while (left := deadline - asyncio.get_running_loop().time()) > 0 and not event.is_set():
            async with huis.engine.connect() as conn:
                status = await conn.scalar(select(table.c.status).where(table.c.id == bericht_id))
            if status != GEPARKEERD:
                return
            try:
                await asyncio.wait_for(event.wait(), min(left, 0.5))
            except TimeoutError:
                continue
    finally:
        if huis.wachtenden.get(bericht_id) is event:
            del huis.wachtenden[bericht_id]


async def measure(huis: Huis) -> None:
    """How many wait, and how long the oldest has (alarm: two working days, P3)."""
    table = huis.tables.bericht
    async with huis.engine.connect() as conn:
        statement = select(func.count(), func.min(table.c.ontvangen)).where(table.c.status == GEPARKEERD)
        count, oldest = (await conn.execute(statement)).one()
    huis.meters.geparkeerd.labels(huis.service).set(count)
    age = (huis.klok.now() - oldest).total_seconds() if oldest else 0.0
    huis.meters.oudste_geparkeerd.labels(huis.service).set(age)

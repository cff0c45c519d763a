"""The clock on the gemeente's hand: an alarm before the answer goes out, and the answer when its day has come."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.hand import TE_BESLISSEN
from services.declaratie.tables import EXCHANGE, HANDMATIG
from shared.exchange.dienst import GEPARKEERD
from shared.exchange.huis import Huis
from shared.werkdagen import plus_werkdagen

BATCH = 200
log = structlog.get_logger()
_TABLE, _BERICHT = HANDMATIG.declaratie, EXCHANGE.bericht


async def due(huis: Huis) -> Sequence[UUID]:
    """Declarations that wait for their gemeente no longer: every line is decided, or the day of the answer has come.
    On the way it tells of those whose day comes near."""
    today = huis.klok.today()
    near = _TABLE.c.beslissen_tot <= plus_werkdagen(today, huis.settings.handmatig_alarm)
    async with huis.engine.begin() as conn:
        alarmed = await _mark(conn, and_(_TABLE.c.alarm.is_(None), near), {"alarm": huis.klok.now()})
        over = and_(~_TABLE.c.gesloten, _TABLE.c.beslissen_tot < today)
        closed = await _mark(conn, over, {"gesloten": True})
        huis.meters.handmatig.labels(huis.service).set(await _count(conn))
        huis.meters.handmatig_alarm.labels(huis.service).set(await _count(conn, near, undecided()))
        ready = await _ready(conn)
    for bericht_id in alarmed:
        log.warning("handmatig_termijn_nadert", service=huis.service, bericht_id=str(bericht_id))
    for bericht_id in closed:
        log.warning("handmatig_zonder_besluit", service=huis.service, bericht_id=str(bericht_id))
    return ready


def undecided() -> ColumnElement[bool]:
    """Whether a declaration has a line that is not decided."""
    line = HANDMATIG.regel.c
    return exists().where(line.bericht_id == _TABLE.c.bericht_id, line.status == TE_BESLISSEN)


def waits() -> ColumnElement[bool]:
    """Whether a declaration is not answered yet."""
    return exists().where(_BERICHT.c.id == _TABLE.c.bericht_id, _BERICHT.c.status == GEPARKEERD)


async def _mark(conn: AsyncConnection, which: ColumnElement[bool], values: dict[str, Any]) -> Sequence[UUID]:
    """Marks what has undecided lines, once however many replicas look; what was marked."""
    statement = update(_TABLE).where(which, waits(), undecided()).values(values).returning(_TABLE.c.bericht_id)
    return (await conn.scalars(statement)).all()


async def _count(conn: AsyncConnection, *which: ColumnElement[bool]) -> int:
    """How many declarations of this kind wait."""
    return int(await conn.scalar(select(func.count()).select_from(_TABLE).where(waits(), *which)) or 0)


async def _ready(conn: AsyncConnection) -> Sequence[UUID]:
    """What waits for facts of another service besides comes by itself."""
    statement = (
        select(_TABLE.c.bericht_id)
        .join(_BERICHT, _BERICHT.c.id == _TABLE.c.bericht_id)
        .where(_BERICHT.c.status == GEPARKEERD, _BERICHT.c.wacht_nummer.is_(None), or_(_TABLE.c.gesloten, ~undecided()))
        .order_by(_TABLE.c.id)
        .limit(BATCH)
    )
    return (await conn.scalars(statement)).all()

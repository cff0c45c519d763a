"""The terms of the seeds that no message moves by itself: a day that passes, and starts, which come too often to make
each of them write more (``stilstand``)."""

import time
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import bewaking, stilstand, te_bezien
from services.startstop.aanleveringen import on_toewijzingen
from services.startstop.tables import AANLEVERING, EVALUATIE, EXCHANGE, TOEWIJZING
from services.startstop.te_bezien import Sleutel
from services.startstop.termijnen import START_VERWACHT
from shared.db import one_of
from shared.exchange.huis import Huis
from shared.exchange.termijnen import open_termijnen
from shared.feiten import toewijzing_tabel

BATCH = 500
EVERY_SECONDS = 60.0
LONGEST_AGO = timedelta(days=365)
"""What ended longer before the node began to look at it is not asked for any more."""
TERMIJN = EXCHANGE.termijn


class Stilstandronde:
    """Looks round, at most once a minute in each process: terms are counted in days."""

    def __init__(self) -> None:
        self._next = 0.0

    async def __call__(self, huis: Huis) -> Sequence[UUID]:
        """A round; no parked message waits for it."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            await look_round(huis)
        return ()


async def look_round(huis: Huis) -> None:
    """All that there is to look at, so many at a time: a message on one of them waits no longer than that takes."""
    today = huis.klok.today()
    async with huis.engine.begin() as conn:
        await te_bezien.mark_ended(conn, today, today - LONGEST_AGO)
        await te_bezien.mark_evaluated(conn)
    for step in (look_again, close_begun):
        more = True
        while more:
            async with huis.engine.begin() as conn:
                more = await step(conn, today)


async def look_again(conn: AsyncConnection, vandaag: date) -> bool:
    """Standing still and the evaluatie, of what was marked; whether there may be more."""
    keys = await te_bezien.first(conn, BATCH)
    if keys:
        await _hold(conn, keys)
        await te_bezien.forget(conn, keys)
        await settle(conn, keys, vandaag)
    return len(keys) == BATCH


async def settle(conn: AsyncConnection, keys: Collection[Sleutel], vandaag: date) -> None:
    """The terms of standing still and of the evaluatie of toewijzingen that the transaction holds."""
    terms = bewaking.Terms()
    for gemeente in sorted({gemeente for gemeente, _ in keys}):
        nummers = [nummer for own, nummer in keys if own == gemeente]
        toewijzingen = await toewijzing_tabel.read(conn, TOEWIJZING, gemeente, nummers)
        gemeld = await on_toewijzingen(conn, gemeente, nummers)
        geevalueerd = await _geevalueerd(conn, gemeente, nummers)
        for nummer, toewijzing in toewijzingen.items():
            held = [one for one in gemeld if one.start.nummer == nummer and not one.teruggenomen]
            proces = stilstand.termijnen(toewijzing, held, geevalueerd.get(nummer), vandaag)
            terms.opened += proces.opened
            terms.gone |= proces.gone
    await bewaking.remove(conn, terms)
    await open_termijnen(conn, TERMIJN, terms.opened)


async def _geevalueerd(conn: AsyncConnection, gemeente: str, nummers: Collection[int]) -> dict[int, date]:
    """On which day the evaluatie of each came."""
    c = EVALUATIE.evaluatie.c
    mine = one_of((c.gemeente, c.toewijzing_nummer), [(gemeente, nummer) for nummer in nummers])
    rows = await conn.execute(select(c.toewijzing_nummer, c.gegeven).where(mine))
    return {row.toewijzing_nummer: row.gegeven for row in rows}


async def close_begun(conn: AsyncConnection, vandaag: date) -> bool:
    """The terms to begin within three weeks, of what a message told to have begun; whether there may be more.

    ``vandaag`` is as in the other step: whether care has begun does not depend on it.
    """
    term, told = TERMIJN.alias("termijn_"), TERMIJN.alias("gemeld")
    # In the statement itself: only then does the planner see that the index of the waiting list will do.
    waiting = and_(term.c.regel == literal_column(f"'{stilstand.START}'"), term.c.afgerond.is_(None))
    twin = and_(
        told.c.regel == START_VERWACHT,
        *(told.c[name] == term.c[name] for name in ("gemeente", "aanbieder", "sleutel")),
        told.c.afgerond.is_not(None),
    )
    statement = select(term.c.gemeente, nummer_of(term).label("nummer")).select_from(term.join(told, twin))
    keys = [(row.gemeente, row.nummer) for row in await conn.execute(statement.where(waiting).limit(BATCH))]
    if not keys:
        return False
    await _hold(conn, keys)
    closed = await _close_starts(conn, keys)
    return len(keys) == BATCH and closed > 0


async def _close_starts(conn: AsyncConnection, keys: Sequence[Sleutel]) -> int:
    """On the day on which the care began; how many. It is read now that the toewijzingen are held: what was taken back
    meanwhile has not begun."""
    a = AANLEVERING.c
    whose = (a.gemeente, a.aanbieder, a.toewijzing_nummer)
    begun = (
        select(*whose, func.min(a.begindatum).label("dag"))
        .where(a.soort == "start", a.verwijderd_door.is_(None), one_of((a.gemeente, a.toewijzing_nummer), keys))
        .group_by(*whose)
        .subquery("begonnen")
    )
    c = TERMIJN.c
    own = and_(
        c.gemeente == begun.c.gemeente,
        c.aanbieder == begun.c.aanbieder,
        c.sleutel == cast(begun.c.toewijzing_nummer, c.sleutel.type),
    )
    statement = update(TERMIJN).where(c.regel == stilstand.START, c.afgerond.is_(None), own)
    return (await conn.execute(statement.values(afgerond=func.greatest(c.vanaf, begun.c.dag)))).rowcount


async def _hold(conn: AsyncConnection, keys: Sequence[Sleutel]) -> None:
    """The toewijzingen, in key order (P5): whoever writes terms holds them."""
    t = TOEWIJZING.c
    statement = select(true()).where(one_of((t.gemeente, t.nummer), keys)).order_by(t.gemeente, t.nummer)
    await conn.execute(statement.with_for_update())


def nummer_of(termijn: FromClause) -> ColumnElement[int]:
    """The ToewijzingNummer that a term of the seeds is about; of other terms it is no number."""
    of_seed = termijn.c.regel.in_([stilstand.START, stilstand.PAUZE, stilstand.EVALUATIE])
    return case((of_seed, cast(termijn.c.sleutel, BigInteger)))

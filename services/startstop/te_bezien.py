"""Which toewijzingen are to be looked at again, for the terms of standing still and of the evaluatie."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import BigInteger, Text, cast, delete, exists, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import stilstand
from services.startstop.tables import AANLEVERING, BEZIEN_TOT, EVALUATIE, EXCHANGE, TE_BEZIEN, TOEWIJZING
from shared.db import one_of
from shared.statement import Statement, as_arrays, given

Sleutel = tuple[str, int]
"""Gemeente and ToewijzingNummer."""
_COLUMNS = ("gemeente", "nummer")
_ROWS = given({"gemeente": Text(), "nummer": BigInteger()}, small=True)
_MARK = Statement(
    insert(TE_BEZIEN)
    .from_select(_COLUMNS, select(_ROWS.c.gemeente, _ROWS.c.nummer).order_by(_ROWS.c.gemeente, _ROWS.c.nummer))
    .on_conflict_do_nothing()
)


async def mark(conn: AsyncConnection, sleutels: Iterable[Sleutel]) -> None:
    """These are to be looked at."""
    wanted = sorted(set(sleutels))
    if wanted:
        await _MARK.run(conn, as_arrays(wanted, _COLUMNS))


async def first(conn: AsyncConnection, most: int) -> list[Sleutel]:
    """At most so many that are to be looked at, in their order."""
    order = (TE_BEZIEN.c.gemeente, TE_BEZIEN.c.nummer)
    rows = await conn.execute(select(*order).order_by(*order).limit(most))
    return [(row.gemeente, row.nummer) for row in rows]


async def forget(conn: AsyncConnection, sleutels: Sequence[Sleutel]) -> None:
    """These are being looked at, by a transaction that holds the toewijzingen. Who marks one holds it too, and comes
    before or after; the other way round the two could wait in a circle."""
    await conn.execute(delete(TE_BEZIEN).where(one_of((TE_BEZIEN.c.gemeente, TE_BEZIEN.c.nummer), sleutels)))


async def mark_ended(conn: AsyncConnection, vandaag: date, longest_ago: date) -> bool:
    """What was begun and of which the last day passed since this was done last is to be looked at; the first time, what
    ended ``longest_ago`` or later. Whether there was anything to do: it is done once a day."""
    dag = await conn.scalar(select(BEZIEN_TOT.c.dag).where(BEZIEN_TOT.c.id == 1))
    if dag is not None and dag >= vandaag:
        return False
    # One process does it; whoever comes second waits here, and finds that it is done.
    statement = insert(BEZIEN_TOT).values(id=1, dag=vandaag)
    done = statement.on_conflict_do_update(
        index_elements=["id"], set_={"dag": vandaag}, where=BEZIEN_TOT.c.dag < vandaag
    )
    if await conn.scalar(done.returning(BEZIEN_TOT.c.id)) is None:
        return False
    t, a = TOEWIJZING.c, AANLEVERING.c
    begun = exists().where(
        a.gemeente == t.gemeente, a.toewijzing_nummer == t.nummer, a.soort == "start", a.verwijderd_door.is_(None)
    )
    ended = select(t.gemeente, t.nummer).where(t.einddatum >= (dag or longest_ago), t.einddatum < vandaag, begun)
    await conn.execute(insert(TE_BEZIEN).from_select(_COLUMNS, ended).on_conflict_do_nothing())
    return True


async def mark_evaluated(conn: AsyncConnection) -> None:
    """What is waited for though it is there: a message knows of no evaluatie (``stilstand.na_bericht``)."""
    term, given = EXCHANGE.termijn.c, EVALUATIE.evaluatie.c
    waited = select(given.gemeente, given.toewijzing_nummer).where(
        # In the statement itself: only then does the planner see that the index of the waiting list will do.
        term.regel == literal_column(f"'{stilstand.EVALUATIE}'"),
        term.afgerond.is_(None),
        term.gemeente == given.gemeente,
        term.sleutel == cast(given.toewijzing_nummer, Text),
        given.gegeven >= term.vanaf,
    )
    await conn.execute(insert(TE_BEZIEN).from_select(_COLUMNS, waited).on_conflict_do_nothing())

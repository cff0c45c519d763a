"""Payment files in the database: which released proposals went to the bank together. A proposal is in one file alone,
and a file never changes: so a bank cannot be told to pay the same twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Row, Select, cast, func, insert, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.betalingen import opslag
from services.declaratie.betalingen.domain import check_file
from services.declaratie.betalingen.maken import lock_betalingen
from services.declaratie.tables import BETALING
from shared.problems import BotsingError, NietGevondenError
from shared.security.partij import Beller

NOT_FOUND = "Dit betaalbestand is er niet"


@dataclass(frozen=True, slots=True)
class Bestand:
    """A file, with the rows of its proposals (``opslag.select_voorstellen``) in the order in which they were made."""

    id: UUID
    gemeente: str
    gemaakt: datetime
    voorstellen: Sequence[Row[Any]]
    nieuw: bool = False

    @property
    def kenmerk(self) -> str:
        """How the file is known at the bank: 32 characters, of this file alone."""
        return self.id.hex


async def make_bestand(
    conn: AsyncConnection, beller: Beller, gemeente: str, ids: Sequence[UUID], nu: datetime
) -> Bestand:
    """One file of these proposals; the same as before when they are one already.

    NietGevondenError: one is not of this gemeente. BotsingError: one is not released or went out otherwise, or they are
    not paid from one account.
    """
    await lock_betalingen(conn, gemeente)
    rows = sorted(await opslag.read_rows(conn, beller, ids), key=lambda row: row.volgnummer)
    if {row.id for row in rows if row.gemeente == gemeente and row.eigen} != set(ids):
        raise NietGevondenError(opslag.NOT_FOUND)
    check_file([opslag.voorstel_of(row) for row in rows])
    placed = BETALING.geplaatst
    statement = select(placed.c.bestand_id).where(placed.c.voorstel_id.in_(ids)).distinct()
    known = (await conn.execute(statement)).scalars().all()
    if known:
        found = await read_bestand(conn, beller, known[0])
        if len(known) > 1 or {row.id for row in found.voorstellen} != set(ids):
            raise BotsingError("Een van deze betaalvoorstellen is al uitgevoerd, alleen of in een ander bestand")
        return found
    # Alone it is the order of that proposal, under its own name.
    bestand_id = rows[0].id if len(rows) == 1 else uuid4()
    await _place(conn, bestand_id, gemeente, [row.id for row in rows], beller, nu)
    return Bestand(bestand_id, gemeente, nu, rows, nieuw=True)


async def _place(
    conn: AsyncConnection, bestand_id: UUID, gemeente: str, ids: Sequence[UUID], beller: Beller, nu: datetime
) -> None:
    made = {"id": bestand_id, "gemeente": gemeente, "gemaakt": nu, "gemaakt_door": beller.subject}
    await conn.execute(insert(BETALING.bestand).values(made))
    await conn.execute(insert(BETALING.geplaatst), [{"voorstel_id": one, "bestand_id": bestand_id} for one in ids])


def select_bestanden(beller: Beller) -> Select[Any]:
    """The files of the caller's own gemeenten, newest first, each with what it pays: cents, proposals and lines."""
    table, placed, voorstel = BETALING.bestand, BETALING.geplaatst, BETALING.voorstel
    inside = (
        select(
            func.array_agg(aggregate_order_by(voorstel.c.id, voorstel.c.volgnummer)).label("betalingen"),
            cast(func.sum(voorstel.c.bedrag), BigInteger).label("bedrag"),
            cast(func.sum(voorstel.c.regels), BigInteger).label("regels"),
        )
        .join(placed, placed.c.voorstel_id == voorstel.c.id)
        .where(placed.c.bestand_id == table.c.id)
        .lateral("inhoud")
    )
    return (
        select(table, inside.c.betalingen, inside.c.bedrag, inside.c.regels)
        .join(inside, true())
        .where(table.c.gemeente.in_(beller.codes("gemeente")))
        .order_by(table.c.volgnummer.desc())
    )


async def read_bestand(conn: AsyncConnection, beller: Beller, bestand_id: UUID) -> Bestand:
    """A file of the caller's own gemeente; NietGevondenError otherwise."""
    table, placed = BETALING.bestand, BETALING.geplaatst
    statement = select(table).where(table.c.id == bestand_id, table.c.gemeente.in_(beller.codes("gemeente")))
    row = (await conn.execute(statement)).one_or_none()
    if row is None:
        raise NietGevondenError(NOT_FOUND)
    ids = (await conn.execute(select(placed.c.voorstel_id).where(placed.c.bestand_id == bestand_id))).scalars().all()
    rows = sorted(await opslag.read_rows(conn, beller, ids), key=lambda one: one.volgnummer)
    return Bestand(row.id, row.gemeente, row.gemaakt, rows)

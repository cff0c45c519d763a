"""The lines of a payment proposal: the granted ones of its declarations, in the order in which they were declared."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Row, Select, and_, any_, cast, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import BETALING, DECLARATIE, PRESTATIE
from services.declaratie.toegekend import granted_cents, signed
from services.declaratie.zoeken import Plaats, choose

_LINE = (
    "bericht_id", "referentie", "vorige_referentie", "toewijzing_nummer", "categorie", "code", "begindatum",
    "einddatum", "volume", "eenheid", "btw",
)  # fmt: skip


def select_declaraties(voorstel_id: UUID) -> Select[Any]:
    """The declarations of a proposal (``id`` and ``bericht_id``), with how many lines each has in it and in all."""
    placed, declaratie = BETALING.declaratie, DECLARATIE
    return (
        select(declaratie.c.id, declaratie.c.bericht_id, placed.c.regels.label("toegekend"), declaratie.c.regels)
        .join(placed, placed.c.bericht_id == declaratie.c.bericht_id)
        .where(placed.c.voorstel_id == voorstel_id)
        .order_by(declaratie.c.id)
    )


async def read_regels(
    conn: AsyncConnection, voorstel_id: UUID, begin: Plaats | None, limiet: int
) -> tuple[Sequence[Row[Any]], Plaats | None]:
    """A page of lines, and where the next begins. Two statements: which declarations the page comes from, and the lines
    of those alone."""
    statement = select_declaraties(voorstel_id).limit(limiet + 1)
    if begin is not None:
        statement = statement.where(DECLARATIE.c.id >= begin.declaratie)
    found = (await conn.execute(statement)).all()
    ids, rest = choose(((row.id, row.toegekend, row.regels) for row in found), begin, limiet)
    if not ids:
        return [], None
    rows = (await conn.execute(select_regels(ids, begin).limit(limiet + 1))).all()
    if len(rows) > limiet:
        return rows[:limiet], Plaats(rows[limiet].declaratie_id, rows[limiet].id)
    return rows, Plaats(rest, 0) if rest is not None else None


def select_regels(ids: Sequence[int], begin: Plaats | None = None) -> Select[Any]:
    """The granted lines of these declarations, all of them or from here on."""
    declaratie = DECLARATIE
    # Declaration by declaration along the index, which OFFSET makes the planner do (``zoeken``).
    lines = (
        select(
            PRESTATIE.c.id,
            *(PRESTATIE.c[name] for name in _LINE),
            signed(granted_cents(PRESTATIE), PRESTATIE).label("bedrag"),
        )
        .where(PRESTATIE.c.bericht_id == declaratie.c.bericht_id, PRESTATIE.c.toegekend)
        .offset(0)
        .lateral("regel")
    )
    statement = (
        select(lines, declaratie.c.id.label("declaratie_id"), declaratie.c.nummer.label("declaratie_nummer"))
        .select_from(declaratie.join(lines, true()))
        .where(declaratie.c.id == any_(cast(list(ids), ARRAY(BigInteger))))
        .order_by(declaratie.c.id, lines.c.id)
    )
    if begin is None:
        return statement
    later_line = and_(declaratie.c.id == begin.declaratie, lines.c.id >= begin.regel)
    return statement.where(or_(declaratie.c.id > begin.declaratie, later_line))

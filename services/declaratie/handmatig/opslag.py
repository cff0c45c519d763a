"""The gemeente's hand in the database: its settings, what is put to it, and what it decides."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Declaratie, Prestatie
from services.declaratie.domain.hand import GEEN_HAND, TE_BESLISSEN, Besluit, Hand, Instelling, last_day
from services.declaratie.tables import EXCHANGE, HANDMATIG
from shared.db import copy_rows
from shared.exchange.dienst import GEPARKEERD, Heen
from shared.problems import BotsingError, NietGevondenError, VerbodenError
from shared.security.partij import Beller
from shared.statement import Statement, as_arrays, insert_rows

_VOORWAARDEN = ("code", "categorie", "aanbieder", "bedrag_vanaf")
"""What a setting may ask of a line."""


def _known() -> Statement:
    """Whether a declaration was put to its gemeente before, and the settings of that gemeente for this aanbieder: one
    row each, or one without a setting."""
    own, asked = HANDMATIG.instelling.c, HANDMATIG.declaratie.c
    before = (
        select(asked.gesloten).where(asked.bericht_id == bindparam("bericht_id")).scalar_subquery().label("gesloten")
    )
    one = select(literal(1).label("een")).subquery()
    meant = and_(
        own.gemeente == bindparam("gemeente"),
        or_(own.aanbieder.is_(None), own.aanbieder == bindparam("van")),
    )
    statement = (
        select(before, own.id, *(own[name] for name in _VOORWAARDEN))
        .select_from(one.outerjoin(HANDMATIG.instelling, meant))
        .order_by(own.id)
    )
    return Statement(statement)


BESLUIT = ("referentie", "status", "retourcode", "reden", "toegekend_bedrag")
"""A line, and what stands decided on it: ``Besluit``."""


def _put_before() -> Statement:
    c = HANDMATIG.regel.c
    return Statement(select(*(c[name] for name in BESLUIT)).where(c.bericht_id == bindparam("bericht_id")))


_KNOWN, _PUT_BEFORE = _known(), _put_before()


async def read_hand(conn: AsyncConnection, gemeente: str, aanbieder: str, bericht_id: UUID) -> Hand:
    """What a gemeente decides on itself, and has decided in this message; nearly always one small query."""
    rows = await _KNOWN.rows(conn, {"gemeente": gemeente, "van": aanbieder, "bericht_id": bericht_id})
    gesloten = rows[0]["gesloten"]
    instellingen = tuple(Instelling(*(row[name] for name in _VOORWAARDEN)) for row in rows if row["id"] is not None)
    if gesloten is None:
        return Hand(instellingen) if instellingen else GEEN_HAND
    besluiten: dict[str, Besluit] = {}
    async for batch in _PUT_BEFORE.batches(conn, {"bericht_id": bericht_id}):
        for referentie, *besluit in batch:
            besluiten[referentie] = Besluit(*besluit)
    return Hand(instellingen, besluiten, gesloten)


async def read_instellingen(conn: AsyncConnection, gemeente: str) -> Sequence[Row[Any]]:
    """The settings of a gemeente, in the order in which it gave them."""
    table = HANDMATIG.instelling
    return (await conn.execute(select(table).where(table.c.gemeente == gemeente).order_by(table.c.id))).all()


_INSTELLING = ("gemeente", *_VOORWAARDEN, "gewijzigd", "gewijzigd_door")
_ENTER = insert_rows(HANDMATIG.instelling, _INSTELLING)


async def put_instellingen(
    conn: AsyncConnection, gemeente: str, instellingen: Sequence[Instelling], door: str, nu: datetime
) -> None:
    """Makes these the settings of a gemeente, in the place of those it had."""
    await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"handmatig:{gemeente}", 0))))
    await conn.execute(delete(HANDMATIG.instelling).where(HANDMATIG.instelling.c.gemeente == gemeente))
    rows = [(gemeente, *(getattr(one, name) for name in _VOORWAARDEN), nu, door) for one in instellingen]
    if rows:
        await _ENTER.run(conn, as_arrays(rows, _INSTELLING))


@dataclass(frozen=True, slots=True)
class Vraag:
    """A declaration with lines on which its gemeente is to decide; ``eerder``: those that were put to it before."""

    heen: Heen
    lezing: Declaratie
    regels: Sequence[Prestatie]
    eerder: Set[str]

    async def ask(self, conn: AsyncConnection, uiterlijk: date) -> None:
        """Puts the lines to the gemeente; the answer is due on ``uiterlijk``."""
        lezing = self.lezing
        row = {
            "bericht_id": self.heen.id,
            "soort": self.heen.soort.naam,
            "release": self.heen.soort.release,
            "gemeente": lezing.gemeente,
            "aanbieder": lezing.aanbieder,
            "nummer": lezing.nummer,
            "begindatum": lezing.periode.begin,
            "einddatum": lezing.periode.eind,
            "ingediend": lezing.ingediend,
            "regels": sum(len(client.prestaties) for client in lezing.clienten),
            "uiterlijk": uiterlijk,
            "beslissen_tot": last_day(uiterlijk),
        }
        await conn.execute(upsert(HANDMATIG.declaratie).values(row).on_conflict_do_nothing())
        records = (
            (
                self.heen.id, line.referentie, line.nummer, line.categorie, line.code, line.periode.begin,
                line.periode.eind, line.volume, line.eenheid, line.tarief, line.bedrag, TE_BESLISSEN,
            )
            for line in self.regels
            if line.referentie not in self.eerder
        )  # fmt: skip
        await copy_rows(conn, HANDMATIG.regel, _REGEL, records)


_REGEL = (
    "bericht_id", "referentie", "toewijzing_nummer", "categorie", "code", "begindatum", "einddatum", "volume",
    "eenheid", "tarief", "bedrag", "status",
)  # fmt: skip


async def read_declaratie(conn: AsyncConnection, bericht_id: UUID, beller: Beller) -> Row[Any]:
    """A declaration that was put to a gemeente for which the caller speaks, with the ``status`` of its message.
    Raises VerbodenError for its aanbieder, NietGevondenError for others."""
    own = beller.codes("gemeente")
    table, bericht = HANDMATIG.declaratie, EXCHANGE.bericht
    statement = (
        select(table, bericht.c.status)
        .join(bericht, bericht.c.id == table.c.bericht_id)
        .where(table.c.bericht_id == bericht_id, table.c.gemeente.in_(own))
    )
    row = (await conn.execute(statement)).one_or_none()
    if row is not None:
        return row
    # Its aanbieder sees his message, and not what became of it at the gemeente.
    sent = select(bericht.c.id).where(bericht.c.id == bericht_id, bericht.c.partij_van.in_(beller.names))
    if await conn.scalar(sent) is not None:
        raise VerbodenError("Beslissen is aan de gemeente zelf")
    raise NietGevondenError("Deze declaratie is er niet")


async def hold(conn: AsyncConnection, bericht_id: UUID) -> None:
    """Keeps a declaration from being answered while decisions on it are written; BotsingError once it is answered."""
    table = EXCHANGE.bericht
    statement = select(table.c.status).where(table.c.id == bericht_id).with_for_update()
    if await conn.scalar(statement) != GEPARKEERD:
        raise BotsingError("Deze declaratie is al beantwoord; een besluit verandert niet meer")


@dataclass(frozen=True, slots=True)
class Stand:
    """How many lines stand so, and their cents."""

    aantal: int = 0
    bedrag: int = 0


async def counts(conn: AsyncConnection, bericht_ids: Sequence[UUID]) -> dict[tuple[UUID, str], Stand]:
    """How far the deciding is, per declaration and status."""
    c = HANDMATIG.regel.c
    statement = (
        select(c.bericht_id, c.status, func.count(), func.sum(c.bedrag))
        .where(c.bericht_id.in_(bericht_ids))
        .group_by(c.bericht_id, c.status)
    )
    return {(row[0], row[1]): Stand(row[2], int(row[3])) for row in await conn.execute(statement)}

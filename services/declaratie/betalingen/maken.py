"""Making payment proposals: one statement, so that what is added up is what is written."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Subquery,
    Text,
    and_,
    cast,
    distinct,
    exists,
    func,
    insert,
    literal,
    null,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.betalingen.domain import CONCEPT
from services.declaratie.tables import BETALING, DECLARATIE, EXCHANGE, PRESTATIE
from services.declaratie.toegekend import granted_cents, signed
from shared.security.partij import Partij


@dataclass(frozen=True, slots=True)
class Opdracht:
    """What to make: proposals of a gemeente, by whom and when. ``tot_en_met``: of declarations whose period ends then
    at the latest, or of all; ``aanbieder``: of him alone, or of all; ``per_periode``: one for each period over which
    he declared, or one for all of them."""

    gemeente: str
    door: str
    nu: datetime
    tot_en_met: date | None = None
    aanbieder: str | None = None
    per_periode: bool = False


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """What came of the open lines of an aanbieder: a proposal, or none, as their ``saldo`` (cents) is not above zero.
    Then they stay open, and count in the next. From the first period over which was declared up to the last."""

    aanbieder: str
    begindatum: date
    einddatum: date
    regels: int
    saldo: int
    voorstel_id: UUID | None


async def lock_betalingen(conn: AsyncConnection, gemeente: str) -> None:
    """Holds the making and deciding of a gemeente's proposals until the transaction ends."""
    await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"betalingen:{gemeente}", 0))))


async def make_voorstellen(conn: AsyncConnection, opdracht: Opdracht) -> list[Uitkomst]:
    """A proposal per aanbieder, or per aanbieder and period, from his granted lines, credits taken off, that are in no
    proposal yet.

    A line counts once its declaration has been answered. It comes into one proposal: who makes proposals at the same
    moment waits here, and the key of ``betaalregel`` would refuse a second.
    """
    await lock_betalingen(conn, opdracht.gemeente)
    lines = _open_lines(opdracht)
    sums = _sums(lines, opdracht)
    made = _insert_voorstellen(sums, opdracht)
    rule = BETALING.regel
    placed = (
        insert(rule)
        .from_select(
            ["prestatie_id", "voorstel_id", "bericht_id", "bedrag"],
            select(lines.c.id, made.c.id, lines.c.bericht_id, lines.c.bedrag).join(made, _alike(made, lines, opdracht)),
        )
        .cte("geplaatst")
    )
    statement = (
        select(sums.c.aanbieder, sums.c.begindatum, sums.c.einddatum, sums.c.regels, sums.c.bedrag, made.c.id)
        .outerjoin(made, _alike(made, sums, opdracht))
        .order_by(sums.c.aanbieder, sums.c.begindatum, sums.c.einddatum)
        .add_cte(placed)
    )
    return [Uitkomst(*row) for row in await conn.execute(statement)]


def _key(rows: CTE, opdracht: Opdracht) -> list[ColumnElement[Any]]:
    """What the lines of one proposal have in common."""
    return [rows.c[name] for name in ("aanbieder", *(("begindatum", "einddatum") if opdracht.per_periode else ()))]


def _alike(one: CTE, other: CTE, opdracht: Opdracht) -> ColumnElement[bool]:
    """Whether rows are of the same proposal."""
    return and_(*(a == b for a, b in zip(_key(one, opdracht), _key(other, opdracht), strict=True)))


def _open_lines(opdracht: Opdracht) -> CTE:
    """The granted lines that are in no proposal, with what each is worth."""
    declaratie, line, rule = DECLARATIE, PRESTATIE, BETALING.regel
    open_ = _open_declarations(opdracht)
    return (
        select(
            line.c.id,
            line.c.bericht_id,
            declaratie.c.aanbieder,
            declaratie.c.begindatum,
            declaratie.c.einddatum,
            signed(granted_cents(line), line).label("bedrag"),
        )
        .join(declaratie, declaratie.c.bericht_id == line.c.bericht_id)
        .where(
            line.c.bericht_id.in_(select(open_.c.bericht_id)),
            line.c.toegekend,
            ~exists().where(rule.c.prestatie_id == line.c.id),
        )
        .cte("openstaand")
    )


def _open_declarations(opdracht: Opdracht) -> Subquery:
    """Answered declarations with granted lines that are in no proposal: counted per declaration, so that what was paid
    long ago is not looked through line by line."""
    table, rule, answer = DECLARATIE, BETALING.regel, EXCHANGE.bericht
    taken = select(func.count()).where(rule.c.bericht_id == table.c.bericht_id).scalar_subquery()
    statement = select(table.c.bericht_id).where(
        table.c.gemeente == opdracht.gemeente,
        exists().where(answer.c.heen_id == table.c.bericht_id),
        table.c.regels_toegekend > taken,
    )
    if opdracht.aanbieder is not None:
        statement = statement.where(table.c.aanbieder == opdracht.aanbieder)
    if opdracht.tot_en_met is not None:
        statement = statement.where(table.c.einddatum <= opdracht.tot_en_met)
    return statement.subquery("open")


def _sums(lines: CTE, opdracht: Opdracht) -> CTE:
    return (
        select(
            lines.c.aanbieder,
            func.min(lines.c.begindatum).label("begindatum"),
            func.max(lines.c.einddatum).label("einddatum"),
            cast(func.sum(lines.c.bedrag), BigInteger).label("bedrag"),
            func.count().label("regels"),
            func.count(distinct(lines.c.bericht_id)).label("declaraties"),
        )
        .group_by(*_key(lines, opdracht))
        .cte("saldo")
    )


def _insert_voorstellen(sums: CTE, opdracht: Opdracht) -> CTE:
    """A proposal for each aanbieder to whom there is something to pay, with the accounts as they are now."""
    table, rekening = BETALING.voorstel, BETALING.rekening
    own = (
        select(func.max(rekening.c.id))
        .where(rekening.c.gemeente == opdracht.gemeente, rekening.c.houder == str(Partij.gemeente(opdracht.gemeente)))
        .scalar_subquery()
    )
    his = (
        select(func.max(rekening.c.id))
        .where(rekening.c.gemeente == opdracht.gemeente, rekening.c.houder == func.concat("agb:", sums.c.aanbieder))
        .scalar_subquery()
    )
    until = null() if opdracht.tot_en_met is None else literal(opdracht.tot_en_met)
    values = {
        "gemeente": literal(opdracht.gemeente, Text),
        "aanbieder": sums.c.aanbieder,
        "status": literal(CONCEPT, Text),
        "tot_en_met": cast(until, Date),
        "begindatum": sums.c.begindatum,
        "einddatum": sums.c.einddatum,
        "bedrag": sums.c.bedrag,
        "regels": sums.c.regels,
        "declaraties": sums.c.declaraties,
        "van_rekening": own,
        "naar_rekening": his,
        "gemaakt": literal(opdracht.nu, DateTime(timezone=True)),
        "gemaakt_door": literal(opdracht.door, Text),
    }
    return (
        insert(table)
        .from_select(list(values), select(*values.values()).where(sums.c.bedrag > 0))
        .returning(table.c.id, table.c.aanbieder, table.c.begindatum, table.c.einddatum)
        .cte("gemaakt")
    )

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
    Text,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.betalingen.domain import CONCEPT
from services.declaratie.tables import BETALING, DECLARATIE, EXCHANGE, TELLING
from services.declaratie.toegekend import granted_cents, net
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
    """A proposal per aanbieder, or per aanbieder and period, from his declarations that are in no proposal yet, each
    with all its granted lines, credits taken off.

    A declaration counts once it has been answered. It comes into one proposal: who makes proposals at the same moment
    waits here, and the key of ``betaaldeclaratie`` would refuse a second.
    """
    await lock_betalingen(conn, opdracht.gemeente)
    open_ = _open_declarations(opdracht)
    sums = _sums(open_, opdracht)
    made = _insert_voorstellen(sums, opdracht)
    columns = ("bericht_id", "regels", "bedrag", "btw")
    placed = (
        insert(BETALING.declaratie)
        .from_select(
            ["voorstel_id", *columns],
            select(made.c.id, *(open_.c[name] for name in columns)).join(made, _alike(made, open_, opdracht)),
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
    """What the declarations of one proposal have in common."""
    return [rows.c[name] for name in ("aanbieder", *(("begindatum", "einddatum") if opdracht.per_periode else ()))]


def _alike(one: CTE, other: CTE, opdracht: Opdracht) -> ColumnElement[bool]:
    """Whether rows are of the same proposal."""
    return and_(*(a == b for a, b in zip(_key(one, opdracht), _key(other, opdracht), strict=True)))


def _open_declarations(opdracht: Opdracht) -> CTE:
    """Answered declarations with granted lines that are in no proposal, with what those lines come to as they were
    counted: a million lines are a hundred rows."""
    table, counted, answer, placed = DECLARATIE, TELLING, EXCHANGE.bericht, BETALING.declaratie
    granted = (
        select(
            cast(func.sum(counted.c.regels), BigInteger).label("regels"),
            net(granted_cents(counted), counted).label("bedrag"),
            cast(func.sum(counted.c.btw), BigInteger).label("btw"),
        )
        .where(counted.c.gemeente == table.c.gemeente, counted.c.declaratie_id == table.c.id, counted.c.toegekend)
        .lateral("toegekend")
    )
    statement = (
        select(table.c.bericht_id, table.c.aanbieder, table.c.begindatum, table.c.einddatum, *granted.c)
        .join(granted, true())
        .where(
            table.c.gemeente == opdracht.gemeente,
            table.c.regels_toegekend > 0,
            exists().where(answer.c.heen_id == table.c.bericht_id),
            ~exists().where(placed.c.bericht_id == table.c.bericht_id),
        )
    )
    if opdracht.aanbieder is not None:
        statement = statement.where(table.c.aanbieder == opdracht.aanbieder)
    if opdracht.tot_en_met is not None:
        statement = statement.where(table.c.einddatum <= opdracht.tot_en_met)
    return statement.cte("openstaand")


def _sums(open_: CTE, opdracht: Opdracht) -> CTE:
    def total(name: str) -> ColumnElement[int]:
        return cast(func.sum(open_.c[name]), BigInteger).label(name)

    return (
        select(
            open_.c.aanbieder,
            func.min(open_.c.begindatum).label("begindatum"),
            func.max(open_.c.einddatum).label("einddatum"),
            *map(total, ("regels", "bedrag", "btw")),
            func.count().label("declaraties"),
        )
        .group_by(*_key(open_, opdracht))
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
        "btw": sums.c.btw,
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

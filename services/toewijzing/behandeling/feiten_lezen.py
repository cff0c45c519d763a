"""The facts that the rules compare a message with, read from the tables: one query for each kind of facts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, and_, any_, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling.gevraagd import first_days
from services.toewijzing.domain.feiten import EerderVerzoek
from services.toewijzing.tables import ANTWOORD, GEDECLAREERD, PRODUCT, TOEWIJZING, VERZOEK
from services.toewijzing.tarieven import tarief_from_row
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.feiten.toewijzing_tabel import from_row

OPEN, IN_ONDERZOEK, AFGEWEZEN, TOEGEWEZEN = "open", "in_onderzoek", "afgewezen", "toegewezen"
"""What a request can be (``verzoek.status``)."""


async def lock_verzoeken(conn: AsyncConnection, aanbieder: str) -> None:
    """One message at a time may ask, answer or grant requests of an aanbieder, until the transaction ends (P5).

    A reference is unique over all gemeenten (TR347), so the lock is too. Take it before any other.
    """
    key = func.hashtextextended(f"verzoek:{aanbieder}", 0)
    await conn.execute(select(func.pg_advisory_xact_lock(key)))


async def read_toewijzingen(
    conn: AsyncConnection, gemeente: str, nummers: Iterable[int], *, aanbieder: str, client: str
) -> list[Toewijzing]:
    """The toewijzingen with these numbers and all of the client at the aanbieder."""
    table = TOEWIJZING
    by_number = table.c.nummer == any_(cast(sorted(set(nummers)), ARRAY(BigInteger)))
    of_client = and_(table.c.client == client, table.c.aanbieder == aanbieder)
    statement = select(table).where(table.c.gemeente == gemeente, or_(by_number, of_client)).order_by(table.c.nummer)
    return [from_row(row) for row in await conn.execute(statement)]


async def read_named(conn: AsyncConnection, aanbieder: str, referenties: Iterable[str]) -> dict[str, EerderVerzoek]:
    """Accepted requests of the aanbieder, of whatever gemeente, under these references."""
    wanted = sorted(set(referenties))
    if not wanted:
        return {}
    found = await _read_verzoeken(conn, _named(aanbieder, wanted))
    return {one.referentie: one for one in found}


async def read_named_or_open(
    conn: AsyncConnection, aanbieder: str, referenties: Iterable[str], *, gemeente: str, client: str
) -> list[EerderVerzoek]:
    """The same, and the open ones that are about this client at this gemeente; oldest first."""
    table = VERZOEK
    still_open = and_(
        table.c.gemeente == gemeente,
        table.c.aanbieder == aanbieder,
        table.c.client == client,
        # As they stand in the condition of the index, or a plan made for any status could not use it.
        table.c.status.in_([literal(one, literal_execute=True) for one in (OPEN, IN_ONDERZOEK)]),
    )
    return await _read_verzoeken(conn, or_(_named(aanbieder, sorted(set(referenties))), still_open))


def _named(aanbieder: str, referenties: list[str]) -> ColumnElement[bool]:
    return and_(VERZOEK.c.aanbieder == aanbieder, VERZOEK.c.referentie == any_(cast(referenties, ARRAY(Text))))


async def _read_verzoeken(conn: AsyncConnection, wanted: ColumnElement[bool]) -> list[EerderVerzoek]:
    table = VERZOEK
    answers = select(ANTWOORD.c.verzoek_antwoord).where(ANTWOORD.c.verzoek_id == table.c.id).order_by(ANTWOORD.c.id)
    statement = select(table, func.array(answers.scalar_subquery(), type_=ARRAY(Text)).label("antwoorden"))
    return [_verzoek(row) for row in await conn.execute(statement.where(wanted).order_by(table.c.id))]


def _verzoek(row: Any) -> EerderVerzoek:
    return EerderVerzoek(
        referentie=row.referentie,
        soort=row.soort,
        gemeente=row.gemeente,
        aanbieder=row.aanbieder,
        client=row.client,
        bericht_id=str(row.bericht_id),
        antwoorden=tuple(row.antwoorden),
        antwoord_bericht_id=str(row.antwoord_bericht_id) if row.antwoord_bericht_id else None,
        toewijzing_bericht_id=str(row.toewijzing_bericht_id) if row.toewijzing_bericht_id else None,
        ingangsdata=first_days(row.soort, row.producten),
    )


async def read_gedeclareerd(conn: AsyncConnection, gemeente: str, nummers: Iterable[int]) -> dict[int, int]:
    """Per toewijzing how many granted debit lines no granted credit took back, as far as projected here."""
    wanted = sorted(set(nummers))
    if not wanted:
        return {}
    table = GEDECLAREERD
    statement = (
        select(table.c.nummer, func.sum(table.c.debet - table.c.credit).label("saldo"))
        .where(table.c.gemeente == gemeente, table.c.nummer == any_(cast(wanted, ARRAY(BigInteger))))
        .group_by(table.c.nummer)
    )
    return {row.nummer: int(row.saldo) for row in await conn.execute(statement)}


async def read_contracten(conn: AsyncConnection, gemeente: str, codes: Iterable[str | None]) -> Contracten:
    """The contracts of a gemeente for these product codes; one row more tells whether it has any at all."""
    wanted = sorted({code for code in codes if code is not None})
    if not wanted:
        return Contracten(bekend=False, tarieven={})
    table = PRODUCT
    anything = select(table.c.id).where(table.c.gemeente == gemeente).limit(1).scalar_subquery()
    named = table.c.product_code == any_(cast(wanted, ARRAY(Text)))
    statement = select(table).where(table.c.gemeente == gemeente, or_(named, table.c.id == anything))
    found: dict[str, list[Tarief]] = {}
    for row in await conn.execute(statement.order_by(table.c.id)):
        found.setdefault(row.product_code, []).append(tarief_from_row(row))
    return Contracten(bekend=bool(found), tarieven=found)

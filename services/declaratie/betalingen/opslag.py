"""Payment proposals in the database: finding them, deciding on them, and what they add up to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    any_,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.betalingen.domain import (
    INGETROKKEN,
    VRIJGEGEVEN,
    Rekening,
    Voorstel,
    check_release,
    check_withdraw,
)
from services.declaratie.betalingen.maken import lock_betalingen
from services.declaratie.tables import BETALING, DECLARATIE, EXCHANGE
from shared.problems import BotsingError, NietGevondenError, VerbodenError
from shared.security.partij import Beller

VAN, NAAR = BETALING.rekening.alias("van"), BETALING.rekening.alias("naar")
NOT_FOUND = "Dit betaalvoorstel is er niet"


def visible(beller: Beller) -> ColumnElement[bool]:
    """A gemeente sees all its proposals, an aanbieder what was released to him."""
    table = BETALING.voorstel
    return or_(
        table.c.gemeente.in_(beller.codes("gemeente")),
        and_(table.c.aanbieder.in_(beller.codes("agb")), table.c.status == VRIJGEGEVEN),
    )


def select_voorstellen(beller: Beller) -> Select[Any]:
    """Those that a caller may see, with the accounts that they were made with; newest first.

    ``eigen`` tells whether the caller is the gemeente itself, ``bestand`` the file in which a proposal goes to the
    bank; the gemeente alone sees that.
    """
    table, placed = BETALING.voorstel, BETALING.geplaatst
    return (
        select(
            table,
            table.c.gemeente.in_(beller.codes("gemeente")).label("eigen"),
            *(one.c[name].label(f"{one.name}_{name}") for one in (VAN, NAAR) for name in ("naam", "iban", "bic")),
            placed.c.bestand_id.label("bestand"),
        )
        .outerjoin(VAN, VAN.c.id == table.c.van_rekening)
        .outerjoin(NAAR, NAAR.c.id == table.c.naar_rekening)
        .outerjoin(placed, placed.c.voorstel_id == table.c.id)
        .where(visible(beller))
        .order_by(table.c.volgnummer.desc())
    )


async def read_rows(conn: AsyncConnection, beller: Beller, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These proposals, newest first."""
    statement = select_voorstellen(beller).where(BETALING.voorstel.c.id == any_(cast(list(ids), ARRAY(Uuid))))
    rows: Sequence[Row[Any]] = (await conn.execute(statement)).all()
    return rows


async def read_row(conn: AsyncConnection, beller: Beller, voorstel_id: UUID) -> Row[Any]:
    """A proposal that the caller may see; NietGevondenError otherwise."""
    for row in await read_rows(conn, beller, [voorstel_id]):
        return row
    raise NietGevondenError(NOT_FOUND)


async def read_own(conn: AsyncConnection, beller: Beller, voorstel_id: UUID) -> Row[Any]:
    """A proposal of the caller's own gemeente; VerbodenError for its aanbieder, NietGevondenError for others."""
    row = await read_row(conn, beller, voorstel_id)
    if not row.eigen:
        raise VerbodenError("Dit is aan de gemeente")
    return row


def voorstel_of(row: Row[Any]) -> Voorstel:
    """A row of ``select_voorstellen`` in domain terms."""
    return Voorstel(
        id=row.id,
        gemeente=row.gemeente,
        aanbieder=row.aanbieder,
        status=row.status,
        bedrag=row.bedrag,
        btw=row.btw,
        regels=row.regels,
        einddatum=row.einddatum,
        gemaakt_door=row.gemaakt_door,
        van=Rekening(row.van_naam, row.van_iban, row.van_bic) if row.van_iban else None,
        naar=Rekening(row.naar_naam, row.naar_iban, row.naar_bic) if row.naar_iban else None,
    )


async def release(
    conn: AsyncConnection, beller: Beller, voorstel_id: UUID, nu: datetime, vandaag: date, uitvoerdatum: date
) -> None:
    """Releases a concept, by another than its maker, when it agrees with the answers that were sent."""
    voorstel = await _hold(conn, beller, voorstel_id)
    check_release(voorstel, beller.subject, vandaag, uitvoerdatum)
    if await conn.scalar(select(func.count()).select_from(_disagreeing(voorstel_id))):
        raise BotsingError("Dit voorstel sluit niet aan op de antwoorden op de declaraties; zie /aansluiting")
    await _decide(conn, voorstel_id, beller, nu, status=VRIJGEGEVEN, uitvoerdatum=uitvoerdatum)


async def withdraw(conn: AsyncConnection, beller: Beller, voorstel_id: UUID, nu: datetime) -> None:
    """Withdraws a concept: its declarations are open again."""
    check_withdraw(await _hold(conn, beller, voorstel_id))
    placed = BETALING.declaratie
    await conn.execute(delete(placed).where(placed.c.voorstel_id == voorstel_id))
    await _decide(conn, voorstel_id, beller, nu, status=INGETROKKEN)


async def _hold(conn: AsyncConnection, beller: Beller, voorstel_id: UUID) -> Voorstel:
    """The proposal as it is once nobody else decides on it."""
    row = await read_own(conn, beller, voorstel_id)
    await lock_betalingen(conn, row.gemeente)
    return voorstel_of(await read_own(conn, beller, voorstel_id))


async def _decide(conn: AsyncConnection, voorstel_id: UUID, beller: Beller, nu: datetime, **values: Any) -> None:
    table = BETALING.voorstel
    values |= {"beslist": nu, "beslist_door": beller.subject}
    await conn.execute(update(table).where(table.c.id == voorstel_id).values(values))


def select_aansluiting(row: Row[Any]) -> Select[Any]:
    """Per declaration of a proposal: what it granted, the answer to it, and what of it is paid."""
    placed, declaratie = BETALING.declaratie, DECLARATIE
    answer = EXCHANGE.bericht.alias("antwoord")
    return (
        select(
            declaratie.c.id,
            declaratie.c.bericht_id,
            declaratie.c.soort,
            declaratie.c.nummer,
            declaratie.c.toegekend,
            answer.c.id.label("retour_id"),
            answer.c.bericht.label("retour"),
            answer.c.grootte,
            placed.c.bedrag.label("hier"),
        )
        .join(placed, placed.c.bericht_id == declaratie.c.bericht_id)
        .outerjoin(answer, answer.c.heen_id == declaratie.c.bericht_id)
        .where(placed.c.voorstel_id == row.id)
        .order_by(declaratie.c.id)
    )


def _disagreeing(voorstel_id: UUID) -> Any:
    """The declarations of a proposal whose lines do not make up what was granted."""
    placed, declaratie = BETALING.declaratie, DECLARATIE
    return (
        select(declaratie.c.id)
        .join(placed, placed.c.bericht_id == declaratie.c.bericht_id)
        .where(placed.c.voorstel_id == voorstel_id, placed.c.bedrag != declaratie.c.toegekend)
        .subquery("verschil")
    )

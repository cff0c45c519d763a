"""Accounts in the database: a change is a new version, and the latest counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.betalingen.domain import Rekening
from services.declaratie.betalingen.maken import lock_betalingen
from services.declaratie.tables import BETALING
from shared.security.partij import Partij


async def put_rekening(
    conn: AsyncConnection, gemeente: str, houder: Partij, rekening: Rekening, door: str, nu: datetime
) -> bool:
    """Makes this the account of a party at a gemeente; whether that changes anything."""
    await lock_betalingen(conn, gemeente)
    table = BETALING.rekening
    last = await read_rekening(conn, gemeente, houder)
    if last is not None and Rekening(last.naam, last.iban, last.bic) == rekening:
        return False
    await conn.execute(
        insert(table).values(
            gemeente=gemeente,
            houder=str(houder),
            naam=rekening.naam,
            iban=rekening.iban,
            bic=rekening.bic,
            gewijzigd=nu,
            gewijzigd_door=door,
        )
    )
    return True


async def read_rekening(conn: AsyncConnection, gemeente: str, houder: Partij) -> Row[Any] | None:
    """The account of a party at a gemeente."""
    table = BETALING.rekening
    mine = (table.c.gemeente == gemeente, table.c.houder == str(houder))
    return (await conn.execute(select(table).where(*mine).order_by(table.c.id.desc()).limit(1))).one_or_none()


async def read_rekeningen(conn: AsyncConnection, gemeente: str, after: str, most: int) -> Sequence[Row[Any]]:
    """The accounts of parties at a gemeente, in order of party, from the one after ``after``."""
    table = BETALING.rekening
    statement = (
        select(table)
        .where(table.c.gemeente == gemeente, table.c.houder > after)
        .ext(distinct_on(table.c.houder))
        .order_by(table.c.houder, table.c.id.desc())
        .limit(most)
    )
    return (await conn.execute(statement)).all()

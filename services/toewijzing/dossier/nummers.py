"""ToewijzingNummers that the node gives out for a gemeente, and what else is assigned to a client."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.zaak import NietZoError
from services.toewijzing.tables import DOSSIER, TOEWIJZING

EERSTE, LAATSTE = 800_000_000, 899_999_999
"""The node's own numbers: a range of its own, so that they rarely meet those that a gemeente gives out herself."""


async def geef_nummers(
    conn: AsyncConnection, gemeente: str, dossier_id: UUID, aantal: int, eerste: int | None
) -> list[int]:
    """So many numbers in a row that this gemeente has not used: from ``eerste`` if that is asked, else the next of the
    node's own. NietZoError when one of those asked for is taken."""
    lock = func.hashtextextended(f"dossier_nummer:{gemeente}", 0)
    await conn.execute(select(func.pg_advisory_xact_lock(lock)))
    first = eerste or await _next(conn, gemeente)
    numbers = list(range(first, first + aantal))
    if taken := await _taken(conn, gemeente, numbers):
        reason = f"ToewijzingNummer {taken[0]} is al gebruikt; geef een ander eerste nummer"
        raise NietZoError([Weigering("nummer_gebruikt", "/eersteNummer", reason)])
    if numbers:
        rows = [{"gemeente": gemeente, "nummer": one, "dossier_id": dossier_id} for one in numbers]
        await conn.execute(insert(DOSSIER.nummer), rows)
    return numbers


async def _next(conn: AsyncConnection, gemeente: str) -> int:
    highest = EERSTE - 1
    for table in (DOSSIER.nummer, TOEWIJZING):
        own = table.c.nummer.between(EERSTE, LAATSTE)
        found = await conn.scalar(select(func.max(table.c.nummer)).where(table.c.gemeente == gemeente, own))
        highest = max(highest, found or 0)
    return highest + 1


async def _taken(conn: AsyncConnection, gemeente: str, numbers: Sequence[int]) -> list[int]:
    found: set[int] = set()
    for table in (DOSSIER.nummer, TOEWIJZING):
        statement = select(table.c.nummer).where(table.c.gemeente == gemeente, table.c.nummer.in_(numbers))
        found |= set((await conn.scalars(statement)).all())
    return sorted(found)


async def dossier_van(conn: AsyncConnection, gemeente: str, nummer: int) -> UUID | None:
    """The case that a toewijzing comes from, if it comes from one."""
    table = DOSSIER.nummer
    statement = select(table.c.dossier_id).where(table.c.gemeente == gemeente, table.c.nummer == nummer)
    found: UUID | None = await conn.scalar(statement)
    return found

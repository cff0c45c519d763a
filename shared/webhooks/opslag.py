"""Subscriptions as their parties see them: made, shown, given another secret, woken, taken away."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Text, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.tables import ExchangeTables
from shared.problems import BotsingError
from shared.security.kluis import Kluis
from shared.security.roteren import Verzegeld
from shared.webhooks.bijwerken import ACTIEF
from shared.webhooks.handtekening import Geheim


def zegel_context(abonnement_id: UUID) -> str:
    """What the secrets of a subscription are bound to."""
    return f"abonnement {abonnement_id}"


def abonnementen(tables: ExchangeTables) -> Verzegeld:
    """The secrets of a service, for whoever changes the keys."""
    return Verzegeld(tables.abonnement, lambda row: zegel_context(row.id))


async def make(
    conn: AsyncConnection,
    tables: ExchangeTables,
    partij: str,
    url: str,
    berichten: Sequence[str] | None,
    geheim: Geheim,
    kluis: Kluis,
    now: datetime,
    most: int,
) -> UUID:
    """Writes one down, that begins with what waits in the mailbox; BotsingError when the party has so many (``most``)
    already, or one to this URL."""
    table = tables.abonnement
    # Two at once for the same party: the second sees the first.
    key = literal(f"abonnement {partij}", Text())
    await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    there = list(await conn.scalars(select(table.c.url).where(table.c.partij == partij)))
    if url in there:
        raise BotsingError("Er is al een abonnement met deze url")
    if len(there) >= most:
        raise BotsingError(f"U hebt al {most} abonnementen bij deze dienst; meer kan niet")
    made = uuid4()
    row = {"id": made, "partij": partij, "url": url, "berichten": berichten and list(berichten), "status": ACTIEF}
    sealed = kluis.seal(geheim.as_bytes(), zegel_context(made))
    await conn.execute(insert(table).values(**row, gemaakt=now, inhoud=sealed))
    return made


async def shown(
    conn: AsyncConnection, tables: ExchangeTables, partijen: Collection[str], abonnement_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """Those of these parties, or the one with this id, oldest first; with how many messages each is still to tell of
    (``wachtend``), as far as it has looked, and how many it gave up."""
    a, z = tables.abonnement, tables.bezorging
    own = (z.c.abonnement_id == a.c.id, z.c.bezorgd.is_(None))
    waiting = select(func.count()).where(*own, z.c.opgegeven.is_(None)).scalar_subquery()
    given_up = select(func.count()).where(*own, z.c.opgegeven.is_not(None)).scalar_subquery()
    statement = (
        select(a, waiting.label("wachtend"), given_up.label("opgegeven"))
        .where(a.c.partij.in_(partijen))
        .order_by(a.c.volgnummer)
    )
    if abonnement_id is not None:
        statement = statement.where(a.c.id == abonnement_id)
    return (await conn.execute(statement)).all()


async def change_secret(
    conn: AsyncConnection,
    tables: ExchangeTables,
    partijen: Collection[str],
    abonnement_id: UUID,
    kluis: Kluis,
    now: datetime,
) -> Geheim | None:
    """Another secret, beside which the one before it holds for a day; None when there is no such subscription."""
    a = tables.abonnement
    own = (a.c.id == abonnement_id, a.c.partij.in_(partijen))
    kept = await conn.scalar(select(a.c.inhoud).where(*own).with_for_update())
    if kept is None:
        return None
    context = zegel_context(abonnement_id)
    fresh = Geheim.of_bytes(kluis.open(kept, context)).changed(now)
    await conn.execute(update(a).where(*own).values(inhoud=kluis.seal(fresh.as_bytes(), context)))
    return fresh


async def wake(conn: AsyncConnection, tables: ExchangeTables, partijen: Collection[str], abonnement_id: UUID) -> bool:
    """Lets it go on at once, with all that waits and all that it gave up; False when there is no such subscription."""
    a, z = tables.abonnement, tables.bezorging
    own = (a.c.id == abonnement_id, a.c.partij.in_(partijen))
    anew = {"status": ACTIEF, "mislukt": 0, "mislukt_sinds": None, "volgende": None}
    if not (await conn.execute(update(a).where(*own).values(anew))).rowcount:
        return False
    values = {"pogingen": 0, "eerste": None, "volgende": None, "opgegeven": None}
    await conn.execute(update(z).where(z.c.abonnement_id == abonnement_id, z.c.bezorgd.is_(None)).values(values))
    return True


async def remove(conn: AsyncConnection, tables: ExchangeTables, partijen: Collection[str], abonnement_id: UUID) -> bool:
    """Takes it away, with all that it was to tell of; False when there is no such subscription."""
    a = tables.abonnement
    gone = await conn.execute(delete(a).where(a.c.id == abonnement_id, a.c.partij.in_(partijen)))
    return bool(gone.rowcount)


async def count(conn: AsyncConnection, tables: ExchangeTables) -> tuple[int, int, int]:
    """Of all parties: subscriptions at rest, messages to tell of, and messages given up."""
    a, z = tables.abonnement, tables.bezorging
    resting = select(func.count()).select_from(a).where(a.c.status != ACTIEF).scalar_subquery()
    is_open = select(func.count()).where(z.c.bezorgd.is_(None), z.c.opgegeven.is_(None)).scalar_subquery()
    given_up = select(func.count()).where(z.c.opgegeven.is_not(None), z.c.bezorgd.is_(None)).scalar_subquery()
    row = (await conn.execute(select(resting, is_open, given_up))).one()
    return row[0], row[1], row[2]

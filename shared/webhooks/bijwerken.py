"""What a subscription is to tell of, found in the mailbox: nothing is written for it while a message is judged.

Numbers in the mailbox are drawn in order and become visible out of order, so "all after the highest I saw" would skip
for ever what a slower transaction commits later. Hence a ``positie`` up to which nothing can come any more, and above
it a row for each message that was found (``bezorging``), by which it is not found twice. The ``positie`` moves so: the
highest number that is there is marked, together with a transaction of our own that begins after it was seen; when every
transaction before that one has ended, no lower number can appear. For who draws a number has a transaction id by then:
his message was written before it was put into the mailbox.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    and_,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.tables import ExchangeTables
from shared.webhooks.gebeurtenis import Post

ACTIEF, RUST = "actief", "rust"
HUUR = timedelta(seconds=60)
"""How long a process has a subscription to itself; of one that was killed another takes it over after that."""
MOST_NEW, MOST_OPEN = 200, 2000
"""Messages of one subscription that are to be told of, as rows: those not tried yet, and all; the rest stays in the
mailbox until there is room. What was refused takes no place of what is new, until there is very much of it."""
_XMIN = literal_column("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint", BigInteger)
_XMAX = literal_column("(pg_snapshot_xmax(pg_current_snapshot())::text)::bigint", BigInteger)
_OWN_TX = literal_column("(pg_current_xact_id()::text)::bigint", BigInteger)


@dataclass(frozen=True, slots=True)
class Beurt:
    """A subscription that is at work in this process."""

    id: UUID
    partij: str
    url: str
    berichten: Sequence[str] | None
    inhoud: bytes
    mislukt: int
    mislukt_sinds: datetime | None


async def take(
    conn: AsyncConnection, tables: ExchangeTables, huurder: UUID, nu: datetime, most: int, busy: Collection[UUID]
) -> list[Beurt]:
    """Subscriptions with something to do that nobody is at work on; they are this process's for a while."""
    a = tables.abonnement
    free = or_(a.c.gehuurd_tot.is_(None), a.c.gehuurd_tot < func.clock_timestamp())
    ready = and_(a.c.status == ACTIEF, or_(a.c.volgende.is_(None), a.c.volgende <= nu), free)
    work = or_(_unseen(tables), _there_is(tables.bezorging, _of(tables, a.c.id), _is_due(tables, nu)))
    chosen = (
        select(a.c.id)
        .where(ready, a.c.id.not_in(list(busy)), work)
        .order_by(a.c.laatste_poging.nulls_first())
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    until = func.clock_timestamp() + cast(literal(HUUR), INTERVAL)
    taken = update(a).where(a.c.id.in_(chosen)).values(huurder=huurder, gehuurd_tot=until)
    rows = await conn.execute(taken.returning(*(a.c[name] for name in Beurt.__slots__)))
    return [Beurt(*row) for row in rows]


async def give_back(conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, huurder: UUID) -> None:
    """Lets others have it."""
    a = tables.abonnement
    own = (a.c.id == beurt.id, a.c.huurder == huurder)
    await conn.execute(update(a).where(*own).values(huurder=None, gehuurd_tot=None))


async def look(conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, nu: datetime) -> None:
    """Finds what came since, and moves the ``positie``. In a transaction of its own, that did nothing before."""
    a, z = tables.abonnement, tables.bezorging
    seen = (await conn.execute(_standing(tables, beurt))).one_or_none()
    if seen is None:
        return  # it was taken away meanwhile
    room = max(min(MOST_NEW - seen.nieuw, MOST_OPEN - seen.open), 0)
    found = await _add(conn, tables, beurt, seen.positie, room) if room else []
    positie, mark_stays = seen.positie, seen.merk_nummer is not None and not seen.vreemd
    if mark_stays and seen.voorbij:
        everything = room > len(found)
        reached = seen.merk_nummer if everything else min(seen.merk_nummer, max(found, default=positie))
        positie = max(positie, reached)
        mark_stays = positie < seen.merk_nummer
    values: dict[str, Any] = {"positie": positie}
    if not mark_stays:
        higher = seen.hoogste is not None and seen.hoogste > positie
        values |= {"merk_nummer": seen.hoogste if higher else None, "merk_tx": _OWN_TX if higher else None}
    await conn.execute(update(a).where(a.c.id == beurt.id).values(values))
    gone = ~_there_is(tables.postbus, _waiting(tables), tables.postbus.c.volgnummer == z.c.volgnummer)
    own = z.c.abonnement_id == beurt.id
    await conn.execute(update(z).where(own, z.c.bezorgd.is_(None), gone).values(bezorgd=nu))
    await conn.execute(delete(z).where(own, z.c.volgnummer <= positie, z.c.bezorgd.is_not(None)))


async def due(conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, nu: datetime, most: int) -> list[Post]:
    """So many to tell of now: first what was never tried, oldest first. Of a receiver that failed one that is new and
    one that failed: he may refuse all that failed, and he may fail at first with all that is new."""
    volgende = tables.bezorging.c.volgende
    first = await _due(conn, tables, beurt, nu, volgende.nulls_first(), 1 if beurt.mislukt else most)
    other = await _due(conn, tables, beurt, nu, volgende.nulls_last(), 1) if beurt.mislukt else []
    return list({post.volgnummer: post for post in (*first, *other)}.values())


async def _due(
    conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, nu: datetime, order: ColumnElement[Any], most: int
) -> list[Post]:
    """The first in this order."""
    z, p, b = tables.bezorging, tables.postbus, tables.bericht
    statement = (
        select(
            z.c.volgnummer, b.c.id, b.c.bericht, b.c.release, b.c.afzender, b.c.ontvanger,
            b.c.heen_id, p.c.geplaatst, z.c.pogingen, z.c.eerste,
        )
        .join(p, p.c.volgnummer == z.c.volgnummer)
        .join(b, b.c.id == p.c.bericht_id)
        .where(z.c.abonnement_id == beurt.id, _is_due(tables, nu), _waiting(tables))
        .order_by(order, z.c.volgnummer)
        .limit(most)
    )  # fmt: skip
    rows: Any = await conn.execute(statement)
    return [Post(*row) for row in rows]


def _standing(tables: ExchangeTables, beurt: Beurt) -> Any:
    """Where it is, and it stays until the transaction ends: locking it gives the transaction its id after this was
    seen, as the mark asks. ``vreemd``: its mark is of another server, of which this one is a copy."""
    a, p = tables.abonnement, tables.postbus
    newer = (p.c.partij == a.c.partij, _waiting(tables), p.c.volgnummer > a.c.positie)
    is_open = select(func.count()).where(_of(tables, a.c.id), _is_open(tables))
    return (
        select(
            a.c.positie,
            a.c.merk_nummer,
            func.coalesce(a.c.merk_tx < _XMIN, False).label("voorbij"),
            func.coalesce(a.c.merk_tx >= _XMAX, False).label("vreemd"),
            select(func.max(p.c.volgnummer)).where(*newer).scalar_subquery().label("hoogste"),
            is_open.scalar_subquery().label("open"),
            is_open.where(tables.bezorging.c.pogingen == 0).scalar_subquery().label("nieuw"),
        )
        .where(a.c.id == beurt.id)
        .with_for_update(read=True, key_share=True, of=a)
    )


async def _add(conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, positie: int, room: int) -> list[int]:
    """Rows for what waits above the ``positie`` and has none yet, the lowest first; their numbers."""
    z, p, b = tables.bezorging, tables.postbus, tables.bericht
    known = _there_is(z, _of(tables, beurt.id), z.c.volgnummer == p.c.volgnummer)
    wanted = (
        select(literal(beurt.id, z.c.abonnement_id.type), p.c.volgnummer, p.c.partij)
        .join(b, b.c.id == p.c.bericht_id)
        .where(p.c.partij == beurt.partij, _waiting(tables), p.c.volgnummer > positie, ~known)
        .order_by(p.c.volgnummer)
        .limit(room)
    )
    if beurt.berichten is not None:
        wanted = wanted.where(b.c.bericht.in_(beurt.berichten))
    adding = upsert(z).from_select(["abonnement_id", "volgnummer", "partij"], wanted).on_conflict_do_nothing()
    return list(await conn.scalars(adding.returning(z.c.volgnummer)))


def _unseen(tables: ExchangeTables) -> ColumnElement[bool]:
    """Whether mail of the party of a subscription was not looked at yet."""
    a, z, p = tables.abonnement, tables.bezorging, tables.postbus
    known = _there_is(z, _of(tables, a.c.id), z.c.volgnummer == p.c.volgnummer)
    return _there_is(p, p.c.partij == a.c.partij, _waiting(tables), p.c.volgnummer > a.c.positie, ~known)


def _there_is(table: Table, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row in this table, looked up for each by its index. Without OFFSET the planner would
    rather hash the whole table, for each subscription anew."""
    found: Select[Any] = select(literal_column("1")).select_from(table).where(*where).correlate_except(table)
    return found.offset(0).exists()


def _of(tables: ExchangeTables, abonnement: Any) -> ColumnElement[bool]:
    own: ColumnElement[bool] = tables.bezorging.c.abonnement_id == abonnement
    return own


def _waiting(tables: ExchangeTables) -> ColumnElement[bool]:
    """What its party has fetched need not be told."""
    return tables.postbus.c.ontvangen.is_(None)


def _is_open(tables: ExchangeTables) -> ColumnElement[bool]:
    c = tables.bezorging.c
    return and_(c.bezorgd.is_(None), c.opgegeven.is_(None))


def _is_due(tables: ExchangeTables, nu: datetime) -> ColumnElement[bool]:
    c = tables.bezorging.c
    return and_(_is_open(tables), or_(c.volgende.is_(None), c.volgende <= nu))

"""Checks the audit trail of a service against its seals: on the database itself, or on a copy of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise

from sqlalchemy import BigInteger, Table, bindparam, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.tables import ExchangeTables
from shared.exchange.verzegeling import NOTHING, after, as_seal, reached
from shared.security.audit import KOLOMMEN, Zegel, first_break, is_genuine
from shared.statement import Statement

WINDOW = timedelta(minutes=5)
"""So much older than the newest row none may be without seal."""


class BreukError(Exception):
    """The trail is not as it was written; the message (Dutch) names the first place."""


@dataclass(slots=True)
class Bevinding:
    """What a whole trail has: sealed rows, seals (those of what was cleared not counted), and rows not sealed yet."""

    rijen: int = 0
    zegels: int = 0
    los: int = 0
    laatste: Zegel = NOTHING


async def check(conn: AsyncConnection, tables: ExchangeTables, key: bytes, anker: str | None = None) -> Bevinding:
    """Walks along the whole chain, in the snapshot of the caller's transaction (REPEATABLE READ, or a service that
    stands still). ``anker``: a seal that was remembered elsewhere (``12:0a1b...``), which must be among them.

    Raises BreukError at the first thing that is not right.
    """
    cleared = await _cleared(conn, tables, key)
    bevinding, last = Bevinding(), NOTHING
    counts = await _ends_of_counts(conn, tables)
    async for zegel in _seals(conn, tables, cleared or 0):
        _check_seal(zegel, last, key, cleared)
        if zegel.nummer == cleared:
            await _nothing_left(conn, tables, zegel)
        else:
            await _check_rows(conn, tables, last, zegel, counts.get(last.na_id))
            bevinding.rijen += len(zegel.ids)
        bevinding.zegels += 1
        if anker is not None and anker == zegel.naam:
            anker = None
        last = zegel
    if anker is not None:
        raise BreukError(f"zegel {anker.partition(':')[0]} is niet (meer) dat van het anker")
    bevinding.laatste, bevinding.los = last, await _check_tail(conn, tables, last)
    await _check_messages(conn, tables, cleared=cleared is not None)
    return bevinding


async def _cleared(conn: AsyncConnection, tables: ExchangeTables, key: bytes) -> int | None:
    """The seal up to which the rows are gone, as the last seal about it says."""
    c = tables.zegel.c
    last = select(tables.zegel).where(c.opgeruimd_tot.is_not(None)).order_by(c.nummer.desc()).limit(1)
    row = (await conn.execute(last)).one_or_none()
    if row is None:
        return None
    if not is_genuine(as_seal(row), key):
        raise BreukError(f"zegel {row.nummer} is niet van deze dienst, of gewijzigd")
    cleared: int = row.opgeruimd_tot
    return cleared


def _check_seal(zegel: Zegel, last: Zegel, key: bytes, cleared: int | None) -> None:
    first = last is NOTHING
    expected = last.nummer + 1 if cleared is None or not first else cleared
    if zegel.nummer != expected:
        raise BreukError(f"zegel {expected} is weg")
    if not is_genuine(zegel, key):
        raise BreukError(f"zegel {zegel.nummer} is niet van deze dienst, of gewijzigd")
    if zegel.vorige != last.zegel and not (first and cleared is not None):
        raise BreukError(f"zegel {zegel.nummer} volgt niet op zegel {last.nummer}")


async def _seals(conn: AsyncConnection, tables: ExchangeTables, first: int) -> AsyncIterator[Zegel]:
    table, at = tables.zegel, first - 1
    while True:
        page = select(table).where(table.c.nummer > at).order_by(table.c.nummer).limit(100)
        rows = (await conn.execute(page)).all()
        for row in rows:
            yield as_seal(row)
            at = row.nummer
        if not rows:
            return


async def _ends_of_counts(conn: AsyncConnection, tables: ExchangeTables) -> dict[int, int]:
    """Of each count of transactions that has ended (by its ``na_id``): the highest row number in it."""
    column = tables.zegel.c.na_id
    return dict(pairwise(await conn.scalars(select(column).distinct().order_by(column))))


async def _check_rows(
    conn: AsyncConnection, tables: ExchangeTables, last: Zegel, zegel: Zegel, highest: int | None
) -> None:
    if zegel.soort != "rijen":
        return
    values = reached(last) | {"tot_tx": zegel.tx_tot, "tot_id": zegel.id_tot, "highest": highest or 2**63 - 1}
    found = first_break(zegel, await _between(tables.audit).rows(conn, values))
    if found is not None:
        number, what = found
        raise BreukError(f"rij {number} {what} (zegel {zegel.nummer} van {zegel.tijd:%Y-%m-%d %H:%M:%S})")


@cache
def _between(table: Table) -> Statement:
    c = table.c
    until = tuple_(bindparam("tot_tx", type_=BigInteger()), bindparam("tot_id", type_=BigInteger()))
    own = (after(table), tuple_(c.tx, c.id) <= until, c.id <= bindparam("highest", type_=BigInteger()))
    return Statement(select(*(c[name] for name in KOLOMMEN)).where(*own).order_by(c.tx, c.id))


async def _nothing_left(conn: AsyncConnection, tables: ExchangeTables, zegel: Zegel) -> None:
    """Below what was cleared there is nothing: what stands there was put there."""
    c = tables.audit.c
    below = (c.id <= zegel.na_id) | (tuple_(c.tx, c.id) <= tuple_(zegel.tx_tot, zegel.id_tot))
    left = await conn.scalar(select(c.id).where(below).order_by(c.tx, c.id).limit(1))
    if left is not None:
        raise BreukError(f"rij {left} staat voor zegel {zegel.nummer}, waar alles is opgeruimd")


async def _check_tail(conn: AsyncConnection, tables: ExchangeTables, last: Zegel) -> int:
    """How many rows have no seal yet: none that is much older than the newest."""
    c = tables.audit.c
    tail = select(func.count(), func.min(c.tijd), func.max(c.tijd)).where(after(tables.audit))
    los, oldest, newest = (await conn.execute(tail, reached(last))).one()
    newest = max(newest, last.tijd) if newest else newest
    if los and newest - oldest > WINDOW:
        raise BreukError(
            f"na zegel {last.nummer} zijn {los} rijen niet verzegeld, de oudste van {oldest:%Y-%m-%d %H:%M}"
        )
    return int(los)


async def _check_messages(conn: AsyncConnection, tables: ExchangeTables, *, cleared: bool) -> None:
    """Every message that came in has its row, also where that had no seal yet; but for those of before what is left."""
    heen, spoor = tables.bericht, tables.audit
    noted = exists().where(spoor.c.bericht_id == heen.c.id, spoor.c.handeling == "verzonden")
    missing = select(heen.c.id).where(heen.c.heen_id.is_(None), ~noted)
    if cleared:
        # The clock of the service may differ from that of the database.
        since = select(func.min(spoor.c.tijd) + timedelta(days=1)).scalar_subquery()
        missing = missing.where(heen.c.ontvangen > since)
    found = await conn.scalar(missing.order_by(heen.c.volgnummer).limit(1))
    if found is not None:
        raise BreukError(f"bericht {found} heeft geen rij in het spoor")

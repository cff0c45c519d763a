"""The sealer: chains what was added to the audit trail, now and then, beside the work (``shared.security.audit``).

A row is chained once every transaction that is older than its own has ended: until then one of those could still add
a row before it. So a row waits ``ROUND_SECONDS`` at most, and besides as long as the longest transaction then under
way. Deeds wait for nothing: they only insert. Every process of a service runs a sealer; one at a time is at work.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import structlog
from asyncpg import Record
from prometheus_client import Gauge
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.huis import Huis
from shared.exchange.tables import ExchangeTables
from shared.namens import intern
from shared.security.audit import KOLOMMEN, START, Zegel, is_genuine, row_hashes, seal_key, value_of
from shared.statement import Statement

ROUND_SECONDS = 5.0
TELL_SECONDS = 600.0
BATCH = 500
"""Rows in one seal: hashing them holds up the event loop for a few milliseconds."""
MOST = 2**63 - 1
NOTHING = Zegel(0, datetime.min.replace(tzinfo=UTC), "rijen", 0, 0, 0, (), b"", None, b"", START)
"""What the first seal follows on."""
_SEAL = (
    "nummer", "tijd", "soort", "na_id", "tx_tot", "id_tot", "ids", "schakels", "opgeruimd_tot", "vorige", "zegel",
)  # fmt: skip
log = structlog.get_logger()


class ZegelError(Exception):
    """The last seal is not ours: whoever looks into it needs the trail as it is, so nothing is added to it."""


class Verzegelaar:
    """Seals in rounds until ``stop``, which does a last one."""

    def __init__(self, huis: Huis) -> None:
        self._huis = huis
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._told = time.monotonic() - TELL_SECONDS
        self._behind = Gauge(
            "knooppunt_audit_onverzegeld_seconden",
            "Age of the oldest row of the audit trail that is not chained yet (alarm: five minutes)",
            ["service"],
            registry=huis.meters.registry,
        )

    async def stop(self) -> None:
        """Seal what is there and end ``run``; returns when it has."""
        self._stopping.set()
        await self._ended.wait()

    async def run(self) -> None:
        """Without keys nothing is sealed: the service is not ready then, and takes nothing in either."""
        try:
            await self._rounds()
        finally:
            self._ended.set()

    async def _rounds(self) -> None:
        while True:
            last = self._stopping.is_set()
            try:
                await self.round()
            except (SQLAlchemyError, OSError, TimeoutError):
                log.warning("seal_failed", service=self._huis.service, exc_info=True)
            except ZegelError:
                log.error("seal_not_ours", service=self._huis.service)  # noqa: TRY400 - there is nothing to trace
            if last:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._stopping.wait()

    async def round(self) -> None:
        """Seals all that can be sealed now."""
        huis, made = self._huis, None
        if not huis.kluis.pseudoniem_sleutel:
            return
        key = seal_key(huis.kluis.pseudoniem_sleutel, huis.service)
        with intern():
            while (zegel := await self._next(key)) is not None:
                made = zegel
            async with huis.engine.connect() as conn:
                self._behind.labels(huis.service).set(await _behind(conn, huis.tables))
        if made is not None and time.monotonic() - self._told >= TELL_SECONDS:
            # Kept elsewhere, it proves later that the trail up to here is still all there.
            log.info("audit_sealed", service=huis.service, nummer=made.nummer, zegel=made.zegel.hex())
            self._told = time.monotonic()

    async def _next(self, key: bytes) -> Zegel | None:
        """Each seal has a transaction of its own: it is there before the next one follows on it."""
        async with self._huis.engine.begin() as conn:
            return await seal(conn, self._huis.tables, key)


async def seal(conn: AsyncConnection, tables: ExchangeTables, key: bytes, most: int = BATCH) -> Zegel | None:
    """Makes the next seal, in the caller's transaction; None when there is nothing to seal, or another is at it.

    Raises ZegelError when the last seal was not made with this key.
    """
    if not await conn.scalar(select(func.pg_try_advisory_xact_lock(_lock_on(tables)))):
        return None
    last = await last_seal(conn, tables)
    if last is not NOTHING and not is_genuine(last, key):
        raise ZegelError
    # The snapshot of this statement, so that of the rows that are read after it shows no less.
    horizon, newest, now = (await conn.execute(text(_HORIZON))).one()
    # Where transactions are counted anew, what still follows is of the old count, but for what may be under way.
    anew = last.tx_tot >= horizon
    values = reached(last) | {"horizon": horizon, "newest": newest if anew else MOST, "most": most}
    rows = await _unsealed(tables.audit).rows(conn, values)
    if rows:
        all_of_them = len(rows) < most and not anew
        until = (horizon - 1, MOST) if all_of_them else (rows[-1]["tx"], rows[-1]["id"])
        return await add_seal(conn, tables, key, now, _following(last, rows, until))
    if anew and await _oldest_after(conn, tables, last) is None:
        numbers = select(func.unnest(tables.zegel.c.ids).label("id")).subquery()
        highest = await conn.scalar(select(func.max(numbers.c.id)))
        return await add_seal(conn, tables, key, now, _counting_anew(last, max(highest or 0, last.na_id)))
    return None


_HORIZON = """
    select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, now() from pg_current_snapshot() as s
"""


async def last_seal(conn: AsyncConnection, tables: ExchangeTables) -> Zegel:
    """The newest; ``NOTHING`` when there is none."""
    table = tables.zegel
    row = (await conn.execute(select(table).order_by(table.c.nummer.desc()).limit(1))).one_or_none()
    return NOTHING if row is None else as_seal(row)


def as_seal(row: Row[Any]) -> Zegel:
    """A row of ``audit_zegel``."""
    return Zegel(**{name: getattr(row, name) for name in _SEAL})


def after(table: Table) -> ColumnElement[bool]:
    """What comes after a seal; for the parameters see ``reached``."""
    point = tuple_(bindparam("tx_tot", type_=BigInteger()), bindparam("id_tot", type_=BigInteger()))
    return and_(tuple_(table.c.tx, table.c.id) > point, table.c.id > bindparam("na_id", type_=BigInteger()))


def reached(zegel: Zegel) -> dict[str, int]:
    """How far a seal goes."""
    return {"tx_tot": zegel.tx_tot, "id_tot": zegel.id_tot, "na_id": zegel.na_id}


@cache
def _unsealed(table: Table) -> Statement:
    """What has nothing before it any more."""
    c = table.c
    horizon, newest = (bindparam(name, type_=BigInteger()) for name in ("horizon", "newest"))
    shown = select(*(c[name] for name in KOLOMMEN)).where(after(table), or_(c.tx < horizon, c.tx > newest))
    return Statement(shown.order_by(c.tx, c.id).limit(bindparam("most", type_=BigInteger())))


async def _oldest_after(conn: AsyncConnection, tables: ExchangeTables, zegel: Zegel) -> datetime | None:
    """When the first row after a seal was written."""
    table = tables.audit
    first = select(table.c.tijd).where(after(table)).order_by(table.c.tx, table.c.id).limit(1)
    found: datetime | None = await conn.scalar(first, reached(zegel))
    return found


async def _behind(conn: AsyncConnection, tables: ExchangeTables) -> float:
    """How long the oldest row waits, in seconds of the database's own clock."""
    oldest = await _oldest_after(conn, tables, await last_seal(conn, tables))
    if oldest is None:
        return 0.0
    return (await _now(conn) - oldest).total_seconds()


async def _now(conn: AsyncConnection) -> datetime:
    """By the clock of the database."""
    return (await conn.execute(select(func.now()))).scalar_one()


def _following(last: Zegel, rows: Sequence[Record], until: tuple[int, int]) -> Zegel:
    """The seal of these rows."""
    hashes = b"".join(row_hashes(last.zegel, rows))
    numbers = [row["id"] for row in rows]
    return Zegel(last.nummer + 1, last.tijd, "rijen", last.na_id, *until, numbers, hashes, None, last.zegel)


def _counting_anew(last: Zegel, na_id: int) -> Zegel:
    """The seal between two counts of transactions."""
    return Zegel(last.nummer + 1, last.tijd, "hervat", na_id, 0, 0, (), b"", None, last.zegel)


def clearing(last: Zegel, nummer: int) -> Zegel:
    """The seal that says that the rows of this one and older ones are past their retention."""
    until = (last.tx_tot, last.id_tot)
    return Zegel(last.nummer + 1, last.tijd, "opgeruimd", last.na_id, *until, (), b"", nummer, last.zegel)


async def clear(conn: AsyncConnection, tables: ExchangeTables, key: bytes, before: datetime) -> int:
    """Takes away the rows that are older than this, whole seals at a time, in the caller's transaction; how many. The
    chain goes on from there. For the owner of the schema alone: a service cannot take rows away.

    Raises ZegelError when the last seal was not made with this key.
    """
    await conn.execute(select(func.pg_advisory_xact_lock(_lock_on(tables))))
    last, c = await last_seal(conn, tables), tables.zegel.c
    if last is not NOTHING and not is_genuine(last, key):
        raise ZegelError
    # A seal is made after its rows: if it is old enough, so are they.
    reaches = await conn.scalar(select(func.max(c.nummer)).where(c.tijd < before, c.soort == "rijen"))
    done = await conn.scalar(select(func.max(c.opgeruimd_tot)))
    if reaches is None or reaches <= (done or 0):
        return 0
    gone = select(func.unnest(c.ids)).where(c.nummer <= reaches)
    found = await conn.execute(delete(tables.audit).where(tables.audit.c.id.in_(gone)))
    await conn.execute(delete(tables.zegel).where(c.nummer < reaches))
    await add_seal(conn, tables, key, await _now(conn), clearing(last, reaches))
    return found.rowcount


def _lock_on(tables: ExchangeTables) -> ColumnElement[int]:
    """One at a time, of all that add seals."""
    return func.hashtextextended(f"knooppunt:zegel:{tables.audit.schema}", 0)


async def add_seal(conn: AsyncConnection, tables: ExchangeTables, key: bytes, now: datetime, zegel: Zegel) -> Zegel:
    """Writes a seal, with its time and value."""
    made = replace(zegel, tijd=now)
    made = replace(made, zegel=value_of(made, key))
    await conn.execute(insert(tables.zegel).values({name: getattr(made, name) for name in _SEAL}))
    return made

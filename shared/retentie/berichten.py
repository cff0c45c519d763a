"""What is kept of messages: content, the mailbox, and at last the keys and hashes by which a repeat is known (P2)."""

import asyncio
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.dienst import GEPARKEERD
from shared.exchange.tables import ExchangeTables
from shared.iwmo.canoniek import canonical_hash
from shared.payload import LARGE_BYTES
from shared.problems import NietBeschikbaarError
from shared.retentie.opruimen import BATCH, Ronde, Soort, Weg

log = structlog.get_logger()


async def clear_inhoud(conn: AsyncConnection, ronde: Ronde) -> Weg:
    """The content of a message and of its answer, both at once: when whoever they are for fetched them long enough ago,
    or left them lying for as long as the mailbox keeps things. What is in the mailbox yet goes with it."""
    rows = await _past_content(conn, ronde)
    ready = [row for row in rows if not _is_large(row) or await _keep_canonical_hash(conn, ronde, row.id)]
    table, box = ronde.tables.bericht, ronde.tables.postbus
    ids = _ids(ready)
    await conn.execute(update(table).where(table.c.id.in_(ids)).values(inhoud=None))
    await conn.execute(delete(box).where(box.c.bericht_id.in_(ids), box.c.ontvangen.is_(None)))
    return [row.gemeente for row in ready]


async def clear_sleutels(conn: AsyncConnection, ronde: Ronde) -> Weg:
    """All that is left of a message and its answer, once their content is gone. One from which state or money came
    stays as long as that does: its number is the proof of it."""
    heen, answer = _pair(ronde.tables)
    statement = (
        select(heen.c.id, answer.c.id.label("antwoord_id"), _gemeente(heen).label("gemeente"))
        .select_from(heen.outerjoin(answer, answer.c.heen_id == heen.c.id))
        .where(
            _concluded(heen, ronde, heen.c.verwerkt < ronde.grenzen.sleutel),
            heen.c.inhoud.is_(None),
            answer.c.inhoud.is_(None),
            *_not_referred_to(ronde.tables, heen, answer),
        )
        .order_by(heen.c.volgnummer)
        .limit(BATCH)
    )
    rows = (await conn.execute(statement)).all()
    table, box, ids = ronde.tables.bericht, ronde.tables.postbus, _ids(rows)
    await conn.execute(delete(box).where(box.c.bericht_id.in_(ids)))
    await conn.execute(delete(table).where(table.c.heen_id.in_(ids)))
    await conn.execute(delete(table).where(table.c.id.in_(ids)))
    return [row.gemeente for row in rows]


BERICHTEN = (Soort("berichten: inhoud", clear_inhoud), Soort("berichten: sleutels", clear_sleutels))


async def _past_content(conn: AsyncConnection, ronde: Ronde) -> Any:
    heen, answer = _pair(ronde.tables)
    box, grenzen = ronde.tables.postbus.c, ronde.grenzen
    waits = and_(box.ontvangen.is_(None), box.geplaatst >= grenzen.postbus)
    recent = or_(waits, box.ontvangen >= grenzen.inhoud)
    statement = (
        select(
            heen.c.id, answer.c.id.label("antwoord_id"), heen.c.grootte, heen.c.inhoud.is_not(None).label("er_is"),
            _gemeente(heen).label("gemeente"),
        )
        .select_from(heen.outerjoin(answer, answer.c.heen_id == heen.c.id))
        .where(
            _concluded(heen, ronde, heen.c.verwerkt < grenzen.inhoud),
            or_(heen.c.inhoud.is_not(None), answer.c.inhoud.is_not(None)),
            *(~exists().where(box.bericht_id == one.c.id, recent) for one in (heen, answer)),
        )
        .order_by(heen.c.volgnummer)
        .limit(BATCH)
    )  # fmt: skip
    return (await conn.execute(statement)).all()


def _is_large(row: Row[Any]) -> bool:
    """Whether its hash is that of its bytes, which say nothing of the same content written otherwise."""
    return bool(row.er_is) and row.grootte > LARGE_BYTES


async def _keep_canonical_hash(conn: AsyncConnection, ronde: Ronde, bericht_id: UUID) -> bool:
    """Writes the hash by which the message is known once its content is gone; False when that cannot be opened now, so
    that it stays for a next time."""
    table = ronde.tables.bericht
    own = table.c.id == bericht_id
    row = (await conn.execute(select(table.c.inhoud, table.c.grootte).where(own))).one()
    try:
        payload = ronde.kluis.open_payload(row.inhoud, str(bericht_id), row.grootte)
    except NietBeschikbaarError:
        log.warning("content_not_opened", bericht_id=str(bericht_id))
        return False
    hash_ = await asyncio.to_thread(canonical_hash, payload)
    await conn.execute(update(table).where(own).values(hash=bindparam("canoniek")), {"canoniek": hash_})
    return True


def _pair(tables: ExchangeTables) -> tuple[Any, Any]:
    return tables.bericht.alias("heen"), tables.bericht.alias("retour")


def _concluded(heen: FromClause, ronde: Ronde, old: ColumnElement[bool]) -> ColumnElement[bool]:
    """A message, no answer, with a verdict of long ago, of one of these gemeenten."""
    verdict = heen.c.status != GEPARKEERD
    return and_(heen.c.heen_id.is_(None), verdict, old, ronde.groep.has(_gemeente(heen)))


def _gemeente(heen: FromClause) -> ColumnElement[str]:
    """The code of the gemeente that a message is from or for."""
    van = heen.c.partij_van
    named = case((van.startswith("gemeente:"), van), else_=heen.c.partij_naar)
    return func.split_part(named, ":", 2)


def _ids(rows: Any) -> list[UUID]:
    return [found for row in rows for found in (row.id, row.antwoord_id) if found is not None]


def _not_referred_to(tables: ExchangeTables, *pair: FromClause) -> list[ColumnElement[bool]]:
    """No row of the service's own state names the message or its answer: by the foreign keys, so that none is
    forgotten, and by the columns that go without one for speed."""
    own = (tables.bericht, tables.postbus, tables.audit, tables.termijn)
    others = [table for table in tables.bericht.metadata.tables.values() if table not in own]
    keys = {key.parent for table in others for key in table.foreign_keys if key.column.table is tables.bericht}
    keys |= {table.c.bericht_id for table in others if "bericht_id" in table.c}
    # Each by itself: the planner can do that for all messages at once, and an OR only for each apart.
    return [~exists().where(key == one.c.id) for key in sorted(keys, key=str) for one in pair]

"""The register of messages: claiming a key once, storing what came in and went out, the mailbox, the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.dienst import GEPARKEERD, Uitkomst
from shared.exchange.tables import ExchangeTables
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.kop import Kop
from shared.security.kluis import Kluis
from shared.security.partij import Beller, Partij


@dataclass(frozen=True, slots=True)
class Claim:
    """What a key turned out to be: new (``volgnummer``), a repeat of ``herhaling``, or used before by ``eerder``."""

    volgnummer: int | None = None
    herhaling: UUID | None = None
    eerder: UUID | None = None


def parties(kop: Kop) -> tuple[Partij, Partij]:
    """Who sends a message and whom it is for; in a retourbericht the header names them the other way round."""
    gemeente_first = kop.soort.afzender == "gemeente"
    first = Partij.gemeente(kop.afzender) if gemeente_first else Partij.aanbieder(kop.afzender)
    second = Partij.aanbieder(kop.ontvanger) if gemeente_first else Partij.gemeente(kop.ontvanger)
    return (second, first) if kop.soort.is_retour else (first, second)


def _row(bericht_id: UUID, kop: Kop, body: bytes, kluis: Kluis, now: datetime) -> dict[str, Any]:
    van, naar = parties(kop)
    return {
        "id": bericht_id,
        "bericht": kop.soort.naam,
        "release": kop.soort.release,
        "berichtcode": kop.soort.code,
        "afzender": kop.afzender,
        "ontvanger": kop.ontvanger,
        "partij_van": str(van),
        "partij_naar": str(naar),
        "identificatie": kop.identificatie,
        "dagtekening": kop.dagtekening,
        "inhoud": kluis.seal(body, str(bericht_id)),
        "grootte": len(body),
        "ontvangen": now,
    }


async def claim(
    conn: AsyncConnection,
    tables: ExchangeTables,
    bericht_id: UUID,
    kop: Kop,
    hash_: bytes,
    body: bytes,
    kluis: Kluis,
    now: datetime,
) -> Claim:
    """Stores a message under its key (Afzender, BerichtCode, Identificatie), once (P2).

    Of two that come in together the second waits here for the first: it finds a repeat when the content is the same,
    and an earlier holder of the key (TR056) when it is not.
    """
    table = tables.bericht
    row = {**_row(bericht_id, kop, body, kluis, now), "hash": hash_, "status": GEPARKEERD, "eerste": True}
    for eerste in (True, False):
        statement = upsert(table).values({**row, "eerste": eerste}).on_conflict_do_nothing()
        volgnummer = (await conn.execute(statement.returning(table.c.volgnummer))).scalar_one_or_none()
        if volgnummer is not None and eerste:
            return Claim(volgnummer=volgnummer)
        known = await _same_key(conn, tables, kop)
        if volgnummer is not None:
            return Claim(volgnummer=volgnummer, eerder=next(one.id for one in known if one.eerste))
        same = next((one.id for one in known if one.hash == hash_), None)
        if same is not None:
            return Claim(herhaling=same)
    raise RuntimeError("a key that conflicts must be there")


async def _same_key(conn: AsyncConnection, tables: ExchangeTables, kop: Kop) -> Sequence[Any]:
    table = tables.bericht
    statement = select(table.c.id, table.c.hash, table.c.eerste).where(
        table.c.heen_id.is_(None),
        table.c.afzender == kop.afzender,
        table.c.berichtcode == kop.soort.code,
        table.c.identificatie == kop.identificatie,
    )
    return (await conn.execute(statement)).all()


async def store_verdict(
    conn: AsyncConnection,
    tables: ExchangeTables,
    bericht_id: UUID,
    status: str,
    meldingen: list[dict[str, Any]],
    signalen: list[dict[str, Any]],
    now: datetime,
) -> None:
    """Writes the verdict, once: a message that has one already is not touched (P3)."""
    table = tables.bericht
    statement = (
        update(table)
        .where(table.c.id == bericht_id, table.c.status == GEPARKEERD)
        .values(
            status=status, meldingen=meldingen, signalen=signalen, verwerkt=now, wacht_nummer=None, wacht_sleutels=None
        )
    )
    if (await conn.execute(statement)).rowcount != 1:
        raise RuntimeError("a verdict is given once")


async def park(
    conn: AsyncConnection, tables: ExchangeTables, bericht_id: UUID, nummer: int, sleutels: Sequence[str]
) -> None:
    """Lets a message wait for the facts of these keys, or for the echo of this barrier."""
    table = tables.bericht
    values = {"wacht_nummer": nummer, "wacht_sleutels": sorted(sleutels)}
    await conn.execute(update(table).where(table.c.id == bericht_id).values(values))


async def earlier_waits(
    conn: AsyncConnection, tables: ExchangeTables, kop: Kop, volgnummer: int, sleutels: Sequence[str]
) -> bool:
    """Whether a message between the same two parties about one of these keys, that came in earlier, still waits."""
    table = tables.bericht
    van, naar = parties(kop)
    statement = select(table.c.id).where(
        table.c.status == GEPARKEERD,
        table.c.partij_van == str(van),
        table.c.partij_naar == str(naar),
        table.c.volgnummer < volgnummer,
        table.c.wacht_sleutels.overlap(list(sleutels)),
    )
    return await conn.scalar(statement.limit(1)) is not None


async def store_retour(
    conn: AsyncConnection,
    tables: ExchangeTables,
    retour_id: UUID,
    heen_id: UUID,
    kop: Kop,
    body: bytes,
    kluis: Kluis,
    now: datetime,
) -> None:
    """Stores the answer to a message; a second answer to the same message is impossible (unique index)."""
    row = {**_row(retour_id, kop, body, kluis, now), "heen_id": heen_id, "status": "verwerkt", "verwerkt": now}
    await conn.execute(insert(tables.bericht).values(row))


async def deliver(conn: AsyncConnection, tables: ExchangeTables, items: Sequence[tuple[UUID, Partij]]) -> None:
    """Puts messages in the mailboxes of parties."""
    rows = [{"bericht_id": bericht_id, "partij": str(partij)} for bericht_id, partij in items]
    await conn.execute(insert(tables.postbus), rows)


async def note(
    conn: AsyncConnection,
    tables: ExchangeTables,
    beller: Beller,
    handeling: str,
    uitkomst: str,
    *,
    bericht_id: UUID | None = None,
    soort: BerichtSoort | str | None = None,
) -> None:
    """One row in the audit trail, in the transaction of the deed."""
    naam = soort.naam if isinstance(soort, BerichtSoort) else soort
    await conn.execute(
        insert(tables.audit).values(
            wie=beller.subject,
            partij=",".join(beller.names),
            handeling=handeling,
            uitkomst=uitkomst,
            bericht_id=bericht_id,
            bericht=naam,
        )
    )


async def outcome(conn: AsyncConnection, tables: ExchangeTables, bericht_id: UUID) -> Uitkomst | None:
    """What became of a message, with its answer if there is one."""
    found = await outcomes(
        conn, tables, select(tables.bericht.c.id).where(tables.bericht.c.id == bericht_id), full=True
    )
    return found[0] if found else None


async def outcomes(
    conn: AsyncConnection, tables: ExchangeTables, ids: Select[tuple[UUID]], *, full: bool = False
) -> list[Uitkomst]:
    """What became of messages, newest first. ``full`` adds the meldingen, which may be many."""
    heen, answer = tables.bericht.alias("heen"), tables.bericht.alias("antwoord")
    answered = tables.bericht.alias("beantwoord")
    meldingen = case((heen.c.heen_id.is_(None), heen.c.meldingen), else_=answered.c.meldingen)
    signalen = case((heen.c.heen_id.is_(None), heen.c.signalen), else_=answered.c.signalen)
    statement = (
        select(
            *(heen.c[name] for name in _SHOWN),
            heen.c.heen_id,
            heen.c.wacht_sleutels,
            *((meldingen.label("meldingen"), signalen.label("signalen")) if full else ()),
            answer.c.id.label("retour_id"),
            answer.c.bericht.label("retour_bericht"),
        )
        .select_from(
            heen.outerjoin(answer, answer.c.heen_id == heen.c.id).outerjoin(answered, answered.c.id == heen.c.heen_id)
        )
        .where(heen.c.id.in_(ids))
        .order_by(heen.c.volgnummer.desc())
    )
    return [
        Uitkomst(
            **{name: getattr(row, name) for name in _SHOWN},
            retour_id=row.retour_id,
            retour_bericht=row.retour_bericht,
            meldingen=row.meldingen if full else [],
            signalen=row.signalen if full else [],
            antwoord_op=row.heen_id,
            wacht_op=row.wacht_sleutels or [],
        )
        for row in await conn.execute(statement)
    ]


_SHOWN = ("id", "volgnummer", "bericht", "release", "afzender", "ontvanger", "identificatie", "status")

"""The register of messages: claiming a key once, storing what came in and went out, the mailbox, the audit trail."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import ColumnElement, Insert, Select, bindparam, case, cast, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange import spoor
from shared.exchange.dienst import AFGEKEURD, GEPARKEERD, VERWERKT, Uitkomst
from shared.exchange.spoor import Over, audit_row, audit_values, noting
from shared.exchange.tables import ExchangeTables
from shared.iwmo.canoniek import canonical_hash, same_content
from shared.iwmo.kop import Kop
from shared.kafka.outbox import NewEvent, adding, adding_values
from shared.kafka.tables import KafkaTables
from shared.payload import LARGE_BYTES, Payload
from shared.security.kluis import Kluis
from shared.security.partij import Beller, Partij
from shared.statement import Statement, as_arrays, given_rows

BERICHT = (
    "id", "bericht", "release", "berichtcode", "afzender", "ontvanger", "partij_van", "partij_naar", "identificatie",
    "dagtekening", "inhoud", "grootte", "ontvangen", "status",
)  # fmt: skip
"""What is written of every message at once."""
HEEN = (*BERICHT, "volgnummer", "hash", "eerste", "signalen", "verwerkt")
"""And of one that gets its verdict as it comes in."""
POST = ("bericht_id", "partij")
_ANTWOORD = (*BERICHT, "heen_id", "verwerkt")
note = spoor.note
"""One row in the audit trail, as most know it."""


Beside = Callable[[Callable[[], bool]], Awaitable[bool]]
"""Does work where it does not hold up others."""


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


def row_of(
    bericht_id: UUID, kop: Kop, body: bytes | Payload, kluis: Kluis, now: datetime, status: str
) -> dict[str, Any]:
    """The columns ``BERICHT`` of a message."""
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
        "status": status,
    }


async def claim(
    conn: AsyncConnection,
    tables: ExchangeTables,
    bericht_id: UUID,
    kop: Kop,
    hash_: bytes,
    body: bytes | Payload,
    kluis: Kluis,
    now: datetime,
    beside: Beside = asyncio.to_thread,
) -> Claim:
    """Stores a message under its key (Afzender, BerichtCode, Identificatie), once (P2).

    Of two that come in together the second waits here for the first: it finds a repeat when the content is the same,
    and an earlier holder of the key (TR056) when it is not. ``hash_`` is that of the canonical form, but of a large
    message that of its bytes: if one of two is large and they are not the same to the byte, ``beside`` the event loop
    their canonical forms are compared.
    """
    row = {**row_of(bericht_id, kop, body, kluis, now, GEPARKEERD), "hash": hash_}
    for eerste in (True, False):
        volgnummer = await _claiming(tables).value(conn, {**row, "eerste": eerste})
        if volgnummer is not None and eerste:
            return Claim(volgnummer=volgnummer)
        known = await _same_key(conn, tables, kop)
        if volgnummer is not None:
            return Claim(volgnummer=volgnummer, eerder=next(one["id"] for one in known if one["eerste"]))
        same = next((one["id"] for one in known if one["hash"] == hash_), None)
        same = same or await _written_otherwise(conn, tables, known, body, kluis, beside)
        if same is not None:
            return Claim(herhaling=same)
    raise RuntimeError("a key that conflicts must be there")


async def _written_otherwise(
    conn: AsyncConnection,
    tables: ExchangeTables,
    known: Sequence[Record],
    body: bytes | Payload,
    kluis: Kluis,
    beside: Beside,
) -> UUID | None:
    """Which of these has the same content, where the hashes of two cannot tell because one of them is large. Of a
    large one that is past its retention the hash became that of its canonical form."""
    own = body if isinstance(body, Payload) else Payload.of(body)
    for one in known:
        if max(len(own), one["grootte"]) > LARGE_BYTES:
            sealed = await conn.scalar(select(tables.bericht.c.inhoud).where(tables.bericht.c.id == one["id"]))
            if sealed is None:
                same: Callable[[], bool] = partial(_has_hash, own, one["hash"])
            else:
                stored = kluis.open_payload(sealed, str(one["id"]), one["grootte"])
                same = partial(same_content, own, stored)
            if await beside(same):
                found: UUID = one["id"]
                return found
    return None


def _has_hash(own: Payload, hash_: bytes) -> bool:
    return canonical_hash(own) == hash_


@cache
def _claiming(tables: ExchangeTables) -> Statement:
    statement = upsert(tables.bericht).on_conflict_do_nothing().returning(tables.bericht.c.volgnummer)
    return Statement(statement, (*BERICHT, "hash", "eerste"))


async def _same_key(conn: AsyncConnection, tables: ExchangeTables, kop: Kop) -> list[Record]:
    values = {"afzender": kop.afzender, "berichtcode": kop.soort.code, "identificatie": kop.identificatie}
    return await _by_key(tables).rows(conn, values)


@cache
def _by_key(tables: ExchangeTables) -> Statement:
    c = tables.bericht.c
    named = (c[name] == bindparam(name) for name in ("afzender", "berichtcode", "identificatie"))
    return Statement(select(c.id, c.hash, c.eerste, c.grootte).where(c.heen_id.is_(None), *named))


async def park(
    conn: AsyncConnection, tables: ExchangeTables, bericht_id: UUID, nummer: int | None, sleutels: Sequence[str]
) -> None:
    """Lets a message wait for the facts of these keys, or for the echo of this barrier; without one, for a decision of
    its addressee."""
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


@dataclass(frozen=True, slots=True)
class Besluit:
    """A verdict with all that follows from it here: the answer (``retour``, its bytes and id), and who did what."""

    bericht_id: UUID
    kop: Kop
    status: str
    meldingen: list[dict[str, Any]]
    signalen: list[dict[str, Any]]
    retour_id: UUID
    retour: Kop
    retour_body: bytes | Payload
    beller: Beller
    handeling: str
    events: Sequence[NewEvent] = ()
    clienten: Collection[str] = ()
    """Pseudonyms of those whom the message is about."""
    verzoek: UUID | None = None
    """The request, if not the one at hand."""

    @property
    def postbussen(self) -> list[tuple[UUID, str]]:
        """What goes to whom. A message that is rejected as a whole counts as never sent: its addressee does not get
        it."""
        van, naar = parties(self.kop)
        forwarded = [] if self.status == AFGEKEURD else [(self.bericht_id, str(naar))]
        return [(self.retour_id, str(van)), *forwarded]


async def conclude(
    conn: AsyncConnection, tables: ExchangeTables, kafka: KafkaTables, besluit: Besluit, kluis: Kluis, now: datetime
) -> None:
    """Writes a verdict, once, with its answer, mailboxes, events and audit row. A message that has a verdict
    already is not touched (P3): RuntimeError. One statement: going to the database and back costs more than any of
    it."""
    values = {
        "status": besluit.status,
        "meldingen": besluit.meldingen,
        "signalen": besluit.signalen,
        "nu": now,
        "heen_id": besluit.bericht_id,
        **following_values([besluit], kluis, now),
    }
    if await _concluding(tables, kafka).value(conn, values) != 1:
        raise RuntimeError("a verdict is given once")


@cache
def _concluding(tables: ExchangeTables, kafka: KafkaTables) -> Statement:
    table = tables.bericht
    judged = (
        update(table)
        .where(table.c.id == bindparam("heen_id"), table.c.status == GEPARKEERD)
        .values(
            status=bindparam("status"),
            meldingen=bindparam("meldingen"),
            signalen=bindparam("signalen"),
            verwerkt=bindparam("nu"),
            wacht_nummer=None,
            wacht_sleutels=None,
        )
        .returning(table.c.id)
        .cte("beoordeeld")
    )
    count = select(func.count()).select_from(judged)
    return Statement(count.add_cte(*(part.cte(name) for name, part in following(tables, kafka).items())))


def following(tables: ExchangeTables, kafka: KafkaTables) -> dict[str, Insert]:
    """What follows from a verdict, as parts of the statement that gives it: the answer, the mailboxes, the audit row
    and the events."""
    return {
        "beantwoord": insert(tables.bericht).from_select(
            list(_ANTWOORD), given_rows(tables.bericht, _ANTWOORD, "retour_")
        ),
        "bezorgd": insert(tables.postbus).from_select(list(POST), given_rows(tables.postbus, POST)),
        "vastgelegd": noting(tables),
        "verteld": adding(kafka),
    }


def following_values(besluiten: Sequence[Besluit], kluis: Kluis, now: datetime) -> dict[str, Any]:
    """Their parameters, of one verdict or of several."""
    answers, notes = [], []
    for one in besluiten:
        row = row_of(one.retour_id, one.retour, one.retour_body, kluis, now, VERWERKT)
        answers.append((*row.values(), one.bericht_id, now))
        over = Over.kop(one.kop, one.clienten)
        who = (one.beller, one.handeling, one.status)
        notes.append(audit_row(*who, one.bericht_id, one.kop.soort, over, one.verzoek))
    return {
        **as_arrays(chain.from_iterable(one.postbussen for one in besluiten), POST),
        **adding_values(chain.from_iterable(one.events for one in besluiten)),
        **as_arrays(answers, [f"retour_{name}" for name in _ANTWOORD]),
        **audit_values(notes),
    }


async def outcome(
    conn: AsyncConnection, tables: ExchangeTables, bericht_id: UUID, most: int | None = None
) -> Uitkomst | None:
    """What became of a message, with its answer if there is one; ``most``: of meldingen and signalen no more than so
    many each."""
    ids = select(tables.bericht.c.id).where(tables.bericht.c.id == bericht_id)
    found = await outcomes(conn, tables, ids, full=True, most=most)
    return found[0] if found else None


async def outcomes(
    conn: AsyncConnection,
    tables: ExchangeTables,
    ids: Select[tuple[UUID]],
    *,
    full: bool = False,
    most: int | None = None,
) -> list[Uitkomst]:
    """What became of messages, newest first. ``full`` adds the meldingen, which may be many."""
    heen, answer = tables.bericht.alias("heen"), tables.bericht.alias("antwoord")
    answered = tables.bericht.alias("beantwoord")
    told = [case((heen.c.heen_id.is_(None), heen.c[name]), else_=answered.c[name]) for name in TOLD]
    columns = [column.label(name) for name, column in zip(TOLD, _first(told, most), strict=True)]
    counts = [func.jsonb_array_length(column).label(f"{name}_totaal") for name, column in zip(TOLD, told, strict=True)]
    statement = (
        select(
            *(heen.c[name] for name in _SHOWN),
            heen.c.heen_id,
            heen.c.wacht_sleutels,
            *((*columns, *counts) if full else ()),
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
            totalen=(row.meldingen_totaal, row.signalen_totaal) if full else None,
            antwoord_op=row.heen_id,
            wacht_op=row.wacht_sleutels or [],
        )
        for row in await conn.execute(statement)
    ]


def _first(lists: Iterable[ColumnElement[Any]], most: int | None) -> Iterable[ColumnElement[Any]]:
    """Of lists in JSON the first ``most`` elements."""
    if most is None:
        return lists
    path = cast(f"$[0 to {most - 1}]", JSONPATH)
    return [func.jsonb_path_query_array(one, path, type_=JSONB) for one in lists]


async def told_page(
    conn: AsyncConnection, tables: ExchangeTables, about: Any, name: str, after: int, most: int
) -> list[tuple[int, dict[str, Any]]]:
    """Of the meldingen or signalen (``name``) of the message with the id ``about`` so many after this number, each with
    its own number, from 1."""
    table = tables.bericht
    elements = func.jsonb_array_elements(table.c[name], type_=JSONB).table_valued(
        column("een", JSONB), with_ordinality="nummer", joins_implicitly=True
    )
    elements = elements.render_derived(name="gemeld")
    statement = (
        select(elements.c.nummer, elements.c.een)
        .select_from(table)
        .where(table.c.id == about, elements.c.nummer > after)
        .order_by(elements.c.nummer)
        .limit(most)
    )
    return [(row.nummer, row.een) for row in await conn.execute(statement)]


TOLD = ("meldingen", "signalen")
_SHOWN = ("id", "volgnummer", "bericht", "release", "afzender", "ontvanger", "identificatie", "status")

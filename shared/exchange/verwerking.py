"""One message, one transaction: claim its key, judge it, and record all that follows from it, or nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange import register
from shared.exchange.antwoorden import make_answer
from shared.exchange.dienst import (
    AFGEKEURD,
    GEPARKEERD,
    HANDMATIG,
    VERWERKT,
    Heen,
    Oordeel,
    Uitkomst,
    Voorgelegd,
)
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.exchange.termijnen import close_termijnen, open_termijnen, retour_termijn
from shared.exchange.vlot import accept_at_once
from shared.faalpunten import faalpunt
from shared.iwmo.catalogus import soort_named
from shared.iwmo.kop import HEADER, KOP_REGELS, OUDE_GEMEENTE_REGELS, Kop, KopFeiten, read_kop
from shared.iwmo.lezer import Gelezen
from shared.iwmo.regels import Melding
from shared.iwmo.streaming import Ahead, read_payload
from shared.kafka import outbox, watermark
from shared.kafka.outbox import NewEvent
from shared.namens import intern, namens
from shared.payload import LARGE_BYTES, Payload
from shared.security.partij import Beller, Partij
from shared.statement import transaction

INLINE_BYTES = LARGE_BYTES
"""Up to this size parsing and judging take a few milliseconds and stay on the event loop; above, a thread does it."""

log = structlog.get_logger()
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Stuk:
    """A message ready to be judged: in domain terms, with what is wrong within it, and its size in bytes."""

    lezing: Any
    binnen: Sequence[Melding]
    size: int


Gereed = tuple[Heen, _Stuk]


async def off_loop(
    huis: Huis, size: int, work: Callable[[], Result], beside: Callable[[], object] | None = None
) -> Result:
    """Runs CPU work where it does not hold up others: at most two large ones at once, each in a thread. ``beside`` has
    a thread of its own; of a small message it is not done."""
    if size <= INLINE_BYTES:
        return work()
    async with huis.large:
        other = asyncio.create_task(asyncio.to_thread(beside)) if beside else None
        try:
            return await asyncio.to_thread(work)
        finally:
            if other is not None:
                await other


def read_message(huis: Huis, body: Payload, ahead: Ahead | None = None) -> Gelezen:
    """A body as a message: parsed, validated, and what comes in bulk in it read as this service does."""
    return read_payload(body, huis.schemas, huis.grenzen, lambda schema: huis.dienst.bulk(schema, huis.kluis), ahead)


def make_ready(huis: Huis, gelezen: Gelezen, kop: Kop, size: int) -> Gereed:
    """Level 2 needs no other facts, so it comes before the transaction, of a large message while it is validated
    (``Gelezen.vooruit``). One fault is enough to reject a message, so what is told of them is bounded."""
    heen = Heen(uuid4(), kop, gelezen.inhoud, huis.klok.now(), huis.klok.today(), gelezen.delen)
    lezing = huis.dienst.read(heen, huis.kluis)
    return heen, _Stuk(lezing, huis.dienst.in_message(lezing, heen)[: huis.settings.max_fouten], size)


async def accept(huis: Huis, gelezen: Gelezen, kop: Kop, body: Payload, beller: Beller) -> Uitkomst:
    """Judges a message that came in; a repeat gets the first outcome."""
    gereed: Gereed | None = gelezen.vooruit
    if gereed is None:
        gereed = await off_loop(huis, len(body), lambda: make_ready(huis, gelezen, kop, len(body)))
    heen, stuk = gereed
    faalpunt("na_lezen")
    uitkomst = None
    if not stuk.binnen and len(body) <= INLINE_BYTES:
        uitkomst = await accept_at_once(huis, heen, stuk.lezing, gelezen.hash, body, beller)
    if uitkomst is None:
        # It is judged by what both have told: the toewijzingen of the one, the contracts of the other.
        with namens(register.parties(kop)):
            uitkomst = await _accept_under_lock(huis, heen, stuk, gelezen.hash, body, beller)
    if not uitkomst.herhaald:
        faalpunt("na_vastleggen")
        _after_commit(huis, heen, uitkomst.status)
    return uitkomst


async def _accept_under_lock(
    huis: Huis, heen: Heen, stuk: _Stuk, hash_: bytes, body: Payload, beller: Beller
) -> Uitkomst:
    """The ordinary way: what the verdict rests on is held from before it is read."""
    async with transaction(huis.engine) as conn:
        beside = partial(off_loop, huis, INLINE_BYTES + 1)
        now = heen.ontvangen
        claim = await register.claim(conn, huis.tables, heen.id, heen.kop, hash_, body, huis.kluis, now, beside)
        if claim.volgnummer is None:
            first = _is(await register.outcome(conn, huis.tables, _is(claim.herhaling), huis.settings.max_meldingen))
            over = Over.kop(heen.kop, huis.dienst.clienten(stuk.lezing, None))
            await register.note(
                conn, huis.tables, beller, "herhaald", first.status, bericht_id=first.id, soort=heen.soort, over=over
            )
            return replace(first, herhaald=True)
        oordeel, feiten = await _judge(conn, huis, heen, stuk, claim.eerder)
        uitkomst = await _conclude(conn, huis, heen, stuk, claim.volgnummer, oordeel, feiten, beller)
        faalpunt("voor_vastleggen")
    return uitkomst


async def reconsider(huis: Huis, bericht_id: UUID) -> bool:
    """Judges a parked message again; true when it now has its verdict. Two replicas never judge it both."""
    table = huis.tables.bericht
    parties = select(table.c.partij_van, table.c.partij_naar)
    with intern():
        async with huis.engine.connect() as conn:
            row = (await conn.execute(parties.where(table.c.id == bericht_id))).one_or_none()
    if row is None:
        return False
    with namens(map(Partij.parse, row)):
        return await _reconsider(huis, bericht_id)


async def _reconsider(huis: Huis, bericht_id: UUID) -> bool:
    async with transaction(huis.engine) as conn:
        table = huis.tables.bericht
        statement = table.select().where(table.c.id == bericht_id, table.c.status == GEPARKEERD)
        row = (await conn.execute(statement.with_for_update(skip_locked=True))).one_or_none()
        if row is None:
            return False
        body = huis.kluis.open_payload(row.inhoud, str(row.id), row.grootte)
        gelezen = await off_loop(huis, len(body), lambda: read_message(huis, body))
        soort = _is(soort_named(row.bericht, row.release))
        vandaag = huis.klok.day_of(row.ontvangen)
        kop = read_kop(soort, gelezen.inhoud)
        heen = Heen(row.id, kop, gelezen.inhoud, row.ontvangen, vandaag, gelezen.delen)
        # What was parked has nothing wrong within: that was judged when it came in.
        stuk = await off_loop(huis, len(body), lambda: _Stuk(huis.dienst.read(heen, huis.kluis), (), len(body)))
        oordeel, feiten, final = await _judge_again(conn, huis, heen, stuk, row)
        uitkomst = await _conclude(conn, huis, heen, stuk, row.volgnummer, oordeel, feiten, final=final)
        if uitkomst.status == GEPARKEERD:
            if row.wacht_nummer is None and uitkomst.wacht_op != [HANDMATIG]:
                # It waited for a decision only; now it waits for facts.
                await _park(conn, huis, heen, oordeel)
            return False
        faalpunt("oordeel_voor_vastleggen")
    faalpunt("oordeel_na_vastleggen")
    _after_commit(huis, heen, uitkomst.status)
    return True


async def _judge_again(
    conn: AsyncConnection, huis: Huis, heen: Heen, stuk: _Stuk, row: Any
) -> tuple[Oordeel, Any, bool]:
    """The verdict on a parked message by what is known now, and whether the facts it rests on are complete.

    That is asked before the facts are read. A refusal may rest on other keys than the one for which it was parked:
    then it is judged once more, with those asked about too.
    """
    sleutels: set[str] = set(row.wacht_sleutels)
    while True:
        final = await _facts_are_complete(conn, huis, row.wacht_nummer, sorted(sleutels))
        oordeel, feiten = await _judge(conn, huis, heen, stuk, None)
        if not (final and oordeel.wacht) or oordeel.sleutels <= sleutels:
            return oordeel, feiten, final
        sleutels |= oordeel.sleutels


async def _facts_are_complete(conn: AsyncConnection, huis: Huis, nummer: int | None, sleutels: Sequence[str]) -> bool:
    """Whether all that the owner had committed before this message came in is projected here (P4). Without barrier,
    of what waited for a decision only, nobody can say."""
    if huis.dienst.bron is None:
        return True
    if nummer is None:
        return False
    if not await watermark.passed(conn, huis.kafka, huis.dienst.bron, huis.bron_topics, nummer):
        return False
    for topic in huis.bron_topics:
        if await watermark.unapplied(conn, huis.kafka, topic, sleutels):
            return False
    return True


async def _conclude(
    conn: AsyncConnection,
    huis: Huis,
    heen: Heen,
    stuk: _Stuk,
    volgnummer: int,
    oordeel: Oordeel,
    feiten: Any,
    beller: Beller | None = None,
    *,
    final: bool = False,
) -> Uitkomst:
    """Gives a stored message its verdict, with all its effects; or decides to wait. Without ``beller`` it is one that
    was parked. What became of it is known here, and so is not read again."""
    over = Over.kop(heen.kop, huis.dienst.clienten(stuk.lezing, feiten))
    if await _must_wait(conn, huis, heen, oordeel, volgnummer, final=final):
        if beller is not None:
            await _park(conn, huis, heen, oordeel)
            await _note_parked(conn, huis, heen, over, beller)
        return Uitkomst.of(heen, volgnummer, GEPARKEERD, wacht_op=sorted(oordeel.sleutels))
    if oordeel.hand is not None:
        await _park_by_hand(conn, huis, heen, oordeel.hand)
        if beller is not None:
            await _note_parked(conn, huis, heen, over, beller)
        return Uitkomst.of(heen, volgnummer, GEPARKEERD, wacht_op=[HANDMATIG])
    events: Sequence[NewEvent] = ()
    if not oordeel.afgekeurd:
        events = await huis.dienst.record(conn, stuk.lezing, feiten, oordeel, heen, huis.kluis)
    retour, body = await off_loop(huis, stuk.size, lambda: make_answer(huis, heen, oordeel, volgnummer))
    meldingen, signalen = ([one.as_json() for one in told] for told in (oordeel.meldingen, oordeel.signalen))
    besluit = register.Besluit(
        bericht_id=heen.id,
        kop=heen.kop,
        status=AFGEKEURD if oordeel.afgekeurd else VERWERKT,
        meldingen=meldingen,
        signalen=signalen,
        retour_id=uuid4(),
        retour=retour,
        retour_body=body,
        beller=beller or Beller(f"knooppunt:{huis.service}", frozenset()),
        handeling="verzonden" if beller else "beoordeeld",
        events=events,
        clienten=over.clienten,
    )
    await register.conclude(conn, huis.tables, huis.kafka, besluit, huis.kluis, huis.klok.now())
    if beller is None:
        # One that is answered as it comes in never had a term to watch.
        termijn = retour_termijn(heen, huis.settings)
        await close_termijnen(conn, huis.tables.termijn, [termijn.key], huis.klok.today())
    return Uitkomst.of(
        heen,
        volgnummer,
        besluit.status,
        retour_id=besluit.retour_id,
        retour_bericht=retour.soort.naam,
        meldingen=meldingen,
        signalen=signalen,
    )


async def _note_parked(conn: AsyncConnection, huis: Huis, heen: Heen, over: Over, beller: Beller) -> None:
    await register.note(
        conn, huis.tables, beller, "verzonden", GEPARKEERD, bericht_id=heen.id, soort=heen.soort, over=over
    )


async def _park(conn: AsyncConnection, huis: Huis, heen: Heen, oordeel: Oordeel) -> None:
    nummer = await outbox.ask_barrier(conn, huis.kafka, huis.service, _is(huis.dienst.bron))
    await _wait(conn, huis, heen, nummer, sorted(oordeel.sleutels))


async def _park_by_hand(conn: AsyncConnection, huis: Huis, heen: Heen, hand: Voorgelegd) -> None:
    """No fact will end this wait, so there is no barrier; the term of the answer does."""
    await hand.ask(conn, retour_termijn(heen, huis.settings).uiterlijk)
    await _wait(conn, huis, heen, None, [HANDMATIG])


async def _wait(conn: AsyncConnection, huis: Huis, heen: Heen, nummer: int | None, sleutels: Sequence[str]) -> None:
    await register.park(conn, huis.tables, heen.id, nummer, sleutels)
    await open_termijnen(conn, huis.tables.termijn, [retour_termijn(heen, huis.settings)])


async def _must_wait(
    conn: AsyncConnection, huis: Huis, heen: Heen, oordeel: Oordeel, volgnummer: int, *, final: bool
) -> bool:
    """A refusal waits for foreign facts that may be older than the message, and for earlier messages about the same
    things that wait themselves: a stop is not refused because its start is still waiting (P4, P5)."""
    if not oordeel.meldingen or oordeel.uit_zichzelf or huis.dienst.bron is None:
        return False
    if oordeel.wacht and not final:
        return True
    return await register.earlier_waits(conn, huis.tables, heen.kop, volgnummer, sorted(oordeel.sleutels))


async def _judge(
    conn: AsyncConnection, huis: Huis, heen: Heen, stuk: _Stuk, eerder: UUID | None
) -> tuple[Oordeel, Any]:
    """Level 2, then the header, then the classes; a fault at one stage ends it (regels-tr, chapter 2).

    Whether a gemeente that is no more may still be named rests on the toewijzingen concerned, so then the facts are
    read before the header is done with (TR378).
    """
    feiten = KopFeiten(heen.vandaag, huis.gemeenten, str(eerder) if eerder else None)
    meldingen: Sequence[Melding] = stuk.binnen or KOP_REGELS.judge(heen.kop, feiten, heen.soort.release, HEADER)
    if meldingen:
        return Oordeel(afgekeurd=True, meldingen=meldingen, uit_zichzelf=True), None
    facts = await huis.dienst.facts(conn, stuk.lezing, heen)
    if not huis.gemeenten.is_er_op(heen.kop.gemeente, heen.vandaag):
        refused = _judge_old_gemeente(heen, replace(feiten, ingangsdata=huis.dienst.ingangsdata(stuk.lezing, facts)))
        if refused is not None:
            return refused, None
    return await off_loop(huis, stuk.size, lambda: huis.dienst.judge(stuk.lezing, facts, heen)), facts


def _judge_old_gemeente(heen: Heen, feiten: KopFeiten) -> Oordeel | None:
    """The refusal of a gemeente that is no more. It waits while a toewijzing may still come that began in its time."""
    meldingen = OUDE_GEMEENTE_REGELS.judge(heen.kop, feiten, heen.soort.release, HEADER)
    if not meldingen:
        return None
    return Oordeel(
        afgekeurd=True,
        meldingen=meldingen,
        sleutels=feiten.ingangsdata.sleutels if feiten.ingangsdata else frozenset(),
        wacht=any(melding.vreemd for melding in meldingen),
    )


def _after_commit(huis: Huis, heen: Heen, status: str) -> None:
    huis.relay.wake()
    kind = heen.soort
    log.info(
        "bericht_judged",
        service=huis.service,
        bericht_id=str(heen.id),
        bericht=kind.naam,
        release=kind.release,
        status=status,
    )
    huis.meters.berichten.labels(huis.service, heen.soort.naam, heen.soort.release, status).inc()
    waiting = huis.wachtenden.get(heen.id)
    if waiting is not None and status != GEPARKEERD:
        waiting.set()


def _is(value: Result | None) -> Result:
    """What must be there; its absence is a fault of ours."""
    if value is None:
        raise RuntimeError("what must be there is not")
    return value

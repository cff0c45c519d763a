"""One message, one transaction: claim its key, judge it, and record all that follows from it, or nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
    SchrijftVooruit,
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
from shared.statement import back_to_mark, mark, transaction

INLINE_BYTES = LARGE_BYTES
"""Up to this size parsing and judging take a few milliseconds and stay on the event loop; above, a thread does it."""

log = structlog.get_logger()
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Stuk:
    """A message ready to be judged: in domain terms, with its size in bytes, and what is wrong within it, which of a
    large one is still being worked out (``onderweg``)."""

    lezing: Any
    size: int
    binnen: Sequence[Melding] = ()
    onderweg: "asyncio.Task[Sequence[Melding]] | None" = None
    beside: "list[asyncio.Task[Any]]" = field(default_factory=list)
    """All that is done for it in tasks of their own."""

    async def within(self) -> Sequence[Melding]:
        """What is wrong within it (level 2)."""
        return await self.onderweg if self.onderweg is not None else self.binnen


@dataclass(frozen=True, slots=True)
class _Beoordeeld:
    """A verdict and the facts that it rests on; of what was recorded with it already, what that tells."""

    oordeel: Oordeel
    feiten: Any
    events: Sequence[NewEvent] | None = None
    answer: "asyncio.Task[tuple[Kop, Payload]] | None" = None
    """Its answer, where that was begun before all was recorded."""


Gereed = tuple[Heen, Any]
"""A message with what it is in domain terms."""


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


def make_ready(huis: Huis, gelezen: Gelezen, kop: Kop) -> Gereed:
    """Needs no facts, so it comes before the transaction, of a large message while it is validated
    (``Gelezen.vooruit``)."""
    heen = Heen(uuid4(), kop, gelezen.inhoud, huis.klok.now(), huis.klok.today(), gelezen.delen)
    return heen, huis.dienst.read(heen, huis.kluis)


def _judge_within(huis: Huis, heen: Heen, lezing: Any) -> Sequence[Melding]:
    """Level 2. One fault is enough to reject a message, so what is told of them is bounded."""
    return huis.dienst.in_message(lezing, heen)[: huis.settings.max_fouten]


async def accept(huis: Huis, gelezen: Gelezen, kop: Kop, body: Payload, beller: Beller) -> Uitkomst:
    """Judges a message that came in; a repeat gets the first outcome."""
    size = len(body)
    gereed: Gereed = gelezen.vooruit or await off_loop(huis, size, lambda: make_ready(huis, gelezen, kop))
    heen, lezing = gereed
    faalpunt("na_lezen")
    uitkomst = None
    if size > INLINE_BYTES:
        # Beside the claim and the facts: the database has as much to do with those.
        within = asyncio.create_task(off_loop(huis, size, partial(_judge_within, huis, heen, lezing)))
        stuk = _Stuk(lezing, size, onderweg=within, beside=[within])
    else:
        stuk = _Stuk(lezing, size, _judge_within(huis, heen, lezing))
        if not stuk.binnen:
            uitkomst = await accept_at_once(huis, heen, lezing, gelezen.hash, body, beller)
    if uitkomst is None:
        # It is judged by what both have told: the toewijzingen of the one, the contracts of the other.
        try:
            with namens(register.parties(kop)):
                uitkomst = await _accept_under_lock(huis, heen, stuk, gelezen.hash, body, beller)
        finally:
            await asyncio.gather(*stuk.beside, return_exceptions=True)
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
        beoordeeld = await _judge(conn, huis, heen, stuk, claim.eerder, claim.volgnummer)
        uitkomst = await _conclude(conn, huis, heen, stuk, claim.volgnummer, beoordeeld, beller)
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
        stuk = await off_loop(huis, len(body), lambda: _Stuk(huis.dienst.read(heen, huis.kluis), len(body)))
        beoordeeld, final = await _judge_again(conn, huis, heen, stuk, row)
        uitkomst = await _conclude(conn, huis, heen, stuk, row.volgnummer, beoordeeld, final=final)
        if uitkomst.status == GEPARKEERD:
            if row.wacht_nummer is None and uitkomst.wacht_op != [HANDMATIG]:
                # It waited for a decision only; now it waits for facts.
                await _park(conn, huis, heen, beoordeeld.oordeel)
            return False
        faalpunt("oordeel_voor_vastleggen")
    faalpunt("oordeel_na_vastleggen")
    _after_commit(huis, heen, uitkomst.status)
    return True


async def _judge_again(
    conn: AsyncConnection, huis: Huis, heen: Heen, stuk: _Stuk, row: Any
) -> tuple[_Beoordeeld, bool]:
    """The verdict on a parked message by what is known now, and whether the facts it rests on are complete.

    That is asked before the facts are read. A refusal may rest on other keys than the one for which it was parked:
    then it is judged once more, with those asked about too.
    """
    sleutels: set[str] = set(row.wacht_sleutels)
    while True:
        final = await _facts_are_complete(conn, huis, row.wacht_nummer, sorted(sleutels))
        beoordeeld = await _judge(conn, huis, heen, stuk, None)
        oordeel = beoordeeld.oordeel
        if not (final and oordeel.wacht) or oordeel.sleutels <= sleutels:
            return beoordeeld, final
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
    beoordeeld: _Beoordeeld,
    beller: Beller | None = None,
    *,
    final: bool = False,
) -> Uitkomst:
    """Gives a stored message its verdict, with all its effects; or decides to wait. Without ``beller`` it is one that
    was parked. What became of it is known here, and so is not read again."""
    oordeel, feiten, written = beoordeeld.oordeel, beoordeeld.feiten, beoordeeld.events
    over = Over.kop(heen.kop, huis.dienst.clienten(stuk.lezing, feiten))
    if await _must_wait(conn, huis, heen, oordeel, volgnummer, final=final):
        if written is not None:
            await back_to_mark(conn)
        if beller is not None:
            await _park(conn, huis, heen, oordeel)
            await _note_parked(conn, huis, heen, over, beller)
        return Uitkomst.of(heen, volgnummer, GEPARKEERD, wacht_op=sorted(oordeel.sleutels))
    if oordeel.hand is not None:
        await _park_by_hand(conn, huis, heen, oordeel.hand)
        if beller is not None:
            await _note_parked(conn, huis, heen, over, beller)
        return Uitkomst.of(heen, volgnummer, GEPARKEERD, wacht_op=[HANDMATIG])
    events = written or ()
    if written is None and not oordeel.afgekeurd:
        events = await huis.dienst.record(conn, stuk.lezing, feiten, oordeel, heen, huis.kluis)
    if beoordeeld.answer is not None:
        retour, body = await beoordeeld.answer
    else:
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
    conn: AsyncConnection, huis: Huis, heen: Heen, stuk: _Stuk, eerder: UUID | None, volgnummer: int | None = None
) -> _Beoordeeld:
    """Level 2, then the header, then the classes; a fault at one stage ends it (regels-tr, chapter 2).

    Of a large message the facts are read while level 2 is under way, for nothing if that finds a fault, and with the
    ``volgnummer`` that it was given its lines may be recorded while they are judged. Whether a gemeente that is no more
    may still be named rests on the toewijzingen concerned, so then the facts are read before the header is done with
    (TR378).
    """
    feiten = KopFeiten(heen.vandaag, huis.gemeenten, str(eerder) if eerder else None)
    on_header = KOP_REGELS.judge(heen.kop, feiten, heen.soort.release, HEADER)
    facts = None if stuk.binnen or on_header else await huis.dienst.facts(conn, stuk.lezing, heen)
    meldingen = await stuk.within() or on_header
    if meldingen:
        return _Beoordeeld(Oordeel(afgekeurd=True, meldingen=meldingen, uit_zichzelf=True), None)
    if not huis.gemeenten.is_er_op(heen.kop.gemeente, heen.vandaag):
        refused = _judge_old_gemeente(heen, replace(feiten, ingangsdata=huis.dienst.ingangsdata(stuk.lezing, facts)))
        if refused is not None:
            return _Beoordeeld(refused, None)
    dienst = huis.dienst
    if volgnummer is None or stuk.size <= INLINE_BYTES or not isinstance(dienst, SchrijftVooruit):
        return _Beoordeeld(await off_loop(huis, stuk.size, lambda: huis.dienst.judge(stuk.lezing, facts, heen)), facts)
    return await _judge_writing(conn, huis, dienst, heen, stuk, facts, volgnummer)


async def _judge_writing(
    conn: AsyncConnection, huis: Huis, dienst: SchrijftVooruit, heen: Heen, stuk: _Stuk, facts: Any, volgnummer: int
) -> _Beoordeeld:
    """The classes, while what was judged is recorded already; and its answer, while the last of it is."""
    answers: list[asyncio.Task[tuple[Kop, Payload]]] = []

    def answer(oordeel: Oordeel) -> None:
        work = off_loop(huis, stuk.size, lambda: make_answer(huis, heen, oordeel, volgnummer))
        answers.append(asyncio.create_task(work))
        stuk.beside.extend(answers)

    await mark(conn)
    beside = partial(off_loop, huis, stuk.size)
    oordeel, events = await dienst.judge_writing(conn, stuk.lezing, facts, heen, beside, answer)
    if events is None:
        await back_to_mark(conn)
    return _Beoordeeld(oordeel, facts, events, answers[0] if answers else None)


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

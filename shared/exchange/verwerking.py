"""One message, one transaction: claim its key, judge it, and record all that follows from it, or nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange import register
from shared.exchange.dienst import AFGEKEURD, GEPARKEERD, VERWERKT, Heen, Oordeel, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.termijnen import close_termijnen, open_termijnen, retour_termijn
from shared.iwmo.catalogus import soort_named
from shared.iwmo.codec import encode
from shared.iwmo.kop import HEADER, KOP_REGELS, OUDE_GEMEENTE_REGELS, Kop, KopFeiten, read_kop
from shared.iwmo.lezer import Gelezen, read
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens
from shared.kafka import outbox, watermark
from shared.problems import KnooppuntError
from shared.security.partij import Beller

INLINE_BYTES = 128 * 1024
"""Up to this size parsing and judging take a few milliseconds and stay on the event loop; above, a thread does it."""

log = structlog.get_logger()
Result = TypeVar("Result")


class AntwoordError(RuntimeError):
    """The answer that was made is not valid against its own schema; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class _Stuk:
    """A message ready to be judged: in domain terms, with what is wrong within it, and its size in bytes."""

    lezing: Any
    binnen: Sequence[Melding]
    size: int


async def off_loop(huis: Huis, size: int, work: Callable[[], Result]) -> Result:
    """Runs CPU work where it does not hold up others: at most two large ones at once, each in a thread."""
    if size <= INLINE_BYTES:
        return work()
    async with huis.large:
        return await asyncio.to_thread(work)


def _prepare(huis: Huis, heen: Heen, size: int) -> _Stuk:
    """Level 2 needs no other facts, so it comes before the transaction. One fault is enough to reject a message, so
    what is told of them is bounded."""
    lezing = huis.dienst.read(heen, huis.kluis)
    return _Stuk(lezing, huis.dienst.in_message(lezing, heen)[: huis.settings.max_fouten], size)


async def accept(huis: Huis, gelezen: Gelezen, kop: Kop, body: bytes, beller: Beller) -> Uitkomst:
    """Judges a message that came in; a repeat gets the first outcome."""
    now = huis.klok.now()
    heen = Heen(uuid4(), kop, gelezen.inhoud, now, huis.klok.today())
    stuk = await off_loop(huis, len(body), lambda: _prepare(huis, heen, len(body)))
    async with huis.engine.begin() as conn:
        claim = await register.claim(conn, huis.tables, heen.id, kop, gelezen.hash, body, huis.kluis, now)
        if claim.volgnummer is None:
            first = _is(await register.outcome(conn, huis.tables, _is(claim.herhaling)))
            await register.note(
                conn, huis.tables, beller, "herhaald", first.status, bericht_id=first.id, soort=kop.soort
            )
            return replace(first, herhaald=True)
        oordeel, feiten = await _judge(conn, huis, heen, stuk, claim.eerder)
        status = await _conclude(conn, huis, heen, stuk, claim.volgnummer, oordeel, feiten)
        await register.note(conn, huis.tables, beller, "verzonden", status, bericht_id=heen.id, soort=kop.soort)
        known = await register.outcome(conn, huis.tables, heen.id)
    _after_commit(huis, heen, status)
    return _is(known)


async def reconsider(huis: Huis, bericht_id: UUID) -> bool:
    """Judges a parked message again; true when it now has its verdict. Two replicas never judge it both."""
    async with huis.engine.begin() as conn:
        table = huis.tables.bericht
        statement = table.select().where(table.c.id == bericht_id, table.c.status == GEPARKEERD)
        row = (await conn.execute(statement.with_for_update(skip_locked=True))).one_or_none()
        if row is None:
            return False
        body = huis.kluis.open(row.inhoud, str(row.id))
        gelezen = await off_loop(huis, len(body), lambda: read(body, huis.schemas, huis.grenzen))
        soort = _is(soort_named(row.bericht, row.release))
        vandaag = huis.klok.day_of(row.ontvangen)
        heen = Heen(row.id, read_kop(soort, gelezen.inhoud), gelezen.inhoud, row.ontvangen, vandaag)
        # What was parked has nothing wrong within: that was judged when it came in.
        stuk = await off_loop(huis, len(body), lambda: _Stuk(huis.dienst.read(heen, huis.kluis), (), len(body)))
        oordeel, feiten, final = await _judge_again(conn, huis, heen, stuk, row)
        status = await _conclude(conn, huis, heen, stuk, row.volgnummer, oordeel, feiten, parked=True, final=final)
        if status == GEPARKEERD:
            return False
        system = Beller(f"knooppunt:{huis.service}", frozenset())
        await register.note(conn, huis.tables, system, "beoordeeld", status, bericht_id=heen.id, soort=soort)
    _after_commit(huis, heen, status)
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


async def _facts_are_complete(conn: AsyncConnection, huis: Huis, nummer: int, sleutels: Sequence[str]) -> bool:
    """Whether all that the owner had committed before this message came in is projected here (P4)."""
    if huis.dienst.bron is None:
        return True
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
    *,
    parked: bool = False,
    final: bool = False,
) -> str:
    """Gives a stored message its verdict, with all its effects; or decides to wait. Returns the status."""
    if await _must_wait(conn, huis, heen, oordeel, volgnummer, final=final):
        if not parked:
            nummer = await outbox.ask_barrier(conn, huis.kafka, huis.service, _is(huis.dienst.bron))
            await register.park(conn, huis.tables, heen.id, nummer, sorted(oordeel.sleutels))
            await open_termijnen(conn, huis.tables.termijn, [retour_termijn(heen, huis.settings)])
        return GEPARKEERD
    if not oordeel.afgekeurd:
        events = await huis.dienst.record(conn, stuk.lezing, feiten, oordeel, heen, huis.kluis)
        await outbox.add(conn, huis.kafka, events)
    await _answer(conn, huis, heen, oordeel, stuk.size, volgnummer)
    status = AFGEKEURD if oordeel.afgekeurd else VERWERKT
    meldingen, signalen = ([one.as_json() for one in told] for told in (oordeel.meldingen, oordeel.signalen))
    await register.store_verdict(conn, huis.tables, heen.id, status, meldingen, signalen, huis.klok.now())
    if parked:
        # One that is answered as it comes in never had a term to watch.
        termijn = retour_termijn(heen, huis.settings)
        await close_termijnen(conn, huis.tables.termijn, [termijn.key], huis.klok.today())
    return status


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


async def _answer(conn: AsyncConnection, huis: Huis, heen: Heen, oordeel: Oordeel, size: int, volgnummer: int) -> None:
    """Makes the answer, checks it against its own schema, and puts it and the message in the mailboxes."""
    soort = _is(soort_named(_is(heen.soort.retour), heen.soort.release))
    schema = huis.schemas.of(soort)
    gegevens = RetourGegevens(soort, f"{huis.service[0].upper()}{volgnummer:011d}", huis.klok.today())

    def make() -> tuple[Kop, bytes]:
        try:
            body = encode(huis.dienst.retour(heen, oordeel.meldingen, gegevens, schema), schema)
            return read_kop(soort, read(body, huis.schemas, huis.grenzen).inhoud), body
        except KnooppuntError as error:
            # A fault of ours, not of the sender: without a valid answer there is no verdict.
            raise AntwoordError(f"{soort.naam}: {error.code}") from error

    kop, body = await off_loop(huis, size, make)
    retour_id = uuid4()
    await register.store_retour(conn, huis.tables, retour_id, heen.id, kop, body, huis.kluis, huis.klok.now())
    van, naar = register.parties(heen.kop)
    # A message that is rejected as a whole counts as never sent: its addressee does not get it.
    forwarded = [] if oordeel.afgekeurd else [(heen.id, naar)]
    await register.deliver(conn, huis.tables, [(retour_id, van), *forwarded])


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

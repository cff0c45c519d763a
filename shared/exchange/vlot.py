"""Small messages that are right take two statements instead of nine each: one that looks, and one that writes.

The first takes no lock. It sees all facts in one snapshot, each with its version. The second is a transaction of its
own. It claims the keys of the messages, holds what the verdicts rest on where that still has the version that was seen,
raises the versions of what they change from what they were, and writes all that follows; if any of that fails, all of
it is undone, and each message goes the ordinary way (``verwerking``) as if it had just come in. So does every message
that is not plainly accepted: a refusal, a repeat, what waits, what a service says it cannot judge so.

Messages to one gemeente that are there at the same time share both statements (``samen``). No two of them are about the
same thing, so none of them changes what another is judged by.

That keeps the promises. P1: the answer is given after the commit. P2: the key is claimed by the same unique index, in
the transaction that has all the rest. P4: nothing is refused here. P5: a verdict stands only if no other verdict on the
same things was committed since its facts were read, and the rows that prove it are held, in key order, to the end: that
is the order that the locks of the ordinary way give, and the two ways hold the same rows in the same order.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from uuid import UUID, uuid4

from asyncpg.exceptions import (
    DeadlockDetectedError,
    DivisionByZeroError,
    LockNotAvailableError,
    PostgresError,
    SerializationError,
)
from sqlalchemy import CTE, BigInteger, Delete, Insert, and_, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange import register
from shared.exchange.antwoorden import make_answer
from shared.exchange.dienst import VERWERKT, Heen, Oordeel, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.spoor import VERZOEK
from shared.exchange.tables import ExchangeTables
from shared.faalpunten import faalpunt
from shared.iwmo.kop import HEADER, KOP_REGELS, KopFeiten
from shared.kafka.outbox import NewEvent
from shared.kafka.tables import KafkaTables
from shared.namens import gezegd, in_deze_opdracht
from shared.payload import Payload
from shared.security.partij import Beller
from shared.statement import Statement, as_arrays, given_rows, statements

AANTAL = bindparam("aantal", type_=BigInteger())
"""How many things the messages change: so many rows each of ``Schrijven.houdt`` must have."""
_BERICHTEN = bindparam("berichten", type_=BigInteger())
_GEDULD = "geduld"
_SHORT = "50ms"
"""So long messages that go together wait for a lock: then each goes on its own, and one alone waits for it."""
_FOREVER = "0"
_CHANGED = (DivisionByZeroError, SerializationError, DeadlockDetectedError, LockNotAvailableError)
"""How the database says that what was seen no longer holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Inzending:
    """A message with nothing wrong within it: in domain terms, its hash and bytes, who sent it by which request."""

    heen: Heen
    lezing: Any
    hash: bytes
    body: Payload
    beller: Beller
    verzoek: UUID | None

    @property
    def sleutel(self) -> tuple[str, str, str]:
        """By which it is known (P2)."""
        kop = self.heen.kop
        return kop.afzender, kop.soort.code, kop.identificatie


@dataclass(frozen=True, slots=True)
class Gezien:
    """What a look found: the facts, and the number that the message will have."""

    feiten: Any
    volgnummer: int


@dataclass(frozen=True, slots=True, eq=False)
class Schrijven:
    """What a service adds to the statement that writes, the same for all messages. ``houdt``: the rows that are held
    or raised, each ``AANTAL`` of them if all is as it was seen. ``delen``: what is written besides, by name."""

    houdt: tuple[CTE, ...]
    delen: Mapping[str, Insert | Delete]


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What one accepted message changes: how many things, all else as its service has it (``Vlot.values``), and the
    events with the versions that follow on those seen."""

    aantal: int
    waarden: Any
    events: Sequence[NewEvent]


class Vlot(Protocol):
    """A service's part in it."""

    schrijven: Schrijven

    def sleutels(self, lezing: Any) -> Collection[str] | None:
        """All that the verdict on a message rests on, by name; None where it is one for the ordinary way."""
        ...

    async def look(
        self, conn: AsyncConnection, gemeente: str, berichten: Sequence[tuple[Any, Heen]]
    ) -> Sequence[Gezien | None]:
        """The facts of each, in one statement (``shared.exchange.blik``); None where they do not lend themselves to
        it. It speaks for the gemeente."""
        ...

    def follow(self, lezing: Any, feiten: Any, heen: Heen) -> Gevolg | None:
        """What an accepted message changes; ``feiten`` as judging left them. None: the ordinary way, after all."""
        ...

    def values(self, gemeente: str, waarden: Sequence[Any]) -> Mapping[str, Any]:
        """The parameters of ``schrijven``, of messages together."""
        ...


async def accept_at_once(
    huis: Huis, heen: Heen, lezing: Any, hash_: bytes, body: Payload, beller: Beller
) -> Uitkomst | None:
    """The outcome of a message that is accepted as it stands; None when it is to go the ordinary way, and then nothing
    was written. ``lezing`` has no fault within it."""
    vlot = huis.vlot
    if vlot is None or not _header_is_right(huis, heen):
        return None
    sleutels = vlot.sleutels(lezing)
    if sleutels is None:
        return None

    async def together(inzendingen: Sequence[Inzending]) -> list[Uitkomst | Exception | None]:
        return await _accept_together(huis, vlot, inzendingen)

    inzending = Inzending(heen, lezing, hash_, body, beller, VERZOEK.get())
    # Two with one key are a repeat, or about to be refused: that is told the ordinary way.
    named = (*sleutels, "/".join(inzending.sleutel))
    return await huis.samen.take((vlot, heen.kop.gemeente), named, inzending, together)


def _header_is_right(huis: Huis, heen: Heen) -> bool:
    """A gemeente that is no more is asked about with the toewijzingen at hand (TR378)."""
    feiten = KopFeiten(heen.vandaag, huis.gemeenten, None)
    meldingen = KOP_REGELS.judge(heen.kop, feiten, heen.soort.release, HEADER)
    return not meldingen and huis.gemeenten.is_er_op(heen.kop.gemeente, heen.vandaag)


@dataclass(frozen=True, slots=True, eq=False)
class _Besloten:
    """A message that is accepted, as it is to be written."""

    plek: int
    """Which of its group."""
    inzending: Inzending
    volgnummer: int
    besluit: register.Besluit
    gevolg: Gevolg

    @property
    def uitkomst(self) -> Uitkomst:
        besluit = self.besluit
        return Uitkomst.of(
            self.inzending.heen,
            self.volgnummer,
            VERWERKT,
            retour_id=besluit.retour_id,
            retour_bericht=besluit.retour.soort.naam,
            signalen=besluit.signalen,
        )


async def _accept_together(
    huis: Huis, vlot: Vlot, inzendingen: Sequence[Inzending]
) -> list[Uitkomst | Exception | None]:
    """The outcome of each, of messages to one gemeente that are about different things."""
    found: list[Uitkomst | Exception | None] = [None] * len(inzendingen)
    gemeente = inzendingen[0].heen.kop.gemeente
    async with statements(huis.engine) as conn:
        seen = await vlot.look(conn, gemeente, [(one.lezing, one.heen) for one in inzendingen])
        accepted: list[_Besloten] = []
        for plek, (one, gezien) in enumerate(zip(inzendingen, seen, strict=True)):
            if gezien is not None:
                try:
                    besloten = _decide(huis, vlot, plek, one, gezien)
                except Exception as error:
                    found[plek] = error
                else:
                    accepted += [besloten] if besloten else []
        if accepted and await _write(conn, huis, vlot, gemeente, accepted):
            for besloten in accepted:
                found[besloten.plek] = besloten.uitkomst
    return found


def _decide(huis: Huis, vlot: Vlot, plek: int, inzending: Inzending, gezien: Gezien) -> _Besloten | None:
    """None: not plainly accepted."""
    heen, lezing, feiten = inzending.heen, inzending.lezing, gezien.feiten
    oordeel: Oordeel = huis.dienst.judge(lezing, feiten, heen)
    if oordeel.afgekeurd or oordeel.meldingen or oordeel.hand is not None:
        return None
    gevolg = vlot.follow(lezing, feiten, heen)
    if gevolg is None:
        return None
    retour, retour_body = make_answer(huis, heen, oordeel, gezien.volgnummer)
    besluit = register.Besluit(
        bericht_id=heen.id,
        kop=heen.kop,
        status=VERWERKT,
        meldingen=[],
        signalen=[one.as_json() for one in oordeel.signalen],
        retour_id=uuid4(),
        retour=retour,
        retour_body=retour_body,
        beller=inzending.beller,
        handeling="verzonden",
        events=gevolg.events,
        clienten=huis.dienst.clienten(lezing, feiten),
        verzoek=inzending.verzoek,
    )
    return _Besloten(plek, inzending, gezien.volgnummer, besluit, gevolg)


async def _write(conn: AsyncConnection, huis: Huis, vlot: Vlot, gemeente: str, accepted: Sequence[_Besloten]) -> bool:
    """False when what was seen no longer holds: nothing was written. What goes wrong with several may be of one of
    them alone: then each is to go on its own as well."""
    values = {**_values(huis, accepted), **vlot.values(gemeente, [one.gevolg.waarden for one in accepted])}
    for _ in accepted:
        faalpunt("voor_vastleggen")
    try:
        await _writing(huis.tables, huis.kafka, vlot.schrijven).value(conn, values)
    except DBAPIError as error:
        if isinstance(error.orig, _CHANGED if len(accepted) == 1 else PostgresError):
            return False
        raise
    return True


def _values(huis: Huis, accepted: Sequence[_Besloten]) -> dict[str, Any]:
    """What is written of every message, whatever its service."""
    now = huis.klok.now()
    # In order of their keys, as all that is held: two groups of two processes never wait in a circle.
    in_order = sorted(accepted, key=lambda one: one.inzending.sleutel)
    parties = {partij for one in accepted for partij in register.parties(one.inzending.heen.kop)}
    return {
        "namens": gezegd(parties),
        _GEDULD: _FOREVER if len(accepted) == 1 else _SHORT,
        "berichten": len(accepted),
        "aantal": sum(one.gevolg.aantal for one in accepted),
        **as_arrays((_heen_row(huis, one, now) for one in in_order), [f"heen_{name}" for name in register.HEEN]),
        **register.following_values([one.besluit for one in accepted], huis.kluis, now),
    }


def _heen_row(huis: Huis, besloten: _Besloten, now: Any) -> tuple[Any, ...]:
    inzending = besloten.inzending
    heen = inzending.heen
    row = register.row_of(heen.id, heen.kop, inzending.body, huis.kluis, heen.ontvangen, VERWERKT)
    return (*row.values(), besloten.volgnummer, inzending.hash, True, json.dumps(besloten.besluit.signalen), now)


@cache
def _writing(tables: ExchangeTables, kafka: KafkaTables, schrijven: Schrijven) -> Statement:
    """The statement that writes. Where one of the numbers is another than it must be it divides by zero, which undoes
    all of it. The numbers are asked for in this order, and what is not asked for is written after them."""
    claimed = (
        upsert(tables.bericht)
        .from_select(list(register.HEEN), given_rows(tables.bericht, register.HEEN, "heen_"))
        .on_conflict_do_nothing()
        .returning(tables.bericht.c.id)
        .cte("aangenomen")
    )
    held = (number_of(one) == AANTAL for one in schrijven.houdt)
    right = case((and_(number_of(claimed) == _BERICHTEN, *held), 1), else_=0)
    parts = {**register.following(tables, kafka), **schrijven.delen}
    # Everything is asked for from the select list, so after the row that says for whom.
    checked = select(literal_column("1").op("/")(right)).select_from(in_deze_opdracht(geduld=_GEDULD))
    return Statement(checked.add_cte(*(one.cte(name) for name, one in parts.items())))


def number_of(rows: CTE) -> Any:
    """How many rows a part has; asking for it makes the part go before the one that asks."""
    return select(func.count()).select_from(rows).scalar_subquery()

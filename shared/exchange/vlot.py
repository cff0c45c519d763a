"""A small message that is right takes two statements instead of nine: one that looks, and one that writes.

The first takes no lock. It sees all facts in one snapshot, each with its version. The second is a transaction of its
own. It claims the key of the message, holds what the verdict rests on where that still has the version that was seen,
raises the versions of what it changes from what they were, and writes all that follows; if any of that fails, all of it
is undone, and the message goes the ordinary way (``verwerking``) as if it had just come in. So does every message that
is not plainly accepted: a refusal, a repeat, what waits, what a service says it cannot judge so.

That keeps the promises. P1: the answer is given after the commit. P2: the key is claimed by the same unique index, in
the transaction that has all the rest. P4: nothing is refused here. P5: a verdict stands only if no other verdict on the
same things was committed since its facts were read, and the rows that prove it are held, in key order, to the end: that
is the order that the locks of the ordinary way give, and the two ways hold the same rows in the same order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import uuid4

from asyncpg.exceptions import DeadlockDetectedError, DivisionByZeroError, SerializationError
from sqlalchemy import (
    CTE,
    BigInteger,
    Delete,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange import register
from shared.exchange.antwoorden import make_answer
from shared.exchange.dienst import VERWERKT, Heen, Oordeel, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.tables import ExchangeTables
from shared.faalpunten import faalpunt
from shared.iwmo.kop import HEADER, KOP_REGELS, Kop, KopFeiten
from shared.kafka.outbox import NewEvent
from shared.kafka.tables import KafkaTables
from shared.namens import gezegd, in_deze_opdracht
from shared.payload import Payload
from shared.security.partij import Beller
from shared.statement import Statement, statements

AANTAL = bindparam("aantal", type_=BigInteger())
"""How many things the message changes: so many rows each of ``Schrijven.houdt`` must have."""
_HEEN = (*register.BERICHT, "volgnummer", "hash", "eerste", "signalen", "verwerkt")
_CHANGED = (DivisionByZeroError, SerializationError, DeadlockDetectedError)
"""How the database says that what was seen no longer holds."""


@dataclass(frozen=True, slots=True)
class Gezien:
    """What a look found: the facts, and the number that the message will have."""

    feiten: Any
    volgnummer: int


@dataclass(frozen=True, slots=True, eq=False)
class Schrijven:
    """What a service adds to the statement that writes, the same for every message. ``houdt``: the rows that are held
    or raised, each ``AANTAL`` of them if all is as it was seen. ``delen``: what is written besides, by name."""

    houdt: tuple[CTE, ...]
    delen: Mapping[str, Insert | Delete]


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What one accepted message changes: the parameters of ``Schrijven``, and the events with the versions that follow
    on those seen."""

    waarden: Mapping[str, Any]
    events: Sequence[NewEvent]


class Vlot(Protocol):
    """A service's part in it."""

    schrijven: Schrijven

    async def look(self, conn: AsyncConnection, lezing: Any, heen: Heen) -> Gezien | None:
        """The facts, in one statement (``beside`` is in it); None where they do not lend themselves to it."""
        ...

    def follow(self, lezing: Any, feiten: Any, heen: Heen) -> Gevolg | None:
        """What an accepted message changes; ``feiten`` as judging left them. None: the ordinary way, after all."""
        ...


def beside(tables: ExchangeTables) -> tuple[Any, Any]:
    """Columns of every look: a new number (``volgnummer``), and whether the key of the message is taken (``bekend``);
    for the parameters see ``key_of``."""
    c = tables.bericht.c
    number = select(func.nextval(f"{tables.bericht.schema}.bericht_volgnummer_seq")).scalar_subquery()
    key = (c[name] == bindparam(f"heen_{name}") for name in ("afzender", "berichtcode", "identificatie"))
    return number.label("volgnummer"), exists().where(c.heen_id.is_(None), *key).label("bekend")


def look_for(look: Select[Any], *order: str) -> Statement:
    """A look as a statement that says for whom it is, its rows in the order of these columns. It is made for the one
    row that says so, and so after it: were it ever made before, it would see nothing, and the message would go the
    ordinary way."""
    said = in_deze_opdracht()
    rows = look.where(said.c.gezegd.is_not(None)).correlate(said).offset(0).lateral("gezien")
    return Statement(select(rows).select_from(said.join(rows, true())).order_by(*(rows.c[name] for name in order)))


def key_of(kop: Kop) -> dict[str, str]:
    """The parameters of ``beside`` and ``look_for``."""
    return {
        "namens": gezegd(register.parties(kop)),
        "heen_afzender": kop.afzender,
        "heen_berichtcode": kop.soort.code,
        "heen_identificatie": kop.identificatie,
    }


async def accept_at_once(
    huis: Huis, heen: Heen, lezing: Any, hash_: bytes, body: Payload, beller: Beller
) -> Uitkomst | None:
    """The outcome of a message that is accepted as it stands; None when it is to go the ordinary way, and then nothing
    was written. ``lezing`` has no fault within it."""
    vlot = huis.vlot
    if vlot is None or not _header_is_right(huis, heen):
        return None
    async with statements(huis.engine) as conn:
        gezien = await vlot.look(conn, lezing, heen)
        if gezien is None:
            return None
        oordeel = huis.dienst.judge(lezing, gezien.feiten, heen)
        if oordeel.afgekeurd or oordeel.meldingen or oordeel.hand is not None:
            return None
        gevolg = vlot.follow(lezing, gezien.feiten, heen)
        if gevolg is None:
            return None
        besluit = _decide(huis, heen, lezing, oordeel, gezien, gevolg, beller)
        now = huis.klok.now()
        values = {
            "namens": gezegd(register.parties(heen.kop)),
            **_heen_values(huis, heen, besluit, gezien.volgnummer, hash_, body, now),
            **register.following_values(besluit, huis.kluis, now),
            **gevolg.waarden,
        }
        faalpunt("voor_vastleggen")
        if not await _write(conn, _writing(huis.tables, huis.kafka, vlot.schrijven), values):
            return None
    return Uitkomst.of(
        heen,
        gezien.volgnummer,
        VERWERKT,
        retour_id=besluit.retour_id,
        retour_bericht=besluit.retour.soort.naam,
        signalen=besluit.signalen,
    )


def _header_is_right(huis: Huis, heen: Heen) -> bool:
    """A gemeente that is no more is asked about with the toewijzingen at hand (TR378)."""
    feiten = KopFeiten(heen.vandaag, huis.gemeenten, None)
    meldingen = KOP_REGELS.judge(heen.kop, feiten, heen.soort.release, HEADER)
    return not meldingen and huis.gemeenten.is_er_op(heen.kop.gemeente, heen.vandaag)


def _decide(
    huis: Huis, heen: Heen, lezing: Any, oordeel: Oordeel, gezien: Gezien, gevolg: Gevolg, beller: Beller
) -> register.Besluit:
    retour, retour_body = make_answer(huis, heen, oordeel, gezien.volgnummer)
    return register.Besluit(
        bericht_id=heen.id,
        kop=heen.kop,
        status=VERWERKT,
        meldingen=[],
        signalen=[one.as_json() for one in oordeel.signalen],
        retour_id=uuid4(),
        retour=retour,
        retour_body=retour_body,
        beller=beller,
        handeling="verzonden",
        events=gevolg.events,
        clienten=huis.dienst.clienten(lezing, gezien.feiten),
    )


def _heen_values(
    huis: Huis, heen: Heen, besluit: register.Besluit, volgnummer: int, hash_: bytes, body: Payload, now: datetime
) -> dict[str, Any]:
    row = register.row_of(heen.id, heen.kop, body, huis.kluis, heen.ontvangen, VERWERKT)
    row |= {"volgnummer": volgnummer, "hash": hash_, "eerste": True, "signalen": besluit.signalen, "verwerkt": now}
    return {f"heen_{name}": value for name, value in row.items()}


async def _write(conn: AsyncConnection, writing: Statement, values: Mapping[str, Any]) -> bool:
    """False when what was seen no longer holds: nothing was written."""
    try:
        await writing.value(conn, values)
    except DBAPIError as error:
        if isinstance(error.orig, _CHANGED):
            return False
        raise
    return True


@cache
def _writing(tables: ExchangeTables, kafka: KafkaTables, schrijven: Schrijven) -> Statement:
    """The statement that writes. Where one of the numbers is another than it must be it divides by zero, which undoes
    all of it. The numbers are asked for in this order, and what is not asked for is written after them."""
    claimed = (
        upsert(tables.bericht)
        .values({name: bindparam(f"heen_{name}") for name in _HEEN})
        .on_conflict_do_nothing()
        .returning(tables.bericht.c.id)
        .cte("aangenomen")
    )
    held = (number_of(one) == AANTAL for one in schrijven.houdt)
    right = case((and_(number_of(claimed) == 1, *held), 1), else_=0)
    parts = {**register.following(tables, kafka), **schrijven.delen}
    # Everything is asked for from the select list, so after the row that says for whom.
    checked = select(literal_column("1").op("/")(right)).select_from(in_deze_opdracht())
    return Statement(checked.add_cte(*(one.cte(name) for name, one in parts.items())))


def number_of(rows: CTE) -> Any:
    """How many rows a part has; asking for it makes the part go before the one that asks."""
    return select(func.count()).select_from(rows).scalar_subquery()

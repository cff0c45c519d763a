"""Evaluaties in the database: giving one, correcting it, reading it, and signing for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.aanleveringen import on_toewijzingen
from services.startstop.domain import Gemeld
from services.startstop.evaluatie.domain import check_eerste, check_gebieden, check_geeindigd, check_verbetert
from services.startstop.evaluatie.modellen import EvaluatieInvoer, InhoudModel, VersieInvoer
from services.startstop.stand import Stand, is_geevalueerd, stand_of
from services.startstop.stilstand import termijnen
from services.startstop.tables import EVALUATIE, EXCHANGE, KAFKA, TOEWIJZING
from shared.exchange.termijnen import open_termijnen
from shared.feiten import toewijzing_tabel
from shared.feiten.evaluatie import INGEDIEND, EvaluatieIngediend
from shared.feiten.toewijzing import Toewijzing
from shared.kafka import outbox, topics
from shared.kafka.outbox import NewEvent
from shared.klok import Klok
from shared.problems import BotsingError, NietGevondenError, VerbodenError
from shared.security.kluis import Kluis
from shared.security.partij import Beller

E, V = EVALUATIE.evaluatie, EVALUATIE.versie
NOT_FOUND = "Deze evaluatie is er niet"


@dataclass(frozen=True, slots=True)
class Inzender:
    """Who gives an evaluatie, when, and the keys that seal it."""

    beller: Beller
    kluis: Kluis
    nu: datetime

    @property
    def vandaag(self) -> date:
        """The calendar day in the Netherlands."""
        return Klok.day_of(self.nu)


async def give(conn: AsyncConnection, inzender: Inzender, invoer: EvaluatieInvoer) -> tuple[UUID, bool]:
    """The evaluatie of an end that has none; its id, and whether it is new: the same content again changes nothing.

    NietGevondenError for a toewijzing that is not the caller's, VerbodenError for its gemeente, VerzoekError for areas
    that are not its own, BotsingError when the support has not ended, or has its evaluatie.
    """
    toewijzing = await _hold(conn, inzender.beller, invoer.gemeente, invoer.toewijzing_nummer)
    before, held = await _of_toewijzing(conn, toewijzing), await _held(conn, toewijzing)
    stand = stand_of(toewijzing.periode.eind, held, inzender.vandaag)
    answered = before is not None and _waits_for(stand, before, inzender.vandaag) is None
    if before is not None and answered and await _says(conn, inzender.kluis, before) == invoer.as_json():
        return before.id, False
    check_gebieden(toewijzing, [one.gebied for one in invoer.resultaten])
    einde = check_geeindigd(toewijzing, stand, inzender.vandaag)
    check_eerste(einde, before.gegeven if before else None)
    found = await _write(conn, inzender, toewijzing, before, invoer, (einde, inzender.vandaag))
    await _close(conn, toewijzing, held, inzender.vandaag)
    return found, True


async def correct(conn: AsyncConnection, inzender: Inzender, evaluatie_id: UUID, invoer: VersieInvoer) -> None:
    """A next version. Errors as of ``give``, and BotsingError when it is not the latest that is corrected."""
    row = await read_row(conn, inzender.beller, evaluatie_id)
    toewijzing = await _hold(conn, inzender.beller, row.gemeente, row.toewijzing_nummer)
    before = await _of_toewijzing(conn, toewijzing)
    if before is None:
        raise NietGevondenError(NOT_FOUND)
    check_verbetert(invoer.verbetert, before.versie)
    check_gebieden(toewijzing, [one.gebied for one in invoer.resultaten])
    held = await _held(conn, toewijzing)
    stand = stand_of(toewijzing.periode.eind, held, inzender.vandaag)
    # What went on meanwhile, and ended again, has its evaluatie with this.
    einde = _waits_for(stand, before, inzender.vandaag)
    dagen = (before.einddatum, before.gegeven) if einde is None else (einde, inzender.vandaag)
    await _write(conn, inzender, toewijzing, before, invoer, dagen)
    if einde is not None:
        await _close(conn, toewijzing, held, inzender.vandaag)


async def sign(conn: AsyncConnection, beller: Beller, evaluatie_id: UUID, versie: int | None, nu: datetime) -> Row[Any]:
    """The gemeente has it. VerbodenError for its aanbieder, BotsingError when this is not the latest version."""
    row = await read_row(conn, beller, evaluatie_id)
    if row.gemeente not in beller.codes("gemeente"):
        raise VerbodenError("Tekenen voor ontvangst is aan de gemeente")
    wanted = versie or row.versie
    statement = update(E).where(E.c.id == evaluatie_id, E.c.versie == wanted)
    signed = await conn.execute(statement.values(ontvangen=func.coalesce(E.c.ontvangen, nu)))
    if not signed.rowcount:
        raise BotsingError("Er is een nieuwere versie; lees die eerst")
    return row


def select_kop(beller: Beller) -> Select[Any]:
    """The evaluaties of a caller with whom they are about, in the order in which they first came."""
    client = and_(TOEWIJZING.c.gemeente == E.c.gemeente, TOEWIJZING.c.nummer == E.c.toewijzing_nummer)
    return select(E, TOEWIJZING.c.client).outerjoin(TOEWIJZING, client).where(_mine(beller)).order_by(E.c.volgnummer)


async def read_row(conn: AsyncConnection, beller: Beller, evaluatie_id: UUID) -> Row[Any]:
    """One of the caller's; NietGevondenError otherwise."""
    row: Row[Any] | None = (await conn.execute(select_kop(beller).where(E.c.id == evaluatie_id))).one_or_none()
    if row is None:
        raise NietGevondenError(NOT_FOUND)
    return row


async def read_versies(conn: AsyncConnection, row: Row[Any], versie: int | None = None) -> Sequence[Row[Any]]:
    """The versions of an evaluatie, sealed, or that one; oldest first."""
    statement: Select[Any] = (
        select(
            E.c.id,
            E.c.toewijzing_nummer,
            *(V.c[name] for name in V.c.keys() if name != "evaluatie_id"),  # noqa: SIM118 - columns, not a dict
            case((V.c.versie == E.c.versie, E.c.ontvangen)).label("ontvangen"),
        )
        .join(E, E.c.id == V.c.evaluatie_id)
        .where(V.c.evaluatie_id == row.id)
        .order_by(V.c.versie)
    )
    if versie is not None:
        statement = statement.where(V.c.versie == versie)
    rows: Sequence[Row[Any]] = (await conn.execute(statement)).all()
    return rows


def unsealed(kluis: Kluis, row: Row[Any]) -> bytes:
    """What a version says."""
    return kluis.open(row.inhoud, zegel_context(row.id, row.versie))


def as_event(row: Any) -> NewEvent:
    """What others may know of an evaluatie."""
    fact = EvaluatieIngediend(
        evaluatie_id=row.id,
        gemeente=row.gemeente,
        nummer=row.toewijzing_nummer,
        aanbieder=row.aanbieder,
        versie=row.versie,
        ingediend=Klok.day_of(row.ingediend),
        einddatum=row.einddatum,
        vervolg=row.vervolg,
        reden=row.reden,
    )
    return NewEvent(topics.EVALUATIE, fact.sleutel, INGEDIEND, fact.versie, fact.as_data())


def _mine(beller: Beller) -> ColumnElement[bool]:
    return or_(E.c.gemeente.in_(beller.codes("gemeente")), E.c.aanbieder.in_(beller.codes("agb")))


async def _hold(conn: AsyncConnection, beller: Beller, gemeente: str, nummer: int) -> Toewijzing:
    """The toewijzing, held: reports on it and evaluaties of it come one after the other (P5)."""
    found = (await toewijzing_tabel.read(conn, TOEWIJZING, gemeente, [nummer], lock=True)).get(nummer)
    of_aanbieder = found is not None and found.aanbieder in beller.codes("agb")
    if found is None or not (of_aanbieder or gemeente in beller.codes("gemeente")):
        raise NietGevondenError("Deze toewijzing is er niet")
    if not of_aanbieder:
        raise VerbodenError("De evaluatie is aan de aanbieder")
    return found


async def _held(conn: AsyncConnection, toewijzing: Toewijzing) -> list[Gemeld]:
    gemeld = await on_toewijzingen(conn, toewijzing.gemeente, [toewijzing.nummer])
    return [one for one in gemeld if not one.teruggenomen]


async def _of_toewijzing(conn: AsyncConnection, toewijzing: Toewijzing) -> Row[Any] | None:
    own = (E.c.gemeente == toewijzing.gemeente, E.c.toewijzing_nummer == toewijzing.nummer)
    return (await conn.execute(select(E).where(*own))).one_or_none()


def _waits_for(stand: Stand, before: Row[Any], vandaag: date) -> date | None:
    """The end that came after the evaluatie there is, if there is such an end."""
    einde = stand.geeindigd(vandaag)
    return None if einde is None or is_geevalueerd(einde, before.gegeven) else einde


async def _says(conn: AsyncConnection, kluis: Kluis, row: Row[Any]) -> bytes:
    [latest] = await read_versies(conn, row, row.versie)
    return unsealed(kluis, latest)


async def _write(
    conn: AsyncConnection,
    inzender: Inzender,
    toewijzing: Toewijzing,
    before: Row[Any] | None,
    invoer: InhoudModel,
    dagen: tuple[date, date],
) -> UUID:
    """The next version, and the event of it. ``dagen``: the end that it looks back on, and when that was first done."""
    evaluatie_id, versie = (before.id, before.versie + 1) if before else (uuid4(), 1)
    parties = {"gemeente": toewijzing.gemeente, "aanbieder": toewijzing.aanbieder}
    said = {
        "versie": versie,
        "einddatum": dagen[0],
        "vervolg": invoer.vervolg.gevraagd,
        "reden": invoer.vervolg.reden,
        "ingediend": inzender.nu,
    }
    kop = {**said, "gegeven": dagen[1], "ontvangen": None}
    if before:
        await conn.execute(update(E).where(E.c.id == evaluatie_id).values(kop))
    else:
        own = {"id": evaluatie_id, "toewijzing_nummer": toewijzing.nummer}
        await conn.execute(insert(E).values(**own, **parties, **kop))
    sealed = inzender.kluis.seal(invoer.as_json(), zegel_context(evaluatie_id, versie))
    await conn.execute(insert(V).values(evaluatie_id=evaluatie_id, **parties, **said, inhoud=sealed))
    row = (await conn.execute(select(E).where(E.c.id == evaluatie_id))).one()
    await outbox.add(conn, KAFKA, [as_event(row)])
    return evaluatie_id


async def _close(conn: AsyncConnection, toewijzing: Toewijzing, held: Sequence[Gemeld], dag: date) -> None:
    """The terms as they are, now that the evaluatie is there."""
    await open_termijnen(conn, EXCHANGE.termijn, termijnen(toewijzing, held, dag, dag).opened)


def zegel_context(evaluatie_id: UUID, versie: int) -> str:
    """What the seal of a version is bound to."""
    return f"evaluatie:{evaluatie_id}:{versie}"

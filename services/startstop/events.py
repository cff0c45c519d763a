"""What this service publishes and follows: the care periods of a toewijzing and evaluaties; toewijzingen and
products."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import aanleveringen, bewaking
from services.startstop.domain import Gemeld, Start, Stop
from services.startstop.evaluatie import opslag as evaluaties
from services.startstop.tables import EVALUATIE, KAFKA, PRODUCT, TOEWIJZING, VERSIE
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.feiten.volgen import handlers
from shared.kafka import outbox, topics
from shared.kafka.applier import Handler
from shared.kafka.envelope import Event
from shared.kafka.outbox import NewEvent


def toestand_events(gemeente: str, versies: Mapping[str, int], gemeld: Iterable[Gemeld]) -> list[NewEvent]:
    """The whole state of each toewijzing after a change; ``versies`` by key; ``gemeld``: what was reported on them."""
    nummers = {int(sleutel.rpartition(":")[2]): versie for sleutel, versie in versies.items()}
    perioden: dict[int | None, list[dict[str, Any]]] = {nummer: [] for nummer in sorted(nummers)}
    for one in gemeld:
        if not one.teruggenomen and one.start.nummer in perioden:
            perioden[one.start.nummer].append(_as_data(one.wat))
    return [_event(gemeente, nummer, perioden[nummer], versie) for nummer, versie in sorted(nummers.items())]


def _as_data(wat: Start | Stop) -> dict[str, Any]:
    start = wat.start if isinstance(wat, Stop) else wat
    ended = (wat.reden, wat.einddatum.isoformat()) if isinstance(wat, Stop) else (None, None)
    return {
        "soort": "stop" if isinstance(wat, Stop) else "start",
        "categorie": start.product.categorie,
        "code": start.product.code,
        "begindatum": start.begindatum.isoformat(),
        "redenBeeindiging": ended[0],
        "einddatum": ended[1],
    }


def _event(gemeente: str, nummer: int, aanleveringen: list[dict[str, Any]], versie: int) -> NewEvent:
    data = {"gemeente": gemeente, "nummer": nummer, "aanleveringen": aanleveringen}
    return NewEvent(topics.STARTSTOP, toewijzing_sleutel(gemeente, nummer), "zorgperiode-gewijzigd", versie, data)


async def republish(conn: AsyncConnection) -> None:
    """The whole current state into the outbox again, with the versions it has; it is held against change meanwhile."""
    statement = select(VERSIE).where(VERSIE.c.topic == topics.STARTSTOP).order_by(VERSIE.c.sleutel)
    versies = {row.sleutel: row.nummer for row in await conn.execute(statement.with_for_update(read=True))}
    perioden: dict[str, list[dict[str, Any]]] = {sleutel: [] for sleutel in versies}
    for gemeente, gemeld in (await aanleveringen.on_all_toewijzingen(conn)).items():
        for one in gemeld:
            # A key that came after the versions were read has its own event in the outbox.
            perioden.get(toewijzing_sleutel(gemeente, one.start.nummer or 0), []).append(_as_data(one.wat))
    events = []
    for sleutel, delivered in perioden.items():
        gemeente, _, nummer = sleutel.partition(":")
        events.append(_event(gemeente, int(nummer), delivered, versies[sleutel]))
    held = select(EVALUATIE.evaluatie).order_by(EVALUATIE.evaluatie.c.volgnummer).with_for_update(read=True)
    events += [evaluaties.as_event(row) for row in await conn.execute(held)]
    await outbox.add(conn, KAFKA, events)


_PROJECTIONS = handlers(TOEWIJZING, PRODUCT)


async def apply_toewijzing(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """Projects toewijzingen, and moves the terms that hang on them."""
    await _PROJECTIONS[topics.TOEWIJZING](conn, events)
    await bewaking.follow(conn, events)


HANDLERS: dict[str, Handler] = {**_PROJECTIONS, topics.TOEWIJZING: apply_toewijzing}

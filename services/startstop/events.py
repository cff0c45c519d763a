"""What this service publishes and follows: the care periods of a toewijzing; toewijzingen and products."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop import bewaking
from services.startstop.tables import AANLEVERING, KAFKA, PRODUCT, TOEWIJZING, VERSIE
from shared.feiten.toewijzing import sleutel as toewijzing_sleutel
from shared.feiten.volgen import handlers
from shared.kafka import outbox, topics
from shared.kafka.applier import Handler
from shared.kafka.envelope import Event
from shared.kafka.outbox import NewEvent
from shared.kafka.versies import next_versions


async def toestand_events(conn: AsyncConnection, gemeente: str, nummers: Iterable[int]) -> list[NewEvent]:
    """The whole state of each toewijzing after a change, with its next version."""
    wanted = sorted(set(nummers))
    keys = {toewijzing_sleutel(gemeente, nummer): nummer for nummer in wanted}
    versies = await next_versions(conn, VERSIE, topics.STARTSTOP, keys)
    table = AANLEVERING
    statement = select(table).where(
        table.c.gemeente == gemeente,
        table.c.toewijzing_nummer == any_(cast(wanted, ARRAY(BigInteger))),
        table.c.verwijderd_door.is_(None),
    )
    perioden: dict[int, list[dict[str, Any]]] = {nummer: [] for nummer in wanted}
    for row in await conn.execute(statement.order_by(table.c.id)):
        perioden[row.toewijzing_nummer].append(_as_data(row))
    return [_event(gemeente, nummer, perioden[nummer], versies[key]) for key, nummer in keys.items()]


def _as_data(row: Any) -> dict[str, Any]:
    return {
        "soort": row.soort,
        "categorie": row.categorie,
        "code": row.code,
        "begindatum": row.begindatum.isoformat(),
        "redenBeeindiging": row.reden_beeindiging,
        "einddatum": row.einddatum.isoformat() if row.einddatum else None,
    }


def _event(gemeente: str, nummer: int, aanleveringen: list[dict[str, Any]], versie: int) -> NewEvent:
    data = {"gemeente": gemeente, "nummer": nummer, "aanleveringen": aanleveringen}
    return NewEvent(topics.STARTSTOP, toewijzing_sleutel(gemeente, nummer), "zorgperiode-gewijzigd", versie, data)


async def republish(conn: AsyncConnection) -> None:
    """The whole current state into the outbox again, with the versions it has; it is held against change meanwhile."""
    statement = select(VERSIE).where(VERSIE.c.topic == topics.STARTSTOP).order_by(VERSIE.c.sleutel)
    versies = {row.sleutel: row.nummer for row in await conn.execute(statement.with_for_update(read=True))}
    perioden: dict[str, list[dict[str, Any]]] = {sleutel: [] for sleutel in versies}
    table = AANLEVERING
    live = select(table).where(table.c.verwijderd_door.is_(None), table.c.toewijzing_nummer.is_not(None))
    for row in await conn.execute(live.order_by(table.c.id)):
        # A key that came after the versions were read has its own event in the outbox.
        perioden.get(toewijzing_sleutel(row.gemeente, row.toewijzing_nummer), []).append(_as_data(row))
    events = []
    for sleutel, aanleveringen in perioden.items():
        gemeente, _, nummer = sleutel.partition(":")
        events.append(_event(gemeente, int(nummer), aanleveringen, versies[sleutel]))
    await outbox.add(conn, KAFKA, events)


_PROJECTIONS = handlers(TOEWIJZING, PRODUCT)


async def apply_toewijzing(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """Projects toewijzingen, and moves the terms that hang on them."""
    await _PROJECTIONS[topics.TOEWIJZING](conn, events)
    await bewaking.follow(conn, events)


HANDLERS: dict[str, Handler] = {**_PROJECTIONS, topics.TOEWIJZING: apply_toewijzing}

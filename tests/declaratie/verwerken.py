"""Declarations through the service on one connection, with what is known there beforehand."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import DECLARATIE, EXCHANGE, PRODUCT, TOEWIJZING
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel, toewijzing_tabel
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.kafka.outbox import NewEvent
from tests.declaratie.bouw import a_tarief
from tests.shared.exchange.verwerken import KLUIS, process
from tests.shared.feiten.test_projectie import product_event
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, NUMMER, a_declaratie_bericht, a_regel
from tests.toewijzing.bouw import a_toewijzing, an_event

TWEEDE, VAN_ANDER = NUMMER + 1, NUMMER + 2
NAAM = {"2.4": "WMO303D", "3.2": "WMO323"}


async def know_enough(conn: AsyncConnection) -> None:
    """Two toewijzingen of the client, one of another, and the contract are known here."""
    toewijzingen = [
        a_toewijzing(nummer=nummer, client=KLUIS.pseudoniem(bsn))
        for nummer, bsn in ((NUMMER, BSN), (TWEEDE, BSN), (VAN_ANDER, ANDER_BSN))
    ]
    await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 1) for one in toewijzingen])
    await product_tabel.apply(conn, PRODUCT, [product_event("01A04", 1, a_tarief())])


async def know(conn: AsyncConnection, *nummers: int, **deviations: Any) -> None:
    """Toewijzingen of the client with these numbers, or newer versions of them."""
    made = [a_toewijzing(nummer=nummer, client=KLUIS.pseudoniem(BSN), **deviations) for nummer in nummers]
    await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(one, 2) for one in made])


async def send(
    conn: AsyncConnection, *lines: Inhoud, nummer: str = "D1", release: Release = "3.2"
) -> tuple[Heen, Oordeel, list[NewEvent]]:
    inhoud = a_declaratie_bericht(release, list(lines) or [a_regel(release)], nummer=nummer, **_name(release, nummer))
    return await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, NAAM[release], release)


def _name(release: Release, nummer: str) -> dict[str, Any]:
    return {"identificatie": nummer} if release == "3.2" else {}


async def recorded(conn: AsyncConnection, heen: Heen) -> Any:
    return (await conn.execute(select(DECLARATIE).where(DECLARATIE.c.bericht_id == heen.id))).one()


def refused_line(release: Release, **deviations: Any) -> Inhoud:
    return a_regel(release, 13 * 3200, ProductTarief=3200, **deviations)


def hours(volume: int, referentie: str, **deviations: Any) -> Inhoud:
    """Of MAART, in 3.2, unless told otherwise."""
    sign = -1 if "vorige" in deviations else 1
    return a_regel("3.2", sign * volume * 3100, referentie=referentie, GeleverdVolume=volume, **deviations)

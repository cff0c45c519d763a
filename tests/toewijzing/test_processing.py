"""Toewijzingen in the database."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.tables import EXCHANGE, TOEWIJZING
from shared.exchange.dienst import Oordeel
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.kafka.outbox import NewEvent
from tests.shared.exchange.verwerken import codes, process
from tests.shared.iwmo.berichten import BSN, GEMEENTE, NUMMER, a_301, a_toegewezen_product

OTHER = {"Categorie": "01", "Code": "01A05"}


def at(tijd: str, volume: int, **deviations: Any) -> Inhoud:
    """A version decided at this time; its volume tells it from others."""
    omvang = {"Volume": volume, "Eenheid": "04", "Frequentie": "2"}
    return a_toegewezen_product(Toewijzingstijd=tijd, Omvang=omvang, **deviations)


async def send(
    conn: AsyncConnection, *producten: Inhoud, release: Release = "3.2", name: str = "T1"
) -> tuple[Oordeel, list[NewEvent]]:
    inhoud = a_301(release, *producten, identificatie=name)
    _, oordeel, events = await process(conn, ToewijzingDienst(), EXCHANGE, inhoud, "WMO301", release)
    return oordeel, events


async def volumes(conn: AsyncConnection) -> dict[int, int]:
    rows = await conn.execute(select(TOEWIJZING.c.nummer, TOEWIJZING.c.volume))
    return {row.nummer: row.volume for row in rows}


@pytest.mark.parametrize("release", RELEASES)
async def test_a_301_is_recorded_and_told(release: Release, conn: AsyncConnection) -> None:
    oordeel, events = await send(
        conn, at("09:00:00", 3), at("09:00:00", 4, ToewijzingNummer=2, Product=OTHER), release=release
    )

    assert not oordeel.afgekeurd
    assert await volumes(conn) == {NUMMER: 3, 2: 4}
    assert {(event.sleutel, event.versie) for event in events} == {(f"{GEMEENTE}:{NUMMER}", 1), (f"{GEMEENTE}:2", 1)}
    assert BSN not in str(events)


async def test_a_newer_decision_replaces_an_older_one(conn: AsyncConnection) -> None:
    await send(conn, at("09:00:00", 3), name="1")

    _, [event] = await send(conn, at("09:00:01", 4), name="2")

    assert await volumes(conn) == {NUMMER: 4}
    assert (event.versie, event.data["omvang"]["volume"]) == (2, 4)


@pytest.mark.parametrize("tijd", ["09:00:00", "08:59:59"], ids=["the same", "older"])
async def test_an_older_or_equal_decision_is_accepted_and_changes_nothing(tijd: str, conn: AsyncConnection) -> None:
    await send(conn, at("09:00:00", 3), name="1")

    oordeel, events = await send(conn, at(tijd, 4), name="2")

    assert (oordeel.afgekeurd, events) == (False, [])
    assert await volumes(conn) == {NUMMER: 3}


async def test_a_number_in_use_rejects_the_whole_message(conn: AsyncConnection) -> None:
    await send(conn, at("09:00:00", 3), name="1")

    oordeel, events = await send(
        conn,
        at("10:00:00", 4, Ingangsdatum="2025-03-02"),
        at("10:00:00", 5, ToewijzingNummer=2, Product=OTHER),
        name="2",
    )

    assert (codes(oordeel), events) == (["9332"], [])
    assert await volumes(conn) == {NUMMER: 3}


async def test_a_number_is_one_of_each_gemeente(conn: AsyncConnection) -> None:
    await send(conn, at("09:00:00", 3), name="1")
    other = a_301("3.2", at("09:00:00", 5, Ingangsdatum="2025-04-01"), identificatie="2")
    other["Header"]["Afzender"] = "0344"

    _, oordeel, _ = await process(conn, ToewijzingDienst(), EXCHANGE, other, "WMO301", "3.2")

    assert not oordeel.afgekeurd

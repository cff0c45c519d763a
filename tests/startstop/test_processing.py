"""Starts and stops in the database."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.processing import StartstopDienst
from services.startstop.tables import AANLEVERING, EXCHANGE, TOEWIJZING
from shared.exchange.dienst import Oordeel
from shared.feiten import toewijzing_tabel
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.kafka.outbox import NewEvent
from tests.shared.exchange.verwerken import KLUIS, codes, process
from tests.shared.iwmo.berichten import BSN, GEMEENTE, NUMMER, a_305, a_307, a_startproduct, a_stopproduct
from tests.toewijzing.bouw import a_toewijzing, an_event


@pytest.fixture(autouse=True)
async def _toewijzing(conn: AsyncConnection) -> None:
    """The toewijzing of the client is known here."""
    toewijzing = a_toewijzing(client=KLUIS.pseudoniem(BSN))
    await toewijzing_tabel.apply(conn, TOEWIJZING, [an_event(toewijzing, 1)])


async def send(
    conn: AsyncConnection, *producten: Inhoud, naam: str = "WMO305", release: Release = "3.2", name: str = "S1"
) -> tuple[Oordeel, list[NewEvent]]:
    build: Any = a_305 if naam == "WMO305" else a_307
    inhoud = build(release, *producten, identificatie=name)
    _, oordeel, events = await process(conn, StartstopDienst(), EXCHANGE, inhoud, naam, release)
    return oordeel, events


async def kept(conn: AsyncConnection) -> tuple[int, int]:
    """How many deliveries hold, and how many there are in all."""
    live = select(func.count()).select_from(AANLEVERING)
    return (
        await conn.scalar(live.where(AANLEVERING.c.verwijderd_door.is_(None))) or 0,
        await conn.scalar(live) or 0,
    )


@pytest.mark.parametrize("release", RELEASES)
async def test_start_stop_and_start_again(release: Release, conn: AsyncConnection) -> None:
    later = a_startproduct(Begindatum="2025-04-01")

    outcomes = [
        await send(conn, a_startproduct(), release=release, name="1"),
        await send(conn, later, release=release, name="2"),
        await send(conn, a_stopproduct(), naam="WMO307", release=release, name="3"),
        await send(conn, later, release=release, name="4"),
    ]

    assert [codes(oordeel) for oordeel, _ in outcomes] == [[], ["9326"], [], []]
    assert await kept(conn) == (3, 3)


async def test_the_whole_state_of_a_toewijzing_is_told_with_a_rising_version(conn: AsyncConnection) -> None:
    _, first = await send(conn, a_startproduct(), name="1")
    _, second = await send(conn, a_stopproduct(), naam="WMO307", name="2")

    assert [(event.sleutel, event.versie) for event in first + second] == [
        (f"{GEMEENTE}:{NUMMER}", 1), (f"{GEMEENTE}:{NUMMER}", 2)
    ]  # fmt: skip
    assert [one["soort"] for one in second[0].data["aanleveringen"]] == ["start", "stop"]
    assert BSN not in str(second)


SPARSE = [
    {},
    {"Product": None},
    {"Product": {"Categorie": "01"}},
    {"ToewijzingNummer": None},
    {"ToewijzingNummer": None, "Product": None},
]


def without_nones(product: Inhoud) -> Inhoud:
    return {naam: value for naam, value in product.items() if value is not None}


@pytest.mark.parametrize("deviation", SPARSE, ids=str)
async def test_what_is_taken_back_is_found_by_its_whole_key(deviation: Inhoud, conn: AsyncConnection) -> None:
    """What is absent in a key (a generic product, no number) is found as absent."""
    start = without_nones(a_startproduct(**deviation))
    stop = without_nones(a_stopproduct(**deviation))
    delete_stop, delete_start = stop | {"StatusAanlevering": "3"}, start | {"StatusAanlevering": "3"}

    told = [
        codes((await send(conn, product, naam=naam, name=str(number)))[0])
        for number, (naam, product) in enumerate(
            [
                ("WMO305", start),
                ("WMO307", stop),
                ("WMO305", delete_start),
                ("WMO307", delete_stop),
                ("WMO305", delete_start),
            ]
        )
    ]

    assert told == [[], [], ["9071"], [], []]
    assert await kept(conn) == (0, 2)


async def test_a_correction_in_one_message_leaves_the_new_one(conn: AsyncConnection) -> None:
    await send(conn, a_startproduct(), name="1")
    corrected = a_startproduct(Begindatum="2025-03-10")

    oordeel, [event] = await send(conn, corrected, a_startproduct(StatusAanlevering="3"), name="2")

    assert not oordeel.afgekeurd
    assert [one["begindatum"] for one in event.data["aanleveringen"]] == ["2025-03-10"]
    assert await kept(conn) == (1, 2)


async def test_taking_back_and_delivering_the_same_key_again(conn: AsyncConnection) -> None:
    await send(conn, a_startproduct(), name="1")
    await send(conn, a_startproduct(StatusAanlevering="3"), name="2")

    oordeel, _ = await send(conn, a_startproduct(), name="3")

    assert not oordeel.afgekeurd
    assert await kept(conn) == (1, 2)


async def test_a_refused_message_leaves_nothing(conn: AsyncConnection) -> None:
    oordeel, events = await send(conn, a_startproduct(), a_startproduct(ToewijzingNummer=1))

    assert (codes(oordeel), events) == (["9019"], [])
    assert await kept(conn) == (0, 0)


async def test_another_client_has_an_administration_of_his_own(conn: AsyncConnection) -> None:
    await send(conn, a_startproduct(), name="1")
    other = a_305("3.2", a_startproduct(Begindatum="2025-04-01"), identificatie="2")
    other["Client"]["Bsn"] = "123456782"

    _, oordeel, _ = await process(conn, StartstopDienst(), EXCHANGE, other, "WMO305", "3.2")

    assert codes(oordeel) == ["9019"], "the toewijzing is not his, and the open start of another is no matter"

"""Terms as a calendar, and as an event before they end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from icalendar import Calendar
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.declaratie import app as declaratie_app
from services.declaratie import tables as declaratie
from services.startstop import app as startstop_app
from services.startstop import tables as startstop
from services.toewijzing import app as toewijzing_app
from services.toewijzing import tables as toewijzing
from services.toewijzing.tables import EXCHANGE, KAFKA
from shared.exchange.api import beller_of
from shared.exchange.tables import ExchangeTables
from shared.exchange.termijn_waarschuwing import BATCH, Waarschuwing
from shared.exchange.termijnen import Termijn, close_termijnen, open_termijnen
from shared.kafka import topics
from shared.kafka.tables import KafkaTables
from shared.security.partij import Beller, Partij
from shared.settings import Service, Settings
from tests.conftest import Engines
from tests.shared.exchange.verzoeken import KEY

# The Wednesday before New Year's day, a Friday: of the working days after it the second is Monday.
NU = datetime(2026, 12, 30, 12, tzinfo=UTC)
GEMEENTE, AANBIEDER = "0855", "72000001"
ADDRESS = "/toewijzing/v1/termijnen.ics"
APPS: dict[Service, tuple[Any, Any, Any]] = {
    "toewijzing": (toewijzing_app.create_app, toewijzing.EXCHANGE, toewijzing.KAFKA),
    "startstop": (startstop_app.create_app, startstop.EXCHANGE, startstop.KAFKA),
    "declaratie": (declaratie_app.create_app, declaratie.EXCHANGE, declaratie.KAFKA),
}
SOON = {"soon": date(2026, 12, 31), "later": date(2027, 1, 5), "past": date(2026, 12, 29)}


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["toewijzing"]


def settings_of(migrated: Settings, dienst: Service) -> Settings:
    """A service on the day of these tests."""
    own = {
        "klok_verschuiving": (NU - datetime.now(UTC)).total_seconds(),
        "sleutels": f"a:{KEY}",
        "pseudoniem_sleutel": KEY,
        "jwks_url": "file:///geen/jwks.json",
        f"database_url_{dienst}": migrated.dsn(dienst),
    }
    return Settings(**own)  # type: ignore[arg-type]


@pytest.fixture
async def app(migrated: Settings, engine: AsyncEngine) -> AsyncIterator[FastAPI]:
    app = toewijzing_app.create_app(settings_of(migrated, "toewijzing"))

    async def caller(request: Request) -> Beller:
        partij = Partij.parse(request.headers["X-Partij"])
        request.state.beller = Beller("proef", frozenset({partij}))
        return Beller("proef", frozenset({partij}))

    app.dependency_overrides[beller_of] = caller
    yield app
    async with engine.begin() as conn:
        await clean(conn, EXCHANGE, KAFKA)
    await app.state.huis.engine.dispose()


async def clean(conn: AsyncConnection, exchange: ExchangeTables, kafka: KafkaTables) -> None:
    """Nothing of these tests is left for others to find."""
    await conn.execute(delete(exchange.termijn).where(exchange.termijn.c.aanbieder == AANBIEDER))
    await conn.execute(delete(kafka.outbox).where(kafka.outbox.c.topic == topics.TERMIJN))


def termijn(sleutel: str, uiterlijk: date, regel: str = "SEED-BESCHIKKEN") -> Termijn:
    return Termijn(regel, sleutel, GEMEENTE, AANBIEDER, "gemeente", date(2026, 12, 1), uiterlijk)


async def write(engine: AsyncEngine, *termijnen: Termijn) -> None:
    async with engine.begin() as conn:
        await open_termijnen(conn, EXCHANGE.termijn, termijnen)


async def test_a_calendar_has_what_is_not_done_and_no_reference_of_an_aanbieder(
    app: FastAPI, engine: AsyncEngine
) -> None:
    await write(
        engine,
        termijn("dossier-a/1", date(2027, 1, 4)),
        termijn("dossier-b/1", date(2026, 12, 29)),
        termijn("klaar", date(2027, 1, 4)),
        termijn("Jansen 4-5-1947", date(2027, 1, 5), "OP274"),
    )
    async with engine.begin() as conn:
        done = [("SEED-BESCHIKKEN", GEMEENTE, AANBIEDER, "klaar")]
        await close_termijnen(conn, EXCHANGE.termijn, done, date(2026, 12, 30))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        answers = [await client.get(ADDRESS, headers={"X-Partij": who}) for who in (f"agb:{AANBIEDER}", "agb:79999999")]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].headers["Content-Type"].startswith("text/calendar")
    agenda, empty = (Calendar.from_ical(one.text) for one in answers)
    events = agenda.walk("VEVENT")
    assert [str(one["SUMMARY"])[:24] for one in events] == [
        "Verlopen: Beschikken en ", "Beschikken en het WMO301", "Beslissen op een verzoek",
    ]  # fmt: skip
    assert [one["DTSTART"].dt for one in events] == [date(2026, 12, 29), date(2027, 1, 4), date(2027, 1, 5)]
    assert len({str(one["UID"]) for one in events}) == 3
    assert "Jansen" not in answers[0].text
    assert "dossier-a/1" in str(events[1]["DESCRIPTION"])
    assert empty.walk("VEVENT") == []


@pytest.mark.parametrize("dienst", APPS)
async def test_every_service_tells_of_a_term_that_ends_soon_once_and_again_when_it_gets_longer(
    migrated: Settings, engines: Engines, dienst: Service
) -> None:
    make, exchange, kafka = APPS[dienst]
    engine, app = engines[dienst], make(settings_of(migrated, dienst))
    own = app.state.huis.engine
    app.state.huis.engine = engine  # as the background work of the service: all parties

    async def told() -> list[tuple[str, int]]:
        [ronde] = [one for one in app.state.wachtkamer.rondes if isinstance(one, Waarschuwing)]
        # Two processes at once, each for the first time: each has a round of its own.
        await asyncio.gather(ronde(app.state.huis), Waarschuwing()(app.state.huis))
        async with engine.connect() as conn:
            rows = await conn.execute(select(kafka.outbox).where(kafka.outbox.c.topic == topics.TERMIJN))
            data = [row.data for row in rows]
        return [(one["kenmerk"], one["werkdagenOver"]) for one in data if one["aanbieder"] == AANBIEDER]

    async def write(*termijnen: Termijn) -> None:
        async with engine.begin() as conn:
            await open_termijnen(conn, exchange.termijn, termijnen)

    try:
        await write(*(termijn(one, dag) for one, dag in SOON.items()))
        assert await told() == await told() == [("soon", 1)]
        await write(termijn("soon", date(2027, 1, 4)))
        assert await told() == await told() == [("soon", 1), ("soon", 2)]
    finally:
        async with engine.begin() as conn:
            await clean(conn, exchange, kafka)
        await own.dispose()


async def test_more_terms_than_one_transaction_takes_are_all_told(app: FastAPI, engine: AsyncEngine) -> None:
    app.state.huis.engine = engine
    number = BATCH + 1
    await write(engine, *(termijn(f"veel-{one}", date(2026, 12, 31)) for one in range(number)))

    await Waarschuwing()(app.state.huis)

    many = KAFKA.outbox.c.data["kenmerk"].astext.startswith("veel-")
    async with engine.connect() as conn:
        assert await conn.scalar(select(func.count()).select_from(KAFKA.outbox).where(many)) == number

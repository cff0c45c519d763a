"""Terms as a calendar, and as an event before they end."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import httpx
import pytest
from fastapi import FastAPI, Request
from icalendar import Calendar
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.toewijzing.app import create_app
from services.toewijzing.tables import EXCHANGE, KAFKA, VERSIE
from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.exchange.termijn_waarschuwing import Waarschuwing
from shared.exchange.termijnen import Termijn, close_termijnen, open_termijnen
from shared.kafka import topics
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.conftest import Engines
from tests.shared.exchange.verzoeken import KEY

# The Wednesday before New Year's day, a Friday: of the working days after it the second is Monday.
NU = datetime(2026, 12, 30, 12, tzinfo=UTC)
GEMEENTE, AANBIEDER = "0855", "72000001"
ADDRESS = "/toewijzing/v1/termijnen.ics"


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["toewijzing"]


@pytest.fixture
async def app(migrated: Settings, engine: AsyncEngine) -> AsyncIterator[FastAPI]:
    own = {
        "klok_verschuiving": (NU - datetime.now(UTC)).total_seconds(),
        "sleutels": f"a:{KEY}",
        "pseudoniem_sleutel": KEY,
        "jwks_url": "file:///geen/jwks.json",
    }
    app = create_app(Settings(database_url_toewijzing=migrated.dsn("toewijzing"), **own))  # type: ignore[arg-type]

    async def caller(request: Request) -> Beller:
        partij = Partij.parse(request.headers["X-Partij"])
        request.state.beller = Beller("proef", frozenset({partij}))
        return Beller("proef", frozenset({partij}))

    app.dependency_overrides[beller_of] = caller
    yield app
    async with engine.begin() as conn:
        await conn.execute(delete(EXCHANGE.termijn).where(EXCHANGE.termijn.c.aanbieder == AANBIEDER))
    await app.state.huis.engine.dispose()


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


async def test_a_term_that_ends_soon_is_told_once_and_again_when_it_gets_longer(
    app: FastAPI, engine: AsyncEngine
) -> None:
    huis: Huis = app.state.huis
    huis.engine = engine  # as the background work of the service: all parties
    soon, later = termijn("soon", date(2026, 12, 31)), termijn("later", date(2027, 1, 5))
    await write(engine, soon, later, termijn("past", date(2026, 12, 29)))

    async def told() -> list[tuple[str, int]]:
        await Waarschuwing(VERSIE)(huis)
        async with engine.connect() as conn:
            rows = await conn.execute(select(KAFKA.outbox).where(KAFKA.outbox.c.topic == topics.TERMIJN))
            data = [row.data for row in rows]
        return [(one["kenmerk"], one["werkdagenOver"]) for one in data if one["aanbieder"] == AANBIEDER]

    assert await told() == await told() == [("soon", 1)]
    await write(engine, termijn("soon", date(2027, 1, 4)))
    assert await told() == await told() == [("soon", 1), ("soon", 2)]

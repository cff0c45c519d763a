"""The terms over HTTP: one's own, by how they stand, in pages."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from services.startstop.app import create_app
from services.startstop.tables import EXCHANGE
from shared.exchange.api import beller_of
from shared.exchange.termijnen import Termijn, open_termijnen
from shared.exchange.wachtkamer import measure
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from shared.werkdagen import plus_werkdagen
from tests.shared.exchange.verzoeken import KEY

_aanbieders = count(71_000_001)
GEMEENTE = "0344"
NU = datetime(2026, 11, 18, 12, tzinfo=UTC)
VANDAAG = NU.date()
GISTEREN = VANDAAG - timedelta(days=1)
ADDRESS = "/startstop/v1/termijnen"
Get = Callable[..., Any]


def in_werkdagen(aantal: int) -> date:
    return plus_werkdagen(VANDAAG, aantal)


@pytest.fixture
def aanbieder() -> str:
    """One of this test alone."""
    return str(next(_aanbieders))


@pytest.fixture(scope="module")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """The service without a broker. One for all: its first request takes longer than a test."""
    shift = (NU - datetime.now(UTC)).total_seconds()
    own = {
        "klok_verschuiving": shift,
        "sleutels": f"a:{KEY}",
        "pseudoniem_sleutel": KEY,
        "jwks_url": "file:///geen/jwks.json",
    }
    app = create_app(Settings(database_url_startstop=migrated.dsn("startstop"), **own))  # type: ignore[arg-type]
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
async def client(app: FastAPI, aanbieder: str) -> AsyncIterator[httpx.AsyncClient]:
    async def caller(request: Request) -> Beller:
        """The aanbieder of the test, or the party that the test names."""
        partij = Partij.parse(request.headers.get("X-Partij", f"agb:{aanbieder}"))
        request.state.beller = Beller("proef", frozenset({partij}))
        return Beller("proef", frozenset({partij}))

    app.dependency_overrides[beller_of] = caller
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        yield client
    async with app.state.huis.engine.begin() as conn:
        await conn.execute(delete(EXCHANGE.termijn))


@pytest.fixture
async def known(engine: AsyncEngine, aanbieder: str) -> dict[str, Termijn]:
    """One term of each status, and one more that is open; by key, in the order in which they end."""

    def termijn(sleutel: str, uiterlijk: date, **deviations: Any) -> Termijn:
        right: dict[str, Any] = {"regel": "OP271", "gemeente": GEMEENTE, "wie": "aanbieder", "vanaf": date(2026, 1, 1)}
        return Termijn(sleutel=sleutel, uiterlijk=uiterlijk, aanbieder=aanbieder, **(right | deviations))

    termijnen = [
        termijn("gehaald", date(2026, 3, 2), afgerond=date(2026, 3, 2)),
        termijn("te_laat", date(2026, 4, 2), afgerond=date(2026, 4, 8), regel="OP272"),
        termijn("verlopen", GISTEREN),
        termijn("vandaag", VANDAAG, wie="gemeente", regel="OP274"),
        termijn("later", in_werkdagen(7)),
    ]
    async with engine.begin() as conn:
        await open_termijnen(conn, EXCHANGE.termijn, termijnen)
    return {one.sleutel: one for one in termijnen}


async def keys(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get(ADDRESS, params=params)
    assert answer.status_code == 200, answer.text
    return [one["sleutel"] for one in answer.json()["termijnen"]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["gehaald", "te_laat", "verlopen", "vandaag", "later"]),
        ({"status": "open"}, ["vandaag", "later"]),
        ({"status": "verlopen"}, ["verlopen"]),
        ({"status": "gehaald"}, ["gehaald"]),
        ({"status": "te_laat"}, ["te_laat"]),
        ({"regel": "OP272"}, ["te_laat"]),
        ({"sleutel": "later"}, ["later"]),
        ({"wie": "gemeente"}, ["vandaag"]),
        ({"binnen": 0}, ["vandaag"]),
        ({"binnen": 6}, ["vandaag"]),
        ({"binnen": 7}, ["vandaag", "later"]),
        ({"binnen": 7, "regel": "OP271"}, ["later"]),
        ({"binnen": 7, "status": "verlopen"}, []),
    ],
)
async def test_terms_are_found_by_how_they_stand(
    client: httpx.AsyncClient, known: dict[str, Termijn], params: dict[str, Any], expected: list[str]
) -> None:
    assert await keys(client, **params) == expected


async def test_a_term_tells_who_is_to_do_what_and_how_long_there_is(
    client: httpx.AsyncClient, known: dict[str, Termijn], aanbieder: str
) -> None:
    found = {one["sleutel"]: one for one in (await client.get(ADDRESS)).json()["termijnen"]}

    assert found["later"] == {
        "regel": "OP271",
        "omschrijving": "Melden dat de zorg is begonnen (startbericht)",
        "sleutel": "later",
        "gemeente": GEMEENTE,
        "aanbieder": aanbieder,
        "wie": "aanbieder",
        "berichtId": None,
        "vanaf": "2026-01-01",
        "uiterlijk": in_werkdagen(7).isoformat(),
        "afgerond": None,
        "status": "open",
        "werkdagenOver": 7,
        "werkdagenTeLaat": None,
    }
    assert {key: one["status"] for key, one in found.items()} == {
        "gehaald": "gehaald", "te_laat": "te_laat", "verlopen": "verlopen", "vandaag": "open", "later": "open",
    }  # fmt: skip
    # Done on Wednesday, due on the Thursday before: Goede Vrijdag and Easter lie between.
    assert (found["te_laat"]["werkdagenTeLaat"], found["vandaag"]["werkdagenOver"]) == (2, 0)
    assert (found["gehaald"]["werkdagenOver"], found["gehaald"]["werkdagenTeLaat"]) == (None, None)


async def test_pages_follow_on_each_other(client: httpx.AsyncClient, known: dict[str, Termijn]) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(ADDRESS, params={"limiet": 2, **cursor})).json()
        seen += [one["sleutel"] for one in page["termijnen"]]
        if page["volgende"] is None:
            break
        cursor = {"cursor": page["volgende"]}

    assert seen == list(known)


async def test_both_parties_of_a_term_see_it_and_nobody_else(
    client: httpx.AsyncClient, known: dict[str, Termijn], aanbieder: str
) -> None:
    async def seen_by(partij: str) -> set[str]:
        answer = await client.get(ADDRESS, params={"limiet": 500}, headers={"X-Partij": partij})
        return {one["sleutel"] for one in answer.json()["termijnen"] if one["aanbieder"] == aanbieder}

    assert await seen_by(f"gemeente:{GEMEENTE}") == await seen_by(f"agb:{aanbieder}") == set(known)
    assert await seen_by("gemeente:0855") == await seen_by("agb:79999999") == await seen_by("beheer") == set()


async def test_a_day_at_the_end_of_the_calendar_counts_no_working_days(
    client: httpx.AsyncClient, engine: AsyncEngine, aanbieder: str
) -> None:
    ends = {"eind": date.max, "begin": date.min}
    termijnen = [
        Termijn("OP999", key, GEMEENTE, aanbieder, "gemeente", min(day, VANDAAG), day) for key, day in ends.items()
    ]
    async with engine.begin() as conn:
        await open_termijnen(conn, EXCHANGE.termijn, termijnen)

    begin, eind = (await client.get(ADDRESS)).json()["termijnen"]

    assert (begin["status"], begin["werkdagenTeLaat"]) == ("verlopen", None)
    assert (eind["status"], eind["werkdagenOver"], eind["omschrijving"]) == ("open", None, "Termijn van OP999")


@pytest.mark.parametrize(
    "params",
    [
        {"status": "laat"},
        {"regel": "OP271'"},
        {"sleutel": "a\x00"},
        {"sleutel": ""},
        {"sleutel": "a" * 65},
        {"wie": "beheer"},
        {"binnen": -1},
        {"binnen": 261},
        {"limiet": 501},
        {"cursor": "12"},
        {"cursor": "0-1"},
        {"cursor": "99999999-1"},
        {"cursor": "739000-x"},
        {"cursor": "739000-1234567890123456789"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(client: httpx.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get(ADDRESS, params=params)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


async def test_the_figures_tell_which_terms_are_past(
    app: FastAPI, client: httpx.AsyncClient, known: dict[str, Termijn]
) -> None:
    await measure(app.state.huis)

    figures = app.state.huis.meters.registry
    labels = {"service": "startstop", "regel": "OP271"}
    assert figures.get_sample_value("knooppunt_termijnen_verlopen", labels) >= 1
    assert figures.get_sample_value("knooppunt_termijnen_verlopen", labels | {"regel": "OP274"}) is None


async def test_a_key_finds_what_hangs_below_it(client: httpx.AsyncClient, engine: AsyncEngine, aanbieder: str) -> None:
    keys = ("300201", "300201/01/01A04", "300201/01/01A04/2026-03-01", "3002011", "300201_")
    termijnen = [Termijn("OP271", key, GEMEENTE, aanbieder, "aanbieder", GISTEREN, VANDAAG) for key in keys]
    async with engine.begin() as conn:
        await open_termijnen(conn, EXCHANGE.termijn, termijnen)

    found = (await client.get(ADDRESS, params={"sleutel": "300201"})).json()["termijnen"]

    assert {one["sleutel"] for one in found} == set(keys[:3])

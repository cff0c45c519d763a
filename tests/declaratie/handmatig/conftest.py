"""The running service without a broker, a gemeente of each test alone, and who declares there."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import delete, insert

from services.declaratie.app import create_app
from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.iwmo.catalogus import RELEASES
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.declaratie.betalingen.boek import Declarant
from tests.declaratie.handmatig.loket import Loket
from tests.shared.exchange.verzoeken import KEY


@pytest.fixture
def gemeente(codes: Iterator[str]) -> str:
    return next(codes)


@pytest.fixture(scope="session")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """One for all: its first request takes longer than a test."""
    own = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "jwks_url": "file:///geen/jwks.json"}
    dsn = migrated.dsn("declaratie")
    # Of one gemeente as many decide at once here as there are connections: what they do to each other is the question.
    app = create_app(Settings(database_url_declaratie=dsn, gelijktijdig_doen_per_partij=16, **own))  # type: ignore[arg-type]

    async def caller(request: Request) -> Beller:
        """Whom the test names."""
        request.state.beller = Beller("b.beslisser", frozenset({Partij.parse(request.headers["X-Partij"])}))
        found: Beller = request.state.beller
        return found

    app.dependency_overrides[beller_of] = caller
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
def huis(app: FastAPI) -> Iterator[Huis]:
    """Its clock is right again afterwards."""
    found: Huis = app.state.huis
    yield found
    found.klok.verschuiving = 0.0


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    base = "http://knooppunt/declaratie/v1"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
        yield client


@pytest.fixture
def loket(client: httpx.AsyncClient, huis: Huis, gemeente: str) -> Loket:
    """Who decides for the gemeente."""
    return Loket(client, huis, f"gemeente:{gemeente}")


@pytest.fixture(params=RELEASES)
def declarant(request: pytest.FixtureRequest, huis: Huis, gemeente: str) -> Declarant:
    """An aanbieder, once in each release."""
    return Declarant(huis, gemeente, request.param)


@pytest.fixture
def declarant32(huis: Huis, gemeente: str) -> Declarant:
    """An aanbieder where the release does not matter."""
    return Declarant(huis, gemeente)


@pytest.fixture
async def feiten_binnen(huis: Huis) -> AsyncIterator[None]:
    """Every barrier has come back already: what other services know is surely here."""
    table = huis.kafka.watermerk
    echo: dict[str, Any] = {
        "bron": huis.dienst.bron,
        "partitie": 0,
        "partities": 1,
        "echo": 2**40,
        "epoch": 1,
        "generatie": 1,
    }
    echo |= {"epoch": 1, "generatie": 1, "tijd": huis.klok.now()}
    async with huis.engine.begin() as conn:
        await conn.execute(insert(table), [{**echo, "topic": topic} for topic in huis.bron_topics])
    yield
    async with huis.engine.begin() as conn:
        await conn.execute(delete(table).where(table.c.echo == 2**40))

"""The database of the service startstop."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.startstop.app import create_app
from services.startstop.tables import (
    AANLEVERING,
    BEZIEN_TOT,
    EVALUATIE,
    EXCHANGE,
    TE_BEZIEN,
    TOEWIJZING,
    VERSIE,
)
from shared.exchange.api import beller_of
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.conftest import Engines
from tests.shared.exchange.verzoeken import KEY
from tests.startstop.loket import Loket

_numbers: Iterator[int] = count(7001)
"""From which tests take gemeenten and aanbieders."""


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["startstop"]


@pytest.fixture
async def conn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which everything is undone afterwards."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


@pytest.fixture(scope="session")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """The service without a broker; who asks is whom the test names. One for all: it takes longer than a test."""
    own = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "jwks_url": "file:///geen/jwks.json"}
    app = create_app(Settings(database_url_startstop=migrated.dsn("startstop"), **own))  # type: ignore[arg-type]

    async def caller(request: Request) -> Beller:
        partijen = frozenset(Partij.parse(one) for one in request.headers["X-Partij"].split(","))
        beller = request.state.beller = Beller("m.medewerker", partijen)
        return beller

    app.dependency_overrides[beller_of] = caller
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
async def loket(app: FastAPI) -> AsyncIterator[Loket]:
    """Parties of this test alone, who leave nothing behind."""
    number = next(_numbers)
    base = "http://knooppunt/startstop/v1"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
        yield Loket(client, app.state.huis, f"{number:04}", f"{76_000_000 + number}")
    app.state.huis.klok.verschuiving = 0.0
    tables = (EVALUATIE.versie, EVALUATIE.evaluatie, TE_BEZIEN, BEZIEN_TOT, EXCHANGE.termijn, AANLEVERING, TOEWIJZING)
    async with app.state.huis.engine.begin() as conn:
        for table in (*tables, VERSIE, EXCHANGE.bericht):
            await conn.execute(delete(table))

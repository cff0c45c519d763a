"""The running service on the test's database, without a broker, and the people of a gemeente."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI, Request

from services.declaratie.app import create_app
from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.iwmo.catalogus import RELEASES
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.declaratie.betalingen.boek import ANDER, MAKER, Declarant, Mens
from tests.shared.exchange.verzoeken import KEY


@pytest.fixture
def gemeente(codes: Iterator[str]) -> str:
    """One of this test alone."""
    return next(codes)


@pytest.fixture(scope="session")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """One for all: its first request takes longer than a test."""
    app = create_app(
        Settings(
            database_url_declaratie=migrated.dsn("declaratie"),
            sleutels=f"a:{KEY}",
            pseudoniem_sleutel=KEY,
            jwks_url="file:///geen/jwks.json",
        )
    )

    async def caller(request: Request) -> Beller:
        """Whom the test names."""
        partijen = frozenset(Partij.parse(one) for one in request.headers["X-Partij"].split(","))
        request.state.beller = Beller(request.headers["X-Wie"], partijen)
        return request.state.beller  # type: ignore[no-any-return]

    app.dependency_overrides[beller_of] = caller
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
def huis(app: FastAPI) -> Huis:
    found: Huis = app.state.huis
    return found


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        yield client


@pytest.fixture
def maker(client: httpx.AsyncClient, gemeente: str) -> Mens:
    """Who makes proposals for the gemeente."""
    return Mens(client, f"gemeente:{gemeente}", MAKER)


@pytest.fixture
def ander(client: httpx.AsyncClient, gemeente: str) -> Mens:
    """Who releases them."""
    return Mens(client, f"gemeente:{gemeente}", ANDER)


@pytest.fixture(params=RELEASES)
def declarant(request: pytest.FixtureRequest, huis: Huis, gemeente: str) -> Declarant:
    """An aanbieder, once in each release."""
    return Declarant(huis, gemeente, request.param)


@pytest.fixture
def declarant32(huis: Huis, gemeente: str) -> Declarant:
    """An aanbieder where the release does not matter."""
    return Declarant(huis, gemeente)


@pytest.fixture
def zelf(client: httpx.AsyncClient, declarant32: Declarant) -> Mens:
    """Who speaks for that aanbieder."""
    return Mens(client, f"agb:{declarant32.aanbieder}", "administratie")

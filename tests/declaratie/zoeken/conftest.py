"""The service over HTTP, asked by a party that no other test knows, and declarations stored for it."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from services.declaratie.app import create_app
from shared.exchange.api import beller_of
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.declaratie.zoeken.opslag import Opslag
from tests.shared.exchange.verzoeken import KEY

_numbers = count(1)


@pytest.fixture
async def opslag(engine: AsyncEngine) -> AsyncIterator[Opslag]:
    """An aanbieder and a gemeente of this test alone; what was stored is gone afterwards."""
    number = next(_numbers)
    made = Opslag(engine, f"{5000 + number}", f"{72_000_000 + number}")
    yield made
    await made.forget()


@pytest.fixture(scope="session")
async def app(migrated: Settings) -> AsyncIterator[FastAPI]:
    """The service without a broker. One for all: its first request takes longer than a test."""
    own = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "jwks_url": "file:///geen/jwks.json"}
    app = create_app(Settings(database_url_declaratie=migrated.dsn("declaratie"), **own))  # type: ignore[arg-type]
    yield app
    await app.state.huis.engine.dispose()


@pytest.fixture
async def client(app: FastAPI, opslag: Opslag) -> AsyncIterator[httpx.AsyncClient]:
    async def caller(request: Request) -> Beller:
        """The gemeente of the test, or the parties that the test names."""
        names = request.headers.get("X-Partij", f"gemeente:{opslag.gemeente}").split(",")
        request.state.beller = Beller("proef", frozenset(map(Partij.parse, names)))
        return Beller("proef", frozenset(map(Partij.parse, names)))

    app.dependency_overrides[beller_of] = caller
    base = "http://knooppunt/declaratie/v1"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
        yield client


@pytest.fixture
def statements(app: FastAPI) -> Iterator[list[str]]:
    """Every statement that the service sends, as it goes."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engines = [huis.engine.sync_engine for huis in (app.state.huis, app.state.huis_lezend)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)

"""The code lists over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request

from services.startstop.app import create_app
from shared.exchange.api import beller_of
from shared.exchange.codelijsten_api import make_codelijsten_router
from shared.security.partij import Beller
from shared.settings import Settings
from tests.shared.exchange.verzoeken import AANBIEDER_BELLER, KEY


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The service startstop; no code list needs its database."""
    dsn, jwks = "postgresql://niemand@127.0.0.1:1/geen", "file:///geen/jwks.json"
    app = create_app(Settings(database_url=dsn, jwks_url=jwks, sleutels=f"a:{KEY}", pseudoniem_sleutel=KEY))
    app.include_router(make_codelijsten_router(), prefix="/proef")
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async def aanbieder(request: Request) -> Beller:
        request.state.beller = AANBIEDER_BELLER
        return AANBIEDER_BELLER

    app.dependency_overrides[beller_of] = aanbieder
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        yield client
    app.dependency_overrides.clear()


async def test_all_lists_are_named(client: httpx.AsyncClient) -> None:
    both = (await client.get("/proef/codelijsten")).json()["codelijsten"]
    one = (await client.get("/proef/codelijsten", params={"release": "3.2"})).json()["codelijsten"]

    assert (len(both), len(one), {lijst["release"] for lijst in one}) == (57, 28, {"3.2"})
    assert {
        "code": "WJ756",
        "release": "3.2",
        "naam": "Eenheid",
        "typen": ["LDT_Eenheid"],
        "gesloten": True,
        "aantal": 7,
        "href": "/startstop/v1/codelijsten/WJ756?release=3.2",
    } in one


async def test_a_list_has_its_codes(client: httpx.AsyncClient) -> None:
    lijst = (await client.get("/proef/codelijsten/WJ756")).json()

    assert (lijst["code"], lijst["release"], lijst["aantal"], len(lijst["codes"])) == ("WJ756", "3.2", 7, 7)
    assert {"code": "04", "omschrijving": "Uur", "geldigVan": None, "geldigTot": None} in lijst["codes"]


async def test_a_list_is_that_of_the_release_and_the_day_asked_for(client: httpx.AsyncClient) -> None:
    asked = {"release": "2.4", "datum": "2020-06-01"}

    lijst = (await client.get("/proef/codelijsten/WMO757", params=asked)).json()

    assert (lijst["release"], len(lijst["codes"])) == ("2.4", 6)


@pytest.mark.parametrize("path", ["/proef/codelijsten/ZZZ", "/proef/codelijsten/CBS?release=2.4"])
async def test_a_list_that_is_not_there_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "urn:knooppunt:niet-gevonden"


@pytest.mark.parametrize("query", ["release=1.0", "datum=gisteren"])
async def test_what_cannot_be_asked_is_a_400_with_its_place(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/proef/codelijsten/WJ756?{query}")

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["fouten"][0]["locatie"] == f"query/{query.partition('=')[0]}"


async def test_without_a_token_it_is_a_401(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        answer = await client.get("/proef/codelijsten")

    assert answer.status_code == 401

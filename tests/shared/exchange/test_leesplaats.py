"""Looking things up, and deeds: of one party so many at once, in order of arrival, and nobody else waits (P9)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Body, Response
from fastapi.responses import StreamingResponse

from knooppunt.issuer import Issuer
from shared.exchange import toegang
from shared.exchange.api import BellerDep
from shared.exchange.leesplaats import WIDE
from shared.exchange.toegang import Toegang
from shared.problems import VerzoekError
from shared.security.partij import Partij
from shared.settings import Settings
from tests.shared.exchange.test_koppen import app_of, caller_of, check_face

A, B = Partij.gemeente("0855"), Partij.aanbieder("98765432")
PLAATSEN = 2
BEIDE = {"gelijktijdig_opvragen_per_partij": PLAATSEN, "gelijktijdig_doen_per_partij": PLAATSEN}


class Opzoeker:
    """A route that takes as long as it is told to, and counts who is in it."""

    def __init__(self) -> None:
        self.go, self.inside, self.most = asyncio.Event(), 0, 0
        self.router = APIRouter()
        self.router.add_api_route("/traag", self.slow, methods=["GET"])
        self.router.add_api_route("/stroom", self.stream, methods=["GET"])
        self.router.add_api_route("/fout", self.fail, methods=["GET"])
        self.router.add_api_route("/iets/zoek", self.slow, methods=["POST"])
        self.router.add_api_route("/iets", self.deed, methods=["POST", "PUT", "DELETE"])

    async def slow(self, beller: BellerDep) -> dict[str, int]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.go.wait()
        self.inside -= 1
        return {}

    async def deed(self, beller: BellerDep, gegevens: Annotated[dict[str, int], Body()]) -> dict[str, int]:
        return await self.slow(beller)

    async def stream(self, beller: BellerDep) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            self.inside += 1
            yield b"{"
            await self.go.wait()
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    async def fail(self, beller: BellerDep) -> None:
        raise VerzoekError("zo niet")


class Bezoek:
    """The app with such a route, and callers of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.opzoeker = Opzoeker()
        # A name of its own for each test: apps are made once.
        self.app = app_of("startstop", folder / name, **BEIDE)
        self.app.include_router(self.opzoeker.router, prefix="/startstop/v1")
        self.tokens = {
            who: Issuer.load_or_create(folder / name).token([who], "knooppunt", "knooppunt", 600) for who in (A, B)
        }

    async def ask(
        self, who: Partij, path: str, method: str = "GET", content: dict[str, int] | None = None
    ) -> httpx.Response:
        body = None if method == "GET" else content or {"a": 1}
        async with asyncio.timeout(10), caller_of(self.app, Authorization=f"Bearer {self.tokens[who]}") as caller:
            return await caller.request(method, f"/startstop/v1/{path}", json=body)

    def many(self, who: Partij, path: str, number: int, method: str = "GET") -> list[asyncio.Task[httpx.Response]]:
        return [asyncio.create_task(self.ask(who, path, method)) for _ in range(number)]

    async def inside(self, number: int) -> None:
        """Waits until so many are in."""
        async with asyncio.timeout(10):
            while self.opzoeker.inside < number:
                await asyncio.sleep(0)


@pytest.fixture
def bezoek(tmp_path: Path, request: pytest.FixtureRequest) -> Bezoek:
    (tmp_path / request.node.name).mkdir()
    return Bezoek(tmp_path, request.node.name)


async def test_one_party_holds_so_many_and_another_comes_by(bezoek: Bezoek) -> None:
    own = bezoek.many(A, "traag", 10)
    await bezoek.inside(PLAATSEN)
    other = bezoek.many(B, "traag", 1)
    await bezoek.inside(PLAATSEN + 1)

    bezoek.opzoeker.go.set()
    answers = await asyncio.gather(*own, *other)

    assert {one.status_code for one in answers} == {200}
    assert bezoek.opzoeker.most == PLAATSEN + 1


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "iets/zoek"), ("POST", "iets"), ("PUT", "iets"), ("DELETE", "iets")], ids=range(4)
)
async def test_so_does_who_searches_by_bsn_or_does_something(bezoek: Bezoek, method: str, path: str) -> None:
    own = bezoek.many(A, path, 10, method)
    await bezoek.inside(PLAATSEN)
    other = bezoek.many(B, path, 1, method)
    await bezoek.inside(PLAATSEN + 1)

    bezoek.opzoeker.go.set()
    answers = await asyncio.gather(*own, *other)

    assert {one.status_code for one in answers} == {200}
    assert bezoek.opzoeker.most == PLAATSEN + 1


async def test_of_bodies_with_many_values_a_party_has_one_at_a_time(bezoek: Bezoek) -> None:
    many = dict.fromkeys(map(str, range(WIDE + 2)), 1)
    own = [asyncio.create_task(bezoek.ask(A, "iets", "PUT", many)) for _ in range(5)]
    await bezoek.inside(1)
    await asyncio.gather(*bezoek.many(A, "fout", 5))  # meanwhile the others have had their turn, if they get one
    assert bezoek.opzoeker.inside == 1
    other = bezoek.many(A, "iets", 1, "PUT")
    await bezoek.inside(2)

    bezoek.opzoeker.go.set()

    assert {one.status_code for one in await asyncio.gather(*own, *other)} == {200}
    assert bezoek.opzoeker.most == 2


async def test_what_is_done_keeps_nobody_from_looking(bezoek: Bezoek) -> None:
    doing = bezoek.many(A, "iets", PLAATSEN, "PUT")
    await bezoek.inside(PLAATSEN)
    looking = bezoek.many(A, "traag", 1)
    await bezoek.inside(PLAATSEN + 1)

    bezoek.opzoeker.go.set()

    assert {one.status_code for one in await asyncio.gather(*doing, *looking)} == {200}


async def test_what_streams_and_what_fails_gives_its_place_back(bezoek: Bezoek) -> None:
    streaming = bezoek.many(A, "stroom", 5)
    failing = await asyncio.gather(*bezoek.many(A, "fout", 5))
    await bezoek.inside(5)

    bezoek.opzoeker.go.set()

    assert {one.status_code for one in failing} == {400}
    assert {one.text for one in await asyncio.gather(*streaming)} == {"{}"}


async def test_who_waits_too_long_is_told_429(bezoek: Bezoek, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toegang, "LOOKING_SECONDS", 0.01)
    bezoek.app.state.toegang = Toegang(Settings.model_validate(BEIDE))
    own = bezoek.many(A, "traag", PLAATSEN)
    await bezoek.inside(PLAATSEN)

    refused = await bezoek.ask(A, "traag")
    bezoek.opzoeker.go.set()

    check_face(refused)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:knooppunt:te-veel")
    assert {one.status_code for one in await asyncio.gather(*own)} == {200}


async def test_who_hangs_up_gives_his_place_back(bezoek: Bezoek) -> None:
    gone = bezoek.many(A, "traag", PLAATSEN + 3)
    await bezoek.inside(PLAATSEN)
    for one in gone:
        one.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    bezoek.opzoeker.go.set()

    assert (await bezoek.ask(A, "traag")).status_code == 200

"""What a service says of itself, and what it takes, while something that it needs is not there (P8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import func, select, text

from services.startstop.app import create_app
from services.startstop.tables import EXCHANGE
from shared.exchange.api import beller_of
from shared.exchange.gezondheid import Samen
from shared.namens import intern
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.shared.iwmo.berichten import AANBIEDER, a_305, a_startproduct, as_xml, soort
from tests.startstop.loket import Loket

READY = "http://knooppunt/startstop/readyz"


async def test_a_database_that_takes_no_writes_is_not_ready(loket: Loket, app: FastAPI) -> None:
    """As a standby that nobody has promoted."""
    before = await loket.client.get(READY)
    async with taking_no_writes(app):
        meanwhile = await loket.client.get(READY)

    assert before.json()["database"] == "ok"
    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (503, "2")
    assert meanwhile.json()["database"] == "niet beschikbaar"


async def test_a_service_of_which_a_part_has_given_up_is_not_ready(loket: Loket, app: FastAPI) -> None:
    async def give_up() -> None:
        raise LookupError

    at_work, given_up = asyncio.create_task(asyncio.Event().wait()), asyncio.create_task(give_up())
    await asyncio.wait([given_up])
    assert given_up.exception()
    told = []
    for work in ([at_work], [at_work, given_up], ()):
        app.state.werk = work
        answer = await loket.client.get(READY)
        told.append((answer.status_code, answer.json()["werk"]))
    at_work.cancel()

    assert told == [(200, "ok"), (503, "niet beschikbaar"), (200, "ok")]


@asynccontextmanager
async def taking_no_writes(app: FastAPI) -> AsyncIterator[None]:
    """The connection that health is asked on: the one that was used last."""
    engine = app.state.huis_lezend.engine

    async def be(kind: str) -> None:
        async with engine.connect() as conn:
            await conn.execute(text(f"set session characteristics as transaction {kind}"))
            await conn.commit()

    await be("read only")
    try:
        yield
    finally:
        await be("read write")


@pytest.fixture
async def without_keys(migrated: Settings) -> AsyncIterator[FastAPI]:
    """A service that was started without its keys."""
    app = create_app(
        Settings(database_url_startstop=migrated.dsn("startstop"), sleutels="", jwks_url="file:///geen/jwks.json")
    )

    async def caller(request: Request) -> Beller:
        beller = request.state.beller = Beller("m.medewerker", frozenset({Partij.aanbieder(AANBIEDER)}))
        return beller

    app.dependency_overrides[beller_of] = caller
    yield app
    await app.state.huis.engine.dispose()


@pytest.mark.parametrize("begindatum", ["2025-03-03", "2031-01-01"], ids=["right", "wrong"])
async def test_without_keys_nothing_is_taken_and_nothing_is_kept_in_clear(
    without_keys: FastAPI, begindatum: str
) -> None:
    name = uuid4().hex[:12]
    inhoud = a_305("3.2", a_startproduct(Begindatum=begindatum), identificatie=name)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(without_keys), base_url="http://knooppunt") as client:
        ready = await client.get(READY)
        answer = await client.post(
            "/startstop/v1/berichten",
            content=as_xml(inhoud, soort("WMO305", "3.2"), without_keys.state.huis.schemas),
            headers={"Content-Type": "application/xml"},
        )

    assert (ready.status_code, ready.json()["sleutels"]) == (503, "niet beschikbaar")
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    table = EXCHANGE.bericht
    with intern():
        async with without_keys.state.huis.engine.connect() as conn:
            stored = select(func.count()).select_from(table).where(table.c.identificatie == name)
            assert await conn.scalar(stored) == 0


async def test_who_asks_at_the_same_time_is_told_by_one_question() -> None:
    """Else whoever asks often enough, without a token, holds the connections with which parties read (P9)."""
    go, asked = asyncio.Event(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        number = asked
        await go.wait()
        return number

    samen = Samen(ask)
    waiting = [asyncio.create_task(samen()) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go.set()

    assert await asyncio.gather(*waiting[1:]) == [1] * 19
    assert await samen() == 2

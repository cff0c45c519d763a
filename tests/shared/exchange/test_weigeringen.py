"""Refusals of one caller: each a row in the audit trail, and above so many a minute together in one."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.startstop.tables import EXCHANGE
from shared.exchange.weigeringen import Weigeringen
from shared.namens import intern
from shared.security.partij import Beller, Partij

MOST = 3


@pytest.fixture
def beller(request: pytest.FixtureRequest) -> Beller:
    """A caller of this test alone."""
    return Beller(f"weiger-{request.node.name}", frozenset({Partij.gemeente("5997")}))


async def uitkomsten(engine: AsyncEngine, beller: Beller) -> list[str]:
    """What the trail has of a caller, oldest first."""
    table = EXCHANGE.audit
    with intern():
        async with engine.connect() as conn:
            own = select(table.c.uitkomst).where(table.c.wie == beller.subject, table.c.handeling == "geweigerd")
            return list((await conn.scalars(own.order_by(table.c.id))).all())


async def test_many_refusals_are_few_rows_that_say_how_many(engine: AsyncEngine, beller: Beller) -> None:
    weigeringen = Weigeringen(EXCHANGE, MOST)
    other = Beller(f"{beller.subject}-ander", beller.partijen)

    for reden in ["te-groot"] * 100 + ["niet-gevonden"] * 20:
        await weigeringen.note(engine, beller, reden, None)
    await weigeringen.note(engine, other, "te-groot", None)

    assert await uitkomsten(engine, beller) == ["te-groot"] * MOST
    assert await uitkomsten(engine, other) == ["te-groot"]
    await weigeringen.round(engine)
    assert (await uitkomsten(engine, beller))[MOST:] == ["te-groot, 97 keer", "niet-gevonden, 20 keer"]


async def test_a_round_begins_anew_and_writes_nothing_twice(engine: AsyncEngine, beller: Beller) -> None:
    weigeringen = Weigeringen(EXCHANGE, MOST)
    for _ in range(MOST + 1):
        await weigeringen.note(engine, beller, "te-groot", None)
    await weigeringen.round(engine)
    await weigeringen.round(engine)
    await weigeringen.note(engine, beller, "te-groot", None)

    assert await uitkomsten(engine, beller) == [*["te-groot"] * MOST, "te-groot, 1 keer", "te-groot"]


async def test_what_cannot_be_written_is_not_forgotten(engine: AsyncEngine, beller: Beller) -> None:
    weigeringen, away = (
        Weigeringen(EXCHANGE, MOST),
        create_async_engine("postgresql+asyncpg://niemand@127.0.0.1:1/geen"),
    )
    for _ in range(5):
        await weigeringen.note(away, beller, "te-groot", None)
    await weigeringen.round(away)

    await weigeringen.round(engine)

    assert await uitkomsten(engine, beller) == ["te-groot, 5 keer"]

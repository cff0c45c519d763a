"""The round of the waiting room: a question that got lost is asked again, and what waits too long is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, time
from uuid import UUID, uuid4

import pytest
import structlog
from sqlalchemy import delete, func, select, update
from structlog.testing import capture_logs

from shared.exchange import register, wachtkamer
from shared.exchange.huis import Huis
from shared.exchange.wachtkamer import ASK_AGAIN_SECONDS, Wachtkamer, measure
from shared.kafka import outbox
from shared.kafka.topics import BARRIERE
from shared.klok import NEDERLAND
from shared.namens import intern
from shared.werkdagen import plus_werkdagen
from tests.shared.exchange.verwerken import claim, until
from tests.shared.iwmo.berichten import ONTVANGEN, a_305, a_heen, a_startproduct, soort
from tests.startstop.loket import Loket

ROUNDS = 5


@pytest.fixture
async def huis(loket: Loket, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Huis]:
    """With quick rounds, and none of its questions left over."""
    monkeypatch.setattr(wachtkamer, "ROUND_SECONDS", 0.01)
    yield loket.huis
    with intern():
        async with loket.huis.engine.begin() as conn:
            await conn.execute(delete(loket.huis.kafka.outbox).where(loket.huis.kafka.outbox.c.topic == BARRIERE))


async def park(huis: Huis) -> None:
    """A message that came in at ONTVANGEN waits for facts; its question has left."""
    heen = a_heen(a_305("3.2", a_startproduct(), identificatie=uuid4().hex[:12]), soort("WMO305", "3.2"))
    with intern():
        async with huis.engine.begin() as conn:
            await claim(conn, huis.tables, heen.kop, bericht_id=heen.id)
            nummer = await outbox.ask_barrier(conn, huis.kafka, huis.service, "toewijzing")
            await register.park(conn, huis.tables, heen.id, nummer, ["0855:9"])
            await conn.execute(update(huis.kafka.outbox).values(verzonden=func.now()))


async def questions(huis: Huis) -> list[int]:
    """That have not left, by number."""
    table = huis.kafka.outbox
    unsent = select(table.c.versie).where(table.c.topic == BARRIERE, table.c.verzonden.is_(None))
    with intern():
        async with huis.engine.connect() as conn:
            return list((await conn.execute(unsent)).scalars())


async def look_round(huis: Huis, *, fails: bool = False) -> None:
    """Some rounds, each of which may fail at its end."""
    rounds = 0

    async def last(_: Huis) -> Sequence[UUID]:
        nonlocal rounds
        rounds += 1
        if fails:
            raise LookupError
        return []

    running = asyncio.create_task(Wachtkamer(huis, [last]).run())

    async def enough() -> bool:
        return rounds >= ROUNDS

    await until(enough)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def after(huis: Huis, seconds: float) -> None:
    """So long after ONTVANGEN."""
    huis.klok.verschuiving += (ONTVANGEN - huis.klok.now()).total_seconds() + seconds


async def test_a_message_that_waits_long_is_asked_about_again(huis: Huis) -> None:
    await park(huis)
    after(huis, ASK_AGAIN_SECONDS + 5)

    await look_round(huis)

    assert len(await questions(huis)) == 1, "a question that has not left yet is not asked again"


async def test_a_message_that_has_just_come_in_is_not(huis: Huis) -> None:
    await park(huis)
    after(huis, ASK_AGAIN_SECONDS - 5)

    await look_round(huis)

    assert await questions(huis) == []


async def test_a_fault_in_a_round_ends_neither_it_nor_the_next(huis: Huis) -> None:
    await look_round(huis, fails=True)


@pytest.mark.parametrize(("days", "late"), [(2, 0), (3, 1)], ids=["two working days", "a third"])
async def test_a_message_that_waits_for_more_than_two_working_days_is_an_alarm(
    huis: Huis, days: int, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A log that was used before keeps writing as it did then.
    monkeypatch.setattr(wachtkamer, "log", structlog.get_logger())
    await park(huis)
    dag = plus_werkdagen(huis.klok.day_of(ONTVANGEN), days)
    after(huis, (datetime.combine(dag, time(12), NEDERLAND) - ONTVANGEN).total_seconds())

    with capture_logs() as logs, intern():
        await look_round(huis)
        await measure(huis)

    told = [one["aantal"] for one in logs if one["event"] == "geparkeerd_te_lang"]
    assert told == [1] * late, "once an hour"
    assert huis.meters.registry.get_sample_value("knooppunt_geparkeerd_alarm", {"service": "startstop"}) == late

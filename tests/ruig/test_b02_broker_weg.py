"""B02: the broker is away under steady traffic, and comes back as it was, or empty (P7, P8)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.feiten.toewijzing import sleutel
from shared.kafka.client import KafkaConfig
from shared.kafka.topics import TOEWIJZING
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import TAKEN, Grootboek
from tests.ruig.maat import Maat, alleen_vol
from tests.ruig.replica import environment_of
from tests.ruig.storing import dood, stil
from tests.ruig.vergelijken import check_outbox_empty
from tests.ruig.verkeer import verkeer
from tests.shared.kafka.log import events_on
from tests.wachten import eventually

TEMPO = 20.0


@asynccontextmanager
async def hangt(stapel: Stapel) -> AsyncIterator[None]:
    """Connections stay, nothing answers; afterwards it has all that it had."""
    async with stil(stapel, "broker"):
        yield


@asynccontextmanager
async def dood_en_leeg(stapel: Stapel) -> AsyncIterator[None]:
    """Killed, and killed again as soon as it is back: it keeps nothing across a restart."""

    async def keep_dead() -> None:
        while True:
            dood(stapel, "broker")
            await asyncio.sleep(0.05)

    killing = asyncio.create_task(keep_dead())
    try:
        yield
    finally:
        killing.cancel()
        await asyncio.wait((killing,))


async def check_everything_is_on_the_broker(stapel: Stapel) -> None:
    """A reader that starts now, with nothing, finds every toewijzing: also those that were on the lost log, which the
    readers of before had read in time."""
    environment = environment_of(stapel.state["toewijzing"])
    config = KafkaConfig(environment["KNOOPPUNT_KAFKA_BOOTSTRAP"], int(environment.get("KNOOPPUNT_KAFKA_PARTITIES", 4)))
    rows = await stapel.query("select gemeente, nummer from toewijzing.toewijzing")
    owned = {sleutel(row["gemeente"], row["nummer"]) for row in rows}

    async def found() -> bool:
        return owned <= {event.sleutel for event in await events_on(TOEWIJZING, config)}

    await eventually(found, "every toewijzing is on the broker", seconds=30, every=0.5)


@pytest.mark.parametrize("weg", [pytest.param(hangt, marks=alleen_vol), dood_en_leeg])
async def test_b02_reception_goes_on_without_the_broker(
    kringen: list[Kring], gewonde_stapel: Stapel, grootboek: Grootboek, maat: Maat, weg: object
) -> None:
    seconds = maat.kies(3, 60)
    grootboek.tempo = TEMPO

    async with weg(gewonde_stapel):  # type: ignore[operator]
        await verkeer(grootboek, kringen, int(seconds * TEMPO), maat.loting(f"b02 {weg}"))
    meanwhile = grootboek.antwoorden()
    since = time.monotonic()
    await check_outbox_empty(grootboek, seconds=60)
    drained = time.monotonic() - since
    await verkeer(grootboek, kringen, grootboek.genomen + maat.kies(10, 200), maat.loting("b02 daarna"))
    await grootboek.controleer()
    await check_everything_is_on_the_broker(gewonde_stapel)

    assert set(meanwhile) <= set(TAKEN), "reception noticed that the broker was away"
    maat.noteer(
        f"B02 {weg.__name__}",  # type: ignore[attr-defined]
        seconden=seconds, berichten=grootboek.genomen, antwoorden=meanwhile, outbox_leeg_na=f"{drained:.1f} s",
    )  # fmt: skip

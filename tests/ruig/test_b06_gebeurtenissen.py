"""B06, B09, B17, B21: events between an owner and a reader, over a real broker and a real PostgreSQL."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.consumer import Consumer
from shared.kafka.envelope import Event, encode
from shared.kafka.publisher import Outgoing, publisher
from shared.kafka.relay import Relay
from shared.kafka.topics import DLQ, TOEWIJZING
from tests.ruig.maat import Maat
from tests.shared.kafka.conftest import broker, owner, parties, postgres, reader
from tests.shared.kafka.log import events_on
from tests.shared.kafka.parties import Owner, Reader
from tests.wachten import eventually

__all__ = ["broker", "owner", "parties", "postgres", "reader"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def an_event(sleutel: str, versie: int) -> Outgoing:
    """As the owner publishes it."""
    event_id = uuid5(NAMESPACE_OID, f"{sleutel}:{versie}")
    event = Event(TOEWIJZING, sleutel, "iets-gewijzigd", versie, {"versie": versie}, 1, event_id, 1, "toewijzing", NOW)
    return Outgoing(TOEWIJZING, sleutel, event_id, encode(event))


async def projected(reader: Reader, prefix: str) -> dict[str, int]:
    """Version per key of one test."""
    return {key: versie for key, versie in (await reader.projection()).items() if key.startswith(prefix)}


async def equal(owner: Owner, reader: Reader, prefix: str, seconds: float) -> None:
    """The reader has of each key what the owner has."""

    async def same() -> bool:
        owned = {key: versie for key, versie in (await owner.state()).items() if key.startswith(prefix)}
        return await projected(reader, prefix) == owned

    await eventually(same, "the projection equals the owner's state", seconds=seconds, every=0.1)


async def test_b06_events_thrice_and_shuffled(reader: Reader, maat: Maat) -> None:
    keys = [f"b06:{number}" for number in range(maat.kies(40, 500))]
    records = [an_event(key, versie) for key in keys for versie in range(1, 21)] * 3
    maat.loting("B06").shuffle(records)
    restarts = maat.kies(1, 3)
    parts = [records[part :: restarts + 1] for part in range(restarts + 1)]
    seen: dict[str, int] = {}

    async def all_newest() -> bool:
        now = await projected(reader, "b06:")
        assert all(now[key] >= versie for key, versie in seen.items()), "a key went back"
        seen.update(now)
        return now == dict.fromkeys(keys, 20)

    async with publisher(reader.config) as producer:
        for part in parts:
            for start in range(0, len(part), 500):
                await producer.send(part[start : start + 500])
            await all_newest()
            if part is not parts[-1]:
                await reader.restart_consumer()
        await eventually(all_newest, "each key has its newest version", seconds=120, every=0.1)

    maat.noteer("B06", sleutels=len(keys), records=len(records), herstarts=restarts)


async def test_b09_one_poison_among_many(owner: Owner, reader: Reader, maat: Maat) -> None:
    number, bad = maat.kies(200, 1_000), "b09:gif"
    reader.poison.add(bad)
    dice = maat.loting("B09")
    keys = [f"b09:{n}" for n in range(number - 1)]
    keys.insert(dice.randrange(number), bad)
    aside = reader.tables.niet_toegepast
    began = time.monotonic()
    for start in range(0, number, 50):
        async with owner.engine.begin() as conn:
            for key in keys[start : start + 50]:
                await owner.change(conn, key)
        owner.relay.wake()

    async def rest_applied() -> bool:
        return len(await projected(reader, "b09:")) == number - 1

    await eventually(rest_applied, "all but the poison are applied", seconds=30, every=0.1)
    seconds = round(time.monotonic() - began, 1)

    async def one_aside() -> bool:
        letters = [event for event in await events_on(DLQ, owner.config) if event.sleutel == bad]
        return len(letters) == 1 and await reader.count(aside, aside.c.sleutel == bad) == 1

    await eventually(one_aside, "the poison lies in wmo.dlq, once", every=0.2)
    assert await reader.count(aside) == 1

    reader.poison.clear()
    async with owner.engine.begin() as conn:
        await owner.republish(conn)
    owner.relay.wake()

    await equal(owner, reader, "b09:", seconds=60)
    assert await reader.count(aside) == 0
    maat.noteer("B09", gebeurtenissen=number, seconden_tot_de_rest=seconds)


async def test_b17_writers_held_transactions_and_two_relays(owner: Owner, reader: Reader, maat: Maat) -> None:
    number, longest = maat.kies(400, 5_000), maat.kies(0.6, 20.0)
    second = Relay(owner.engine, owner.tables, owner.service, owner.config, owner.republish)
    standing_by = asyncio.create_task(second.run())
    held = []

    async def writer(dice: Random) -> None:
        for done in range(number // 8):
            seconds = longest * dice.random() if done % (number // 24) == 0 else 0.0
            async with owner.engine.begin() as conn:
                # A key that is held is the writer's own at that moment: the others go on.
                await owner.change(conn, f"b17:{dice.randrange(number // 10)}")
                await asyncio.sleep(seconds)
            held.append(seconds)
            owner.relay.wake()

    try:
        await asyncio.gather(*(writer(maat.loting(f"B17 {one}")) for one in range(8)))
        await equal(owner, reader, "b17:", seconds=60)
    finally:
        await second.stop()
        await standing_by

    first_seen: dict[str, list[int]] = {}
    for event in await events_on(TOEWIJZING, owner.config):
        versions = first_seen.setdefault(event.sleutel, [])
        if event.sleutel.startswith("b17:") and event.versie not in versions:
            versions.append(event.versie)
    owned = {key: versie for key, versie in (await owner.state()).items() if key.startswith("b17:")}
    assert {key: first_seen[key] for key in owned} == {key: list(range(1, top + 1)) for key, top in owned.items()}
    assert sum(owned.values()) == len(held)
    maat.noteer("B17", gebeurtenissen=len(held), langst_vastgehouden=round(max(held), 1), relays=2)


class Slowly:
    """A reader's projection at a pace; `pace` 0 is at once."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.pace, self.seen = reader, 0.0, 0

    async def project(self, conn: AsyncConnection, events: Sequence[Event]) -> None:
        for _ in events:
            self.seen += 1
            await asyncio.sleep(self.pace)
        await self._reader.project(conn, events)


def a_consumer(reader: Reader, handler: Any) -> Consumer:
    """One more of the same service."""
    handlers = dict.fromkeys(reader.topics, handler)
    return Consumer(
        reader.engine, reader.tables, reader.service, reader.config, handlers, reader.after, reader.relay.wake
    )


async def test_b21_slow_consumers_that_come_and_go(owner: Owner, reader: Reader, maat: Maat) -> None:
    waiting, block = maat.kies(60, 500), maat.kies(7.0, 15.0)
    slowly = Slowly(reader)
    slowly.pace = maat.kies(0.1, 2.0)
    await reader.stop_consumer()
    for start in range(0, waiting, 50):
        async with owner.engine.begin() as conn:
            for number in range(start, min(start + 50, waiting)):
                await owner.change(conn, f"b21:{number}")
        owner.relay.wake()
    consumers = [a_consumer(reader, slowly.project) for _ in range(3)]
    running = [asyncio.create_task(consumer.run()) for consumer in consumers[:2]]

    async def goes_on(what: str) -> None:
        since = slowly.seen

        async def more() -> bool:
            return slowly.seen > since

        await eventually(more, what, seconds=60)

    await goes_on("two read")
    running.append(asyncio.create_task(consumers[2].run()))
    await goes_on("three read")
    time.sleep(block)
    slowly.pace = maat.kies(0.0, 0.2)
    await goes_on("they go on after the loop stood still")
    await asyncio.gather(*(consumer.stop() for consumer in consumers[1:]))
    await owner.commit_change("b21:0")
    try:
        await equal(owner, reader, "b21:", seconds=maat.kies(60, 300))
        assert consumers[0].healthy
    finally:
        await consumers[0].stop()
        await asyncio.gather(*running)
        reader.start_consumer()
    assert await reader.count(reader.tables.niet_toegepast) == 0
    maat.noteer("B21", wachtend=waiting, lus_geblokkeerd=block, lezers="2-3-1")

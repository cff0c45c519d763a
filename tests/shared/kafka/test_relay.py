"""The relay's promises, each forced by hand: a relay that is stepped through, on a real broker."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka import outbox, relay_store
from shared.kafka.client import MAX_EVENT_BYTES, KafkaConfig
from shared.kafka.deel import Deel
from shared.kafka.envelope import Barrier, Event, Message, Watermark
from shared.kafka.inbox_store import keep_barriers
from shared.kafka.outbox import NewEvent
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import BARRIERE, DECLARATIE, TOEWIJZING
from tests.shared.kafka.log import events_on, messages_on, watermarks_on
from tests.shared.kafka.parties import Party
from tests.shared.kafka.servers import Broker
from tests.wachten import eventually


class Publishing:
    """A relay of declaratie on tables of its own, running for as long as the block lasts."""

    def __init__(self, party: Party, broker: Broker, batch: int = 500, rust: float = 0.0) -> None:
        self.party = party
        self.config = KafkaConfig(broker.bootstrap)
        given: dict[str, Any] = {"batch": batch, "poll": 0.02, "verdeling": Verdeling(rust=rust)}
        self.relay = Relay(party.engine, party.tables, "declaratie", self.config, self._republish, **given)
        self.republished = 0

    async def __aenter__(self) -> "Publishing":
        self.task = asyncio.create_task(self.relay.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.relay.stop()
        await self.task

    async def _republish(self, conn: AsyncConnection) -> None:
        self.republished += 1

    async def all_sent(self) -> bool:
        table = self.party.tables.outbox
        return await self.party.count(table, table.c.verzonden.is_(None)) == 0

    async def echoes(self, aanvrager: str) -> dict[int, int]:
        """The highest echo per partition."""
        highest: dict[int, int] = {}
        for partition, watermark in await watermarks_on(DECLARATIE, self.config):
            highest[partition] = max(highest.get(partition, 0), watermark.echo.get(aanvrager, 0))
        return highest


async def put(party: Party, *versions: int, sleutel: str) -> None:
    async with party.engine.begin() as conn:
        events = [NewEvent(DECLARATIE, sleutel, "declaratie-beoordeeld", versie, {}) for versie in versions]
        await outbox.add(conn, party.tables, events)


async def read_barrier(party: Party, aanvrager: str, nummer: int) -> None:
    barrier = Barrier(aanvrager, "declaratie", nummer, event_id=None)  # type: ignore[arg-type]
    async with party.engine.begin() as conn:
        await keep_barriers(conn, party.tables, "declaratie", [barrier])


async def around(publishing: Publishing, sleutel: str) -> list[Message]:
    """All that lies on the partition of this key, in order."""
    found = await messages_on(DECLARATIE, publishing.config)
    where = next(number for number, m in found if isinstance(m, Event) and m.sleutel == sleutel)
    return [message for number, message in found if number == where]


async def test_a_barrier_read_after_the_look_is_not_echoed(
    idle: Party, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event and a barrier that come between looking and selecting: the barrier waits for the next round,
    since in the round that missed the event it would be a lie."""
    select_rows, went_between = relay_store.unsent, asyncio.Event()

    async def unsent(conn: AsyncConnection, tables: KafkaTables, limit: int, deel: Deel) -> Sequence[Any]:
        rows = await select_rows(conn, tables, limit, deel)
        if tables is idle.tables and not went_between.is_set():
            await put(idle, 1, sleutel="tussendoor")
            await read_barrier(idle, "tussendoor", 7)
            went_between.set()
        return rows

    monkeypatch.setattr(relay_store, "unsent", unsent)
    async with Publishing(idle, broker) as publishing:

        async def echoed() -> bool:
            return set((await publishing.echoes("tussendoor")).values()) == {7}

        await eventually(echoed, "the barrier is echoed on every partition")

    log = await around(publishing, "tussendoor")
    place = next(n for n, m in enumerate(log) if isinstance(m, Event) and m.sleutel == "tussendoor")
    echoes_before = [m.echo.get("tussendoor", 0) for m in log[:place] if isinstance(m, Watermark)]
    assert 7 not in echoes_before


async def test_from_one_round_to_the_next_there_is_a_rest_and_a_backlog_knows_none(idle: Party, broker: Broker) -> None:
    rust = 2.0
    async with Publishing(idle, broker, batch=5, rust=rust) as publishing:
        # The last of the rounds is not full: after a full one it looks again at once, and may see the next already.
        await put(idle, *range(1, 19), sleutel="rust-veel")
        publishing.relay.wake()
        await eventually(publishing.all_sent, "a backlog of four rounds goes")
        await put(idle, 1, sleutel="rust-later")
        publishing.relay.wake()
        await eventually(publishing.all_sent, "the next goes")

    table = idle.tables.outbox
    async with idle.engine.connect() as conn:
        rows = (await conn.execute(select(table.c.sleutel, table.c.verzonden))).all()
    backlog = [sent for sleutel, sent in rows if sleutel == "rust-veel"]
    later = next(sent for sleutel, sent in rows if sleutel == "rust-later")
    # ``verzonden`` is when a round's transaction began, which is when the round did.
    assert (max(backlog) - min(backlog)).total_seconds() < rust
    assert (later - max(backlog)).total_seconds() > rust / 2


async def test_behind_a_backlog_watermarks_go_on(idle: Party, broker: Broker) -> None:
    """No select sees all of it; still the echo comes as soon as what was there has gone."""
    await put(idle, *range(1, 102), sleutel="achterstand")
    await read_barrier(idle, "achterstand", 3)

    async with Publishing(idle, broker, batch=10) as publishing:
        await eventually(publishing.all_sent, "backlog sent")

        async def echoed() -> bool:
            return set((await publishing.echoes("achterstand")).values()) == {3}

        await eventually(echoed, "echo on every partition")

    log = await around(publishing, "achterstand")
    assert [m.versie for m in log if isinstance(m, Event) and m.sleutel == "achterstand"] == list(range(1, 102))
    first_echo = next(n for n, m in enumerate(log) if isinstance(m, Watermark) and m.echo.get("achterstand"))
    assert not [m for m in log[first_echo:] if isinstance(m, Event) and m.sleutel == "achterstand"]


async def test_one_relay_works_and_another_takes_over(idle: Party, broker: Broker) -> None:
    async with Publishing(idle, broker) as second:
        async with Publishing(idle, broker) as first:
            await put(idle, 1, 2, sleutel="twee-relays")
            await eventually(first.all_sent, "sent by one of them")
        await put(idle, 3, sleutel="twee-relays")
        await eventually(second.all_sent, "sent by the other")

    sent = [event.versie for event in await events_on(DECLARATIE, second.config) if event.sleutel == "twee-relays"]
    assert sent == [1, 2, 3]
    assert first.republished == second.republished == 0


@pytest.mark.parametrize("offset", [0, 10**9], ids=["another record there", "log too short"])
async def test_a_broker_without_our_last_record_gets_everything_again(idle: Party, broker: Broker, offset: int) -> None:
    await put(idle, 1, sleutel="vervangen")
    async with Publishing(idle, broker) as publishing:
        await eventually(publishing.all_sent, "sent")
    table = idle.tables.relay_stand
    async with idle.engine.begin() as conn:
        await conn.execute(delete(table))
        other_id = "00000000-0000-0000-0000-000000000000"
        await conn.execute(insert(table).values(topic=DECLARATIE, partitie=0, offset=offset, event_id=other_id))

    async with Publishing(idle, broker) as publishing:

        async def republished() -> bool:
            return publishing.republished == 1

        await eventually(republished, "the state is published again")
        await put(idle, 2, sleutel="vervangen")
        await eventually(publishing.all_sent, "sent")

    last = [event for event in await events_on(DECLARATIE, publishing.config) if event.sleutel == "vervangen"][-1]
    assert (last.versie, last.generatie) == (2, 2)


async def test_an_event_larger_than_any_broker_takes_holds_up_nobody(idle: Party, broker: Broker) -> None:
    large = NewEvent(DECLARATIE, "te-groot", "declaratie-beoordeeld", 7, {"regels": "x" * MAX_EVENT_BYTES})
    async with idle.engine.begin() as conn:
        await outbox.add(conn, idle.tables, [large])
    await put(idle, 1, sleutel="erna")

    async with Publishing(idle, broker) as publishing:
        await eventually(publishing.all_sent, "sent")

    found = {event.sleutel: event for event in await events_on(DECLARATIE, publishing.config)}
    assert (found["te-groot"].versie, found["te-groot"].data) == (7, {}), (
        "without the content that no reader can do without"
    )
    assert "erna" in found


async def test_without_a_broker_events_wait(idle: Party, broker: Broker) -> None:
    nowhere = Broker()
    await put(idle, 1, sleutel="wacht")
    async with Publishing(idle, nowhere) as publishing:
        await asyncio.wait([publishing.task], timeout=0.5)
        assert not await publishing.all_sent()
        await nowhere.start()
        try:
            await eventually(publishing.all_sent, "sent as soon as there is a broker")
        finally:
            nowhere.kill()


async def test_questions_that_a_lost_broker_may_have_held_are_asked_again(idle: Party, broker: Broker) -> None:
    watermark = {"partities": 1, "generatie": 1, "epoch": 1, "tijd": func.now(), "echo": 0}
    stand = {"topic": DECLARATIE, "partitie": 0, "offset": 10**9, "event_id": uuid4()}
    async with idle.engine.begin() as conn:
        lost = await outbox.ask_barrier(conn, idle.tables, "declaratie", "toewijzing")
        await conn.execute(update(idle.tables.outbox).values(verzonden=func.now()))
        await conn.execute(
            insert(idle.tables.watermerk).values(bron="toewijzing", topic=TOEWIJZING, partitie=0, **watermark)
        )
        await conn.execute(insert(idle.tables.relay_stand).values(**stand))

    async with Publishing(idle, broker) as publishing:

        async def asked_again() -> bool:
            table = idle.tables.outbox
            return await idle.count(table, table.c.topic == BARRIERE, table.c.versie > lost) == 1

        await eventually(asked_again, "a new barrier stands for the lost one")
        await eventually(publishing.all_sent, "sent")

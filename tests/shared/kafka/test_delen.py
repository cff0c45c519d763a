"""Slices of the keys, and waking a relay of another process."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, insert, text

from shared.kafka import outbox, relay_lock, relay_store
from shared.kafka.client import KafkaConfig
from shared.kafka.deel import SLOTEN, Deel, together
from shared.kafka.envelope import Event, Watermark
from shared.kafka.look import Look
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outbox import NewEvent
from shared.kafka.publisher import Ack
from shared.kafka.relay import Relay, Verdeling
from shared.kafka.topics import DECLARATIE
from shared.kafka.wekker import PostgresWekker
from tests.shared.exchange.verwerken import until_blocked
from tests.shared.kafka.log import events_on, messages_on
from tests.shared.kafka.parties import Party
from tests.shared.kafka.servers import Broker
from tests.shared.kafka.test_relay import Publishing, put, read_barrier
from tests.wachten import eventually

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def a_look(generatie: int = 1, seconds: int = 0, **echo: int) -> Look:
    return Look(NOW + timedelta(seconds=seconds), 1, generatie, echo)


def test_every_slot_is_in_one_slice_whatever_their_number() -> None:
    for van in range(1, SLOTEN + 1):
        slots = [slot for nummer in range(van) for slot in Deel(nummer, van).sloten]
        assert sorted(slots) == list(range(SLOTEN))


@pytest.mark.parametrize(("nummer", "van"), [(1, 1), (-1, 2), (0, 9)])
def test_there_is_no_such_slice(nummer: int, van: int) -> None:
    with pytest.raises(ValueError, match="no such slice"):
        Deel(nummer, van)


@pytest.mark.parametrize(
    ("said", "echo"),
    [
        ([(Deel(0, 2), a_look(a=7))], None),
        ([(Deel(0, 2), a_look(a=7)), (Deel(1, 2), a_look(a=5))], {"a": 5}),
        ([(Deel(0, 2), a_look(a=7)), (Deel(1, 2), a_look(b=5))], {"a": 0, "b": 0}),
        ([(Deel(), a_look(a=6)), (Deel(0, 2), a_look(a=7)), (Deel(1, 2), a_look(a=5))], {"a": 6}),
        ([(Deel(), a_look(a=4)), (Deel(0, 2), a_look(a=9))], {"a": 4}),
        ([(Deel(0, 2), a_look(a=7)), (Deel(1, 2), a_look(generatie=2, a=7))], None),
    ],
    ids=["one is silent", "the least", "unasked", "another number before", "one silent, one before", "another log"],
)
def test_what_holds_for_all_keys_is_what_holds_for_every_slot(
    said: list[tuple[Deel, Look]], echo: dict[str, int] | None
) -> None:
    found = together(said, a_look())

    assert (found and dict(found.echo)) == echo


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (Deel(), Deel(), False),
        (Deel(), Deel(1, 2), False),
        (Deel(0, 2), Deel(), False),
        (Deel(0, 2), Deel(1, 2), True),
        (Deel(0, 2), Deel(0, 2), False),
        (Deel(0, 2), Deel(2, 3), False),
        (Deel(1, 4), Deel(2, 8), True),
    ],
)
async def test_no_two_relays_have_a_key_in_common(idle: Party, first: Deel, second: Deel, both: bool) -> None:
    async with idle.engine.connect() as one, idle.engine.connect() as other:
        try:
            assert await relay_lock.take(one, "sloten", first)
            assert await relay_lock.take(other, "sloten", second) == both
        finally:
            await one.invalidate()
            await other.invalidate()


class Divided(Publishing):
    """With two relays, as two processes have them."""

    def __init__(self, party: Party, broker: Broker, batch: int = 50) -> None:
        super().__init__(party, broker)
        self.relay = Relay(
            party.engine, party.tables, "declaratie", self.config, self._republish,
            batch=batch, poll=0.02, verdeling=Verdeling(2),
        )  # fmt: skip


async def test_two_slices_send_everything_once_and_in_order_and_prove_it_together(idle: Party, broker: Broker) -> None:
    keys = [f"twee:{number}" for number in range(40)]
    for versie in range(1, 11):
        async with idle.engine.begin() as conn:
            events = [NewEvent(DECLARATIE, sleutel, "declaratie-beoordeeld", versie, {}) for sleutel in keys]
            await outbox.add(conn, idle.tables, events)
    await read_barrier(idle, "tweeling", 5)

    async with Divided(idle, broker) as publishing:
        await eventually(publishing.all_sent, "sent by both")

        async def echoed() -> bool:
            return set((await publishing.echoes("tweeling")).values()) == {5}

        await eventually(echoed, "the echo on every partition")

    found = await messages_on(DECLARATIE, publishing.config)
    for sleutel in keys:
        versions = [m.versie for _, m in found if isinstance(m, Event) and m.sleutel == sleutel]
        assert versions == list(range(1, 11))
    proven: set[int] = set()
    for partition, message in found:
        if isinstance(message, Watermark) and message.echo.get("tweeling"):
            proven.add(partition)
        late = isinstance(message, Event) and message.sleutel in keys and partition in proven
        assert not late, "an event behind the word that all are there"


async def test_two_slices_find_a_replaced_broker_once(idle: Party, broker: Broker) -> None:
    for number in range(8):
        await put(idle, 1, sleutel=f"vervangen:{number}")
    async with Divided(idle, broker) as publishing:
        await eventually(publishing.all_sent, "sent")
    table = idle.tables.relay_stand
    async with idle.engine.begin() as conn:
        await conn.execute(delete(table))
        lost = {"offset": 10**9, "event_id": "00000000-0000-0000-0000-000000000000"}
        await conn.execute(insert(table).values(topic=DECLARATIE, partitie=0, **lost))

    async with Divided(idle, broker) as publishing:

        async def again() -> bool:
            return publishing.republished > 0

        await eventually(again, "published again")
        for number in range(8):
            await put(idle, 2, sleutel=f"vervangen:{number}")
        await eventually(publishing.all_sent, "sent")

    newest = [
        e for e in await events_on(DECLARATIE, publishing.config) if e.sleutel[:9] == "vervangen" and e.versie == 2
    ]
    assert publishing.republished == 1
    assert {event.generatie for event in newest if event.sleutel.startswith("vervangen:")} == {2}


async def test_who_finds_the_broker_replaced_and_who_is_still_sending_never_wait_in_a_circle(idle: Party) -> None:
    ack = Ack((DECLARATIE, 0), offset=5, event_id=uuid4(), first=5)
    async with idle.engine.begin() as conn:
        await relay_store.keep_word(conn, idle.tables, Deel(1, 2), a_look())
        await relay_store.keep_stand(conn, idle.tables, [ack])

    async def finding() -> int | None:
        async with idle.engine.begin() as conn:
            return await relay_store.next_generation(conn, idle.tables, 1)

    async with idle.engine.begin() as sending:
        await relay_store.keep_word(sending, idle.tables, Deel(1, 2), a_look(seconds=1))
        found = asyncio.create_task(finding())
        await until_blocked(idle.engine)
        await relay_store.keep_stand(sending, idle.tables, [replace(ack, offset=6, first=6)])

    assert await found == 2


async def test_who_is_at_work_no_more_tells_of_no_backlog(idle: Party) -> None:
    """Another process has the slice by then; the alarm is on the sum of what the processes tell."""
    meters = KafkaMeters("declaratie", registry := CollectorRegistry())
    await put(idle, 1, sleutel="blijft")
    relay = Relay(idle.engine, idle.tables, "declaratie", idle.config, idle.republish, meters=meters)

    def depth() -> float | None:
        return registry.get_sample_value("knooppunt_outbox_depth", {"service": "declaratie"})

    async def told() -> bool:
        return depth() == 1

    relaying = asyncio.create_task(relay.run())
    await eventually(told, "the backlog is told while the broker is away")
    await relay.stop()
    await relaying

    assert depth() == 0


async def test_a_commit_in_one_process_wakes_the_relay_of_another(idle: Party, broker: Broker) -> None:
    """Their slow look is a minute away."""

    def a_process() -> Relay:
        wekker = PostgresWekker(idle.engine, str(idle.metadata.schema))
        config = KafkaConfig(broker.bootstrap)
        return Relay(
            idle.engine, idle.tables, "declaratie", config, idle.republish, poll=60, verdeling=Verdeling(1, wekker)
        )

    processes = [a_process(), a_process()]
    table = idle.tables.outbox
    await put(idle, 1, sleutel="wekker")
    running = [asyncio.create_task(one.run()) for one in processes]

    async def sent() -> bool:
        return await idle.count(table, table.c.verzonden.is_(None)) == 0

    async def listening() -> bool:
        async with idle.engine.connect() as conn:
            last_said = "query like 'LISTEN %' or query = 'select 1'"
            query = text(f"select count(*) from pg_stat_activity where {last_said}")
            return int(await conn.scalar(query) or 0) >= 2

    try:
        await eventually(sent, "the first look")
        await eventually(listening, "both listen")
        for versie, relay in enumerate((*processes, *processes), start=2):
            await put(idle, versie, sleutel="wekker")
            relay.wake()
            await eventually(sent, "woken", seconds=10)
    finally:
        await asyncio.gather(*(one.stop() for one in processes))
        await asyncio.gather(*running)

"""A group of readers that lets nobody in."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer

from shared.kafka import client, consumer, groep
from shared.kafka.client import START_SECONDS, KafkaConfig, KafkaUnavailableError, stop_quietly
from shared.kafka.consumer import Consumer
from shared.kafka.groep import Groep
from shared.kafka.topics import TOEWIJZING
from tests.shared.kafka.parties import Owner, Party, Reader
from tests.shared.kafka.servers import Broker
from tests.shared.kafka.test_chain import equal


async def join_and_leave(config: KafkaConfig, group: str = "knooppunt-startstop") -> None:
    """Two that leave while they are joining: at the embedded broker nobody is ever let in again after that."""
    clients = [AIOKafkaConsumer(TOEWIJZING, **config.arguments(), group_id=group) for _ in range(2)]
    joining = [asyncio.create_task(one.start()) for one in clients]
    await asyncio.sleep(0.5)  # that they are in the middle of it is what is tested
    for task in joining:
        task.cancel()
    await asyncio.gather(*joining, return_exceptions=True)
    await asyncio.gather(*(stop_quietly(one.stop()) for one in clients))


@pytest.mark.parametrize("again", [False, True], ids=["a reader that is there", "a reader that starts"])
async def test_a_group_that_lets_nobody_in_is_left(
    owner: Owner, reader: Reader, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    monkeypatch.setattr(groep, "JOIN_SECONDS", 6.0)
    monkeypatch.setattr(consumer, "WATCH_SECONDS", 0.5)
    await owner.commit_change("0855:groep")
    await equal(owner, reader)

    await join_and_leave(reader.config)
    if again:
        await reader.restart_consumer()
    await owner.commit_change("0855:groep")

    await equal(owner, reader, seconds=45)


def a_consumer(party: Party, config: KafkaConfig) -> Consumer:
    """In a group of its own, on tables of its own."""
    handlers = {TOEWIJZING: party.project}
    return Consumer(party.engine, party.tables, "proef", config, handlers, party.after, lambda: None)


async def test_who_is_not_let_in_stops_at_once(idle: Party, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "STOP_SECONDS", 1.0)  # of which saying goodbye to such a group takes all
    config = KafkaConfig(broker.bootstrap)
    await join_and_leave(config, "knooppunt-proef")
    one = a_consumer(idle, config)
    running = asyncio.create_task(one.run())
    await asyncio.wait((running,), timeout=1)  # by then it has asked to be let in

    await asyncio.wait_for(one.stop(), groep.JOIN_SECONDS / 3)

    await running


async def test_who_hears_nothing_from_the_broker_stops_at_once(idle: Party) -> None:
    called = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    one = a_consumer(idle, KafkaConfig(f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"))
    running = asyncio.create_task(one.run())
    await called.wait()

    await asyncio.wait_for(one.stop(), START_SECONDS / 2)

    await running
    silent.close()


async def test_the_next_group_is_only_for_who_was_not_let_in() -> None:
    dealt: list[bool] = []
    now = 0.0
    one = Groep("startstop", lambda: dealt.append(True), clock=lambda: now)

    async def refused() -> None:
        raise TimeoutError

    async def let_in() -> None:
        one.on_partitions_revoked([])
        one.on_partitions_assigned([])

    await one.join(let_in())
    assert one.naam == "knooppunt-startstop"
    with pytest.raises(KafkaUnavailableError):
        await one.join(refused())
    assert one.naam == "knooppunt-startstop-1"
    await one.join(let_in())
    assert one.naam == "knooppunt-startstop-1"
    assert len(dealt) == 2

    one.on_partitions_revoked([])
    now = groep.JOIN_SECONDS
    assert not one.locked_out
    now += 1
    assert one.locked_out
    one.on_partitions_assigned([])
    assert not one.locked_out

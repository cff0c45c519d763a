"""A group of readers that lets nobody in."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer

from shared.kafka import consumer, groep
from shared.kafka.client import KafkaUnavailableError, stop_quietly
from shared.kafka.groep import Groep
from shared.kafka.topics import TOEWIJZING
from tests.shared.kafka.parties import Owner, Reader
from tests.shared.kafka.test_chain import equal


async def join_and_leave(reader: Reader) -> None:
    """Two that leave while they are joining: at the embedded broker nobody is ever let in again after that."""
    arguments = reader.config.arguments()
    clients = [AIOKafkaConsumer(TOEWIJZING, **arguments, group_id="knooppunt-startstop") for _ in range(2)]
    joining = [asyncio.create_task(client.start()) for client in clients]
    await asyncio.sleep(0.5)  # that they are in the middle of it is what is tested
    for task in joining:
        task.cancel()
    await asyncio.gather(*joining, return_exceptions=True)
    for client in clients:
        await stop_quietly(client.stop())


@pytest.mark.parametrize("again", [False, True], ids=["a reader that is there", "a reader that starts"])
async def test_a_group_that_lets_nobody_in_is_left(
    owner: Owner, reader: Reader, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    monkeypatch.setattr(groep, "JOIN_SECONDS", 6.0)
    monkeypatch.setattr(consumer, "WATCH_SECONDS", 0.5)
    await owner.commit_change("0855:groep")
    await equal(owner, reader)

    await join_and_leave(reader)
    if again:
        await reader.restart_consumer()
    await owner.commit_change("0855:groep")

    await equal(owner, reader, seconds=45)


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

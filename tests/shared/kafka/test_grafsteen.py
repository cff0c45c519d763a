"""A key that ends leaves a tombstone, for compaction; it is no reason to think that the broker is another one."""

from shared.kafka import outbox
from shared.kafka.client import KafkaConfig, ensure_topics
from shared.kafka.outbox import VERVALLEN, NewEvent
from shared.kafka.topics import EVALUATIE
from tests.shared.kafka.log import records_on
from tests.shared.kafka.parties import Party
from tests.shared.kafka.servers import Broker
from tests.shared.kafka.test_relay import Publishing
from tests.wachten import eventually


async def put(party: Party, *kinds: str, sleutel: str) -> None:
    async with party.engine.begin() as conn:
        events = [NewEvent(EVALUATIE, sleutel, kind, versie, {"a": 1}) for versie, kind in enumerate(kinds, start=1)]
        await outbox.add(conn, party.tables, events)


async def values(config: KafkaConfig, sleutel: str) -> list[bool]:
    """Of each record with this key, in order, whether it has a value."""
    return [one.value is not None for one in await records_on([EVALUATIE], config) if one.key == sleutel.encode()]


async def test_a_tombstone_leaves_and_is_recognised_as_ours(idle: Party, broker: Broker) -> None:
    await ensure_topics(KafkaConfig(broker.bootstrap), [EVALUATIE])
    await put(idle, "evaluatie-ingediend", VERVALLEN, sleutel="grafsteen")
    async with Publishing(idle, broker) as first:
        await eventually(first.all_sent, "both have left")
    assert await values(first.config, "grafsteen") == [True, False]

    await put(idle, "evaluatie-ingediend", sleutel="grafsteen-daarna")
    async with Publishing(idle, broker) as second:
        await eventually(second.all_sent, "the next has left")
    assert (first.republished, second.republished) == (0, 0)

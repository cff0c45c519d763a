"""Reading a topic as it lies on the broker, without a consumer group."""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka.client import KafkaConfig
from shared.kafka.envelope import Event, Message, Watermark, decode

SECONDS = 60


async def records_on(topics: Collection[str], config: KafkaConfig) -> list[Any]:
    """Everything on these topics, per partition from its beginning."""
    client = AIOKafkaConsumer(
        **config.arguments(), enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    await client.start()
    try:
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(config.partities)]
        client.assign(partitions)
        found: list[Any] = []
        async with asyncio.timeout(SECONDS):
            while not all([await is_read(client, partition) for partition in partitions]):
                for records in (await client.getmany(timeout_ms=50)).values():
                    found += records
        return found
    finally:
        await client.stop()


async def messages_on(topic: str, config: KafkaConfig) -> list[tuple[int, Message]]:
    """The same of one topic as messages, each with its partition."""
    return [(record.partition, decode(topic, record.value)) for record in await records_on([topic], config)]


async def is_read(client: AIOKafkaConsumer, partition: TopicPartition) -> bool:
    """Up to the end as fetching tells it; asked for end offsets, the embedded broker counts its last batch as
    one."""
    end = client.highwater(partition)
    return end is not None and await client.position(partition) >= end


async def events_on(topic: str, config: KafkaConfig) -> list[Event]:
    """The events on a topic."""
    return [message for _, message in await messages_on(topic, config) if isinstance(message, Event)]


async def watermarks_on(topic: str, config: KafkaConfig) -> list[tuple[int, Watermark]]:
    """The watermarks on a topic, each with its partition."""
    return [(number, m) for number, m in await messages_on(topic, config) if isinstance(m, Watermark)]

# mypy: allow-untyped-calls
"""Sending to the broker and knowing where it landed."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from shared.kafka.client import (
    MAX_EVENT_BYTES,
    START_SECONDS,
    KafkaConfig,
    KafkaUnavailableError,
    bounded,
    stop_quietly,
)
from shared.kafka.envelope import EnvelopeError, Event, Watermark, decode, encode

SEND_SECONDS = 10.0
Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Ack:
    """The broker has this record of ours, in all its copies."""

    partition: Partition
    offset: int
    event_id: UUID


class Publisher:
    """One producer; after a failure it is thrown away, so that nothing it still holds can be mistaken for
    sent."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def partitions(self, topic: str) -> range:
        """The partitions of `topic`."""
        return range(len(await bounded(self._producer.partitions_for(topic), START_SECONDS)))

    async def events(self, events: Sequence[Event]) -> list[Ack]:
        """Send events, each to its key's partition; returns when the broker has them all, in the same
        order."""
        return await bounded(self._send([(event, event.sleutel, None) for event in events]), SEND_SECONDS + 1)

    async def watermarks(self, watermarks: Sequence[tuple[Watermark, int]]) -> list[Ack]:
        """Send watermarks, each to the partition given with it."""
        # The key lets compaction keep the newest watermark of each partition; without one Kafka refuses the
        # record.
        records = [(watermark, "watermerk", partition) for watermark, partition in watermarks]
        return await bounded(self._send(records), SEND_SECONDS + 1)

    async def _send(self, records: Sequence[tuple[Event | Watermark, str, int | None]]) -> list[Ack]:
        futures = []
        for message, key, partition in records:
            future = await self._producer.send(message.topic, encode(message), key.encode(), partition=partition)
            future.add_done_callback(_look_at)
            futures.append(future)
        if not futures:
            return []
        # Not gather: giving up must leave aiokafka's own futures alone.
        _, unanswered = await asyncio.wait(futures, timeout=SEND_SECONDS)
        if unanswered:
            raise KafkaUnavailableError("no acknowledgement in time")
        metadata = [future.result() for future in futures]
        return [
            Ack((found.topic, found.partition), found.offset, message.event_id)
            for found, (message, _, _) in zip(metadata, records, strict=True)
        ]


def _look_at(future: "asyncio.Future[object]") -> None:
    """Fetch the outcome also of a send nobody waits for any more, or asyncio complains in the log."""
    if not future.cancelled():
        future.exception()


@asynccontextmanager
async def publisher(config: KafkaConfig) -> AsyncIterator[Publisher]:
    """A started producer, closed afterwards."""
    # Not idempotent: aiokafka would then retry without end while the broker is gone, and the embedded broker
    # refuses it. What is sent twice is told apart by the reader.
    producer = AIOKafkaProducer(
        **config.arguments(),
        acks="all",
        enable_idempotence=False,
        linger_ms=1,
        max_request_size=MAX_EVENT_BYTES,
    )
    try:
        await bounded(producer.start(), START_SECONDS)
        yield Publisher(producer)
    finally:
        await stop_quietly(producer.stop())


async def read_back(config: KafkaConfig, stand: Mapping[Partition, tuple[int, UUID]]) -> bool:
    """Whether the broker still has what it acknowledged: at each of these offsets the record with that id.

    A record that retention or compaction has removed does not count as lost.
    """
    if not stand:
        return True
    consumer = AIOKafkaConsumer(
        **config.arguments(), enable_auto_commit=False, auto_offset_reset="none", fetch_max_wait_ms=20
    )
    try:
        await bounded(consumer.start(), START_SECONDS)
        return await bounded(_all_there(consumer, stand), SEND_SECONDS)
    finally:
        await stop_quietly(consumer.stop())


async def _all_there(consumer: AIOKafkaConsumer, stand: Mapping[Partition, tuple[int, UUID]]) -> bool:
    wanted = {TopicPartition(*partition): place for partition, place in stand.items()}
    consumer.assign(list(wanted))
    begins = await consumer.beginning_offsets(list(wanted))
    unread = {partition for partition, (offset, _) in wanted.items() if begins[partition] <= offset}
    consumer.pause(*(partition for partition in wanted if partition not in unread))
    for partition in unread:
        consumer.seek(partition, wanted[partition][0])
    while unread:
        try:
            fetched = await consumer.getmany(*unread, timeout_ms=50, max_records=1)
        except OffsetOutOfRangeError:  # beyond the end
            return False
        for partition, records in fetched.items():
            offset, event_id = wanted[partition]
            if records[0].offset == offset and not _has_id(records[0], event_id):
                return False
            unread.discard(partition)
            consumer.pause(partition)
        if any(_ends_before(consumer, partition, wanted[partition][0]) for partition in unread):
            return False
    return True


def _ends_before(consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> bool:
    """Whether the log has no such offset, as fetching tells it. Asked for its end offset, the embedded broker
    counts its last batch as one record."""
    end = consumer.highwater(partition)
    return end is not None and end <= offset


def _has_id(record: "ConsumerRecord[bytes, bytes]", event_id: UUID) -> bool:
    try:
        message = decode(record.topic, record.value or b"")
    except EnvelopeError:
        return False
    return message.event_id == event_id

# mypy: allow-untyped-calls
"""Sending to the broker and knowing where it landed."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.kafka.client import (
    MAX_EVENT_BYTES,
    START_SECONDS,
    KafkaConfig,
    KafkaUnavailableError,
    bounded,
    stop_quietly,
)
from shared.kafka.envelope import EnvelopeError, decode

SEND_SECONDS = 10.0
SETTLE_SECONDS = 6.0
"""How long a partition may tell an end before our last record: a node that has just become its leader does not show
readers what it has until the other copies have spoken up."""
BATCH_BYTES = 1024 * 1024
KEYS_REMEMBERED = 65_536
Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record as it leaves; without a partition it goes to that of its key, without a value it is a tombstone."""

    topic: str
    sleutel: str
    event_id: UUID
    waarde: bytes | None
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """The broker has these records of ours, in all its copies: the offset and event of the last, and where the first
    of them landed."""

    partition: Partition
    offset: int
    event_id: UUID
    first: int


class Publisher:
    """One producer; after a failure it is thrown away, so that nothing it still holds can be mistaken for
    sent."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def partitions(self, topic: str) -> range:
        """The partitions of `topic`."""
        return range(len(await bounded(self._producer.partitions_for(topic), START_SECONDS)))

    async def send(self, records: Sequence[Outgoing]) -> list[Ack]:
        """Send records, those of one partition in this order; returns when the broker has them all."""
        return await bounded(self._send(records), SEND_SECONDS + 1)

    async def _send(self, records: Sequence[Outgoing]) -> list[Ack]:
        sent: list[tuple[Partition, Outgoing, int, asyncio.Future[Any]]] = []
        for (topic, partition), of_partition in (await self._divided(records)).items():
            for batch, last in self._batches(of_partition):
                # It waits until the batch before it is under way: retries of the one never pass the other.
                future = await self._producer.send_batch(batch, topic, partition=partition)
                future.add_done_callback(_look_at)
                sent.append(((topic, partition), last, batch.record_count(), future))
        if not sent:
            return []
        # Not gather: giving up must leave aiokafka's own futures alone.
        _, unanswered = await asyncio.wait([future for *_, future in sent], timeout=SEND_SECONDS)
        if unanswered:
            raise KafkaUnavailableError("no acknowledgement in time")
        acks = []
        for place, last, count, future in sent:
            first = future.result().offset
            acks.append(Ack(place, first + count - 1, last.event_id, first))
        return acks

    async def _divided(self, records: Sequence[Outgoing]) -> dict[Partition, list[Outgoing]]:
        counts = {topic: len(await self._producer.partitions_for(topic)) for topic in {one.topic for one in records}}
        divided: dict[Partition, list[Outgoing]] = defaultdict(list)
        for one in records:
            partition = one.partition
            if partition is None:
                partition = partition_of(one.sleutel, counts[one.topic])
            divided[one.topic, partition].append(one)
        return divided

    def _batches(self, records: Sequence[Outgoing]) -> Iterator[tuple[BatchBuilder, Outgoing]]:
        """As few batches as hold them, each with the last record in it."""
        now = int(time.time() * 1000)
        batch, last = self._producer.create_batch(), records[0]
        for one in records:
            key = one.sleutel.encode()
            if batch.append(timestamp=now, key=key, value=one.waarde) is None:
                yield batch, last
                batch = self._producer.create_batch()
                batch.append(timestamp=now, key=key, value=one.waarde)  # the first always fits
            last = one
        batch.close()  # an open one would wait for more
        yield batch, last


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(sleutel: str, count: int) -> int:
    """Where a key goes: as every Kafka client divides keys. Worked out in Python, which costs as much as the rest of
    sending a small event, and few keys change often."""
    return int(murmur2(sleutel.encode()) & 0x7FFFFFFF) % count


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
        max_batch_size=BATCH_BYTES,
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
    settled = time.monotonic() + SETTLE_SECONDS
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
        if any(_lost(consumer.highwater(partition), wanted[partition][0], settled) for partition in unread):
            return False
    return True


def _lost(end: int | None, offset: int, settled: float) -> bool:
    """Whether the log has no such offset, by the end that came with fetching. Asked for its end offset, the embedded
    broker counts its last batch as one record; that it is quite empty is told by an end of 0."""
    if end is None or end > offset:
        return False
    return end == 0 or time.monotonic() >= settled


def _has_id(record: "ConsumerRecord[bytes, bytes]", event_id: UUID) -> bool:
    if record.value is None:
        return True  # a tombstone, which names no event: another log would hardly have one in this very place
    try:
        message = decode(record.topic, record.value)
    except EnvelopeError:
        return False
    return message.event_id == event_id

"""The three clients of aiokafka, as far as the house uses them, on the broker in memory.

They are as bad as the real ones: a producer tries again by itself, so records come twice; an answer may be lost after
the record was kept; a request whose sender gave up, or died, may still arrive; a reader that was put out of its group
goes on with what it had fetched.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from aiokafka.errors import (
    CommitFailedError,
    KafkaConnectionError,
    KafkaTimeoutError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import ConsumerRecord, TopicPartition

from tests.ruig.simulatie.broker import Broker, Record
from tests.ruig.simulatie.loop import PROCESS, VirtualLoop

REQUEST_SECONDS = 8.0
RETRY_SECONDS = 0.1
HEARTBEAT_SECONDS = 2.0
FETCHED_AT_ONCE = 20


class _Client:
    broker: ClassVar[Broker]
    """Of the schedule that runs."""

    def __init__(self, *topics: str, **options: Any) -> None:
        self.options = options
        self.process = PROCESS.get()
        self.faults = self.broker.faults
        self.loop: VirtualLoop = asyncio.get_running_loop()  # type: ignore[assignment]

    async def _reach(self) -> None:
        """A round trip; KafkaConnectionError when nobody answers."""
        await self.process.step()
        await self.faults.pause("slow_network")
        if not self.broker.up or self.faults.strikes("request_lost"):
            raise KafkaConnectionError("simulated")


class Admin(_Client):
    """AIOKafkaAdminClient."""

    async def start(self) -> None:
        await self._reach()

    async def create_topics(self, topics: Sequence[Any]) -> Any:
        await self._reach()
        codes = [(topic.name, 36 if self.broker.has(topic.name) else 0, None) for topic in topics]
        for topic in topics:
            self.broker.make(topic.name)
        return SimpleNamespace(topic_errors=codes)

    async def close(self) -> None:
        """Nothing to close."""


class _Sending:
    """A batch on its way: `left` is done once it is under way, `future` once it is known what became of it."""

    def __init__(self, records: Sequence[Record], future: "asyncio.Future[Any]", deadline: float) -> None:
        self.records, self.future, self.deadline = records, future, deadline
        self.left: asyncio.Future[None] = future.get_loop().create_future()


class Batch:
    """What BatchBuilder is: it says so when it is full."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.records: list[Record] = []

    def append(self, *, timestamp: int, key: bytes, value: bytes) -> object | None:
        if len(self.records) >= self._most:
            return None
        self.records.append(Record(key, value))
        return self

    def record_count(self) -> int:
        return len(self.records)

    def close(self) -> None:
        """No more in it."""


class Producer(_Client):
    """AIOKafkaProducer: per partition one request under way, the next waits for it."""

    on_ack: ClassVar[Any]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        assert options["acks"] == "all"
        assert not options["enable_idempotence"]
        self._queues: dict[TopicPartition, deque[_Sending]] = {}
        self._under_way: set[TopicPartition] = set()
        self._closed = False

    async def start(self) -> None:
        await self._reach()

    async def partitions_for(self, topic: str) -> set[int]:
        await self.faults.pause("slow_network")
        return set(range(self.broker.partitions))

    def create_batch(self) -> Batch:
        return Batch(self.faults.dice.randrange(1, 8))

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        """Returns when the batch before it is under way."""
        place = TopicPartition(topic, partition)
        queue = self._queues.setdefault(place, deque())
        sending = _Sending(batch.records, self.loop.create_future(), self.loop.time() + REQUEST_SECONDS)
        while queue:
            await asyncio.wait([queue[-1].future, queue[-1].left])
        queue.append(sending)
        self._pump(place)
        return sending.future

    async def stop(self) -> None:
        """Waits for what is under way, as long as it is let."""
        self._closed = True
        while any(self._queues.values()) or self._under_way:
            await asyncio.sleep(0.05)

    def _pump(self, place: TopicPartition) -> None:
        queue = self._queues.get(place)
        if place in self._under_way or not queue:
            return
        self._under_way.add(place)
        sending = queue.popleft()
        if not sending.left.done():
            sending.left.set_result(None)
        self._send(sending, place)

    def _send(self, sending: "_Sending", place: TopicPartition) -> None:
        """A request leaves, if its sender is there to send it."""
        if not self.process.alive:
            return
        wait = self.process.stalled_until - self.loop.time()
        if wait > 0:
            self.loop.later(wait, self._send, sending, place)
            return
        delay = self.faults.delay("slow_network", self.process)
        if self.faults.strikes("request_lost"):
            # The connection breaks; what had left it may arrive yet.
            if self.faults.dice.random() < 0.5:
                self.loop.later(delay + 4 * self.faults.dice.random(), self._arrive, None, place, sending.records)
            self.loop.later(delay, self._failed, sending, place)
        else:
            self.loop.later(delay, self._arrive, sending, place, sending.records)

    def _arrive(self, sending: _Sending | None, place: TopicPartition, records: Sequence[Record]) -> None:
        broker = self.broker
        if broker.up and broker.makes_topics:
            broker.make(place.topic)
        if not broker.up or place not in broker.logs:
            if sending is not None:
                self._failed(sending, place)
            return
        first = broker.append(place, records)
        if sending is None:
            return
        if self.faults.strikes("ack_lost"):
            self._failed(sending, place)
        else:
            delay = self.faults.delay("slow_network", self.process)
            self.loop.later(delay, self._acknowledged, sending, place, first)

    def _acknowledged(self, sending: _Sending, place: TopicPartition, first: int) -> None:
        if not sending.future.done():
            for record in sending.records:
                type(self).on_ack(record)
            sending.future.set_result(SimpleNamespace(topic=place.topic, partition=place.partition, offset=first))
        self._next(place)

    def _failed(self, sending: _Sending, place: TopicPartition) -> None:
        """Try again, until its time is up."""
        if self.loop.time() + RETRY_SECONDS < sending.deadline:
            self.loop.later(RETRY_SECONDS, self._send, sending, place)
            return
        if not sending.future.done():
            sending.future.set_exception(KafkaTimeoutError())
        self._next(place)

    def _next(self, place: TopicPartition) -> None:
        self._under_way.discard(place)
        self._pump(place)


class Consumer(_Client):
    """AIOKafkaConsumer, in a group or by itself."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        assert options["enable_auto_commit"] is False
        self._group: str | None = options.get("group_id")
        self._resets = options["auto_offset_reset"] == "earliest"
        self._topics: list[str] = []
        self._listener: Any = None
        self._assigned: list[TopicPartition] = []
        self._position: dict[TopicPartition, int | None] = {}
        self._fetched: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._generation = 0
        self._member = ""
        self._coordinating: asyncio.Task[None] | None = None

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        self._topics, self._listener = list(topics), listener

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._assigned = list(partitions)

    async def start(self) -> None:
        await self._reach()
        if self._group is not None:
            self._join()
            self._coordinating = asyncio.create_task(self._coordinate())

    async def stop(self) -> None:
        if self._coordinating is not None:
            self._coordinating.cancel()
            if self.broker.up:
                self.broker.leave(self._group or "", self._member, self._topics)

    def _join(self) -> None:
        if not self.broker.up:
            return
        self._member = self.broker.new_member()
        self.broker.join(self._group or "", self._member, self._topics, self.loop.time())

    async def _coordinate(self) -> None:
        """Signs of life, and a new deal when there is one."""
        while True:
            if self.broker.up:
                group = self.broker.group(self._group or "")
                known = self.broker.heartbeat(self._group or "", self._member, self._topics, self.loop.time())
                if not known:
                    await self._reassign([], 0)
                    self._join()
                elif group.generation != self._generation:
                    await self._reassign(group.dealt.get(self._member, []), group.generation)
            await asyncio.sleep(HEARTBEAT_SECONDS * self.faults.dice.random())

    async def _reassign(self, dealt: list[TopicPartition], generation: int) -> None:
        self._listener.on_partitions_revoked(set(self._assigned))
        self._assigned = []
        await self.faults.pause("slow_network")
        self._fetched.clear()
        self._generation = generation
        self._assigned = dealt
        self._position = dict.fromkeys(dealt)
        self._listener.on_partitions_assigned(set(dealt))

    def assignment(self) -> set[TopicPartition]:
        return set(self._assigned)

    async def position(self, partition: TopicPartition) -> int:
        await self.faults.pause("slow_network")
        return self._position.get(partition) or 0

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self._reach()
        return {partition: len(self.broker.logs.get(partition, ())) for partition in partitions}

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self._reach()
        return dict.fromkeys(partitions, 0)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self._ends.get(partition)

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused.update(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if partition not in self._assigned:
            raise KafkaConnectionError("not assigned")
        self._position[partition] = offset
        self._fetched.pop(partition, None)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._reach()
        group = self.broker.group(self._group or "")
        if self._member not in group.seen or group.generation != self._generation:
            raise CommitFailedError
        group.committed.update(offsets)
        if self.faults.strikes("ack_lost"):
            raise KafkaConnectionError("simulated")

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int = 500
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        deadline = self.loop.time() + timeout_ms / 1000
        while True:
            await self.faults.pause("slow_network")
            for partition in partitions or tuple(self._assigned):
                self._fetch(partition)
            if found := self._take(partitions or tuple(self._assigned), max_records):
                return found
            left = deadline - self.loop.time()
            if left <= 0:
                return {}
            await self.broker.stirred(left)

    def _fetch(self, partition: TopicPartition) -> None:
        """Some records, kept until they are taken: by then the log may be another one."""
        if not self.broker.up or partition in self._paused or self._fetched.get(partition):
            return
        log = self.broker.logs.get(partition, [])
        self._ends[partition] = len(log)
        position = self._position.get(partition)
        if position is None:
            position = self.broker.group(self._group or "").committed.get(partition, 0)
        if position > len(log):
            if not self._resets:
                raise OffsetOutOfRangeError({partition: position})
            position = 0
        self._position[partition] = position
        taken = log[position : position + self.faults.dice.randrange(1, FETCHED_AT_ONCE)]
        self._fetched[partition] = [_as_record(partition, position + number, one) for number, one in enumerate(taken)]

    def _take(
        self, partitions: Collection[TopicPartition], most: int
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        found = {}
        for partition in partitions:
            kept = self._fetched.get(partition)
            if kept and most > 0:
                number = min(most, self.faults.dice.randrange(1, len(kept) + 1))
                found[partition], self._fetched[partition] = kept[:number], kept[number:]
                self._position[partition] = found[partition][-1].offset + 1
                most -= number
        return found


def _as_record(partition: TopicPartition, offset: int, record: Record) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord(*partition, offset, 0, 0, record.key, record.value, None, 0, 0, ())

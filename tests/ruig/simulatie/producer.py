"""A producer on the broker in memory."""

import asyncio
from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from tests.ruig.simulatie.broker import Record
from tests.ruig.simulatie.client import Client

REQUEST_SECONDS = 8.0
RETRY_SECONDS = 0.1


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


class Producer(Client):
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

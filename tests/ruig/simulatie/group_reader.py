"""A reader on the broker in memory, in a group or by itself."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from aiokafka.errors import CommitFailedError, KafkaConnectionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord, TopicPartition

from tests.ruig.simulatie.broker import Record
from tests.ruig.simulatie.client import Client

HEARTBEAT_SECONDS = 2.0
FETCHED_AT_ONCE = 20


class InOrder(set[TopicPartition]):
    """A set that tells its members in the same order in each process."""

    def __iter__(self) -> Iterator[TopicPartition]:
        return iter(sorted(super().__iter__()))


class GroupReader(Client):
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
        return InOrder(self._assigned)

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
            # Who asks may hold them in a set, whose order is another in each process.
            for partition in sorted(partitions) or self._assigned:
                self._fetch(partition)
            if found := self._take(sorted(partitions) or list(self._assigned), max_records):
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

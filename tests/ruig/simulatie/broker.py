"""A broker in memory: logs, and consumer groups. It may be away, and it may come back without its records."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiokafka.structs import TopicPartition

from tests.ruig.simulatie.faults import Faults

SESSION_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Record:
    """As it lies in a log."""

    key: bytes | None
    value: bytes


@dataclass
class Group:
    """Who reads what together. `generation` counts the deals; who speaks of an earlier one is refused."""

    generation: int = 0
    seen: dict[str, float] = field(default_factory=dict)
    dealt: dict[str, list[TopicPartition]] = field(default_factory=dict)
    committed: dict[TopicPartition, int] = field(default_factory=dict)


class Broker:
    """What the clients in `clients` talk to. `on_append` is told of each record."""

    def __init__(
        self, faults: Faults, partitions: int, on_append: Callable[[TopicPartition, int, Record], None]
    ) -> None:
        self.faults = faults
        self.partitions = partitions
        self.up = True
        self.makes_topics = faults.dice.random() < 0.5
        self.logs: dict[TopicPartition, list[Record]] = {}
        self.groups: dict[str, Group] = {}
        self._on_append = on_append
        self._waiting: list[asyncio.Future[None]] = []
        self._dice = Random(faults.dice.random())
        self._members = 0

    def has(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return TopicPartition(topic, 0) in self.logs

    def make(self, topic: str) -> None:
        """A topic, if it is not there."""
        for number in range(self.partitions):
            self.logs.setdefault(TopicPartition(topic, number), [])

    def append(self, partition: TopicPartition, records: Sequence[Record]) -> int:
        """Records behind each other; returns the offset of the first."""
        log = self.logs[partition]
        first = len(log)
        for record in records:
            self._on_append(partition, len(log), record)
            log.append(record)
        self.stir()
        return first

    def stir(self) -> None:
        """Something to see for who waits."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def stirred(self, seconds: float) -> None:
        """Return when there is something new, or after so many seconds."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        handle = asyncio.get_running_loop().call_later(seconds, _settle, future)
        try:
            await future
        finally:
            handle.cancel()

    def lose_all(self) -> None:
        """It keeps nothing: no record, no group."""
        self.logs.clear()
        self.groups.clear()

    def group(self, name: str) -> Group:
        """The group with this name."""
        return self.groups.setdefault(name, Group())

    def new_member(self) -> str:
        """A name for a member of a group."""
        self._members += 1
        return f"lid-{self._members:04d}"

    def join(self, name: str, member: str, topics: Sequence[str], now: float) -> None:
        """A member more: everything is dealt out anew."""
        group = self.group(name)
        group.seen[member] = now
        self._deal(group, topics)

    def leave(self, name: str, member: str, topics: Sequence[str]) -> None:
        """A member less."""
        group = self.group(name)
        if group.seen.pop(member, None) is not None:
            self._deal(group, topics)

    def heartbeat(self, name: str, member: str, topics: Sequence[str], now: float) -> bool:
        """A sign of life; false when the group does not know the member (any more). Who gave none for long is out."""
        group = self.group(name)
        if member not in group.seen:
            return False
        group.seen[member] = now
        gone = [one for one, seen in group.seen.items() if now - seen > SESSION_SECONDS]
        for one in gone:
            del group.seen[one]
        if gone or self.faults.strikes("rebalance"):
            self._deal(group, topics)
        return True

    def _deal(self, group: Group, topics: Sequence[str]) -> None:
        group.generation += 1
        members = sorted(group.seen)
        self._dice.shuffle(members)
        group.dealt = {member: [] for member in members}
        if not members:
            return
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(self.partitions)]
        for number, partition in enumerate(partitions):
            group.dealt[members[number % len(members)]].append(partition)


def _settle(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_result(None)

"""Schedules of B25 that were red once, told step by step and without the faults that had nothing to do with it: any
change of the code makes other schedules of the seeds that found them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from shared.kafka.applier import POISON_ATTEMPTS
from shared.kafka.envelope import Event
from shared.kafka.topics import BARRIERE, owned_by
from tests.ruig.simulatie.loop import PROCESS, Process
from tests.ruig.simulatie.parts import KEYS, TABELLEN, UNKNOWN, Service
from tests.ruig.simulatie.world import World

PATIENCE = 60.0
STALLED = 20.0


class Told(World, ABC):
    """A world in which nothing goes wrong but what `_story` does."""

    def __init__(self) -> None:
        super().__init__(1)
        self.faults.kinds = frozenset()
        self.slices = 1

    async def _schedule(self) -> None:
        for service in (self.owner, self.reader):
            self.start_node(service)
        await self._until(lambda: len(_rows(self.reader, "watermerk")) == 4, "the reader follows its owner")
        await self._story()
        await self._quiet()

    @abstractmethod
    async def _story(self) -> None:
        """What happens in it."""

    async def _until(self, fact: Callable[[], bool], what: str) -> None:
        end = self.loop.time() + PATIENCE
        while not fact():
            assert self.loop.time() < end, what
            await asyncio.sleep(0.1)


def _rows(service: Service, table: str) -> list[Any]:
    return list(service.database.tables.get(table, {}).values())


class LostQuestion(Told):
    """A barrier gets lost with the broker after it was acknowledged, and no offset tells it: a relay that lost its
    lock delivers what it still held to the new log, which is as long as the old one at once."""

    async def _story(self) -> None:
        self.owner.nodes[0].process.stalled_until = self.loop.time() + STALLED
        await self.receive(UNKNOWN)
        await self._until(lambda: all(row["verzonden"] for row in self._asked()), "the barrier is acknowledged")
        own = [topic.naam for topic in owned_by(self.reader.name)]
        held = {place: list(log) for place, log in self.broker.logs.items() if place.topic in own}
        assert all(held.values())
        self.broker.lose_all()
        for place, log in held.items():
            self.broker.make(place.topic)
            self.broker.append(place, log)

    def _asked(self) -> list[Any]:
        asked = [row for row in _rows(self.reader, "outbox") if row["topic"] == BARRIERE]
        assert asked
        return asked


class Overtaken(Told):
    """A reader has tried an event five times and stands still before it sets it aside; another applies that one and the
    next version meanwhile."""

    tries = 0

    async def _story(self) -> None:
        slow = self.reader.nodes[0].process
        await self._write()
        await self._until(lambda: self.tries == POISON_ATTEMPTS, "the slow reader has tried it")
        self.start_node(self.reader)
        await self._until(lambda: self._version() == 1, "the other has applied it")
        await self._write()
        await self._until(lambda: self._version() == 2, "and the next version")
        await self._until(lambda: self.loop.time() > slow.stalled_until + 5, "the slow one has gone on")

    async def _write(self) -> None:
        self.dice.sample = lambda *_: KEYS[:1]  # type: ignore[method-assign, assignment]
        before = len(_rows(self.owner, "outbox"))
        while len(_rows(self.owner, "outbox")) == before:  # some changes of mind are part of any schedule
            await self.write(0.0)

    def _version(self) -> int:
        return max((row["versie"] for row in _rows(self.reader, TABELLEN[KEYS[0][0]].name)), default=0)

    def _poisonable(self, handler: Any) -> Any:
        async def apply(conn: Any, events: Sequence[Event]) -> None:
            if PROCESS.get() is self.reader.nodes[0].process:
                self._fail(events)
            await handler(conn, events)

        return apply

    def _stall(self, process: Process) -> None:
        process.stalled_until = self.loop.time() + STALLED

    def _fail(self, events: Sequence[Event]) -> None:
        self.tries += len(events) == 1
        if self.tries == POISON_ATTEMPTS:
            # Not here, where it has a transaction open, but at its next step.
            PROCESS.get().fuse, PROCESS.get().on_fuse = 1, self._stall
        raise LookupError("simulated")


def test_a_question_that_was_lost_with_the_broker_is_asked_again() -> None:
    """Of seed 20264667."""
    LostQuestion().play()


def test_a_slow_reader_sets_nothing_aside_that_another_has_passed() -> None:
    """Of seed 20268062."""
    world = Overtaken()

    world.play()

    assert world.tries >= POISON_ATTEMPTS

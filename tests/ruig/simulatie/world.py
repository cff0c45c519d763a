"""One schedule: an owner and a reader with their processes, what they do, what goes wrong, and what must hold.

`toewijzing` owns toewijzingen and products, writes them under its row locks and publishes them; `startstop` projects
them and judges messages that rest on them: it parks what it cannot find and asks a barrier. A schedule has a stretch in
which things go wrong and then a quiet one, at the end of which everything must be where it belongs.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from tests.ruig.simulatie.actors import Actors
from tests.ruig.simulatie.client import Client
from tests.ruig.simulatie.database import Engine
from tests.ruig.simulatie.faults import HOUR
from tests.ruig.simulatie.parts import KEYS, UNKNOWN, BrokenPromiseError, Node
from tests.ruig.simulatie.producer import Producer
from tests.ruig.simulatie.seams import simulated

QUIET_SECONDS = 30.0


class World(Actors):
    """Play it once."""

    async def _play(self) -> None:
        try:
            await self._schedule()
        finally:
            self.faults.ending = True

    async def _schedule(self) -> None:
        for service in (self.owner, self.reader):
            for _ in range(self.dice.choice((1, 1, 2))):
                self.start_node(service)
        end = self.dice.choice((3.0, 8.0, 15.0))
        deeds = [self._deed for _ in range(self.dice.randrange(4, 16))]
        deeds += [self._mishap for _ in range(self.dice.randrange(2, 8))]
        bursts = [self.dice.random() * end for _ in range(self.dice.randrange(1, 5))]
        moments = sorted((self._moment(bursts, end), number) for number in range(len(deeds)))
        for moment, number in moments:
            await asyncio.sleep(max(0.0, moment - self.loop.time()))
            deeds[number]()
        await self._quiet()

    def _moment(self, bursts: Sequence[float], end: float) -> float:
        """When something happens: mostly where more does."""
        if self.dice.random() < 0.3:
            return self.dice.random() * end
        return self.dice.choice(bursts) + 0.5 * self.dice.random()

    def _deed(self) -> None:
        if self.dice.random() < 0.55:
            hold = 8.0 * self.dice.random() if self.faults.strikes_often("held_open") else 0.0
            self._begin(self.write(hold))
        else:
            self._begin(self.receive(self.dice.choice([*KEYS, UNKNOWN])))

    def _begin(self, deed: Any) -> None:
        task = asyncio.create_task(deed)
        self.writers.add(task)

    def _mishap(self) -> None:
        chosen = [kind for kind in sorted(self.faults.kinds) if hasattr(self, f"_do_{kind}")]
        if chosen:
            kind = self.dice.choice(chosen)
            self.note("mishap", kind)
            getattr(self, f"_do_{kind}")()

    def _node(self) -> Node | None:
        nodes = [*self.owner.nodes, *self.reader.nodes]
        return self.dice.choice(nodes) if nodes else None

    def _do_kill(self) -> None:
        """At once, or in the middle of what it does next."""
        node = self._node()
        if node is not None:
            node.process.fuse = self.dice.choice((1, 5, 20, 60))
            node.process.on_fuse = lambda _: self._kill(node)

    def _kill(self, node: Node) -> None:
        service = node.service
        if not self.faults.on or node not in service.nodes:
            return
        self.note("killed", node.process.name)
        service.nodes.remove(node)
        self.loop.kill(node.process)
        seconds = self.dice.choice((0.0, 0.0, 3.0)) * self.dice.random()
        self.loop.later(seconds, service.database.lose_sessions_of, node.process)
        self.loop.later(4 * self.dice.random(), self.start_node, service)

    def _do_stall(self) -> None:
        node = self._node()
        if node is not None:
            node.process.stalled_until = self.loop.time() + 20 * self.dice.random()

    def _do_database_restart(self) -> None:
        database = self.dice.choice((self.owner, self.reader)).database
        database.crash()
        self.loop.later(4 * self.dice.random(), setattr, database, "up", True)

    def _do_broker_down(self) -> None:
        self.broker.up = False
        self.loop.later(12 * self.dice.random(), self._broker_back)

    def _do_broker_empty(self) -> None:
        self.broker.up = False
        self.broker.lose_all()
        self.loop.later(self.dice.choice((0.0, 4.0)) * self.dice.random(), self._broker_back)

    def _broker_back(self) -> None:
        self.broker.up = True
        self.broker.stir()

    def _do_clock_jump(self) -> None:
        self.owner.database.clock_offset += self.dice.choice((-HOUR, HOUR, -300.0, 300.0))

    def _do_rebalance(self) -> None:
        self.start_node(self.dice.choice((self.owner, self.reader)))

    def _do_poison(self) -> None:
        self.poisoned.add(self.dice.choice(KEYS)[1])

    async def _quiet(self) -> None:
        """Nothing goes wrong any more; within thirty seconds all must be well."""
        self.note("quiet")
        self.faults.on = False
        for node in (*self.owner.nodes, *self.reader.nodes):
            node.process.stalled_until = 0.0
        self.owner.database.up = self.reader.database.up = True
        self._broker_back()
        await self._replay_poison()
        began = self.loop.time()
        while wrong := self._wrong():
            if self.loop.time() - began > QUIET_SECONDS:
                raise BrokenPromiseError(f"after {QUIET_SECONDS:.0f} quiet seconds: " + "; ".join(wrong))
            await asyncio.sleep(0.5)
        self.quiet_after = self.loop.time() - began

    async def _replay_poison(self) -> None:
        """The fault in the code is mended, and somebody gives `knooppunt replay`."""
        if not self.poisoned:
            return
        self.poisoned.clear()
        engine: Any = Engine(self.owner.database)
        async with engine.begin() as conn:
            await self._republish(conn)

    def play(self) -> str:
        """Play it; returns the digest of its trace. BrokenPromiseError when something did not hold."""
        ids = Random(f"ids:{self.seed}")
        Client.broker = self.broker
        Producer.on_ack = self._acknowledged
        self.loop.set_exception_handler(self._failed)
        with simulated(self.loop.time, lambda: UUID(int=ids.getrandbits(128))):
            self.loop.play(self._play())
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def _failed(self, loop: Any, context: dict[str, Any]) -> None:
        """A callback or a task failed that nobody waits for."""
        self._broken(f"{context.get('message')}: {context.get('exception')!r}")

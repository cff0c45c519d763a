"""The relay: publishes a service's outbox, and after it the watermarks that say how far it got.

Every process of a service runs one; together they have one at work for each slice of the keys (see `relay_part`). A
commit anywhere wakes the one at work: in its own process at once, in another through the database (see `wekker`).
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kafka.client import KafkaConfig
from shared.kafka.deel import Deel
from shared.kafka.metrics import KafkaMeters
from shared.kafka.relay_part import Duty, RelayPart, Republish
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import owned_by
from shared.kafka.wekker import Wekker

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Verdeling:
    """How the work is divided: in how many slices of the keys, how the processes of a service wake each other
    (None: there is one), and how many seconds there are from the start of one round to that of the next, at least,
    unless there is more than one round takes."""

    delen: int = 1
    wekker: Wekker | None = None
    rust: float = 0.0


class Relay:
    """Run one per process: `run()` as a task, `wake()` after every commit that filled the outbox, `stop()` at
    the end.

    `republish` puts the service's whole current state in the outbox, in the transaction it is given. It must
    read its rows FOR SHARE: a copy made beside a running change could otherwise follow the newer event, and
    outlive it in a compacted topic.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        tables: KafkaTables,
        service: str,
        config: KafkaConfig,
        republish: Republish,
        *,
        meters: KafkaMeters | None = None,
        poll: float = POLL_SECONDS,
        batch: int = 1000,
        verdeling: Verdeling = Verdeling(),
    ) -> None:
        self._wekker = verdeling.wekker
        duty = Duty(
            engine=engine,
            tables=tables,
            service=service,
            config=config,
            republish=republish,
            topics=tuple(topic.naam for topic in owned_by(service)),
            meters=meters or KafkaMeters(service),
            poll=poll,
            rust=verdeling.rust,
            batch=batch,
            news=self.wake,
        )
        self._parts = [RelayPart(duty, Deel(number, verdeling.delen), self._held) for number in range(verdeling.delen)]

    def wake(self) -> None:
        """There is something to publish. Call it after the commit, from the event loop's own thread."""
        self._wake_parts()
        if self._wekker is not None and self._held() < len(self._parts):
            self._wekker.ring()

    async def stop(self) -> None:
        """Finish what is under way and end `run()`."""
        await asyncio.gather(*(part.stop() for part in self._parts))

    async def run(self) -> None:
        """Publish until `stop()`. Neither a broker nor a database that is away ends it."""
        listening = asyncio.create_task(self._wekker.run(self._wake_parts)) if self._wekker else None
        try:
            await asyncio.gather(*(part.run() for part in self._parts))
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])

    def _wake_parts(self) -> None:
        for part in self._parts:
            part.wake()

    def _held(self) -> int:
        """How many slices this process has at work."""
        return sum(part.at_work for part in self._parts)

"""The clients of aiokafka, as far as the house uses them, on the broker in memory: what they share, and the one that
makes topics.

They are as bad as the real ones: a producer tries again by itself, so records come twice; an answer may be lost after
the record was kept; a request whose sender gave up, or died, may still arrive; a reader that was put out of its group
goes on with what it had fetched.
"""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from aiokafka.errors import KafkaConnectionError

from tests.ruig.simulatie.broker import Broker
from tests.ruig.simulatie.loop import PROCESS, VirtualLoop


class Client:
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


class Admin(Client):
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

# mypy: allow-untyped-calls
"""What a consumer does beside reading, so that reading does not wait for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka.applier import Applied
from shared.kafka.client import KafkaUnavailableError, bounded
from shared.kafka.received import Received

COMMIT_SECONDS = 5.0
LAST_WORD_SECONDS = 3.0
REPLACED_SECONDS = 1.0

log = structlog.get_logger()
After = Callable[[Applied], Awaitable[None]]


class Committer:
    """Tells the broker how far we are: one commit under way, meanwhile the next ones become one.

    Only a hint (see `positions`), so one that fails is not tried again.
    """

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self._client = client
        self._due: dict[TopicPartition, int] = {}
        self._woken = asyncio.Event()

    def note(self, applied: Sequence[Received]) -> None:
        """These are committed in the database."""
        self._due |= {TopicPartition(*received.partition): received.offset + 1 for received in applied}
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._woken.wait()
            await self.flush()

    async def flush(self) -> None:
        """Commit what is due."""
        self._woken.clear()
        offsets, self._due = self._due, {}
        if offsets:
            with suppress(KafkaUnavailableError):  # then they are read again, which is harmless
                await bounded(self._client.commit(offsets), COMMIT_SECONDS)


class Teller:
    """Tells a service what was applied, in order; of what is applied meanwhile it hears at once afterwards.

    What a service does with it, such as judging a thousand parked messages, holds up neither reading nor the signs of
    life to the broker.
    """

    def __init__(self, after: After, service: str) -> None:
        self._after = after
        self._service = service
        self._due: Applied | None = None
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def tell(self, applied: Applied) -> None:
        """This is committed."""
        self._due = self._due | applied if self._due else applied
        self._idle.clear()
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            due, self._due = self._due, None
            if due is not None:
                await self._tell(due)
            if self._due is None:
                self._idle.set()

    async def finished(self) -> None:
        """All is told, or it takes too long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LAST_WORD_SECONDS)

    async def _tell(self, applied: Applied) -> None:
        try:
            await self._after(applied)
        # The batch is committed; a fault in what comes after it must not end the telling. The next watermark, within
        # seconds, tells again.
        except Exception:
            log.warning("after_failed", service=self._service, exc_info=True)


class Replaced:
    """Partitions read beyond the end of their log: the log under them was replaced by a shorter one.

    Kafka refuses to read there, and the client starts at the beginning. The embedded broker answers that there is
    nothing, for as long as the log is shorter, and the group remembers such a place. For a moment the end may also lie
    back after a change of leader, so it must last.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[TopicPartition, float] = {}

    def seen(self, places: Mapping[TopicPartition, tuple[int, int | None]]) -> list[TopicPartition]:
        """Those of `places` (where we are, where the log ends) to be read from the start."""
        now = self._clock()
        beyond = {partition for partition, (place, end) in places.items() if end is not None and place > end}
        self._since = {partition: self._since.get(partition, now) for partition in beyond}
        replaced = [partition for partition, since in self._since.items() if now - since >= REPLACED_SECONDS]
        for partition in replaced:
            del self._since[partition]
        return replaced

"""The relay: publishes a service's outbox, and after it the watermarks that say how far it got.

One relay per service is at work: it holds an advisory lock on the connection on which it does everything, so
a lost connection is a lost lock. Others stand by. Whoever takes over first reads back what the broker should
have, because the one before may have died between an acknowledgement and its commit.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.kafka import outbox
from shared.kafka import relay_store as store
from shared.kafka.client import KafkaConfig, KafkaUnavailableError, ensure_topics
from shared.kafka.envelope import Watermark
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outage import Backoff
from shared.kafka.publisher import Ack, Publisher, publisher, read_back
from shared.kafka.relay_store import Look
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import BARRIERE, DLQ, owned_by

WATERMARK_SECONDS = 5.0
VERIFY_SECONDS = 60.0
STANDBY_SECONDS = 1.0
KEEP_SENT = timedelta(days=1)

log = structlog.get_logger()
Republish = Callable[[AsyncConnection], Awaitable[None]]


class BrokerReplacedError(Exception):
    """The broker has lost records it acknowledged: it came back empty."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A look that holds once every unsent row up to and including this id has gone."""

    look: Look
    upto: int


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
        poll: float = 0.25,
        batch: int = 500,
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._service = service
        self._config = config
        self._republish = republish
        self._meters = meters or KafkaMeters(service)
        self._poll = poll
        self._batch = batch
        self._topics = [topic.naam for topic in owned_by(service)]
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._backoff = Backoff()
        # What holds for one uninterrupted stretch of work, see _forget.
        self._stand: store.Stand = {}
        self._sweep: Sweep | None = None
        self._published: Look | None = None
        self._published_at = 0.0

    def wake(self) -> None:
        """There is something to publish. Call it after the commit, from the event loop's own thread."""
        self._woken.set()

    async def stop(self) -> None:
        """Finish what is under way and end `run()`."""
        self._stopping.set()
        self._woken.set()
        await self._stopped.wait()

    async def run(self) -> None:
        """Publish until `stop()`. Neither a broker nor a database that is away ends it."""
        try:
            while not self._stopping.is_set():
                await self._term()
        finally:
            self._stopped.set()

    async def _term(self) -> None:
        """Be the one at work for as long as the lock lasts, or stand by for a moment."""
        try:
            async with self._engine.connect() as conn:
                # A watermark rests on each statement seeing all that was committed before it began.
                await conn.execution_options(isolation_level="READ COMMITTED")
                if await self._lock(conn):
                    try:
                        await self._work(conn)
                    finally:
                        await conn.invalidate()  # the lock goes with its session, never back into the pool
                    return
            await self._rest(STANDBY_SECONDS)
        # Whatever it is, database or defect: events are safe in the outbox, and a relay that gave up would
        # keep them there until somebody restarts the process.
        except Exception:
            log.warning("relay_interrupted", service=self._service, exc_info=True)
            await self._rest(self._backoff.next())

    async def _lock(self, conn: AsyncConnection) -> bool:
        async with conn.begin():
            key = func.hashtextextended(f"knooppunt:relay:{self._service}", 0)
            return bool(await conn.scalar(select(func.pg_try_advisory_lock(key))))

    async def _work(self, conn: AsyncConnection) -> None:
        """Publish with one producer after another; a failed one is not trusted any more."""
        while not self._stopping.is_set():
            try:
                async with publisher(self._config) as producer:
                    await self._publish(conn, producer)
            except KafkaUnavailableError as error:
                log.warning("broker_away", service=self._service, fout=str(error))
                await self._measure(conn)
                await self._rest(self._backoff.next())

    async def _publish(self, conn: AsyncConnection, producer: Publisher) -> None:
        await self._verify(conn)
        verified = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() - verified >= VERIFY_SECONDS:
                await self._verify(conn)
                await self._prune(conn)
                verified = time.monotonic()
            try:
                more = await self._cycle(conn, producer)
            except BrokerReplacedError:
                await self._recover(conn)
                continue
            self._backoff.reset()
            if not more:
                await self._pause()

    async def _cycle(self, conn: AsyncConnection, producer: Publisher) -> bool:
        """Publish the oldest unsent rows and mark them; returns whether there may be more.

        A crash anywhere in it publishes them again: readers compare versions.
        """
        async with conn.begin():
            # Clock and barriers first, the rows in a later statement, hence a later snapshot: what was
            # committed when we looked is then surely among the rows. The other way round, a commit between
            # the two would be passed by a watermark that claims to follow it.
            look = await store.look(conn, self._tables)
            rows = await store.unsent(conn, self._tables, self._batch)
            stand = {partition: offset for partition, (offset, _) in self._stand.items()}
            events = [store.as_event(row, self._service, look.generatie) for row in rows]
            acks = _advance(stand, await producer.events(events))
            await store.mark_sent(conn, self._tables, [row.id for row in rows])
            proven = await self._proven(conn, look, rows[-1].id if rows else 0, full=len(rows) == self._batch)
            if proven and self._is_due(proven):
                watermarks = await self._watermarks(producer, proven, stand)
                acks += _advance(stand, await producer.watermarks(watermarks))
                self._published, self._published_at = proven, time.monotonic()
            await store.keep_stand(conn, self._tables, acks)
        self._stand |= {ack.partition: (ack.offset, ack.event_id) for ack in acks}
        self._count(events=[event.topic for event in events])
        return len(rows) == self._batch

    async def _proven(self, conn: AsyncConnection, look: Look, last_id: int, *, full: bool) -> Look | None:
        """The newest look of which every row it could see has now been sent, or None.

        Behind a backlog no single select sees all rows. Then the first look waits until the rows that were
        unsent shortly after it have gone, in order of id; rows that became visible later do not hold it up.
        """
        if not full:
            self._sweep = None
            self._meters.outbox_depth(0)
            return look
        if self._sweep is None:
            depth, highest = await store.unsent_extent(conn, self._tables)
            self._meters.outbox_depth(depth)
            self._sweep = Sweep(look, upto=highest)
        if last_id < self._sweep.upto:
            return None
        proven, self._sweep = self._sweep.look, None
        return proven

    def _is_due(self, proven: Look) -> bool:
        return not proven.same_word(self._published) or time.monotonic() - self._published_at >= WATERMARK_SECONDS

    async def _watermarks(
        self, producer: Publisher, proven: Look, stand: dict[tuple[str, int], int]
    ) -> list[tuple[Watermark, int]]:
        """One for every partition of every topic of ours: a key's facts come past in its own partition
        only."""
        made = []
        for topic in self._topics:
            partitions = await producer.partitions(topic)
            for partition in partitions:
                watermark = Watermark(
                    topic=topic,
                    bron=self._service,
                    event_id=uuid4(),
                    tijd=proven.tijd,
                    epoch=proven.epoch,
                    generatie=proven.generatie,
                    partities=len(partitions),
                    na=stand.get((topic, partition), -1),
                    echo=proven.echo,
                )
                made.append((watermark, partition))
        return made

    async def _verify(self, conn: AsyncConnection) -> None:
        """Make sure the broker still has what it acknowledged; if not, start a new generation."""
        self._forget()
        await ensure_topics(self._config, [*self._topics, BARRIERE, DLQ])
        async with conn.begin():
            self._stand = await store.read_stand(conn, self._tables)
        if not await read_back(self._config, self._stand):
            await self._recover(conn)

    async def _recover(self, conn: AsyncConnection) -> None:
        """Publish everything again, to a broker that has lost it; readers recognise it by the generation."""
        await ensure_topics(self._config, [*self._topics, BARRIERE, DLQ])
        async with conn.begin():
            generatie = await store.next_generation(conn, self._tables)
            await self._republish(conn)
            # Our questions may be lost as well; a new one stands for all before it.
            for bron in await store.followed(conn, self._tables):
                await outbox.ask_barrier(conn, self._tables, self._service, bron)
        self._forget()
        self._meters.broker_replaced()
        log.warning("broker_replaced", service=self._service, generatie=generatie)

    def _forget(self) -> None:
        """Start a new stretch of work: nothing published yet, as far as we know."""
        self._stand = {}
        self._sweep = None
        self._published = None
        self._published_at = 0.0

    async def _prune(self, conn: AsyncConnection) -> None:
        async with conn.begin():
            await outbox.prune(conn, self._tables, KEEP_SENT)

    async def _measure(self, conn: AsyncConnection) -> None:
        async with conn.begin():
            depth, _ = await store.unsent_extent(conn, self._tables)
        self._meters.outbox_depth(depth)

    def _count(self, events: Sequence[str]) -> None:
        for topic in events:
            self._meters.published(topic)

    async def _pause(self) -> None:
        """Until there is work, or the slow look that is the safety net for wakes that never came."""
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll)
        except TimeoutError:
            return
        self._woken.clear()

    async def _rest(self, seconds: float) -> None:
        """Wait, undisturbed by new work: it cannot be done now. Only `stop()` ends it early."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _advance(stand: dict[tuple[str, int], int], acks: list[Ack]) -> list[Ack]:
    """Move `stand` on; an offset that does not rise tells that the log it belongs to is another one."""
    for ack in acks:
        if ack.offset <= stand.get(ack.partition, -1):
            raise BrokerReplacedError
        stand[ack.partition] = ack.offset
    return acks

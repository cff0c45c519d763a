"""The relay of one slice of the keys.

One is at work at a time: it holds an advisory lock on the connection on which it does everything, so a lost connection
is a lost lock. Others stand by. Whoever takes over first reads back what the broker should have, because the one
before may have died between an acknowledgement and its commit.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.faalpunten import faalpunt
from shared.kafka import outbox, relay_lock
from shared.kafka import relay_store as store
from shared.kafka.client import KafkaConfig, KafkaUnavailableError, ensure_topics
from shared.kafka.deel import Deel, together
from shared.kafka.envelope import Watermark, encode
from shared.kafka.look import Look, Said, Sweep
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outage import Backoff
from shared.kafka.publisher import Ack, Outgoing, Publisher, publisher, read_back
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import of_every_service

VERIFY_SECONDS = 60.0
STANDBY_SECONDS = 1.0
SHARE = 3
"""A relay works a third of the time at most, while it keeps up."""
MOST_RESTS = 3
"""Nor does a broker that is slow make it wait longer than so many rests."""
KEEP_SENT = timedelta(days=1)

log = structlog.get_logger()
Republish = Callable[[AsyncConnection], Awaitable[None]]
Offsets = dict[tuple[str, int], int]


class BrokerReplacedError(Exception):
    """The broker has lost records it acknowledged: it came back empty."""


class NewGenerationError(Exception):
    """Another slice's relay found the broker replaced and has put everything in the outbox again."""


@dataclass(frozen=True)
class Duty:
    """What the relays of all slices of a service have in common. `news` is called after a commit that lets another
    slice say more. `rust`: see `Verdeling`."""

    engine: AsyncEngine
    tables: KafkaTables
    service: str
    config: KafkaConfig
    republish: Republish
    topics: tuple[str, ...]
    meters: KafkaMeters
    poll: float
    rust: float
    batch: int
    news: Callable[[], None]


class RelayPart:
    """As `Relay`, for one slice. `held` tells how many slices this process has at work already."""

    def __init__(self, duty: Duty, deel: Deel, held: Callable[[], int]) -> None:
        self._duty = duty
        self._tables = duty.tables
        self._deel = deel
        self._held = held
        self.at_work = False
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._backoff = Backoff()
        # What holds for one uninterrupted stretch of work, see _forget.
        self._generatie = 0
        self._stand: Offsets = {}
        self._sweep: Sweep | None = None
        self._said = Said()
        self._noted = Said()

    def wake(self) -> None:
        """There may be something to publish."""
        self._woken.set()

    async def stop(self) -> None:
        """Finish what is under way and end `run()`."""
        self._stopping.set()
        self._woken.set()
        await self._stopped.wait()

    async def run(self) -> None:
        """Publish until `stop()`."""
        try:
            while not self._stopping.is_set():
                await self._term()
        finally:
            self._stopped.set()

    async def _term(self) -> None:
        """Be the one at work for as long as the lock lasts, or stand by for a moment."""
        # What another process might take is left to it for a while, so that the slices are spread.
        await self._rest(STANDBY_SECONDS * self._held())
        try:
            async with self._duty.engine.connect() as conn:
                # A watermark rests on each statement seeing all that was committed before it began.
                await conn.execution_options(isolation_level="READ COMMITTED")
                if await relay_lock.take(conn, self._duty.service, self._deel):
                    self.at_work = True
                    try:
                        await self._work(conn)
                    finally:
                        self.at_work = False
                        self._duty.meters.outbox_depth(0, self._deel.nummer)  # whoever takes over tells it
                        await conn.invalidate()  # the lock goes with its session, never back into the pool
                    return
            await self._rest(STANDBY_SECONDS)
        # Whatever it is, database or defect: events are safe in the outbox, and a relay that gave up would
        # keep them there until somebody restarts the process.
        except Exception:
            log.warning("relay_interrupted", service=self._duty.service, exc_info=True)
            await self._rest(self._backoff.next())

    async def _work(self, conn: AsyncConnection) -> None:
        """Publish with one producer after another; a failed one is not trusted any more."""
        while not self._stopping.is_set():
            try:
                async with publisher(self._duty.config) as producer:
                    await self._publish(conn, producer)
            except KafkaUnavailableError as error:
                log.warning("broker_away", service=self._duty.service, fout=str(error))
                await self._measure(conn)
                await self._rest(self._backoff.next())

    async def _publish(self, conn: AsyncConnection, producer: Publisher) -> None:
        verified = -VERIFY_SECONDS
        while not self._stopping.is_set():
            if time.monotonic() - verified >= VERIFY_SECONDS:
                await self._verify(conn)
                await self._prune(conn)
                verified = time.monotonic()
            began = time.monotonic()
            try:
                more = await self._cycle(conn, producer)
            except BrokerReplacedError:
                await self._recover(conn)
                continue
            except NewGenerationError:
                verified = -VERIFY_SECONDS
                continue
            self._backoff.reset()
            if not more:
                took = time.monotonic() - began
                await self._pause()
                # Under a rush one round carries what else would take several; after a quiet time there is no rest.
                await self._rest(began + self._between(took) - time.monotonic())

    def _between(self, took: float) -> float:
        """From the start of a round that took so long to that of the next: the more there is to tell, the larger a part
        of the process telling it would take, and so the more goes in one round."""
        rust = self._duty.rust
        return max(rust, min(SHARE * took, MOST_RESTS * rust))

    async def _cycle(self, conn: AsyncConnection, producer: Publisher) -> bool:
        """Publish the oldest unsent rows and mark them; returns whether there may be more.

        A crash anywhere in it publishes them again: readers compare versions.
        """
        stand = dict(self._stand)
        async with conn.begin():
            # Clock and barriers first, the rows in a later statement, hence a later snapshot: what was
            # committed when we looked is then surely among the rows. The other way round, a commit between
            # the two would be passed by a watermark that claims to follow it.
            look = await store.look(conn, self._tables)
            if look.generatie != self._generatie:
                raise NewGenerationError
            rows = await store.unsent(conn, self._tables, self._duty.batch, self._deel)
            records = [store.as_record(row, self._duty.service, look.generatie) for row in rows]
            acks = _advance(stand, await producer.send(records))
            if records:
                faalpunt("na_publiceren")
            await store.mark_sent(conn, self._tables, [row["id"] for row in rows])
            word, news = await self._word(conn, await self._proven(conn, look, rows), stand)
            if word is not None and self._said.is_due(word):
                acks += _advance(stand, await producer.send(await self._watermarks(producer, word, stand)))
                self._said.say(word)
            await store.keep_stand(conn, self._tables, acks)
        if records:
            faalpunt("na_merken")
        self._stand = stand
        for topic, count in Counter(record.topic for record in records).items():
            self._duty.meters.published(topic, count)
        if news:
            self._duty.news()
        return len(rows) == self._duty.batch

    async def _proven(self, conn: AsyncConnection, look: Look, rows: Sequence[store.Row]) -> Look | None:
        """The newest look of which every row it could see has now been sent, or None.

        Behind a backlog no single select sees all rows. Then the first look waits until the rows that were
        unsent shortly after it have gone.
        """
        if len(rows) < self._duty.batch:
            self._sweep = None
            self._duty.meters.outbox_depth(0, self._deel.nummer)
            return look
        if self._sweep is None:
            depth, highest = await store.unsent_extent(conn, self._tables, self._deel)
            self._duty.meters.outbox_depth(depth, self._deel.nummer)
            self._sweep = Sweep(look, upto=highest)
        if not self._sweep.proven_by(rows[-1]["id"]):
            return None
        proven, self._sweep = self._sweep.look, None
        return proven

    async def _word(self, conn: AsyncConnection, proven: Look | None, stand: Offsets) -> tuple[Look | None, bool]:
        """What may be said of all keys, now that this was proven of ours; and whether that is news for other
        slices."""
        if proven is None or self._deel.geheel:
            return proven, False
        news = not proven.same_word(self._noted.last)
        if self._noted.is_due(proven):
            await store.keep_word(conn, self._tables, self._deel, proven)
            self._noted.say(proven)
        words = await store.read_words(conn, self._tables)
        await self._heed_others(conn, stand)
        return together(words, proven), news

    async def _heed_others(self, conn: AsyncConnection, stand: Offsets) -> None:
        """What relays of other slices had acknowledged before they gave their word: on a log that lacks it their word
        says nothing. Read after the words, and the generation last: it was not another one before."""
        for partition, (offset, _) in (await store.read_stand(conn, self._tables)).items():
            stand[partition] = max(offset, stand.get(partition, -1))
        if (await store.look(conn, self._tables)).generatie != self._generatie:
            raise NewGenerationError

    async def _watermarks(self, producer: Publisher, word: Look, stand: Offsets) -> list[Outgoing]:
        """One for every partition of every topic of ours: a key's facts come past in its own partition
        only."""
        made = []
        for topic in self._duty.topics:
            partitions = await producer.partitions(topic)
            for partition in partitions:
                watermark = Watermark(
                    topic=topic,
                    bron=self._duty.service,
                    event_id=uuid4(),
                    tijd=word.tijd,
                    epoch=word.epoch,
                    generatie=word.generatie,
                    partities=len(partitions),
                    na=stand.get((topic, partition), -1),
                    echo=word.echo,
                )
                # The key lets compaction keep the newest watermark of each partition; without one Kafka refuses the
                # record.
                made.append(Outgoing(topic, "watermerk", watermark.event_id, encode(watermark), partition))
        return made

    async def _verify(self, conn: AsyncConnection) -> None:
        """Make sure the broker still has what it acknowledged; if not, start a new generation."""
        self._forget()
        await self._ensure_topics()
        async with conn.begin():
            self._generatie = (await store.look(conn, self._tables)).generatie
            stand = await store.read_stand(conn, self._tables)
        self._stand = {partition: offset for partition, (offset, _) in stand.items()}
        if not await read_back(self._duty.config, stand):
            await self._recover(conn)

    async def _recover(self, conn: AsyncConnection) -> None:
        """Publish everything again, to a broker that has lost it; readers recognise it by the generation."""
        await self._ensure_topics()
        async with conn.begin():
            generatie = await store.next_generation(conn, self._tables, self._generatie)
            if generatie is not None:
                await self._duty.republish(conn)
                # Our questions may be lost as well; a new one stands for all before it.
                for bron in await store.followed(conn, self._tables):
                    await outbox.ask_barrier(conn, self._tables, self._duty.service, bron)
        self._forget()
        if generatie is None:
            return  # another slice was first; the next cycle sees its generation
        self._generatie = generatie
        self._duty.meters.broker_replaced()
        log.warning("broker_replaced", service=self._duty.service, generatie=generatie)
        self._duty.news()

    def _forget(self) -> None:
        """Start a new stretch of work: nothing published yet, as far as we know."""
        self._generatie = 0
        self._stand = {}
        self._sweep = None
        self._said = Said()
        self._noted = Said()

    async def _ensure_topics(self) -> None:
        shared = (topic.naam for topic in of_every_service())
        await ensure_topics(self._duty.config, [*self._duty.topics, *shared])

    async def _prune(self, conn: AsyncConnection) -> None:
        async with conn.begin():
            await outbox.prune(conn, self._tables, KEEP_SENT)

    async def _measure(self, conn: AsyncConnection) -> None:
        async with conn.begin():
            depth, _ = await store.unsent_extent(conn, self._tables, self._deel)
        self._duty.meters.outbox_depth(depth, self._deel.nummer)

    async def _pause(self) -> None:
        """Until there is work, or the slow look that is the safety net for wakes that never came."""
        try:
            await asyncio.wait_for(self._woken.wait(), self._duty.poll)
        except TimeoutError:
            return
        self._woken.clear()

    async def _rest(self, seconds: float) -> None:
        """Wait, undisturbed by new work: it is not to be done now. Only `stop()` ends it early."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _advance(stand: Offsets, acks: list[Ack]) -> list[Ack]:
    """Move `stand` on; an offset that does not rise tells that the log it belongs to is another one."""
    for ack in acks:
        if ack.first <= stand.get(ack.partition, -1):
            raise BrokerReplacedError
        stand[ack.partition] = ack.offset
    return acks

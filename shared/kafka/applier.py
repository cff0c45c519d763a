"""Applying a batch of records to a service's tables, all in one transaction, and what becomes of poison."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.faalpunten import faalpunt
from shared.kafka import inbox_store as store
from shared.kafka.envelope import Barrier, EnvelopeError, Event, Watermark
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outage import is_outage
from shared.kafka.positions import Place, Positions, claim_places, keep_places
from shared.kafka.publisher import Partition
from shared.kafka.received import Received, newest
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import TOPICS

POISON_ATTEMPTS = 5
POISON_WAIT_SECONDS = 0.05
MEASURE_SECONDS = 10.0

log = structlog.get_logger()
Handler = Callable[[AsyncConnection, Sequence[Event]], Awaitable[None]]
Settled = Callable[[Sequence[Received]], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a committed batch brought: events of these (topic, sleutel), and whether any watermark came with
    it.

    `has_work` tells that the outbox was filled or a barrier read: the relay has something to publish.
    """

    keys: frozenset[tuple[str, str]] = frozenset()
    watermark_moved: bool = False
    has_work: bool = False

    def __or__(self, other: "Applied") -> "Applied":
        return Applied(
            self.keys | other.keys,
            self.watermark_moved or other.watermark_moved,
            self.has_work or other.has_work,
        )


class Applier:
    """Applies what was received; only a database that is away comes out of it as an exception."""

    def __init__(
        self,
        engine: AsyncEngine,
        tables: KafkaTables,
        service: str,
        handlers: Mapping[str, Handler],
        positions: Positions,
        meters: KafkaMeters,
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._service = service
        self._handlers = handlers
        self._positions = positions
        self._meters = meters
        self._measured_at = 0.0

    async def apply(self, batch: Sequence[Received], settled: Settled = lambda _: None) -> Applied:
        """Apply all of it; where that is impossible in halves, down to the one record that is the poison, and set
        that aside. `settled` is told of each part once it is committed: poison takes its time.

        Raises only what `is_outage` recognises: then nothing is skipped, the caller tries the batch again.
        """
        applied = Applied()
        # What is malformed goes by itself: an event heals what lies before it, and not what comes after it.
        for _, part in groupby(batch, lambda received: isinstance(received.message, EnvelopeError)):
            applied |= await self._apply(list(part), settled)
        return applied

    async def _apply(self, batch: Sequence[Received], settled: Settled) -> Applied:
        try:
            applied = await self._transact(batch)
        except Exception as error:
            if is_outage(error):
                raise
            half = len(batch) // 2
            if half:
                return await self._apply(batch[:half], settled) | await self._apply(batch[half:], settled)
            applied = await self._insist(batch[0], error)
        settled(batch)
        return applied

    async def _insist(self, received: Received, error: Exception) -> Applied:
        """Once it has failed: the other attempts, and after the last one aside with it."""
        for attempt in range(POISON_ATTEMPTS - 1):
            await asyncio.sleep(POISON_WAIT_SECONDS * 2**attempt)
            try:
                return await self._transact([received])
            except Exception as again:
                if is_outage(again):
                    raise
                error = again
        return await self._transact([received], refused=type(error).__name__)

    async def _transact(self, batch: Sequence[Received], refused: str | None = None) -> Applied:
        """One transaction: events, barriers, watermarks, what is set aside, and how far we are."""
        async with self._engine.begin() as conn:
            poison = await self._new(conn, [(one, refused) for one in batch if refused] or _malformed(batch))
            await keep_places(conn, self._tables, self._places(batch))
            events = [] if refused else [r.message for r in batch if isinstance(r.message, Event)]
            if events:
                faalpunt("na_ophalen")
            await self._handle(conn, events)
            barriers = [r.message for r in batch if isinstance(r.message, Barrier)]
            asked = await store.keep_barriers(conn, self._tables, self._service, barriers)
            watermarks = self._trusted(batch)
            await store.keep_watermarks(conn, self._tables, self._service, watermarks)
            await store.set_aside(conn, self._tables, self._service, poison)
            if events:
                faalpunt("toepassen_voor_vastleggen")
        await self._measure(events, watermarks, poison)
        return Applied(
            keys=frozenset((event.topic, event.sleutel) for event in events),
            watermark_moved=bool(watermarks),
            has_work=asked or bool(poison),
        )

    async def _new(self, conn: AsyncConnection, poison: Sequence[tuple[Received, str]]) -> list[tuple[Received, str]]:
        """Without what another reader has dealt with meanwhile: we were slow, and it has applied or set aside the same
        record. To distrust its key again would last until its next version, which may be never."""
        if not poison:
            return []
        places = await claim_places(conn, self._tables, {received.partition for received, _ in poison})
        return [
            (received, reason)
            for received, reason in poison
            if not self._positions.is_behind(received, places[received.partition])
        ]

    async def _handle(self, conn: AsyncConnection, events: Sequence[Event]) -> None:
        per_topic: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            per_topic[event.topic].append(event)
        for topic, of_topic in sorted(per_topic.items()):
            if topic not in self._handlers:
                continue
            compact = topic in TOPICS and TOPICS[topic].compact
            await self._handlers[topic](conn, newest(of_topic) if compact else of_topic)
            await store.heal(conn, self._tables, topic, newest(of_topic))

    def _trusted(self, batch: Sequence[Received]) -> list[tuple[Watermark, Partition]]:
        """The watermarks that speak of the log we are reading.

        After the broker was replaced, a producer may deliver an old one to the new log by itself, before its
        owner knows that records are missing. Such a watermark claims to follow an offset that is not before
        it.
        """
        trusted = []
        for received in batch:
            watermark = received.message
            if not isinstance(watermark, Watermark):
                continue
            of_this_log = watermark.generatie >= self._positions.generation(received.partition)
            if of_this_log and received.offset > watermark.na:
                trusted.append((watermark, received.partition))
            else:
                topic, partition = received.partition
                log.warning("watermark_ignored", service=self._service, topic=topic, partitie=partition)
        return trusted

    def _places(self, batch: Sequence[Received]) -> dict[Partition, Place]:
        return {
            received.partition: Place(received.offset + 1, self._positions.generation(received.partition))
            for received in batch
        }

    async def _measure(
        self,
        events: Sequence[Event],
        watermarks: Sequence[tuple[Watermark, Partition]],
        poison: Sequence[tuple[Received, str]],
    ) -> None:
        per_topic: dict[str, int] = defaultdict(int)
        for event in events:
            per_topic[event.topic] += 1
        for topic, count in per_topic.items():
            self._meters.applied(topic, count)
        for watermark, _ in watermarks:
            self._meters.watermark(watermark.bron)
        for received, reason in poison:
            topic, partition = received.partition
            self._meters.set_aside(topic)
            log.error(
                "event_set_aside",
                service=self._service,
                topic=topic,
                partitie=partition,
                offset=received.offset,
                fout=reason,
            )
        if poison or time.monotonic() - self._measured_at > MEASURE_SECONDS:
            self._measured_at = time.monotonic()
            async with self._engine.connect() as conn:
                self._meters.unapplied(await store.count_unapplied(conn, self._tables))


def _malformed(batch: Sequence[Received]) -> list[tuple[Received, str]]:
    return [(r, type(r.message).__name__) for r in batch if isinstance(r.message, EnvelopeError)]

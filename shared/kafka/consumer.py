# mypy: allow-untyped-calls
"""The consumer: reads other services' topics and applies them, at least once and in order per key.

Offsets are committed after the transaction that applied the records. A database that is away makes it wait;
an event that cannot be applied goes aside, with its reason, and the rest goes on.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.faalpunten import faalpunt
from shared.kafka.applier import Applier, Handler
from shared.kafka.beside import After, Committer, Replaced, Teller
from shared.kafka.client import (
    KafkaConfig,
    KafkaUnavailableError,
    bounded,
    ensure_topics,
    stop_quietly,
)
from shared.kafka.groep import Groep
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outage import Backoff, is_outage
from shared.kafka.positions import Place, Positions, read_places
from shared.kafka.publisher import Partition
from shared.kafka.received import Received, receive
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import BARRIERE
from shared.kafka.watchdog import Watchdog

FETCH_WAIT_MS = 20  # the default of 500 would be the latency of a quiet topic
POLL_MS = 250
SESSION_MS = 6_000  # the least Kafka allows: how long partitions lie still after a reader has died
WATCH_SECONDS = 5.0
ENDS_SECONDS = 0.5
# How long applying may take before the broker gives our partitions to another: a database that is away or a lot of
# poison is no reason, and the watchdog sees what is.
POLL_INTERVAL_MS = 3_600_000

log = structlog.get_logger()
T = TypeVar("T")


class Consumer:
    """Run one per process: `run()` as a task, `stop()` at the end.

    `handlers` project events, per topic and set-based, and must ignore a version that is not higher than the
    one they have; of a compact topic they get at most one event per key, sorted by key. `after` is told of
    each batch once it is committed; what it raises is logged and otherwise without consequence. `wake` is
    called when the service's own relay has work because of what was read.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        tables: KafkaTables,
        service: str,
        config: KafkaConfig,
        handlers: Mapping[str, Handler],
        after: After,
        wake: Callable[[], None],
        *,
        meters: KafkaMeters | None = None,
        batch: int = 500,
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._service = service
        self._config = config
        self._topics = sorted({*handlers, BARRIERE})
        self._teller = Teller(after, service)
        self._wake = wake
        self._batch = batch
        self._positions = Positions()
        self._groep = Groep(service, self._positions.forget)
        self._applier = Applier(engine, tables, service, handlers, self._positions, meters or KafkaMeters(service))
        self._watchdog = Watchdog()
        self._backoff = Backoff()
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def healthy(self) -> bool:
        """False when there was something to read for a minute and nothing was applied."""
        return self._watchdog.healthy

    async def stop(self) -> None:
        """Finish the batch under way and end `run()`."""
        self._stopping.set()
        await self._stopped.wait()

    async def run(self) -> None:
        """Read and apply until `stop()`. Neither a broker nor a database that is away ends it."""
        telling = asyncio.create_task(self._teller.run())
        try:
            while not self._stopping.is_set():
                await self._session()
            await self._teller.finished()
        finally:
            await _end([telling])
            self._stopped.set()

    async def _session(self) -> None:
        """Read with one client for as long as it goes well."""
        try:
            async with self._client() as client:
                await self._attend(client)
        except _StoppedError:
            return
        except KafkaUnavailableError as error:
            log.warning("broker_away", service=self._service, fout=str(error))
            await self._rest(self._backoff.next())
        # A defect in the reading itself: what was not applied is still on the topic, and a consumer that gave
        # up would leave it there until somebody restarts the process.
        except Exception:
            log.warning("consumer_interrupted", service=self._service, exc_info=True)
            await self._rest(self._backoff.next())

    async def _attend(self, client: AIOKafkaConsumer) -> None:
        """Read until `stop()`, or until one of those who watch it gives up; whatever reading waits for then ends."""
        committer = Committer(client)
        reading = asyncio.create_task(self._read(client, committer))
        beside = [
            asyncio.create_task(work) for work in (committer.run(), self._watch(client), self._follow_ends(client))
        ]
        try:
            done, _ = await asyncio.wait([reading, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end([reading, *beside])
        for task in done:
            if task.cancelled():  # the client gives up a task of its own, and what awaits it looks cancelled
                raise KafkaUnavailableError("client ended")
            task.result()
        await committer.flush()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AIOKafkaConsumer]:
        await self._unless_stopped(ensure_topics(self._config, self._topics))
        client = AIOKafkaConsumer(
            **self._config.arguments(),
            group_id=self._groep.naam,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 3,
            metadata_max_age_ms=10_000,
            max_poll_interval_ms=POLL_INTERVAL_MS,
            isolation_level="read_uncommitted",
        )
        client.subscribe(self._topics, listener=self._groep)
        try:
            await self._unless_stopped(self._groep.join(client.start()))
            yield client
        finally:
            await stop_quietly(client.stop())

    async def _read(self, client: AIOKafkaConsumer, committer: Committer) -> None:
        while not self._stopping.is_set():
            try:
                fetched = await client.getmany(timeout_ms=POLL_MS, max_records=self._batch)
            except KafkaError as error:
                raise KafkaUnavailableError(type(error).__name__) from error
            batch = [receive(record) for records in fetched.values() for record in records]
            if batch:
                await self._take(client, committer, batch)

    async def _take(self, client: AIOKafkaConsumer, committer: Committer, batch: Sequence[Received]) -> None:
        """Apply what may be applied, then say so to the broker, the relay and the service."""
        admitted = await self._patiently(lambda: self._admit(client, batch))
        if not admitted:
            return

        def settled(part: Sequence[Received]) -> None:
            self._watchdog.progressed()
            committer.note(part)

        applied = await self._patiently(lambda: self._applier.apply(admitted, settled))
        if applied is None:
            return
        if applied.keys:
            faalpunt("na_toepassen")
        self._backoff.reset()
        if applied.has_work:
            self._wake()
        self._teller.tell(applied)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do it, however long the database is away; None when we have to stop meanwhile."""
        while not self._stopping.is_set():
            try:
                return await work()
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("database_away", service=self._service, exc_info=error)
            await self._rest(self._backoff.next())
        return None

    async def _admit(self, client: AIOKafkaConsumer, batch: Sequence[Received]) -> list[Received]:
        """The records that may be applied; a partition that must be read from further back is sought
        there."""
        per_partition: dict[Partition, list[Received]] = defaultdict(list)
        for received in batch:
            per_partition[received.partition].append(received)
        places: dict[Partition, Place] = {}
        if unknown := self._positions.unknown(per_partition):
            async with self._engine.connect() as conn:
                places = await read_places(conn, self._tables, unknown)
        admitted = []
        for partition, records in per_partition.items():
            offset = self._positions.rewind(records, places.get(partition))
            if offset is None:
                admitted += records
            else:
                self._seek(client, partition, offset)
        return admitted

    def _seek(self, client: AIOKafkaConsumer, partition: Partition, offset: int) -> None:
        log.info(
            "partition_read_again",
            service=self._service,
            topic=partition[0],
            partitie=partition[1],
            offset=offset,
        )
        with suppress(KafkaError):  # not ours any more: whoever has it looks for itself
            client.seek(TopicPartition(*partition), offset)

    async def _watch(self, client: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._watchdog.saw(await self._is_behind(client))
            if self._watchdog.restart():
                raise KafkaUnavailableError("no progress")
            if self._groep.locked_out:
                raise KafkaUnavailableError("not let in again")

    async def _follow_ends(self, client: AIOKafkaConsumer) -> None:
        """Read what is beyond the end of its log from the start."""
        replaced = Replaced()
        while True:
            await asyncio.sleep(ENDS_SECONDS)
            places = {}
            for partition in client.assignment():
                with suppress(
                    KafkaUnavailableError, AssertionError
                ):  # just taken from us, or its place is still being asked
                    place = await bounded(client.position(partition), ENDS_SECONDS)
                    places[partition] = (place, client.highwater(partition))
            for topic, number in replaced.seen(places):
                self._seek(client, (topic, number), 0)

    async def _is_behind(self, client: AIOKafkaConsumer) -> bool | None:
        """Asked of the broker rather than remembered from the last fetch: fetching may be what no longer
        works."""
        partitions = list(client.assignment())
        try:
            ends = await bounded(client.end_offsets(partitions), WATCH_SECONDS)
            places = [await bounded(client.position(partition), WATCH_SECONDS) for partition in partitions]
        except KafkaUnavailableError:
            return None
        return any(ends[partition] > place for partition, place in zip(partitions, places, strict=True))

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what comes before reading, however long the broker or the group takes; _StoppedError as soon as we have to
        stop meanwhile: there is nothing to finish yet."""
        doing, stopping = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise _StoppedError
            await doing
        finally:
            await _end([doing, stopping])

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


class _StoppedError(Exception):
    """`stop()` was called before there was anything to read."""


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

"""How fast events leave, arrive, and catch up: the real outbox, relay, broker, consumer and PostgreSQL, in one process.

The owner writes as a service does, its event in the transaction of the deed; the reader projects it. One process does
the work of two services and of their clients, so a service on its own core does better.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy import text

from bench.meten import percentile
from bench.uitkomst import Uitkomst
from shared.kafka import outbox
from shared.kafka.applier import Applied
from shared.kafka.client import KafkaConfig
from shared.kafka.outbox import NewEvent
from shared.kafka.topics import TOEWIJZING
from shared.statement import Statement, transaction
from tests.shared.kafka.parties import Owner, Reader
from tests.shared.kafka.servers import Broker, Postgres
from tests.wachten import eventually

MANY = 100_000
MIN_PER_SECOND = 20_000
BACKLOG = 10_000
MAX_BACKLOG_SECONDS = 10.0
MESSAGES = 3_000
PER_SECOND = 200
MAX_MEDIAN_MS, MAX_P99_MS = 20.0, 100.0
SECONDS = 300.0
FILL = """
insert into {schema}.outbox (topic, sleutel, soort, versie, epoch, data)
select 'wmo.toewijzing', '0855:' || n % 20000, 'toewijzing-gewijzigd', n, 1, jsonb_build_object(
    'gemeente', '0855', 'nummer', n, 'categorie', '01', 'code', '01A04', 'ingangsdatum', '2026-01-01',
    'volume', 120, 'eenheid', '01', 'frequentie', '2')
from generate_series(1, :many) as n
"""


@dataclass
class Partijen:
    """Who is measured, and on what."""

    owner: Owner
    reader: Reader
    broker: Broker


@asynccontextmanager
async def _partijen() -> AsyncIterator[Partijen]:
    postgres, broker = Postgres(), Broker()
    try:
        await postgres.start()
        await broker.start()
        config = KafkaConfig(broker.bootstrap)
        made = Partijen(Owner(postgres.dsn, config, "eigenaar"), Reader(postgres.dsn, config, "lezer"), broker)
        for party in (made.owner, made.reader):
            await party.make_schema()
        yield made
    finally:
        broker.kill()
        postgres.remove()


async def gebeurtenissen() -> AsyncIterator[Uitkomst]:
    """Throughput of the relay, a backlog after an outage, and the latency at a steady rate."""
    async with _partijen() as hier:
        yield await _throughput(hier.owner)
        yield await _backlog(hier)
        yield await _latency(hier)


async def _fill(owner: Owner, many: int) -> None:
    async with owner.engine.begin() as conn:
        await conn.execute(text(FILL.format(schema=owner.metadata.schema)), {"many": many})
    async with owner.engine.connect() as conn:
        alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text(f"vacuum analyze {owner.metadata.schema}.outbox"))


async def _all_sent(owner: Owner) -> None:
    async def sent() -> bool:
        return await owner.unsent() == 0

    await eventually(sent, "everything sent", SECONDS, every=0.05)


async def _throughput(owner: Owner) -> Uitkomst:
    """From the start of a relay to the last mark."""
    await _fill(owner, MANY)
    relay = owner.a_relay()
    start = perf_counter()
    running = asyncio.create_task(relay.run())
    await _all_sent(owner)
    took = perf_counter() - start
    await relay.stop()
    await running
    found = MANY / took
    return Uitkomst(
        f"relay of {MANY:,} small events, from its start to the last mark", f"{found:,.0f}/s",
        f"≥ {MIN_PER_SECOND:,}/s", found >= MIN_PER_SECOND, f"{took:.2f} s",
    )  # fmt: skip


async def _backlog(hier: Partijen) -> Uitkomst:
    """The broker comes back empty: the relay has to notice it, and begins a new generation."""
    owner = hier.owner
    relay = owner.a_relay()
    running = asyncio.create_task(relay.run())
    await owner.commit_change("0855:0")
    relay.wake()
    await _all_sent(owner)
    hier.broker.kill()
    await _fill(owner, BACKLOG)
    relay.wake()
    await hier.broker.start()
    start = perf_counter()
    await _all_sent(owner)
    took = perf_counter() - start
    await relay.stop()
    await running
    return Uitkomst(
        f"an outbox of {BACKLOG:,} events once the broker is back, empty", f"{took:.1f} s",
        f"≤ {MAX_BACKLOG_SECONDS:.0f} s", took <= MAX_BACKLOG_SECONDS, f"{BACKLOG / took:,.0f}/s",
    )  # fmt: skip


async def _latency(hier: Partijen) -> Uitkomst:
    """From the return of COMMIT at the owner to the return of COMMIT at the reader."""
    owner, reader = hier.owner, hier.reader
    adding = Statement(outbox.adding(owner.tables))
    committed: dict[str, float] = {}
    applied: dict[str, float] = {}

    async def after(news: Applied) -> None:
        now = perf_counter()
        for _, sleutel in news.keys:
            applied.setdefault(sleutel, now)

    async def change(sleutel: str) -> None:
        event = NewEvent(TOEWIJZING, sleutel, "toewijzing-gewijzigd", 1, {"code": "01A04", "volume": 20})
        async with transaction(owner.engine) as conn:
            await adding.run(conn, outbox.adding_values([event]))
        committed[sleutel] = perf_counter()
        owner.relay.wake()

    async def arrived() -> bool:
        return committed.keys() <= applied.keys()

    reader.after = after  # type: ignore[method-assign]
    reader.consumer = reader.a_consumer()
    for party in (owner, reader):
        party.start()
    await change("0855:warm")
    await eventually(arrived, "the first event", SECONDS)
    committed.clear()
    start, changes = perf_counter(), []
    for number in range(MESSAGES):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - perf_counter()))
        changes.append(asyncio.create_task(change(f"0855:m{number}")))
    await asyncio.gather(*changes)
    await eventually(arrived, "all events", SECONDS)
    for party in (owner, reader):
        await party.stop()
    took = [(applied[sleutel] - moment) * 1000 for sleutel, moment in committed.items()]
    median, most = percentile(took, 0.5), percentile(took, 0.99)
    return Uitkomst(
        f"from commit to applied, {MESSAGES:,} messages at {PER_SECOND}/s", f"{median:.0f} ms, p99 {most:.0f} ms",
        f"< {MAX_MEDIAN_MS:.0f} ms, p99 < {MAX_P99_MS:.0f} ms", median < MAX_MEDIAN_MS and most < MAX_P99_MS,
        f"the longest {max(took):.0f} ms",
    )  # fmt: skip

"""Owner to reader over a real broker: nothing lost, nothing out of order, whatever is taken away in
between."""

import asyncio
import random
import signal

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import delete, select

from shared.kafka.topics import DLQ, TOEWIJZING
from tests.shared.kafka.log import events_on
from tests.shared.kafka.parties import Owner, Reader
from tests.shared.kafka.servers import Broker, Postgres
from tests.wachten import eventually


async def equal(owner: Owner, reader: Reader, seconds: float = 20.0) -> None:
    """Wait until the reader's projection is the owner's state."""

    async def same() -> bool:
        return await reader.projection() == await owner.state()

    await eventually(same, "projection equals state", seconds)


async def test_what_is_committed_arrives(owner: Owner, reader: Reader) -> None:
    await owner.commit_change("0855:1", soort="eerste")
    await owner.commit_change("0855:1", soort="tweede")

    await equal(owner, reader)
    assert (await reader.projection())["0855:1"] == 2


async def test_the_service_is_told_of_each_applied_key(owner: Owner, reader: Reader) -> None:
    await owner.commit_change("0855:verteld")

    async def told() -> bool:
        return any((TOEWIJZING, "0855:verteld") in applied.keys for applied in reader.applied)

    await eventually(told, "after() is told of the key")


async def test_concurrent_writers_and_slow_transactions_lose_nothing(owner: Owner, reader: Reader) -> None:
    """A transaction with a low id that commits late is not passed over."""
    held, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with owner.engine.begin() as conn:
            await owner.change(conn, "0855:laat")
            held.set()
            await may_commit.wait()

    async def writer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            async with owner.engine.begin() as conn:
                await owner.change(conn, f"0855:k{dice.randrange(5)}")
            owner.relay.wake()

    late = asyncio.create_task(slow())
    await held.wait()
    await asyncio.gather(*(writer(seed) for seed in range(4)))
    after_it = await reader.ask()
    await eventually(lambda: reader.passed(after_it), "later ids are published while the lower one is held")
    assert "0855:laat" not in await reader.projection()
    may_commit.set()
    await late

    await equal(owner, reader)
    versions: dict[str, list[int]] = {}
    for event in await events_on(TOEWIJZING, owner.config):
        versions.setdefault(event.sleutel, []).append(event.versie)
    assert all(given == sorted(given) for given in versions.values())


async def test_a_passed_barrier_means_everything_before_it_is_here(owner: Owner, reader: Reader) -> None:
    for round_ in range(30):
        sleutel = f"0855:b{round_ % 7}"
        async with owner.engine.begin() as conn:  # and no wake(): the barrier alone must bring it here
            versie = await owner.change(conn, sleutel)
        barriere = await reader.ask()

        await eventually(lambda nummer=barriere: reader.passed(nummer), "barrier passed", every=0.001)

        assert (await reader.projection())[sleutel] >= versie


async def test_poison_goes_aside_and_the_rest_is_applied(owner: Owner, reader: Reader) -> None:
    reader.poison.add("0855:gif")
    aside = reader.tables.niet_toegepast

    async with owner.engine.begin() as conn:
        for number in range(20):
            await owner.change(conn, f"0855:p{number}")
        await owner.change(conn, "0855:gif")
        for number in range(20, 40):
            await owner.change(conn, f"0855:p{number}")
    owner.relay.wake()

    async def rest_applied() -> bool:
        here = await reader.projection()
        return all(here.get(f"0855:p{number}") == 1 for number in range(40))

    await eventually(rest_applied, "the rest is applied")
    await eventually(lambda: has_rows(reader, aside.c.sleutel == "0855:gif"), "the poison is set aside")
    async with reader.engine.connect() as conn:
        letters = await conn.execute(select(reader.tables.outbox).where(reader.tables.outbox.c.topic == DLQ))
        assert [letter.data["reden"] for letter in letters] == ["LookupError"]

    reader.poison.clear()
    async with owner.engine.begin() as conn:
        await owner.republish(conn)
    owner.relay.wake()

    await equal(owner, reader)
    assert await reader.count(aside) == 0


async def has_rows(reader: Reader, *where: object) -> bool:
    return await reader.count(reader.tables.niet_toegepast, *where) > 0


async def test_stale_and_repeated_events_change_nothing(owner: Owner, reader: Reader) -> None:
    await owner.commit_change("0855:oud")
    await owner.commit_change("0855:oud")
    await equal(owner, reader)
    outbox = owner.tables.outbox

    async with owner.engine.begin() as conn:
        await conn.execute(outbox.update().values(verzonden=None).where(outbox.c.sleutel == "0855:oud"))
    barriere = await reader.ask()
    await eventually(lambda: reader.passed(barriere), "barrier passed")

    assert (await reader.projection())["0855:oud"] == 2
    assert await owner.unsent() == 0


async def test_an_empty_broker_is_filled_again(owner: Owner, reader: Reader, broker: Broker) -> None:
    """Also what the lost broker had acknowledged and the reader had not read: here all of it."""
    await equal(owner, reader)
    broker.kill()
    await owner.commit_change("0855:zonder-broker")
    lost = await reader.ask()
    async with reader.engine.begin() as conn:
        await conn.execute(delete(reader.projectie))

    await broker.start()

    await equal(owner, reader, seconds=40)
    await eventually(lambda: reader.passed(lost), "a barrier asked without a broker is answered")
    assert owner.consumer.healthy
    assert reader.consumer.healthy


async def test_a_restored_reader_reads_again_what_its_backup_lacks(owner: Owner, reader: Reader) -> None:
    await equal(owner, reader)
    await reader.stop_consumer()
    async with reader.engine.begin() as conn:  # the backup is from before the first event; the broker's offsets are not
        for table in (reader.projectie, reader.tables.lees_stand, reader.tables.watermerk):
            await conn.execute(delete(table))

    reader.start_consumer()

    await equal(owner, reader)


async def test_a_group_that_remembers_a_place_beyond_the_end_is_no_obstacle(owner: Owner, reader: Reader) -> None:
    """What was applied from a log that is no more may be committed to the broker that replaced it. The embedded broker
    then has nothing to read there, without a word, until its log is as long as the old one."""
    await equal(owner, reader)
    await reader.stop_consumer()
    partitions = [TopicPartition(TOEWIJZING, number) for number in range(owner.config.partities)]
    group = AIOKafkaConsumer(**reader.config.arguments(), group_id="knooppunt-startstop", enable_auto_commit=False)
    await group.start()
    group.assign(partitions)
    await group.commit(dict.fromkeys(partitions, 10**6))
    await group.stop()
    for number in range(20):
        await owner.commit_change(f"0855:voorbij{number}")

    reader.start_consumer()

    await equal(owner, reader)


async def test_a_database_that_is_away_is_not_poison(owner: Owner, reader: Reader, postgres: Postgres) -> None:
    before = await reader.count(reader.tables.outbox, reader.tables.outbox.c.topic == DLQ)
    async with owner.engine.begin() as conn:
        for number in range(200):
            await owner.change(conn, f"0855:weg{number}")
    owner.relay.wake()

    postgres.stop(signal.SIGQUIT)
    await postgres.start()

    await equal(owner, reader)
    assert await reader.count(reader.tables.niet_toegepast) == 0
    assert await reader.count(reader.tables.outbox, reader.tables.outbox.c.topic == DLQ) == before

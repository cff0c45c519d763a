"""B21: two, three and then one process of a service share the partitions, under traffic (P5, P7)."""

import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from tests.kafka_echt.apache import Apache
from tests.kafka_echt.onder_verkeer import onder_verkeer, taken
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.replica import Replica
from tests.wachten import eventually

DIENST = "startstop"

# Notes each version that the projection takes, past the service: its own account may not even see this table.
LISTEN = """
create schema proef;
create table proef.toegepast (id bigint generated always as identity, gemeente text, nummer bigint, epoch int,
    versie bigint);
create function proef.noteer() returns trigger language plpgsql security definer as $$
begin
    insert into proef.toegepast (gemeente, nummer, epoch, versie)
    values (new.gemeente, new.nummer, new.epoch, new.versie);
    return null;
end $$;
create trigger proef after insert or update on startstop.toewijzing for each row execute function proef.noteer();
"""
FORGET = "drop trigger proef on startstop.toewijzing; drop schema proef cascade;"


Version = tuple[int, int]


@asynccontextmanager
async def taken_versions(stapel: Stapel) -> AsyncIterator[dict[tuple[str, int], list[Version]]]:
    """After the block: of each toewijzing the versions that startstop took meanwhile, in that order."""
    found: dict[tuple[str, int], list[Version]] = {}
    conn = await stapel.connect()
    try:
        await conn.execute(LISTEN)
        yield found
        for row in await conn.fetch("select gemeente, nummer, epoch, versie from proef.toegepast order by id"):
            found.setdefault((row["gemeente"], row["nummer"]), []).append((row["epoch"], row["versie"]))
        await conn.execute(FORGET)
    finally:
        await conn.close()


async def test_two_three_and_one_share_the_work(
    gewond: Apache, stapel: Stapel, kringen: list[Kring], grootboek: Grootboek
) -> None:
    with ExitStack() as replicas:

        async def one_more() -> Replica:
            made = Replica(stapel, DIENST)
            replicas.callback(made.process.kill)
            return await made.gereed()

        async with taken_versions(stapel) as versions, onder_verkeer(grootboek, kringen, "B21 herverdelen"):
            first = await one_more()
            await shared_by(gewond, 2)
            await taken(grootboek, 10)
            second = await one_more()
            await shared_by(gewond, 3)
            await taken(grootboek, 10)
            assert first.stop() in (0, -signal.SIGTERM)  # what runs is finished first
            second.process.kill()  # without a word: its partitions lie still until it is missed
            second.process.wait(10)
            await shared_by(gewond, 1)

    assert len(versions) > 10
    assert {key: taken for key, taken in versions.items() if taken != sorted(set(taken))} == {}


async def shared_by(kafka: Apache, number: int) -> None:
    """Back when so many processes of the service share the partitions."""

    async def so_many() -> bool:
        return await kafka.members(f"knooppunt-{DIENST}") == number

    await eventually(so_many, f"{number} processes share the partitions", seconds=60, every=0.2)

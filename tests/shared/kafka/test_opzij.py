"""Two readers of one partition, of which the slow one has an event as poison that the other has long passed."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.applier import Applier
from shared.kafka.envelope import EnvelopeError, Event
from shared.kafka.metrics import KafkaMeters
from shared.kafka.positions import Place, Positions, keep_places, read_places
from shared.kafka.received import Received
from shared.kafka.topics import DLQ, TOEWIJZING
from tests.shared.kafka.parties import Party
from tests.shared.kafka.test_reader import an_applier, an_event, received
from tests.wachten import eventually

POISON = received(an_event(versie=1), offset=1)
BEFORE = received(an_event("0855:2"), offset=0)
MALFORMED = received(EnvelopeError("geen JSON"), offset=1)
NEWER = received(an_event(versie=2), offset=2)


async def refuse(conn: AsyncConnection, events: Sequence[Event]) -> None:
    """What the code of the slow reader does with it."""
    if any(event.sleutel == "0855:1" for event in events):
        raise LookupError


def a_slow_reader(party: Party) -> Applier:
    meters = KafkaMeters("startstop")
    return Applier(party.engine, party.tables, "startstop", {TOEWIJZING: refuse}, Positions(), meters)


async def aside(party: Party) -> tuple[int, int]:
    """How many keys are not trusted, and how many records went to the dead letters."""
    letters = party.tables.outbox.c.topic == DLQ
    return await party.count(party.tables.niet_toegepast), await party.count(party.tables.outbox, letters)


async def test_poison_that_another_reader_has_passed_is_not_set_aside(idle: Party) -> None:
    await an_applier(idle).apply([BEFORE, POISON, NEWER])

    await a_slow_reader(idle).apply([BEFORE, POISON])

    assert await aside(idle) == (0, 0)
    assert (await idle.projection())["0855:1"] == 2


async def test_poison_set_aside_first_is_healed_by_the_other_reader(idle: Party) -> None:
    await a_slow_reader(idle).apply([BEFORE, POISON])
    assert await aside(idle) == (1, 1)

    await an_applier(idle).apply([BEFORE, POISON, NEWER])

    assert await aside(idle) == (0, 1)


async def test_poison_of_a_log_that_was_replaced_is_not_set_aside(idle: Party) -> None:
    again = received(an_event(versie=1, generatie=2), offset=0)
    positions = Positions()
    positions.rewind([again], None)
    await an_applier(idle, positions).apply([again])

    await a_slow_reader(idle).apply([POISON])

    assert await aside(idle) == (0, 0)


async def test_setting_aside_waits_for_who_is_applying_the_partition(idle: Party) -> None:
    """Neither sees what the other has not committed: only one after the other do they come to the same end."""
    applying, may_end = asyncio.Event(), asyncio.Event()
    project = idle.project

    async def slowly(conn: AsyncConnection, events: Sequence[Event]) -> None:
        await project(conn, events)
        applying.set()
        await may_end.wait()

    idle.project = slowly  # type: ignore[method-assign]
    first = asyncio.create_task(an_applier(idle).apply([POISON, NEWER]))
    await applying.wait()
    second = asyncio.create_task(a_slow_reader(idle).apply([POISON]))
    await eventually(lambda: _waits_for_a_lock(idle), "the slow reader waits")
    may_end.set()
    await asyncio.gather(first, second)

    assert await aside(idle) == (0, 0)


async def _waits_for_a_lock(party: Party) -> bool:
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like :query")
    async with party.engine.connect() as conn:
        return bool(await conn.scalar(waiting, {"query": f"%{party.metadata.schema}%"}))


@pytest.mark.parametrize(
    ("batch", "distrusted"), [((MALFORMED, NEWER), 0), ((received(an_event(), offset=0), MALFORMED), 1)]
)
async def test_an_event_heals_what_lies_before_it_in_a_batch_and_nothing_after_it(
    batch: Sequence[Received], distrusted: int, idle: Party
) -> None:
    await an_applier(idle).apply(batch)

    assert await aside(idle) == (distrusted, 1)


async def test_a_malformed_record_that_was_passed_is_not_set_aside_again(idle: Party) -> None:
    await an_applier(idle).apply([BEFORE, MALFORMED, NEWER])
    assert await aside(idle) == (0, 1), "a later event of its key heals it"

    await an_applier(idle).apply([BEFORE, MALFORMED])

    assert await aside(idle) == (0, 1)


async def test_a_place_never_goes_back(idle: Party) -> None:
    partition = (TOEWIJZING, 0)
    for place in (Place(5, 1), Place(3, 1), Place(2, 2), Place(9, 1)):
        async with idle.engine.begin() as conn:
            await keep_places(conn, idle.tables, {partition: place})

    async with idle.engine.connect() as conn:
        assert await read_places(conn, idle.tables, [partition]) == {partition: Place(2, 2)}
        assert len((await conn.execute(select(idle.tables.lees_stand))).all()) == 1

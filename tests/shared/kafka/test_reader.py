"""What a reader makes of records, each of them made by hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import make_engine
from shared.kafka import watermark
from shared.kafka.applier import Applied, Applier
from shared.kafka.beside import Replaced, Teller
from shared.kafka.envelope import Barrier, EnvelopeError, Event, Watermark, decode, encode
from shared.kafka.metrics import KafkaMeters
from shared.kafka.outage import is_outage
from shared.kafka.positions import Place, Positions
from shared.kafka.publisher import Partition
from shared.kafka.received import Received, newest
from shared.kafka.topics import BARRIERE, DECLARATIE, DLQ, PRODUCT, TOEWIJZING
from shared.kafka.watchdog import Watchdog
from shared.statement import Statement, statements
from tests.shared.kafka.parties import Party
from tests.wachten import eventually

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def an_event(sleutel: str = "0855:1", versie: int = 1, generatie: int = 1, epoch: int = 1) -> Event:
    return Event(
        TOEWIJZING, sleutel, "toewijzing-gewijzigd", versie, {"a": "é"}, epoch, uuid4(), generatie, "toewijzing", NOW
    )


def a_watermark(
    topic: str = TOEWIJZING, echo: int = 5, na: int = -1, generatie: int = 1, partities: int = 2
) -> Watermark:
    return Watermark(topic, "toewijzing", uuid4(), NOW, 1, generatie, partities, na, {"startstop": echo})


def received(
    message: Event | Watermark | Barrier | EnvelopeError | None, offset: int = 0, partition: int = 0
) -> Received:
    topic = getattr(message, "topic", BARRIERE if isinstance(message, Barrier) else TOEWIJZING)
    return Received((topic, partition), offset, getattr(message, "sleutel", "0855:1"), b"{\x00}", message)


def an_applier(party: Party, positions: Positions | None = None) -> Applier:
    handlers = {TOEWIJZING: party.project}
    return Applier(
        party.engine, party.tables, "startstop", handlers, positions or Positions(), KafkaMeters("startstop")
    )


async def lowest_echo(party: Party, *topics: str) -> int | None:
    async with party.engine.connect() as conn:
        return await watermark.lowest_echo(conn, party.tables, "toewijzing", topics)


async def test_the_echo_counts_once_every_partition_of_every_topic_has_it(idle: Party) -> None:
    applier = an_applier(idle)

    await applier.apply([received(a_watermark(echo=9), partition=0)])
    assert await lowest_echo(idle, TOEWIJZING) is None
    await applier.apply([received(a_watermark(echo=7), partition=1)])
    assert await lowest_echo(idle, TOEWIJZING) == 7
    assert await lowest_echo(idle, TOEWIJZING, PRODUCT) is None
    await applier.apply([received(a_watermark(PRODUCT, echo=4, partities=1))])
    assert await lowest_echo(idle, TOEWIJZING, PRODUCT) == 4


async def test_an_echo_waits_for_partitions_that_were_added(idle: Party) -> None:
    applier = an_applier(idle)
    await applier.apply([received(a_watermark(echo=7, partities=1))])

    await applier.apply([received(a_watermark(echo=8, partities=2))])

    assert await lowest_echo(idle, TOEWIJZING) is None


@pytest.mark.parametrize(
    "impostor",
    [received(a_watermark(echo=9, na=40), offset=3), received(a_watermark(echo=9, generatie=1), offset=50)],
    ids=["it follows an offset that lies after it", "an earlier generation"],
)
async def test_a_watermark_of_a_lost_log_is_not_believed(idle: Party, impostor: Received) -> None:
    positions = Positions()
    positions.rewind([received(an_event(generatie=2 if impostor.offset == 50 else 1))], None)
    applier = an_applier(idle, positions)

    applied = await applier.apply([impostor])

    assert not applied.watermark_moved
    assert await lowest_echo(idle, TOEWIJZING) is None


async def test_only_barriers_for_us_are_kept_and_the_highest_counts(idle: Party) -> None:
    asked = [("declaratie", "startstop", 8), ("declaratie", "startstop", 6), ("declaratie", "toewijzing", 9)]
    barriers = [received(Barrier(*who, uuid4()), offset=n) for n, who in enumerate(asked)]

    applied = await an_applier(idle).apply(barriers)

    async with idle.engine.connect() as conn:
        kept = (await conn.execute(select(idle.tables.barriere_gelezen))).all()
    assert [tuple(row) for row in kept] == [("declaratie", 8)]
    assert applied.has_work


async def test_a_malformed_record_goes_aside_at_once_and_the_rest_is_applied(idle: Party) -> None:
    batch = [received(EnvelopeError("geen JSON"), offset=0), received(an_event("0855:2"), offset=1)]

    await an_applier(idle).apply(batch)

    assert await idle.projection() == {"0855:2": 1}
    async with idle.engine.connect() as conn:
        assert await watermark.unapplied(conn, idle.tables, TOEWIJZING, ["0855:1", "0855:2"]) == {"0855:1"}
        letter = (await conn.execute(select(idle.tables.outbox))).one()
    assert (letter.topic, letter.data["reden"], letter.data["offset"]) == (DLQ, "EnvelopeError", 0)


@pytest.mark.parametrize(
    ("aside", "concerned"),
    [("0855:98765432:D1:1", True), ("0344:98765432:D1:1", False), ("", True)],
    ids=["same gemeente", "another gemeente", "no key"],
)
async def test_poison_with_a_key_of_its_own_casts_doubt_on_all_of_its_gemeente(
    aside: str, concerned: bool, idle: Party
) -> None:
    """Of a topic that is not compact: its keys are not what a reader judges on."""
    poison = replace(received(EnvelopeError("geen JSON")), partition=(DECLARATIE, 0), sleutel=aside)

    await an_applier(idle).apply([poison])

    async with idle.engine.connect() as conn:
        found = await watermark.unapplied(conn, idle.tables, DECLARATIE, ["0855:1"])
    assert found == ({aside} if concerned else set())


async def test_a_later_version_heals_a_key_and_an_earlier_one_does_not(idle: Party) -> None:
    applier = an_applier(idle)
    idle.poison = {"0855:1"}
    await applier.apply([received(an_event(versie=2), offset=0)])
    idle.poison.clear()

    await applier.apply([received(an_event(versie=1), offset=1)])
    assert await idle.count(idle.tables.niet_toegepast) == 1
    await applier.apply([received(an_event(versie=3), offset=2)])
    assert await idle.count(idle.tables.niet_toegepast) == 0


async def test_a_tombstone_is_stepped_over(idle: Party) -> None:
    await an_applier(idle).apply([received(None, offset=4)])

    async with idle.engine.connect() as conn:
        assert (await conn.execute(select(idle.tables.lees_stand.c.volgende))).scalar_one() == 5


async def test_an_unreachable_database_comes_out_as_an_outage() -> None:
    engine = make_engine("postgresql://niemand@/niets?host=/tmp/bestaat-niet")
    with pytest.raises((OSError, DBAPIError)) as caught:
        async with engine.connect():
            pass
    assert is_outage(caught.value)


def rewind(positions: Positions, first: int, generatie: int, stored: Place | None = None) -> int | None:
    return positions.rewind([received(an_event(generatie=generatie), offset=first)], stored)


@pytest.mark.parametrize(
    ("stored", "first", "generatie", "wanted"),
    [
        (None, 0, 1, None),
        (None, 5, 1, 0),
        (Place(5, 1), 5, 1, None),
        (Place(3, 1), 5, 1, 3),
        (Place(9, 1), 5, 1, None),
        (Place(5, 1), 5, 2, 0),
        (Place(5, 1), 0, 2, None),
    ],
    ids=["new", "no place stored", "in step", "tables behind", "tables ahead", "log replaced", "replaced, at start"],
)
def test_where_a_partition_is_read_from(stored: Place | None, first: int, generatie: int, wanted: int | None) -> None:
    assert rewind(Positions(), first, generatie, stored) == wanted


def test_a_log_replaced_under_a_reader_is_read_from_its_start_once() -> None:
    positions = Positions()
    assert rewind(positions, 0, 1) is None
    assert rewind(positions, 6, 2) == 0
    assert rewind(positions, 0, 1) is None
    assert rewind(positions, 6, 2) is None
    partition: Partition = (TOEWIJZING, 0)
    assert positions.generation(partition) == 2


def test_the_newest_event_per_key_in_order_of_key() -> None:
    events = [an_event("b", 2), an_event("a", 9), an_event("b", 1), an_event("a", 1, epoch=2)]

    assert [(e.sleutel, e.epoch, e.versie) for e in newest(events)] == [("a", 2, 1), ("b", 1, 2)]


@pytest.mark.parametrize("message", [an_event(versie=2**60), a_watermark()], ids=["event", "watermark"])
def test_what_is_encoded_is_read_back(message: Event | Watermark) -> None:
    assert decode(message.topic, encode(message)) == message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"1.0"', b'"0.3"'),
        (b"urn:nld:knooppunt:", b"urn:elders:"),
        (b'"versie":"1"', b'"versie":"x"'),
        (b'"subject":"0855:1",', b""),
        (b'"data":{', b'"data":7,"x":{'),
        (b"}", b""),
    ],
)
def test_a_malformed_envelope_is_recognised(old: bytes, new: bytes) -> None:
    value = encode(an_event()).replace(old, new)

    with pytest.raises(EnvelopeError):
        decode(TOEWIJZING, value)


def test_a_minute_behind_without_progress_is_unhealthy_and_gets_a_new_client_once_a_minute() -> None:
    now = [0.0]
    dog = Watchdog(clock=lambda: now[0])
    dog.saw(behind=True)
    now[0] = 59
    assert dog.healthy
    assert not dog.restart()
    now[0] = 60
    assert not dog.healthy
    assert dog.restart()
    assert not dog.restart()
    now[0] = 119
    assert not dog.healthy, "a new client is no progress"
    assert not dog.restart()
    now[0] = 120
    assert dog.restart()
    dog.progressed()
    assert dog.healthy
    assert not dog.restart()


def test_a_place_beyond_the_end_of_its_log_is_given_up_once_it_lasts() -> None:
    now = [0.0]
    replaced = Replaced(clock=lambda: now[0])
    here, there = TopicPartition(TOEWIJZING, 0), TopicPartition(TOEWIJZING, 1)

    assert replaced.seen({here: (100, 10), there: (10, 10)}) == []
    now[0] = 0.9
    assert replaced.seen({here: (100, 10), there: (12, 11)}) == []
    now[0] = 1.0
    assert replaced.seen({here: (100, 10), there: (12, 12)}) == [here]
    assert replaced.seen({here: (100, 10), there: (12, None)}) == []


async def test_what_a_service_does_with_the_news_holds_up_nobody_and_what_comes_meanwhile_is_told_together() -> None:
    told, may_end = [], asyncio.Event()

    async def after(applied: Applied) -> None:
        told.append(applied)
        if len(told) == 1:
            await may_end.wait()
            raise RuntimeError

    teller = Teller(after, "startstop")
    telling = asyncio.create_task(teller.run())
    teller.tell(Applied(frozenset({(TOEWIJZING, "a")})))
    await eventually(lambda: asyncio.sleep(0, bool(told)), "the first is being told")
    for key in "bc":
        teller.tell(Applied(frozenset({(TOEWIJZING, key)})))
    may_end.set()
    await teller.finished()
    telling.cancel()

    assert [sorted(sleutel for _, sleutel in applied.keys) for applied in told] == [["a"], ["b", "c"]]


async def test_poison_among_many_is_found_in_few_steps_and_each_part_is_settled(idle: Party) -> None:
    idle.poison = {"0855:333"}
    handled: list[int] = []
    project = idle.project

    async def counted(conn: AsyncConnection, events: Sequence[Event]) -> None:
        handled.append(len(events))
        await project(conn, events)

    idle.project = counted  # type: ignore[method-assign]
    batch = [received(an_event(f"0855:{n}"), offset=n) for n in range(500)]
    settled: list[int] = []

    await an_applier(idle).apply(batch, lambda part: settled.extend(one.offset for one in part))

    assert len(await idle.projection()) == 499
    assert settled == list(range(500))
    assert len(handled) < 30
    assert handled.count(1) >= 5, "it had its five tries"
    assert await idle.count(idle.tables.niet_toegepast) == 1


async def test_a_value_that_no_column_takes_is_poison_and_not_an_outage(idle: Party) -> None:
    """The driver refuses it before the server sees it: waiting would never end."""
    table = idle.tables.outbox
    statement = table.delete().where(table.c.versie == bindparam("versie"))
    too_large = {"versie": 2**70}

    async with idle.engine.connect() as conn:
        for attempt in (conn.execute(statement, too_large), Statement(statement).run(conn, too_large)):
            with pytest.raises(DBAPIError) as caught:
                await attempt
            assert not is_outage(caught.value)


async def test_a_connection_that_is_closed_is_an_outage_however_it_is_told(idle: Party) -> None:
    async with statements(idle.engine) as conn:
        driver = (await conn.get_raw_connection()).driver_connection
        await driver.close()
        with pytest.raises(DBAPIError) as caught:
            await Statement(select(idle.tables.outbox)).rows(conn, {})
        await conn.invalidate()
    assert is_outage(caught.value)


def test_a_broker_that_is_away_is_no_fault_of_the_service() -> None:
    now = [0.0]
    dog = Watchdog(clock=lambda: now[0])
    dog.saw(behind=True)
    now[0] = 60
    dog.saw(behind=None)  # the broker is away: that is not this service's fault
    assert dog.healthy

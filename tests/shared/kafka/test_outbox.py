"""What is written in the transaction of the deed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from shared.kafka import outbox
from shared.kafka.outbox import NewEvent
from shared.kafka.topics import BARRIERE, TOEWIJZING
from tests.shared.kafka.parties import Party


async def rows(party: Party) -> list:
    async with party.engine.connect() as conn:
        return list(await conn.execute(select(party.tables.outbox).order_by(party.tables.outbox.c.id)))


async def test_many_events_go_in_at_once_and_in_order(idle: Party) -> None:
    events = [NewEvent(TOEWIJZING, f"0855:{n}", "toewijzing-gewijzigd", n, {"n": n}) for n in range(20_000)]

    async with idle.engine.begin() as conn:
        await outbox.add(conn, idle.tables, events)

    assert [row.versie for row in await rows(idle)] == list(range(20_000))


async def test_data_keeps_its_meaning(idle: Party) -> None:
    data = {"ingangsdatum": date(2026, 1, 15), "bedrag": Decimal("12.50"), "tekst": "é\"'\\", "leeg": None}

    async with idle.engine.begin() as conn:
        await outbox.add(conn, idle.tables, [NewEvent(TOEWIJZING, "0855:1", "x", 1, data)])

    (row,) = await rows(idle)
    assert row.data == {"ingangsdatum": "2026-01-15", "bedrag": "12.50", "tekst": "é\"'\\", "leeg": None}
    assert row.epoch == 1


async def test_data_that_json_does_not_know_is_refused(idle: Party) -> None:
    @dataclass
    class Toewijzing:
        nummer: int

    with pytest.raises(TypeError, match="Toewijzing"):
        async with idle.engine.begin() as conn:
            await outbox.add(conn, idle.tables, [NewEvent(TOEWIJZING, "0855:1", "x", 1, {"t": Toewijzing(1)})])


async def test_barriers_rise_also_when_a_restored_backup_sets_the_numbers_back(idle: Party) -> None:
    async with idle.engine.begin() as conn:
        first = await outbox.ask_barrier(conn, idle.tables, "startstop", "toewijzing")
        second = await outbox.ask_barrier(conn, idle.tables, "startstop", "toewijzing")
        await conn.execute(select(func.setval(f"{idle.metadata.schema}.barriere_nummer", 1)))
        await outbox.raise_epoch(conn, idle.tables)
        restored = await outbox.ask_barrier(conn, idle.tables, "startstop", "toewijzing")

    assert first < second < restored
    asked = (await rows(idle))[0]
    assert (asked.topic, asked.data["bron"], asked.data["nummer"]) == (BARRIERE, "toewijzing", first)


async def test_events_after_a_restore_carry_the_new_epoch(idle: Party) -> None:
    async with idle.engine.begin() as conn:
        epoch = await outbox.raise_epoch(conn, idle.tables)
        again = await outbox.raise_epoch(conn, idle.tables)
        await outbox.add(conn, idle.tables, [NewEvent(TOEWIJZING, "0855:1", "x", 1, {})])

    assert 1 < epoch < again
    assert [row.epoch for row in await rows(idle)] == [again]


async def test_only_rows_sent_long_ago_are_pruned(idle: Party) -> None:
    table = idle.tables.outbox
    async with idle.engine.begin() as conn:
        await outbox.add(conn, idle.tables, [NewEvent(TOEWIJZING, "0855:1", "x", n, {}) for n in (1, 2, 3)])
        await conn.execute(table.update().where(table.c.versie == 1).values(verzonden=func.now() - timedelta(days=2)))
        await conn.execute(table.update().where(table.c.versie == 2).values(verzonden=func.now()))

        assert await outbox.prune(conn, idle.tables, timedelta(days=1)) == 1

    assert [row.versie for row in await rows(idle)] == [2, 3]


async def test_two_that_prune_at_once_do_not_wait_for_each_other(idle: Party) -> None:
    table = idle.tables.outbox
    async with idle.engine.begin() as conn:
        await outbox.add(conn, idle.tables, [NewEvent(TOEWIJZING, "0855:1", "x", n, {}) for n in range(5)])
        await conn.execute(table.update().values(verzonden=func.now() - timedelta(days=2)))

    async with idle.engine.begin() as first, idle.engine.begin() as second:
        await second.execute(text("set local lock_timeout = '1s'"))
        counts = [await outbox.prune(conn, idle.tables, timedelta(days=1), limit=3) for conn in (first, second)]

    assert counts == [3, 2]
    assert await rows(idle) == []

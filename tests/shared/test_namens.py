"""For whom a transaction speaks: until it ends, and never longer (B14)."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from asyncpg.exceptions import InsufficientPrivilegeError
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, TELLING, VERBRUIK
from services.declaratie.vastleggen import COLUMNS
from shared.db import FEW, copy_rows, make_engine
from shared.namens import gezegd, in_deze_opdracht, intern, namens, niemand, spreek_namens
from shared.security.partij import Partij
from shared.settings import Settings
from shared.statement import Statement, statements, transaction

PARTIJEN = [Partij.gemeente(code) for code in ("5991", "5992", "5993")]
ANDER = Partij.aanbieder("59910001")
TABLE = EXCHANGE.termijn
KEER = 200
SEED = 20261122


@pytest.fixture
async def engine(migrated: Settings) -> AsyncIterator[AsyncEngine]:
    """A pool that many share, with a term of each party."""
    made = make_engine(migrated.dsn("declaratie"), 2, dienst="declaratie")
    day = date(2025, 1, 1)
    row: dict[str, Any] = {"regel": "R1", "sleutel": "1", "aanbieder": ANDER.code, "wie": "gemeente", "vanaf": day}
    with intern():
        async with made.begin() as conn:
            rows = [row | {"gemeente": partij.code, "uiterlijk": day} for partij in PARTIJEN]
            await conn.execute(insert(TABLE), rows)
        yield made
        async with made.begin() as conn:
            await conn.execute(delete(TABLE).where(TABLE.c.aanbieder == ANDER.code))
    await made.dispose()


async def seen(engine: AsyncEngine) -> set[str]:
    """Whose terms are seen by a query that asks for all."""
    async with engine.connect() as conn:
        return set(await conn.scalars(select(TABLE.c.gemeente).where(TABLE.c.aanbieder == ANDER.code)))


async def seen_by_the_driver(engine: AsyncEngine) -> set[str]:
    """The same in a transaction that the driver begins."""
    statement = Statement(select(TABLE.c.gemeente).where(TABLE.c.aanbieder == ANDER.code))
    async with transaction(engine) as conn:
        return {row["gemeente"] for row in await statement.rows(conn, {})}


async def test_parties_in_turn_over_one_pool_see_their_own_and_nothing_stays(engine: AsyncEngine) -> None:
    """No query here asks for whose rows it wants: only the database tells them apart."""
    turns = random.Random(SEED).choices([None, *PARTIJEN], k=KEER)

    async def one(number: int, partij: Partij | None) -> set[str]:
        look = seen if number % 2 else seen_by_the_driver
        if partij is None:
            with niemand():
                return await look(engine)
        with namens([partij]):
            return await look(engine)

    found = await asyncio.gather(*(one(number, partij) for number, partij in enumerate(turns)))

    assert found == [{partij.code} if partij else set() for partij in turns], f"seed {SEED}"


async def test_one_statement_says_for_whom_it_is_and_leaves_nothing_behind(engine: AsyncEngine) -> None:
    said = in_deze_opdracht()
    rows = select(TABLE.c.gemeente).where(said.c.gezegd.is_not(None)).correlate(said).offset(0).lateral()
    look = Statement(select(rows).select_from(said.join(rows, rows.c.gemeente.is_not(None))))
    silent = Statement(select(TABLE.c.gemeente))
    with niemand():
        async with statements(engine) as conn:
            for partij in PARTIJEN:
                found = await look.rows(conn, {"namens": gezegd([partij])})
                assert [row["gemeente"] for row in found] == [partij.code]
                assert await silent.rows(conn, {}) == []


async def test_what_a_request_says_ends_with_it(engine: AsyncEngine) -> None:
    with niemand():
        with niemand():
            spreek_namens(PARTIJEN[:1])
            within = await seen(engine)
        after = await seen(engine)

    assert (within, after) == ({PARTIJEN[0].code}, set())


async def test_a_party_is_a_kind_and_a_number() -> None:
    with pytest.raises(ValueError, match="kind and a number"):
        gezegd([Partij.gemeente("0855'; reset role; --")])
    assert gezegd([ANDER, Partij("beheer"), PARTIJEN[0]]) == "agb:59910001,59910001,beheer,gemeente:5991,5991"


async def lines(gemeente: str, number: int) -> tuple[Any, list[tuple[Any, ...]]]:
    """A declaration, and lines of it that only their codes tell apart from others."""
    bericht_id, day = uuid4(), date(2025, 1, 1)
    made = [
        (bericht_id, gemeente, ANDER.code, "c", f"{bericht_id}-{one}", None, one, "01", "01A04", day, day, 1, "01", 100,
         100, False, True, False, ["9321", 'a"b'] if one == 1 else [], 0, None)
        for one in range(1, number + 1)
    ]  # fmt: skip
    return bericht_id, made


async def declare(engine: AsyncEngine, bericht_id: Any, rows: list[tuple[Any, ...]]) -> None:
    """As a declaration is recorded."""
    day = date(2025, 1, 1)
    async with engine.begin() as conn:
        with_message = {
            "id": bericht_id, "bericht": "WMO323", "release": "3.2", "berichtcode": "484", "afzender": ANDER.code,
            "ontvanger": PARTIJEN[0].code, "partij_van": str(ANDER), "partij_naar": str(PARTIJEN[0]),
            "identificatie": str(bericht_id)[:12], "dagtekening": day, "status": "verwerkt", "grootte": 1,
            "ontvangen": datetime(2025, 1, 1, tzinfo=UTC),
        }  # fmt: skip
        await conn.execute(insert(EXCHANGE.bericht).values(with_message))
        whole = {
            "bericht_id": bericht_id, "soort": "WMO323", "release": "3.2", "gemeente": PARTIJEN[0].code,
            "aanbieder": ANDER.code, "nummer": str(bericht_id), "begindatum": day, "einddatum": day, "dagtekening": day,
            "ingediend": 1, "toegekend": 1, "regels": 1, "regels_toegekend": 1,
        }  # fmt: skip
        await conn.execute(insert(DECLARATIE).values(whole))
        await copy_rows(conn, PRESTATIE, COLUMNS, rows)
        # The roles end with the lines: what follows is seen as before.
        assert len((await conn.execute(select(PRESTATIE.c.id))).all()) >= len(rows)


@pytest.mark.parametrize("number", [3, FEW + 1], ids=["a few", "copied"])
async def test_lines_are_written_for_their_own_parties_alone(number: int, engine: AsyncEngine) -> None:
    ours, rows = await lines(PARTIJEN[0].code, number)
    _, mixed = await lines(PARTIJEN[1].code, 1)
    theirs, _ = await lines(PARTIJEN[0].code, 1)
    with namens([PARTIJEN[0], ANDER]):
        await declare(engine, ours, rows)
        with pytest.raises((DBAPIError, InsufficientPrivilegeError)) as refused:
            await declare(engine, theirs, [(theirs, *one[1:4], f"{theirs}-{one[4]}", *one[5:]) for one in rows] + mixed)

    fault: Any = refused.value
    assert getattr(fault, "orig", fault).sqlstate == "42501"
    own = PRESTATIE.c.bericht_id.in_([ours, theirs])
    async with engine.begin() as conn:
        kept = (await conn.execute(select(PRESTATIE.c.bericht_id, PRESTATIE.c.retourcodes).where(own))).all()
        totals = await conn.scalar(select(VERBRUIK.c.volume).where(VERBRUIK.c.gemeente == PARTIJEN[0].code).limit(1))
        for table in (PRESTATIE, VERBRUIK, TELLING, DECLARATIE):
            await conn.execute(delete(table).where(table.c.aanbieder == ANDER.code))
        await conn.execute(delete(EXCHANGE.bericht).where(EXCHANGE.bericht.c.id == ours))
    assert {row.bericht_id for row in kept} == {ours}
    assert (len(kept), totals) == (number, 1)
    assert sorted(map(list, {tuple(row.retourcodes) for row in kept})) == [[], ["9321", 'a"b']]

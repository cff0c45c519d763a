"""Statements on the driver itself, and connections that were lost meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import db
from shared.db import make_engine
from shared.settings import Settings
from shared.statement import Statement, as_arrays, insert_rows, transaction

METADATA = MetaData(schema="startstop")
PROEF = Table(
    "proef",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("naam", Text),
    Column("dag", Date),
    Column("sleutel", Uuid),
    Column("data", JSONB),
)
NAMES = ("id", "naam", "dag", "sleutel", "data")
ADD = insert_rows(PROEF, NAMES)
ADD_ONE = Statement(insert(PROEF), ("id", "naam"))
COUNT = Statement(select(func.count()).select_from(PROEF))
DAY = date(2025, 3, 1)


@pytest.fixture
async def engine(migrated: Settings) -> AsyncIterator[AsyncEngine]:
    """One connection, so that the next to ask gets the same."""
    admin = await asyncpg.connect(migrated.database_url_beheer)
    await admin.execute(
        "create table startstop.proef (id bigint primary key, naam text, dag date, sleutel uuid, data jsonb);"
        "grant all on startstop.proef to startstop"
    )
    made = make_engine(migrated.dsn("startstop"), 1)
    yield made
    await made.dispose()
    await admin.execute("drop table startstop.proef")
    await admin.close()


async def stored(engine: AsyncEngine) -> int:
    async with engine.connect() as conn:
        return int(await conn.scalar(select(func.count()).select_from(PROEF)) or 0)


async def backend(conn: AsyncConnection) -> int:
    return int(await conn.scalar(text("select pg_backend_pid()")) or 0)


async def test_values_go_in_and_come_out_as_what_they_are(engine: AsyncEngine) -> None:
    sleutel = uuid4()
    rows = [(2, "b", DAY, sleutel, '{"a": [1, null]}'), (1, None, None, None, "[]")]
    read = Statement(
        select(PROEF).where(PROEF.c.id == any_(bindparam("ids", type_=ARRAY(Integer)))).order_by(PROEF.c.id)
    )

    async with transaction(engine) as conn:
        assert await ADD.run(conn, as_arrays(rows, NAMES)) == 2
        found = await read.rows(conn, {"ids": [1, 2, 3]})

    assert [tuple(row) for row in found] == [(1, None, None, None, []), (2, "b", DAY, sleutel, {"a": [1, None]})]


async def test_no_rows_are_no_rows(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        assert await ADD.run(conn, as_arrays([], NAMES)) == 0
        assert await COUNT.value(conn, {}) == 0


async def test_json_and_fixed_values_go_as_sqlalchemy_sends_them(engine: AsyncEngine) -> None:
    change = Statement(update(PROEF).where(PROEF.c.naam == "b").values(data=bindparam("nieuw"), dag=DAY))

    async with transaction(engine) as conn:
        await ADD_ONE.run(conn, {"id": 1, "naam": "b"})
        assert await change.run(conn, {"nieuw": [{"x": 1}]}) == 1
        row = (await conn.execute(select(PROEF.c.data, PROEF.c.dag))).one()

    assert tuple(row) == ([{"x": 1}], DAY)


async def test_a_value_that_is_not_given_is_an_error_of_ours(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        with pytest.raises(KeyError):
            await ADD_ONE.run(conn, {"id": 1})


async def test_faults_are_those_of_sqlalchemy_and_tell_no_value(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await ADD_ONE.run(conn, {"id": 1, "naam": "geheim"})
    with pytest.raises(IntegrityError) as caught:
        async with transaction(engine) as conn:
            await ADD_ONE.run(conn, {"id": 1, "naam": "geheim"})
    with pytest.raises(DBAPIError) as other:
        async with transaction(engine) as conn:
            await Statement(select(text("1 / 0"))).rows(conn, {})

    assert caught.value.hide_parameters
    assert "geheim" not in str(caught.value)
    assert not isinstance(other.value, IntegrityError)


async def test_all_of_a_transaction_or_nothing(engine: AsyncEngine) -> None:
    """What SQLAlchemy does on it belongs to it too."""

    async def half() -> None:
        async with transaction(engine) as conn:
            await ADD_ONE.run(conn, {"id": 1, "naam": "a"})
            await conn.execute(insert(PROEF).values(id=2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    assert await stored(engine) == 0

    async with transaction(engine) as conn:
        await conn.execute(insert(PROEF).values(id=1))
        await ADD_ONE.run(conn, {"id": 2, "naam": "a"})
    assert await stored(engine) == 2


async def test_a_statement_belongs_to_a_transaction_of_sqlalchemy_also_when_it_comes_first(engine: AsyncEngine) -> None:
    async def half() -> None:
        async with engine.begin() as conn:
            await ADD_ONE.run(conn, {"id": 1, "naam": "a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    assert await stored(engine) == 0


async def test_one_who_is_cancelled_leaves_a_clean_connection(engine: AsyncEngine) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with transaction(engine) as conn:
            await ADD_ONE.run(conn, {"id": 1, "naam": "a"})
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with transaction(engine) as conn:
        assert await COUNT.value(conn, {}) == 0


async def test_a_connection_that_the_server_ended_is_replaced(engine: AsyncEngine, migrated: Settings) -> None:
    async with transaction(engine) as conn:
        ended = await backend(conn)
        raw = await conn.get_raw_connection()
        closed = asyncio.Event()
        assert raw.driver_connection is not None
        raw.driver_connection.add_termination_listener(lambda _: closed.set())
    await _terminate(migrated, ended)
    await closed.wait()

    async with transaction(engine) as conn:
        assert await backend(conn) != ended


async def test_one_that_was_idle_is_asked_whether_it_lives(
    engine: AsyncEngine, migrated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before the driver has heard that it was ended."""
    monkeypatch.setattr(db, "PING_AFTER_SECONDS", -1.0)
    async with transaction(engine) as conn:
        ended = await backend(conn)
        raw = await conn.get_raw_connection()
        assert raw.driver_connection is not None
        monkeypatch.setattr(type(raw.driver_connection), "is_closed", lambda _: False)
    await _terminate(migrated, ended)

    async with transaction(engine) as conn:
        assert await backend(conn) != ended


async def test_a_connection_that_was_left_in_a_transaction_is_not_handed_on(engine: AsyncEngine) -> None:
    async with engine.connect() as conn:
        left = await backend(conn)
        await conn.rollback()
        raw = await conn.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("begin")

    async with transaction(engine) as conn:
        assert await backend(conn) != left


async def _terminate(settings: Settings, pid: int) -> None:
    admin = await asyncpg.connect(settings.database_url_beheer)
    await admin.execute("select pg_terminate_backend($1)", pid)
    await admin.close()

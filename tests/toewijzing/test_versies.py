"""Versions of a key under concurrency."""

import asyncio
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.toewijzing.tables import VERSIE
from shared.kafka.versies import next_versions

_keys = count(1)


@pytest.fixture
def key() -> str:
    return f"versies-{next(_keys)}"


async def take(engine: AsyncEngine, keys: list[str]) -> dict[str, int]:
    async with engine.begin() as conn:
        return await next_versions(conn, VERSIE, "wmo.toets", keys)


async def test_versions_rise_by_one_per_key_and_topic(conn: AsyncConnection, key: str) -> None:
    first = await next_versions(conn, VERSIE, "wmo.toets", [key, key])
    second = await next_versions(conn, VERSIE, "wmo.toets", [key, f"{key}-b"])
    other = await next_versions(conn, VERSIE, "wmo.ander", [key])

    assert (first, second, other) == ({key: 1}, {key: 2, f"{key}-b": 1}, {key: 1})
    assert await next_versions(conn, VERSIE, "wmo.toets", []) == {}


async def test_twenty_at_once_get_twenty_versions(engine: AsyncEngine, key: str) -> None:
    given = await asyncio.gather(*(take(engine, [key]) for _ in range(20)))

    assert sorted(one[key] for one in given) == list(range(1, 21))


async def test_keys_in_another_order_never_wait_in_a_circle(engine: AsyncEngine, key: str) -> None:
    keys = [f"{key}-{letter}" for letter in "abcdefgh"]

    given = await asyncio.gather(*(take(engine, keys[::step]) for step in (1, -1) * 10))

    assert all(sorted(one[name] for one in given) == list(range(1, 21)) for name in keys)


async def test_a_version_that_was_not_committed_is_given_again(engine: AsyncEngine, key: str) -> None:
    async with engine.connect() as conn, conn.begin() as transaction:
        assert await next_versions(conn, VERSIE, "wmo.toets", [key]) == {key: 1}
        await transaction.rollback()

    assert await take(engine, [key]) == {key: 1}

"""Versions: every key of a topic has a number that only rises, given under the lock of its row (P5)."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from asyncpg import Record
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.statement import Statement, given


def versie_table(metadata: MetaData) -> Table:
    """The last version given per topic and key."""
    return Table(
        "versie",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("sleutel", Text, primary_key=True),
        Column("nummer", BigInteger, nullable=False),
    )


async def next_versions(conn: AsyncConnection, table: Table, topic: str, keys: Iterable[str]) -> dict[str, int]:
    """The next version of each key. The rows stay locked to the end of the transaction, and are taken in key
    order, so two transactions on one key follow each other and never wait in a circle."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    return as_versions(await _raising(table).rows(conn, raising_values(topic, wanted)))


@cache
def _raising(table: Table) -> Statement:
    return Statement(raising(table))


def raising(table: Table) -> Any:
    """Giving the next versions, as a statement or part of one; it returns ``sleutel`` and ``nummer``."""
    rows = given({"sleutel": Text()}, "versies", "versie_")
    source = select(bindparam("versie_topic", type_=Text()), rows.c.sleutel, literal(1, BigInteger))
    statement = insert(table).from_select(["topic", "sleutel", "nummer"], source.order_by(rows.c.sleutel))
    statement = statement.on_conflict_do_update(
        index_elements=["topic", "sleutel"], set_={"nummer": table.c.nummer + 1}
    )
    return statement.returning(table.c.sleutel, table.c.nummer)


def raising_values(topic: str, keys: Iterable[str]) -> dict[str, Any]:
    """Its parameters."""
    return {"versie_topic": topic, "versie_sleutel": sorted(set(keys))}


def as_versions(rows: Iterable[Record]) -> dict[str, int]:
    """What it returns, by key."""
    return {row["sleutel"]: row["nummer"] for row in rows}

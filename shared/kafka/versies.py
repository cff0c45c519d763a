"""Versions: every key of a topic has a number that only rises, given under the lock of its row (P5)."""

from collections.abc import Iterable

from sqlalchemy import ARRAY, BigInteger, Column, MetaData, Table, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection


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
    rows = func.unnest(cast(wanted, ARRAY(Text))).table_valued("sleutel").render_derived()
    source = select(cast(topic, Text), rows.c.sleutel, cast(1, BigInteger)).order_by(rows.c.sleutel)
    statement = insert(table).from_select(["topic", "sleutel", "nummer"], source)
    statement = statement.on_conflict_do_update(
        index_elements=["topic", "sleutel"], set_={"nummer": table.c.nummer + 1}
    )
    result = await conn.execute(statement.returning(table.c.sleutel, table.c.nummer))
    return {row.sleutel: row.nummer for row in result}

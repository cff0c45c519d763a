"""Products in a table: the projection of those who judge by contracts."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.feiten.product import Contracten, Tarief
from shared.feiten.projectie import newest, upsert_newer
from shared.kafka.envelope import Event
from shared.statement import Statement


def product_projectie(metadata: MetaData) -> Table:
    """The projection: all contracts of a product of a gemeente in one row."""
    return Table(
        "product",
        metadata,
        Column("gemeente", Text, primary_key=True),
        Column("product_code", Text, primary_key=True),
        Column("tarieven", JSONB, nullable=False),
        Column("epoch", Integer, nullable=False, server_default="1"),
        Column("versie", BigInteger, nullable=False),
    )


async def apply(conn: AsyncConnection, table: Table, events: Sequence[Event]) -> None:
    """Projects events; a version that is not newer changes nothing."""
    rows = [
        {
            "gemeente": event.data["gemeente"],
            "product_code": event.data["productCode"],
            "tarieven": event.data["tarieven"],
            "epoch": event.epoch,
            "versie": event.versie,
        }
        for event in newest(events)
    ]
    await upsert_newer(conn, table, rows)


async def read(conn: AsyncConnection, table: Table, gemeente: str, codes: Iterable[str]) -> Contracten:
    """The contracts of a gemeente for these product codes; one row more tells whether it has any at all."""
    rows = await _of_codes(table).rows(conn, {"gemeente": gemeente, "codes": sorted(set(codes))})
    found = {row["product_code"]: [Tarief.from_data(one) for one in row["tarieven"]] for row in rows}
    return Contracten(bekend=bool(rows), tarieven=found)


def as_column(table: Table) -> ColumnElement[str]:
    """The same as one value (see ``from_column``), for a statement that asks for more."""
    asked = _asked(table).subquery("contracten")
    pairs = func.json_agg(func.json_build_array(asked.c.product_code, asked.c.tarieven))
    return select(cast(pairs, Text)).scalar_subquery()


def from_column(value: str | None) -> Contracten:
    """The contracts in such a value."""
    pairs = json.loads(value) if value else []
    found = {code: [Tarief.from_data(one) for one in tarieven] for code, tarieven in pairs}
    return Contracten(bekend=bool(pairs), tarieven=found)


@cache
def _of_codes(table: Table) -> Statement:
    return Statement(_asked(table))


def _asked(table: Table) -> Select[Any]:
    c = table.c
    anything = select(c.product_code).where(c.gemeente == bindparam("gemeente")).limit(1).scalar_subquery()
    asked = any_(bindparam("codes", type_=ARRAY(Text)))
    return select(c.product_code, c.tarieven).where(
        c.gemeente == bindparam("gemeente"), or_(c.product_code == asked, c.product_code == anything)
    )

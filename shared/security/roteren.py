"""Under which keys what is sealed at rest stands, and sealing all of it anew under the newest key."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Select, Table, Text, and_, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.exchange.tables import ExchangeTables
from shared.security.kluis import Kluis

BATCH = 50
"""Rows held at once; what a service does with one of them waits some milliseconds."""
LARGE = 1024 * 1024
"""Bytes; a row that is larger goes alone."""


@dataclass(frozen=True, slots=True)
class Verzegeld:
    """A table with sealed content in the column ``inhoud``: its key, and what a row is bound to (``Kluis.seal``)."""

    table: Table
    context: Callable[[Any], str]
    """Of a row with the columns of the key and those in ``extra``."""
    extra: tuple[str, ...] = ()

    @property
    def key(self) -> Sequence[Any]:
        """The columns of the key."""
        return list(self.table.primary_key.columns)


def berichten(tables: ExchangeTables) -> Verzegeld:
    """The messages of a service."""
    return Verzegeld(tables.bericht, lambda row: str(row.id))


async def count_keys(conn: AsyncConnection, verzegeld: Verzegeld) -> Counter[str]:
    """How many rows stand under each key id."""
    used = _key_id(verzegeld.table)
    statement = select(used, func.count()).where(verzegeld.table.c.inhoud.is_not(None)).group_by(used)
    return Counter({str(kid): int(number) for kid, number in await conn.execute(statement)})


async def rotate(engine: AsyncEngine, verzegeld: Verzegeld, kluis: Kluis) -> int:
    """Seals every row anew that stands under another key than the newest; how many.

    Each batch is a transaction of its own: the service goes on meanwhile, and after an interruption the rest is done by
    running it again. What stands under a key that is not there is left alone (``count_keys`` shows it).
    """
    total, last = 0, None
    while True:
        async with engine.begin() as conn:
            keys = await _next(conn, verzegeld, kluis, last)
            for key in keys:
                total += await _reseal(conn, verzegeld, kluis, key)
        if not keys:
            return total
        last = keys[-1]


async def _next(conn: AsyncConnection, verzegeld: Verzegeld, kluis: Kluis, last: Any) -> Sequence[Any]:
    """The keys of the next rows, a few megabytes at most, in order of key."""
    table, columns = verzegeld.table, verzegeld.key
    older = _key_id(table).in_([kid for kid, _ in kluis.sleutels[1:]])
    size = func.octet_length(table.c.inhoud)
    statement: Select[Any] = select(*columns, size.label("grootte")).where(table.c.inhoud.is_not(None), older)
    if last is not None:
        statement = statement.where(func.row(*columns) > func.row(*last[: len(columns)]))
    rows = (await conn.execute(statement.order_by(*columns).limit(BATCH))).all()
    small = list(takewhile(lambda row: row.grootte <= LARGE, rows))
    return small or rows[:1]


async def _reseal(conn: AsyncConnection, verzegeld: Verzegeld, kluis: Kluis, key: Any) -> int:
    """One row, held; it may be gone or sealed anew by now."""
    table, columns = verzegeld.table, verzegeld.key
    own = and_(*(column == value for column, value in zip(columns, key, strict=False)))
    shown = (table.c.inhoud, *columns, *(table.c[name] for name in verzegeld.extra))
    row = (await conn.execute(select(*shown).where(own).with_for_update())).one_or_none()
    if row is None or row.inhoud is None or kluis.is_newest(row.inhoud):
        return 0
    sealed = kluis.reseal(row.inhoud, verzegeld.context(row))
    await conn.execute(update(table).where(own).values(inhoud=sealed))
    return 1


def _key_id(table: Table) -> Any:
    """In the clear before each sealed content: a byte with its length, and then itself."""
    length = func.get_byte(func.substr(table.c.inhoud, 1, 1), 0)
    return cast(func.convert_from(func.substr(table.c.inhoud, 2, length), "UTF8"), Text)

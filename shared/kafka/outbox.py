"""Events leave through the outbox: written in the transaction of the deed they tell of, published by the
relay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Integer, cast, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger

from shared.kafka.envelope import as_json
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import BARRIERE
from shared.statement import Statement, as_arrays, given_rows

# A barrier is one number, epoch first, so that plain comparison orders it also across a restored backup.
_BARRIERS_PER_EPOCH = 2**32
VERVALLEN = "vervallen"
"""The ``soort`` that ends a key on a compacted topic: it leaves as a tombstone, without a value."""
_GIVEN = ("topic", "sleutel", "soort", "versie", "data")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to publish. `data` is the whole state of `sleutel` at `versie`, without name, address or BSN;
    `soort` is the last part of the CloudEvents type, such as `toewijzing-gewijzigd`."""

    topic: str
    sleutel: str
    soort: str
    versie: int
    data: Mapping[str, Any]
    tekst: str | None = field(default=None, repr=False, compare=False)
    """The same as JSON, where that was made already: of much data beside the event loop."""

    def written(self) -> "NewEvent":
        """With its data as JSON."""
        return replace(self, tekst=_json(self.data))


async def add(conn: AsyncConnection, tables: KafkaTables, events: Sequence[NewEvent]) -> None:
    """Put events in the outbox, in this order, as part of the caller's transaction.

    Dates, Decimals and UUIDs in `data` become strings; anything else JSON does not know raises TypeError.
    Events of one key stay in order only when the caller holds the lock under which it gave the versions.
    """
    if not events:
        return
    await _adding(tables).run(conn, adding_values(events))


@cache
def _adding(tables: KafkaTables) -> Statement:
    return Statement(adding(tables))


def adding(tables: KafkaTables) -> Insert:
    """Putting events in the outbox, as a statement or part of one. Arrays instead of rows: five parameters, however
    many events there are."""
    rows = given_rows(tables.outbox, _GIVEN, "event_")
    return insert(tables.outbox).from_select([*_GIVEN, "epoch"], rows.add_columns(_epoch(tables)))


def adding_values(events: Iterable[NewEvent]) -> dict[str, list[Any]]:
    """Its parameters."""
    rows = (
        (event.topic, event.sleutel, event.soort, event.versie, event.tekst or _json(event.data)) for event in events
    )
    return as_arrays(rows, [f"event_{name}" for name in _GIVEN])


async def ask_barrier(conn: AsyncConnection, tables: KafkaTables, service: str, bron: str) -> int:
    """Ask `bron` for proof that it has published all it committed until now; returns the number to wait for.

    The proof is there as soon as `watermark.lowest_echo` of `bron` is this number or higher. Numbers of one
    service rise, also after a restored backup; each is part of the caller's transaction and vanishes with it.
    """
    nextval = tables.barriere_nummer.next_value()
    nummer = (
        await conn.execute(select(_epoch(tables) * literal(_BARRIERS_PER_EPOCH, BigInteger) + nextval))
    ).scalar_one()
    data = {"bron": bron, "aanvrager": service, "nummer": nummer}
    await add(conn, tables, [NewEvent(BARRIERE, f"{service}:{bron}", "barriere", nummer, data)])
    return int(nummer)


async def is_asking(conn: AsyncConnection, tables: KafkaTables) -> bool:
    """Whether a barrier of this service has yet to leave."""
    table = tables.outbox
    unsent = select(table.c.id).where(table.c.verzonden.is_(None), table.c.topic == BARRIERE)
    return await conn.scalar(unsent.limit(1)) is not None


async def raise_epoch(conn: AsyncConnection, tables: KafkaTables) -> int:
    """Start a new epoch, after a backup was restored, so that readers do not take what follows for old news.

    Republish the whole state in the same transaction, with the service itself stopped: an event that is being
    written meanwhile still carries the old epoch.
    """
    table = tables.tijdperk
    # Counting on from the backup's own figure is not enough: the same backup restored twice would give the
    # same epoch twice. The clock only makes it unique here; nothing is ordered by it.
    minutes = cast(func.floor(func.extract("epoch", func.clock_timestamp()) / 60), Integer)
    raised = upsert(table).values(id=1, epoch=minutes, generatie=minutes)
    raised = raised.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "epoch": func.greatest(table.c.epoch + 1, minutes),
            "generatie": func.greatest(table.c.generatie + 1, minutes),
        },
    )
    return int((await conn.execute(raised.returning(table.c.epoch))).scalar_one())


async def prune(conn: AsyncConnection, tables: KafkaTables, older_than: timedelta, limit: int = 10_000) -> int:
    """Remove rows that were sent longer than `older_than` ago, at most `limit` at a time; returns how
    many."""
    table = tables.outbox
    old = select(table.c.id).where(table.c.verzonden < func.now() - older_than).order_by(table.c.id).limit(limit)
    # Relays of several slices do this at the same time: two that removed the same rows would wait for each other, each
    # having found them in an order of its own.
    old = old.with_for_update(skip_locked=True)
    return (await conn.execute(delete(table).where(table.c.id.in_(old)))).rowcount


def _epoch(tables: KafkaTables) -> Any:
    return func.coalesce(select(tables.tijdperk.c.epoch).scalar_subquery(), literal(1, Integer))


def _json(data: Mapping[str, Any]) -> str:
    return as_json(data, _plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")

"""What outbox and relay ask of their tables, on the database in memory: twins of the functions that hold the SQL.

Each has the name and the arguments of the one it stands for. `test_b25_tweelingen` runs both on the same deeds, the
originals on PostgreSQL, and compares every answer and every table.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

from shared.kafka import outbox
from shared.kafka.deel import SLOTEN, Deel
from shared.kafka.look import Look
from shared.kafka.outbox import NewEvent
from shared.kafka.publisher import Ack, Partition
from shared.kafka.relay_store import GEHEEL
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import BARRIERE
from tests.ruig.simulatie.database import Connection, Transaction
from tests.ruig.simulatie.database import Place as RowPlace

_BARRIERS_PER_EPOCH = 2**32


# The outbox.


async def add(conn: Connection, tables: KafkaTables, events: Sequence[NewEvent]) -> None:
    if not events:
        return

    def work(tx: Transaction) -> None:
        for event in events:
            number = tx.database.next("outbox")
            row = {
                "id": number,
                "event_id": UUID(int=tx.database.faults.dice.getrandbits(128)),
                "topic": event.topic,
                "sleutel": event.sleutel,
                "soort": event.soort,
                "epoch": _epoch(tx),
                "versie": event.versie,
                "data": outbox._json(event.data),
                "aangemaakt": tx.started,
                "verzonden": None,
            }
            tx.put("outbox", number, row)

    await conn.statement(work)


async def ask_barrier(conn: Connection, tables: KafkaTables, service: str, bron: str) -> int:
    def work(tx: Transaction) -> int:
        return _epoch(tx) * _BARRIERS_PER_EPOCH + tx.database.next("barriere_nummer")

    nummer = await conn.statement(work)
    data = {"bron": bron, "aanvrager": service, "nummer": nummer}
    await add(conn, tables, [NewEvent(BARRIERE, f"{service}:{bron}", "barriere", nummer, data)])
    return nummer


async def is_asking(conn: Connection, tables: KafkaTables) -> bool:
    def work(tx: Transaction) -> bool:
        return any(row["topic"] == BARRIERE and row["verzonden"] is None for row in tx.rows("outbox").values())

    return await conn.statement(work)


async def prune(conn: Connection, tables: KafkaTables, older_than: timedelta, limit: int = 10_000) -> int:
    def old(tx: Transaction) -> list[int]:
        edge = tx.started - older_than
        rows = tx.rows("outbox").values()
        gone = [row["id"] for row in rows if row["verzonden"] is not None and row["verzonden"] < edge]
        return sorted(gone)[:limit]

    def work(tx: Transaction) -> int:
        found = old(tx)
        for number in found:
            tx.put("outbox", number, None)
        return len(found)

    return await conn.statement(work, lambda tx: [("outbox", number) for number in old(tx)])


def _epoch(tx: Transaction) -> int:
    row = tx.get("tijdperk", 1)
    return int(row["epoch"]) if row else 1


# The relay.


async def look(conn: Connection, tables: KafkaTables) -> Look:
    def work(tx: Transaction) -> Look:
        period = tx.get("tijdperk", 1) or {"epoch": 1, "generatie": 1}
        echo = {row["aanvrager"]: row["nummer"] for row in tx.rows("barriere_gelezen").values()}
        return Look(tx.database.now(), period["epoch"], period["generatie"], echo)

    return await conn.statement(work)


def _unsent(tx: Transaction, deel: Deel) -> list[dict[str, Any]]:
    rows = [
        row for row in tx.rows("outbox").values() if row["verzonden"] is None and _slot(row["sleutel"]) in deel.sloten
    ]
    return sorted(rows, key=lambda row: row["id"])


def _slot(sleutel: str) -> int:
    """PostgreSQL has another hash; what matters is that a key always has the same slot."""
    return crc32(sleutel.encode()) % SLOTEN


async def unsent(conn: Connection, tables: KafkaTables, limit: int, deel: Deel = GEHEEL) -> Sequence[dict[str, Any]]:
    return await conn.statement(lambda tx: _unsent(tx, deel)[:limit])


async def unsent_extent(conn: Connection, tables: KafkaTables, deel: Deel = GEHEEL) -> tuple[int, int]:
    def work(tx: Transaction) -> tuple[int, int]:
        rows = _unsent(tx, deel)
        return len(rows), rows[-1]["id"] if rows else 0

    return await conn.statement(work)


async def mark_sent(conn: Connection, tables: KafkaTables, ids: Sequence[int]) -> None:
    def work(tx: Transaction) -> None:
        for number in ids:
            row = tx.get("outbox", number)
            if row is not None:
                tx.put("outbox", number, {**row, "verzonden": tx.started})

    await conn.statement(work, lambda tx: [("outbox", number) for number in ids if tx.get("outbox", number)])


async def read_stand(conn: Connection, tables: KafkaTables) -> dict[Partition, tuple[int, UUID]]:
    def work(tx: Transaction) -> dict[Partition, tuple[int, UUID]]:
        return {key: (row["offset"], row["event_id"]) for key, row in tx.rows("relay_stand").items()}  # type: ignore[misc]

    return await conn.statement(work)


async def keep_stand(conn: Connection, tables: KafkaTables, acks: Sequence[Ack]) -> None:
    last = {ack.partition: ack for ack in acks}
    if not last:
        return

    def work(tx: Transaction) -> None:
        for partition, ack in last.items():
            known = tx.get("relay_stand", partition)
            if known is None or known["offset"] < ack.offset:
                tx.put("relay_stand", partition, {"offset": ack.offset, "event_id": ack.event_id})

    await conn.statement(work, lambda _: [("relay_stand", partition) for partition in sorted(last)])


async def next_generation(conn: Connection, tables: KafkaTables, seen: int) -> int | None:
    def work(tx: Transaction) -> int | None:
        row = tx.get("tijdperk", 1)
        if row is not None and row["generatie"] != seen:
            return None
        raised = {"epoch": row["epoch"], "generatie": row["generatie"] + 1} if row else {"epoch": 1, "generatie": 2}
        tx.put("tijdperk", 1, raised)
        return int(raised["generatie"])

    generatie = await conn.statement(work, lambda _: [("tijdperk", 1)])
    if generatie is not None:
        for table in ("relay_stand", "relay_deel"):
            await conn.statement(_emptying(table), _all_of(table))
    return generatie


def _emptying(table: str) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        for key in list(tx.rows(table)):
            tx.put(table, key, None)

    return work


def _all_of(table: str) -> Callable[[Transaction], list[RowPlace]]:
    return lambda tx: [(table, key) for key in tx.rows(table)]


async def keep_word(conn: Connection, tables: KafkaTables, deel: Deel, look: Look) -> None:
    await conn.statement(lambda tx: tx.put("relay_deel", deel, {"look": look}), lambda _: [("relay_deel", deel)])


async def read_words(conn: Connection, tables: KafkaTables) -> list[tuple[Deel, Look]]:
    def work(tx: Transaction) -> list[tuple[Deel, Look]]:
        rows: Any = tx.rows("relay_deel").items()
        return [(deel, row["look"]) for deel, row in rows]

    return await conn.statement(work)


async def take(conn: Connection, service: str, deel: Deel) -> bool:
    """Of `relay_lock`."""

    def work(tx: Transaction) -> bool:
        held = tx.database.advisory
        others = [slot for slot, holder in held.items() if holder is not conn]
        wanted = list(range(SLOTEN)) if deel.geheel else deel.sloten
        if any(slot in others for slot in wanted):
            return False
        held.update(dict.fromkeys(wanted, conn))
        return True

    async with conn.begin():
        return await conn.statement(work)


async def followed(conn: Connection, tables: KafkaTables) -> list[str]:
    return await conn.statement(lambda tx: sorted({row["bron"] for row in tx.rows("watermerk").values()}))

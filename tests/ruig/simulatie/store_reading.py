"""What consumers, readers of facts and projections ask of their tables, in memory: twins of the functions with SQL.

Each has the name and the arguments of the one it stands for. `test_b25_tweelingen` runs both on the same deeds, the
originals on PostgreSQL, and compares every answer and every table.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from shared.kafka.envelope import Barrier, Event, Watermark
from shared.kafka.outbox import NewEvent
from shared.kafka.positions import Place
from shared.kafka.publisher import Partition
from shared.kafka.received import Received
from shared.kafka.tables import KafkaTables
from shared.kafka.topics import DLQ, TOPICS
from tests.ruig.simulatie.database import Connection, Transaction
from tests.ruig.simulatie.store_sending import add

_MOST_KEPT_CHARACTERS = 100_000


# The consumer.


async def keep_barriers(conn: Connection, tables: KafkaTables, service: str, barriers: Sequence[Barrier]) -> bool:
    highest: dict[str, int] = {}
    for barrier in barriers:
        if barrier.bron == service:
            highest[barrier.aanvrager] = max(barrier.nummer, highest.get(barrier.aanvrager, 0))
    if not highest:
        return False

    def work(tx: Transaction) -> None:
        for aanvrager, nummer in highest.items():
            known = tx.get("barriere_gelezen", aanvrager)
            raised = max(nummer, known["nummer"]) if known else nummer
            tx.put("barriere_gelezen", aanvrager, {"aanvrager": aanvrager, "nummer": raised})

    await conn.statement(work, lambda _: [("barriere_gelezen", one) for one in sorted(highest)])
    return True


async def keep_watermarks(
    conn: Connection, tables: KafkaTables, service: str, watermarks: Sequence[tuple[Watermark, Partition]]
) -> None:
    last = {(watermark.bron, *partition): watermark for watermark, partition in watermarks}
    if not last:
        return

    def work(tx: Transaction) -> None:
        for key, watermark in last.items():
            known = tx.get("watermerk", key)
            echo = watermark.echo.get(service, 0)
            row = {
                "bron": watermark.bron,
                "topic": key[1],
                "partities": watermark.partities,
                "generatie": watermark.generatie,
                "epoch": watermark.epoch,
                "tijd": watermark.tijd,
                "echo": max(echo, known["echo"]) if known else echo,
            }
            tx.put("watermerk", key, row)

    await conn.statement(work, lambda _: [("watermerk", key) for key in sorted(last)])


async def heal(conn: Connection, tables: KafkaTables, topic: str, events: Sequence[Event]) -> None:
    def healed(tx: Transaction) -> list[tuple[str, str]]:
        found = []
        for event in events:
            row = tx.get("niet_toegepast", (topic, event.sleutel))
            if row is not None and (row["epoch"], row["versie"]) <= (event.epoch, event.versie):
                found.append((topic, event.sleutel))
        return found

    await conn.statement(
        lambda tx: [tx.put("niet_toegepast", key, None) for key in healed(tx)],
        lambda tx: [("niet_toegepast", key) for key in healed(tx)],
    )


async def set_aside(
    conn: Connection, tables: KafkaTables, service: str, poison: Sequence[tuple[Received, str]]
) -> None:
    for received, reason in poison:
        await _distrust(conn, received, reason)
    await add(conn, tables, [_dead_letter(service, received, reason) for received, reason in poison])


async def count_unapplied(conn: Connection, tables: KafkaTables) -> int:
    return await conn.statement(lambda tx: len(tx.rows("niet_toegepast")))


async def _distrust(conn: Connection, received: Received, reason: str) -> None:
    key = (received.partition[0], _text(received.sleutel))
    epoch, versie = _version(received)

    def work(tx: Transaction) -> None:
        known = tx.get("niet_toegepast", key)
        if known is None or (known["epoch"], known["versie"]) < (epoch, versie):
            tx.put("niet_toegepast", key, {"epoch": epoch, "versie": versie, "reden": reason})

    await conn.statement(work, lambda _: [("niet_toegepast", key)])


def _dead_letter(service: str, received: Received, reason: str) -> NewEvent:
    topic, partition = received.partition
    place = {"topic": topic, "partitie": partition, "offset": received.offset}
    text = _text(received.waarde.decode(errors="replace"))
    data = {"service": service, **place, "reden": reason, "bericht": text}
    return NewEvent(DLQ, _text(received.sleutel), "niet-toegepast", _version(received)[1], data)


def _version(received: Received) -> tuple[int, int]:
    message = received.message
    return (message.epoch, message.versie) if isinstance(message, Event) else (0, 0)


def _text(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:_MOST_KEPT_CHARACTERS]


async def read_places(conn: Connection, tables: KafkaTables, partitions: Sequence[Partition]) -> dict[Partition, Place]:
    def work(tx: Transaction) -> dict[Partition, Place]:
        rows = {partition: tx.get("lees_stand", partition) for partition in partitions}
        return {key: Place(row["volgende"], row["generatie"]) for key, row in rows.items() if row is not None}

    return await conn.statement(work)


async def claim_places(
    conn: Connection, tables: KafkaTables, partitions: Iterable[Partition]
) -> dict[Partition, Place]:
    wanted = sorted(set(partitions))

    def work(tx: Transaction) -> dict[Partition, Place]:
        for partition in wanted:
            if tx.get("lees_stand", partition) is None:
                tx.put("lees_stand", partition, {"volgende": 0, "generatie": 0})
        rows = {partition: tx.get("lees_stand", partition) for partition in wanted}
        return {key: Place(row["volgende"], row["generatie"]) for key, row in rows.items() if row is not None}

    return await conn.statement(work, lambda _: [("lees_stand", partition) for partition in wanted])


async def keep_places(conn: Connection, tables: KafkaTables, places: dict[Partition, Place]) -> None:
    def work(tx: Transaction) -> None:
        for partition, place in places.items():
            known = tx.get("lees_stand", partition)
            if known is None or (known["generatie"], known["volgende"]) < (place.generatie, place.volgende):
                tx.put("lees_stand", partition, {"volgende": place.volgende, "generatie": place.generatie})

    await conn.statement(work, lambda _: [("lees_stand", partition) for partition in sorted(places)])


# Who asks whether facts are complete.


async def lowest_echo(conn: Connection, tables: KafkaTables, bron: str, topics: Collection[str]) -> int | None:
    def work(tx: Transaction) -> int | None:
        found: dict[str, list[Any]] = {}
        for row in tx.rows("watermerk").values():
            if row["bron"] == bron and row["topic"] in topics:
                found.setdefault(row["topic"], []).append(row)
        if len(found) < len(set(topics)):
            return None
        if any(len(rows) < max(row["partities"] for row in rows) for rows in found.values()):
            return None
        return min((row["echo"] for rows in found.values() for row in rows), default=None)

    return await conn.statement(work)


async def unapplied(conn: Connection, tables: KafkaTables, topic: str, sleutels: Collection[str]) -> set[str]:
    def concerned(key: str) -> bool:
        if topic in TOPICS and not TOPICS[topic].compact:
            return ":" not in key or key.partition(":")[0] in {sleutel.partition(":")[0] for sleutel in sleutels}
        return key in sleutels

    def work(tx: Transaction) -> set[str]:
        return {key[1] for key in tx.rows("niet_toegepast") if key[0] == topic and concerned(key[1])}  # type: ignore[index]

    return await conn.statement(work)


# Projections, and the versions of an owner.


async def upsert_newer(conn: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    names = [column.name for column in table.primary_key.columns]
    for row in sorted(rows, key=lambda row: [row[name] for name in names]):
        key = tuple(row[name] for name in names)

        def work(tx: Transaction, key: Any = key, row: dict[str, Any] = row) -> None:
            known = tx.get(table.name, key)
            if known is None or (known["epoch"], known["versie"]) < (row["epoch"], row["versie"]):
                tx.put(table.name, key, row)

        await conn.statement(work, lambda _, key=key: [(table.name, key)])  # type: ignore[misc]


async def next_versions(conn: Connection, table: Any, topic: str, keys: Iterable[str]) -> dict[str, int]:
    wanted = sorted(set(keys))

    def work(tx: Transaction) -> dict[str, int]:
        given = {}
        for key in wanted:
            known = tx.get("versie", (topic, key))
            given[key] = known["nummer"] + 1 if known else 1
            tx.put("versie", (topic, key), {"nummer": given[key]})
        return given

    return await conn.statement(work, lambda _: [("versie", (topic, key)) for key in wanted])

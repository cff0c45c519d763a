"""What this service publishes and follows: what each judged declaration did; toewijzingen and products."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.tables import DECLARATIE, KAFKA, PRESTATIE, PRODUCT, TOEWIJZING
from services.declaratie.toegekend import granted_cents, granted_volume, net
from shared.feiten.verbruik import Verbruik, in_parts
from shared.feiten.volgen import handlers
from shared.kafka import outbox, topics
from shared.kafka.outbox import NewEvent

BATCH = 500


def declaratie_events(row: Mapping[str, Any], granted: Iterable[Prestatie]) -> list[NewEvent]:
    """What a judged declaration tells: its totals in cents, then what it granted per toewijzing, in parts."""
    return [event.written() for event in _events(row, _consumption(granted))]


def _events(row: Mapping[str, Any], verbruik: Iterable[Verbruik]) -> Iterable[NewEvent]:
    """A declaration is judged once, so the version of each of its events is 1."""
    gemeente, aanbieder, nummer = row["gemeente"], row["aanbieder"], row["nummer"]
    data = {
        "gemeente": gemeente,
        "aanbieder": aanbieder,
        "nummer": nummer,
        "soort": row["soort"],
        "begindatum": row["begindatum"],
        "einddatum": row["einddatum"],
        "ingediend": row["ingediend"],
        "toegekend": row["toegekend"],
        "regels": row["regels"],
        "regelsToegekend": row["regels_toegekend"],
        "regelsDeels": row["regels_deels"],
    }
    yield NewEvent(topics.DECLARATIE, f"{gemeente}:{aanbieder}:{nummer}", "declaratie-beoordeeld", 1, data)
    for part in in_parts(gemeente, aanbieder, nummer, verbruik):
        yield NewEvent(topics.DECLARATIE, part.sleutel, "declaratie-verbruik", 1, part.as_data())


def _consumption(granted: Iterable[Prestatie]) -> Iterable[Verbruik]:
    """The sums over the granted lines of each toewijzing, as they count: volume, cents, debits and credits."""
    found: dict[int, list[int]] = {}
    for line in granted:
        sums = found.setdefault(line.nummer, [0, 0, 0, 0])
        sums[0] += -line.volume if line.credit else line.volume
        sums[1] += line.saldo
        sums[3 if line.credit else 2] += 1
    return (Verbruik(nummer, *sums) for nummer, sums in found.items())


async def republish(conn: AsyncConnection) -> None:
    """Every judged declaration into the outbox again; they never change, so nothing needs to be held.

    What is in memory at once is one batch of events, and the consumption of one declaration.
    """
    last = 0
    while rows := (
        await conn.execute(select(DECLARATIE).where(DECLARATIE.c.id > last).order_by(DECLARATIE.c.id).limit(BATCH))
    ).all():
        events: list[NewEvent] = []
        async for row, verbruik in _with_consumption(conn, rows):
            for event in _events(row._asdict(), verbruik):
                events.append(event)
                if len(events) == BATCH:
                    await outbox.add(conn, KAFKA, events)
                    events = []
        await outbox.add(conn, KAFKA, events)
        last = rows[-1].id


async def _with_consumption(
    conn: AsyncConnection, rows: Sequence[Row[Any]]
) -> AsyncIterator[tuple[Row[Any], list[Verbruik]]]:
    """Each of these declarations with what it granted, which may be nothing; their sums come as they are read."""
    waiting = iter(rows)
    row = next(waiting)
    verbruik: list[Verbruik] = []
    async with conn.stream(_sums(rows)) as sums:
        async for one in sums:
            while row.bericht_id != one.bericht_id:
                yield row, verbruik
                row, verbruik = next(waiting), []
            verbruik.append(Verbruik(one.toewijzing_nummer, one.volume, one.bedrag, one.debet, one.regels - one.debet))
    yield row, verbruik
    for row in waiting:
        yield row, []


def _sums(rows: Sequence[Row[Any]]) -> Any:
    """What these declarations granted per toewijzing, in the order of the declarations."""
    table = PRESTATIE
    return (
        select(
            table.c.bericht_id,
            table.c.toewijzing_nummer,
            net(granted_volume(table), table).label("volume"),
            net(granted_cents(table), table).label("bedrag"),
            func.count().label("regels"),
            func.count().filter(~table.c.credit).label("debet"),
        )
        .join(DECLARATIE, DECLARATIE.c.bericht_id == table.c.bericht_id)
        .where(DECLARATIE.c.id.between(rows[0].id, rows[-1].id), table.c.toegekend)
        .group_by(DECLARATIE.c.id, table.c.bericht_id, table.c.toewijzing_nummer)
        .order_by(DECLARATIE.c.id, table.c.toewijzing_nummer)
    )


HANDLERS = handlers(TOEWIJZING, PRODUCT)

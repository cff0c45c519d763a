"""What this service publishes and follows: what each judged declaration did; toewijzingen and products."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import DECLARATIE, KAFKA, PRESTATIE, PRODUCT, TOEWIJZING
from shared.feiten.volgen import handlers
from shared.kafka import outbox, topics
from shared.kafka.outbox import NewEvent

BATCH = 500


def declaratie_event(row: Mapping[str, Any], verbruik: Iterable[Mapping[str, int]]) -> NewEvent:
    """Totals in cents, and per toewijzing what was granted; a declaration is judged once, so its version is 1."""
    data = {
        "gemeente": row["gemeente"],
        "aanbieder": row["aanbieder"],
        "nummer": row["nummer"],
        "soort": row["soort"],
        "begindatum": row["begindatum"],
        "einddatum": row["einddatum"],
        "ingediend": row["ingediend"],
        "toegekend": row["toegekend"],
        "regels": row["regels"],
        "regelsToegekend": row["regels_toegekend"],
        "verbruik": list(verbruik),
    }
    sleutel = f"{row['gemeente']}:{row['aanbieder']}:{row['nummer']}"
    return NewEvent(topics.DECLARATIE, sleutel, "declaratie-beoordeeld", 1, data)


async def republish(conn: AsyncConnection) -> None:
    """Every judged declaration into the outbox again; they never change, so nothing needs to be held."""
    last = 0
    while rows := (
        await conn.execute(select(DECLARATIE).where(DECLARATIE.c.id > last).order_by(DECLARATIE.c.id).limit(BATCH))
    ).all():
        verbruik = await _verbruik(conn, [row.bericht_id for row in rows])
        events = [declaratie_event(row._asdict(), verbruik.get(row.bericht_id, [])) for row in rows]
        await outbox.add(conn, KAFKA, events)
        last = rows[-1].id


async def _verbruik(conn: AsyncConnection, bericht_ids: Sequence[Any]) -> dict[Any, list[dict[str, int]]]:
    table = PRESTATIE
    sign = case((table.c.credit, -1), else_=1)
    statement = (
        select(
            table.c.bericht_id,
            table.c.toewijzing_nummer,
            func.sum(sign * table.c.volume).label("volume"),
            func.sum(sign * table.c.bedrag).label("bedrag"),
        )
        .where(table.c.bericht_id.in_(bericht_ids), table.c.toegekend)
        .group_by(table.c.bericht_id, table.c.toewijzing_nummer)
        .order_by(table.c.bericht_id, table.c.toewijzing_nummer)
    )
    found: dict[Any, list[dict[str, int]]] = {}
    for row in await conn.execute(statement):
        one = {"toewijzingNummer": row.toewijzing_nummer, "volume": int(row.volume), "bedrag": int(row.bedrag)}
        found.setdefault(row.bericht_id, []).append(one)
    return found


HANDLERS = handlers(TOEWIJZING, PRODUCT)

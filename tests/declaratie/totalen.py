"""What the running totals must be: the granted lines themselves, added up here and not by the database."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.tables import PRESTATIE, VERBRUIK

Totaal = dict[tuple[str, int, str], tuple[int, int]]
"""Volume and cents by gemeente, ToewijzingNummer and unit; without those that came to nothing."""


async def kept(conn: AsyncConnection, aanbieder: str) -> Totaal:
    """The running totals of an aanbieder as the service has them."""
    rows = await conn.execute(select(VERBRUIK).where(VERBRUIK.c.aanbieder == aanbieder))
    return {
        (row.gemeente, row.toewijzing_nummer, row.eenheid): (row.volume, row.bedrag)
        for row in rows
        if row.volume or row.bedrag
    }


async def recomputed(conn: AsyncConnection, aanbieder: str) -> Totaal:
    """The same from his lines."""
    volume, cents = Counter[tuple[str, int, str]](), Counter[tuple[str, int, str]]()
    lines = await conn.execute(select(PRESTATIE).where(PRESTATIE.c.aanbieder == aanbieder, PRESTATIE.c.toegekend))
    for line in lines:
        key, sign = (line.gemeente, line.toewijzing_nummer, line.eenheid), -1 if line.credit else 1
        granted = line.bedrag - line.gekort
        cents[key] += sign * granted
        volume[key] += sign * (granted if line.eenheid == "83" else line.volume)
    return {key: (volume[key], cents[key]) for key in volume if volume[key] or cents[key]}

"""What other services know of the toewijzingen, held against what their owner's table says (P7)."""

import asyncio
import time
from typing import Any

from tests.keten.stapel import Stapel

# Not the version: a refused change takes a number that no event carries, and publishing again then uses that number.
COLUMNS = (
    "gemeente, nummer, aanbieder, client, categorie, code, ingangsdatum, einddatum, moment, reden_wijziging, volume, "
    "eenheid, frequentie, budget, epoch"
)


async def toewijzingen(stapel: Stapel, schema: str) -> list[Any]:
    """Every toewijzing of all tests, as one service has it."""
    return [tuple(row) for row in await stapel.query(f"select {COLUMNS} from {schema}.toewijzing order by 1, 2")]


async def check_projections(stapel: Stapel, seconds: float = 60) -> int:
    """Waits until both projections equal the owner's table; how many toewijzingen that are."""
    deadline = time.monotonic() + seconds
    while found := await _differences(stapel):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: projections equal; {found}"
        await asyncio.sleep(0.2)
    return len(await toewijzingen(stapel, "toewijzing"))


async def _differences(stapel: Stapel) -> dict[str, Any]:
    """Those of both projections."""
    return {**await _difference(stapel, "startstop"), **await _difference(stapel, "declaratie")}


async def _difference(stapel: Stapel, schema: str) -> dict[str, Any]:
    """What one side has and the other has not; empty when they are equal."""
    owner, reader = set(await toewijzingen(stapel, "toewijzing")), set(await toewijzingen(stapel, schema))
    found = {f"{schema} misses": sorted(owner - reader, key=str), f"{schema} has": sorted(reader - owner, key=str)}
    return {name: (len(rows), rows[:3]) for name, rows in found.items() if rows}

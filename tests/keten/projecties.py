"""What services know of each other's facts, held against what the owner's table says (P7)."""

from typing import Any

from tests.keten.stapel import Stapel
from tests.wachten import eventually

# Not the version: a refused change takes a number that no event carries, and publishing again then uses that number.
COLUMNS = (
    "gemeente, nummer, aanbieder, client, categorie, code, ingangsdatum, einddatum, moment, reden_wijziging, volume, "
    "eenheid, frequentie, budget"
)


# After a restored backup the owner publishes everything in his new epoch, which stands apart in his tables.
EPOCH = {"toewijzing": "coalesce((select epoch from toewijzing.tijdperk), 1)"}


async def toewijzingen(stapel: Stapel, schema: str) -> list[Any]:
    """Every toewijzing of all tests, as one service has it, with the epoch of its owner."""
    columns = f"{COLUMNS}, {EPOCH.get(schema, 'epoch')}"
    return [tuple(row) for row in await stapel.query(f"select {columns} from {schema}.toewijzing order by 1, 2")]


# How many granted lines of debit and credit there are on each toewijzing.
CLAIMED = {
    "declaratie": "select gemeente, toewijzing_nummer, count(*) filter (where not credit), "
    "count(*) filter (where credit) from declaratie.prestatie where toegekend group by 1, 2",
    "toewijzing": "select gemeente, nummer, sum(debet), sum(credit) from toewijzing.gedeclareerd group by 1, 2",
}


async def claimed(stapel: Stapel, schema: str) -> set[Any]:
    """Of all tests, as one service has it."""
    return {tuple(row) for row in await stapel.query(CLAIMED[schema])}


async def check_projections(stapel: Stapel, seconds: float = 60) -> int:
    """Waits until every projection equals the owner's table; how many toewijzingen there are."""
    found: dict[str, Any] = {}

    async def equal() -> bool:
        nonlocal found
        found = await _differences(stapel)
        return not found

    await eventually(equal, lambda: f"projections equal; {found}", seconds, every=0.2)
    return len(await toewijzingen(stapel, "toewijzing"))


async def _differences(stapel: Stapel) -> dict[str, Any]:
    """Those of all projections."""
    owner = set(await toewijzingen(stapel, "toewijzing"))
    found: dict[str, Any] = {}
    for schema in ("startstop", "declaratie"):
        found |= _difference(schema, owner, set(await toewijzingen(stapel, schema)))
    lines = [await claimed(stapel, schema) for schema in ("declaratie", "toewijzing")]
    return found | _difference("toewijzing", *lines)


def _difference(schema: str, owner: set[Any], reader: set[Any]) -> dict[str, Any]:
    """What one side has and the other has not; empty when they are equal."""
    found = {f"{schema} misses": sorted(owner - reader, key=str), f"{schema} has": sorted(reader - owner, key=str)}
    return {name: (len(rows), rows[:3]) for name, rows in found.items() if rows}

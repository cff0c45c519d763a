"""Terms that are no more are found by their whole key, however many terms their aanbieder has."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.bewaking import REMOVING, TERMIJN, gone_values
from shared.statement import Statement
from tests.shared.iwmo.berichten import GEMEENTE

AANBIEDER = "98765009"
MANY = 3_000


async def test_what_is_removed_is_found_without_reading_the_other_terms_of_the_aanbieder(conn: AsyncConnection) -> None:
    dag = date(2025, 4, 1)
    term = {"gemeente": GEMEENTE, "aanbieder": AANBIEDER, "wie": "aanbieder", "vanaf": dag, "uiterlijk": dag}
    rows = [term | {"regel": "OP295", "sleutel": str(nummer)} for nummer in range(MANY)]
    await conn.execute(insert(TERMIJN), rows)
    # As for a connection that made its plan when the table was still empty.
    await conn.exec_driver_sql("set local plan_cache_mode = force_generic_plan")
    gone = gone_values([("OP295", AANBIEDER, "7"), ("OP295", AANBIEDER, "8"), ("OP288", AANBIEDER, "9")])
    values = {"gemeente": GEMEENTE, **gone}
    statement = Statement(REMOVING)
    explained = Statement(REMOVING)
    explained.sql = f"explain (analyze, format json) {statement.sql}"

    plan = await explained.value(conn, values)

    touched = sum(_rows(plan[0]["Plan"]))
    assert touched <= 6, f"{touched} rows read to remove 2"
    assert await statement.run(conn, values) == 0  # explain with analyze did it


def _rows(node: dict[str, Any]) -> Iterator[float]:
    """How many rows of termijn each part of a plan read."""
    if node.get("Relation Name") == "termijn" and "Scan" in node["Node Type"]:
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for part in node.get("Plans", ()):
        yield from _rows(part)

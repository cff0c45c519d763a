"""Terms that are no more are found by their whole key, however many terms their aanbieder has."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.startstop.bewaking import REMOVING, gone_values
from shared.settings import Settings
from shared.statement import Statement
from tests.shared.iwmo.berichten import GEMEENTE

AANBIEDER = "98765009"
MANY = 3_000


_MADE = f"""
insert into startstop.termijn (regel, gemeente, aanbieder, sleutel, wie, vanaf, uiterlijk)
select 'OP295', $1, $2, nummer, 'aanbieder', date '2025-04-01', date '2025-04-01'
from generate_series(1, {MANY}) as nummer"""


@pytest.fixture
async def many_terms(migrated: Settings) -> AsyncIterator[None]:
    """Terms that the statistics know of. Those that other tests left may say that each aanbieder has but one, and then
    his are as good to look through as any."""
    owner = await asyncpg.connect(migrated.database_url_beheer)
    await owner.execute(_MADE, GEMEENTE, AANBIEDER)
    await owner.execute("analyze startstop.termijn")
    yield
    await owner.execute("delete from startstop.termijn where aanbieder = $1", AANBIEDER)
    await owner.close()


@pytest.mark.usefixtures("many_terms")
async def test_what_is_removed_is_found_without_reading_the_other_terms_of_the_aanbieder(conn: AsyncConnection) -> None:
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

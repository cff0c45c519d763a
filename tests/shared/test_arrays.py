"""Arrays that go to the database as text arrive as the lists they were."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text, Uuid
from sqlalchemy.types import TypeEngine

from shared.arrays import ArrayText, array_text, goes_as_text
from shared.settings import Settings

# What PostgreSQL has as text: all but the NUL, and no half characters.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["NULL", "null", "", " ", '"', "\\", '\\"', "{}", "a,b", "\n", "\\N", "é"]
)
KINDS: dict[str, tuple[TypeEngine[Any], st.SearchStrategy[Any]]] = {
    "text": (Text(), TEXTS),
    "int": (Integer(), st.integers(-(2**31), 2**31 - 1)),
    "bigint": (BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "bool": (Boolean(), st.booleans()),
    "date": (Date(), st.dates()),
    "timestamp": (DateTime(), st.datetimes()),
    # At the ends of the calendar another zone is another year.
    "timestamptz": (
        DateTime(timezone=True),
        st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.timezones()).map(  # noqa: DTZ001
            lambda one: one.astimezone(UTC)
        ),
    ),
    "uuid": (Uuid(), st.uuids()),
}


@pytest.mark.parametrize("naam", KINDS)
async def test_what_goes_in_comes_out(naam: str, migrated: Settings) -> None:
    of, values = KINDS[naam]
    lists: list[Sequence[Any]] = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(values | st.none(), max_size=6))
    def collect(made: list[Any]) -> None:
        lists.append(made)

    collect()
    conn = await asyncpg.connect(migrated.database_url_beheer)
    try:
        for one in lists:
            sent = ArrayText(of).written(one)
            assert await conn.fetchval(f"select cast($1::text as {naam}[])", sent) == one
    finally:
        await conn.close()


@pytest.mark.parametrize("of", [LargeBinary(), Numeric()])
def test_of_others_the_driver_knows_how(of: TypeEngine[Any]) -> None:
    assert not goes_as_text(of)


def test_texts_without_anything_to_escape_are_written_as_the_others() -> None:
    plain = ["a", "", "NULL", "b c"]

    assert ArrayText(Text()).written(plain) == array_text(plain) == '{"a","","NULL","b c"}'
    assert ArrayText(Text()).written([]) == "{}"


def test_what_comes_often_is_written_every_time() -> None:
    day, one = date(2026, 3, 1), UUID(int=1)

    assert ArrayText(Date()).written([day, None, day]) == "{2026-03-01,NULL,2026-03-01}"
    assert ArrayText(Uuid()).written([one, one]) == f"{{{one.hex},{one.hex}}}"

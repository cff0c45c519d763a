"""What the database does with sessions whose client is gone or stands still."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kafka.outage import is_outage
from shared.settings import SERVICES
from tests.conftest import Engines
from tests.wachten import eventually


@pytest.fixture(params=SERVICES)
def engine(request: pytest.FixtureRequest, engines: Engines) -> AsyncEngine:
    return engines[request.param]


async def test_a_session_that_stands_still_in_a_transaction_loses_its_locks(engine: AsyncEngine) -> None:
    async with engine.connect() as conn:
        own = await conn.scalar(text("show idle_in_transaction_session_timeout"))
    assert own == "5min"

    with pytest.raises(DBAPIError) as caught:  # noqa: PT012
        async with engine.connect() as still, engine.connect() as other:
            await still.execute(text("select pg_advisory_xact_lock(42)"))
            await still.execute(text("set idle_in_transaction_session_timeout = 50"))

            async def may_have_it() -> bool:
                return bool(await other.scalar(text("select pg_try_advisory_xact_lock(42)")))

            await eventually(may_have_it, "its lock is free")
            await still.execute(text("select 1"))
    assert is_outage(caught.value), "who waits tries again"

"""The database of the service toewijzing."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.conftest import Engines


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["toewijzing"]


@pytest.fixture
async def conn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which everything is undone afterwards."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()

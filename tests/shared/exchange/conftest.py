"""The database of a service; the tables under test are alike in all three."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.conftest import Engines


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the issuer of all services here (``test_koppen.app_of``): each service is made once."""
    return tmp_path_factory.mktemp("uitgever")


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["startstop"]


@pytest.fixture
async def conn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which everything is undone afterwards."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()

"""The database of the service declaratie."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.conftest import Engines
from tests.declaratie.betalingen.boek import gemeenten
from tests.declaratie.verwerken import know_enough


@pytest.fixture
def engine(engines: Engines) -> AsyncEngine:
    return engines["declaratie"]


@pytest.fixture
async def conn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which everything is undone afterwards."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


@pytest.fixture
async def bekend(conn: AsyncConnection) -> None:
    """The toewijzingen and the contract on which most declarations are right."""
    await know_enough(conn)


@pytest.fixture(scope="session")
def codes() -> Iterator[str]:
    """Where tests that leave something behind take their gemeente from."""
    return gemeenten()

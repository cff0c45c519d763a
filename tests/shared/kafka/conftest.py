"""One PostgreSQL server, one broker, an owner and a reader for all tests: joining a consumer group takes
seconds."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from shared.kafka import publisher
from shared.kafka.client import KafkaConfig
from tests.shared.kafka.parties import Owner, Party, Reader
from tests.shared.kafka.servers import Broker, Postgres

_numbers = count(1)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here no node has just become leader."""
    monkeypatch.setattr(publisher, "SETTLE_SECONDS", 0.3)


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    server = Postgres()
    try:
        await server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
async def broker() -> AsyncIterator[Broker]:
    server = Broker()
    try:
        await server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
async def parties(postgres: Postgres, broker: Broker) -> AsyncIterator[tuple[Owner, Reader]]:
    """Both at work, with relay and consumer."""
    config = KafkaConfig(broker.bootstrap)
    owner, reader = Owner(postgres.dsn, config, "eigenaar"), Reader(postgres.dsn, config, "lezer")
    for party in (owner, reader):
        await party.make_schema()
        party.start()
    yield owner, reader
    await owner.stop()
    await reader.stop()


@pytest.fixture
def owner(parties: tuple[Owner, Reader]) -> Owner:
    return parties[0]


@pytest.fixture
def reader(parties: tuple[Owner, Reader]) -> Reader:
    return parties[1]


@pytest.fixture
async def idle(postgres: Postgres) -> AsyncIterator[Party]:
    """A reader with empty tables of its own, whose relay and consumer do not run."""
    party = Reader(postgres.dsn, KafkaConfig("127.0.0.1:1"), f"stil_{next(_numbers)}")
    await party.make_schema()
    yield party
    await party.engine.dispose()

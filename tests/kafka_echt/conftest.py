"""Three nodes of Apache Kafka, and a stack on them. These tests run where they are asked for: `make kafka`."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.kafka.topics import TOPICS
from tests.kafka_echt import apache
from tests.keten.conftest import gewonde_stapel, http, make_kring, tellers
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.wachten import eventually

__all__ = ["gewonde_stapel", "http", "make_kring", "tellers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips them elsewhere, and says so."""
    if not apache.chosen():
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="on Apache Kafka only: make kafka"))


@pytest_asyncio.fixture(scope="session")
async def kafka() -> AsyncIterator[apache.Apache]:
    """The cluster."""
    async with apache.running(nodes=3) as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="session")
async def stapel(kafka: apache.Apache) -> AsyncIterator[Stapel]:
    """The stack, which keeps three copies of everything on that cluster."""
    with tempfile.TemporaryDirectory(prefix="kafka-", dir="/tmp") as name:
        started = Stapel(Path(name) / "g", kafka)
        yield started
        assert started.stop() == 0


@pytest_asyncio.fixture
async def gewond(kafka: apache.Apache) -> AsyncIterator[apache.Apache]:
    """The cluster for a test that hurts it: whole before and after."""

    async def healed() -> bool:
        return await kafka.in_sync(*TOPICS)

    await eventually(healed, "every copy is up to date", seconds=60, every=0.2)
    yield kafka
    for node in kafka.nodes:
        if node.pid is None:
            node.start()
    await eventually(healed, "every copy is up to date again", seconds=60, every=0.2)


@pytest_asyncio.fixture
async def grootboek(gewonde_stapel: Stapel) -> AsyncIterator[Grootboek]:
    """A ledger of this test alone; the test itself compares it with the system."""
    book = Grootboek(gewonde_stapel)
    yield book
    assert book.gecontroleerd, "the ledger was never compared with the system"


@pytest.fixture
def kringen(make_kring: MakeKring) -> list[Kring]:
    """Parties in each release."""
    return [make_kring("2.4"), make_kring("3.2")]

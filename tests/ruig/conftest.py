"""The rough tests: one stack of their own, to be hurt; sizes and seed from the environment (see maat.py)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.settings import SERVICES
from tests.keten.conftest import gewonde_stapel, http, kring, kring24, kring32, make_kring, stapel, tellers
from tests.keten.kring import Kring, MakeKring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import Grootboek
from tests.ruig.maat import MAAT, Maat
from tests.ruig.opzet import los, los_boek, los_kring, losse
from tests.ruig.replica import Replica

__all__ = [
    "gewonde_stapel",
    "http",
    "kring",
    "kring24",
    "kring32",
    "los",
    "los_boek",
    "los_kring",
    "losse",
    "make_kring",
    "stapel",
    "tellers",
]


@pytest.fixture(scope="session")
def maat() -> Maat:
    """How large, and from which seed."""
    return MAAT


@pytest_asyncio.fixture
async def grootboek(gewonde_stapel: Stapel, request: pytest.FixtureRequest) -> AsyncIterator[Grootboek]:
    """A ledger of this test alone. The test itself calls ``controleer()``: forgetting it is a failure."""
    book, failed = Grootboek(gewonde_stapel), request.session.testsfailed
    yield book
    compared = book.gecontroleerd or not book.posten or request.session.testsfailed > failed
    assert compared, "the ledger was never compared with the system"


@pytest_asyncio.fixture
async def replicas(gewonde_stapel: Stapel) -> AsyncIterator[dict[str, Replica]]:
    """A second process of each service, stopped in order afterwards."""
    made = {dienst: Replica(gewonde_stapel, dienst) for dienst in SERVICES}
    try:
        await asyncio.gather(*(one.gereed() for one in made.values()))
        yield made
    finally:
        for one in made.values():
            one.stop()


@pytest.fixture
def kringen(make_kring: MakeKring) -> list[Kring]:
    """Parties in each release."""
    return [make_kring("2.4"), make_kring("3.2")]

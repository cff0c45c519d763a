"""One stack for all chain tests; each test has its own parties, client and numbers in it."""

import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from shared.iwmo.catalogus import RELEASES, Release
from shared.security.partij import Partij
from tests.kafka_echt import apache
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring, Tellers
from tests.keten.stapel import Stapel
from tests.wachten import eventually


@pytest_asyncio.fixture(scope="session")
async def stapel() -> AsyncIterator[Stapel]:
    """The running stack, on the broker of this run. Its folder has a short name: socket paths end at 107 bytes."""
    async with apache.if_chosen() as kafka:
        with tempfile.TemporaryDirectory(prefix="keten-", dir="/tmp") as name:
            started = Stapel(Path(name) / "g", kafka)
            yield started
            assert started.stop() == 0


@pytest_asyncio.fixture
async def gewonde_stapel(stapel: Stapel) -> AsyncIterator[Stapel]:
    """The stack for a test that hurts it: whole again afterwards."""
    yield stapel
    await eventually(stapel.whole, "the stack has recovered", seconds=60, every=0.1)


@pytest_asyncio.fixture(scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Connections to the stack, kept open as those of a real party."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def tellers() -> Tellers:
    """The numbers that tests draw from."""
    return Tellers()


@pytest.fixture
def make_kring(stapel: Stapel, http: httpx.AsyncClient, tellers: Tellers) -> MakeKring:
    """Makes parties and a client of their own, as many as a test needs."""

    def make(release: Release) -> Kring:
        gemeente = Partij.gemeente(next(tellers.gemeenten))
        aanbieder = Partij.aanbieder(str(next(tellers.aanbieders)))
        parties = (Deelnemer(partij, stapel, http) for partij in (gemeente, aanbieder))
        return Kring(release, *parties, bsn=next(tellers.bsns), tellers=tellers)

    return make


@pytest.fixture
def make_stranger(tellers: Tellers) -> Callable[[Kring], Deelnemer]:
    """Makes an aanbieder who has no part in a circle, at the same node."""

    def make(kring: Kring) -> Deelnemer:
        return Deelnemer(Partij.aanbieder(str(next(tellers.aanbieders))), kring.stapel, kring.gemeente.http)

    return make


@pytest.fixture(params=RELEASES)
def kring(request: pytest.FixtureRequest, make_kring: MakeKring) -> Kring:
    """Parties and a client of this test alone, once in each release."""
    return make_kring(request.param)


@pytest.fixture
def kring24(make_kring: MakeKring) -> Kring:
    """The same for what only 2.4 has."""
    return make_kring("2.4")


@pytest.fixture
def kring32(make_kring: MakeKring) -> Kring:
    """The same for what only 3.2 has, or where the release does not matter."""
    return make_kring("3.2")

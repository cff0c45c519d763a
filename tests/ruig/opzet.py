"""The stack whose parts a test takes away one by one, its parties, and its ledgers."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest_asyncio

from shared.iwmo.catalogus import Release
from shared.security.partij import Partij
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring, MakeKring, Tellers
from tests.ruig.grootboek import Grootboek
from tests.ruig.losse_stapel import LosseStapel
from tests.wachten import eventually


@asynccontextmanager
async def losse_stapel(folder: str = "/tmp") -> AsyncIterator[LosseStapel]:
    """A stack of its own. Its folder has a short name: socket paths end at 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ruig-", dir=folder) as name:
        Path(name).chmod(0o711)
        stapel = LosseStapel(Path(name) / "g")
        try:
            await stapel.open()
            yield stapel
        finally:
            await stapel.close()


@pytest_asyncio.fixture(scope="session")
async def losse() -> AsyncIterator[LosseStapel]:
    """The one that these tests share."""
    async with losse_stapel() as stapel:
        yield stapel


@pytest_asyncio.fixture
async def los(losse: LosseStapel) -> AsyncIterator[LosseStapel]:
    """The same, whole again afterwards."""
    yield losse
    await eventually(losse.whole, "the stack has recovered", seconds=60, every=0.1)


@pytest_asyncio.fixture
async def los_boek(los: LosseStapel) -> Grootboek:
    """A ledger of this test alone."""
    return Grootboek(los)


@pytest_asyncio.fixture
async def los_kring(los: LosseStapel, http: httpx.AsyncClient, tellers: Tellers) -> MakeKring:
    """Makes parties on that stack."""
    return kringen_op(los, http, tellers)


def kringen_op(stapel: LosseStapel, http: httpx.AsyncClient, tellers: Tellers) -> MakeKring:
    """Makes parties on a stack."""

    def make(release: Release) -> Kring:
        gemeente = Partij.gemeente(next(tellers.gemeenten))
        aanbieder = Partij.aanbieder(str(next(tellers.aanbieders)))
        parties = (Deelnemer(partij, stapel, http) for partij in (gemeente, aanbieder))
        return Kring(release, *parties, bsn=next(tellers.bsns), tellers=tellers)

    return make

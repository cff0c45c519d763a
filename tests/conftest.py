"""What all tests share: the schemas, and one throw-away PostgreSQL server with every schema migrated."""

import atexit
import gc
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy.ext.asyncio import AsyncEngine

from knooppunt.embedded.scratch import scratch_database
from knooppunt.migrate import migrate
from shared.db import make_engine
from shared.iwmo.schemas import Schemas
from shared.namens import intern
from shared.settings import SERVICES, Service, Settings
from tests.logboek import pytest_runtest_makereport
from tests.verslag import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown

__all__ = [
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

# The same examples in every run: a failure is a change, not luck.
hypothesis_settings.register_profile("vast", derandomize=True, deadline=None, database=None, max_examples=60)
hypothesis_settings.load_profile("vast")

# A transaction of a test that does not say for whom it speaks is the service's own work, and sees all. What says it is
# held to it: a request over HTTP begins with nobody, as in production, and speaks for its caller.
_SPREEKT = intern()
_SPREEKT.__enter__()
atexit.register(_SPREEKT.__exit__, None, None, None)

Engines = dict[Service, AsyncEngine]


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the collector need not look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    """Our own schema sets; reading one takes a second, so all tests share them."""
    return Schemas()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Settings]:
    """A server of its own, gone afterwards."""
    with scratch_database() as settings:
        yield settings


@pytest.fixture(scope="session")
async def migrated(scratch: Settings) -> Settings:
    """The server with all schemas, made by the migrations."""
    await migrate(scratch, SERVICES)
    return scratch


@pytest.fixture(scope="session")
async def engines(migrated: Settings) -> AsyncIterator[Engines]:
    """Each service's own way in, under its own login: tests have no more rights than production."""
    made: Engines = {service: make_engine(migrated.dsn(service), 12, dienst=service) for service in SERVICES}
    yield made
    for engine in made.values():
        await engine.dispose()

"""The migrations make what the models say."""

import pytest

from knooppunt.migrate import differences, pending
from shared.settings import SERVICES, Service, Settings


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_equal_models(service: Service, migrated: Settings) -> None:
    assert await differences(migrated, service) == []


async def test_nothing_is_pending(migrated: Settings) -> None:
    assert await pending(migrated, SERVICES) == []

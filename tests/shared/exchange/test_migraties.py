"""The migrations make what the models say, and get by beside what is under way."""

import asyncio

import asyncpg
import pytest
from alembic import command
from sqlalchemy.engine import make_url

from knooppunt.migrate import _admin, _as_owner, differences, migrate, pending
from shared.settings import SERVICES, Service, Settings
from tests.wachten import eventually

UNDER_WAY: tuple[tuple[Service, str, str], ...] = (
    *((service, "termijn", "termijn") for service in SERVICES),
    ("startstop", "bericht", "termijn"),
    ("startstop", "termijn", "aanlevering"),
)
"""What a message or a round has read, and what it writes next."""
BEFORE: dict[Service, str] = {"toewijzing": "0012", "startstop": "0011", "declaratie": "0019"}
"""The newest version that does not change the key of terms."""
WAITING = "select count(*) from pg_locks join pg_database d on d.oid = database where not granted and datname = $1"


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_equal_models(service: Service, migrated: Settings) -> None:
    assert await differences(migrated, service) == []


async def test_nothing_is_pending(migrated: Settings) -> None:
    assert await pending(migrated, SERVICES) == []


@pytest.mark.parametrize(("service", "read", "written"), UNDER_WAY)
async def test_what_is_under_way_and_the_keys_of_terms_wait_in_no_circle(
    service: Service, read: str, written: str, migrated: Settings
) -> None:
    """The old version works on while the schema is upgraded."""
    own = _database(migrated, f"sleutels_{service}")
    await migrate(own, (service,))
    async with _admin(own) as engine:
        await _as_owner(engine, service, lambda config: command.downgrade(config, BEFORE[service]))
    work, other = [await asyncpg.connect(own.database_url_beheer) for _ in range(2)]
    async with work.transaction():
        await work.fetch(f"select 1 from {service}.{read}")
        upgrade = asyncio.create_task(migrate(own, (service,)))

        async def waits() -> bool:
            return bool(await other.fetchval(WAITING, make_url(own.database_url_beheer or "").database))

        await eventually(waits, "the migration waits for what is under way")
        await work.execute(f"update {service}.{written} set id = id where false")
    await upgrade

    for one in (work, other):
        await one.close()
    assert await differences(own, service) == []


def _database(settings: Settings, naam: str) -> Settings:
    """The same server, with a database of its own."""
    names = ["database_url_beheer", *(f"database_url_{service}" for service in SERVICES)]
    urls = {name: make_url(getattr(settings, name)).set(database=naam) for name in names}
    return settings.model_copy(update={name: url.render_as_string(hide_password=False) for name, url in urls.items()})

"""Roles, schemas and migrations, on a real server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from knooppunt.embedded.scratch import scratch_database
from knooppunt.errors import KnooppuntStartError
from knooppunt.migrate import _admin, _as_owner, differences, migrate, pending
from shared.db import async_url
from shared.settings import SERVICES, Service, Settings


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A server on which everything was migrated, by two at once."""

    async def twice(settings: Settings) -> None:
        assert await pending(settings, SERVICES) == list(SERVICES)
        await asyncio.gather(migrate(settings, SERVICES), migrate(settings, SERVICES))

    with scratch_database() as made:
        asyncio.run(twice(made))
        yield made


async def ask(dsn: str | None, statement: str) -> Any:
    assert dsn
    engine = create_async_engine(async_url(dsn), poolclass=NullPool)
    async with engine.begin() as conn:
        result = await conn.execute(text(statement))
        return result.scalar() if result.returns_rows else None


async def refused(settings: Settings, service: Service, statement: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        await ask(settings.dsn(service), statement)
    return str(getattr(caught.value.orig, "sqlstate", ""))


async def test_all_is_at_its_newest_version_and_stays_there(settings: Settings) -> None:
    assert await pending(settings, SERVICES) == []
    await migrate(settings, SERVICES)
    assert await pending(settings, SERVICES) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrations_make_what_the_tables_say(settings: Settings, service: Service) -> None:
    assert await differences(settings, service) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_its_own_schema_and_no_other(settings: Settings, service: Service) -> None:
    assert await ask(settings.dsn(service), "select version_num from alembic_version")
    for other in set(SERVICES) - {service}:
        assert await refused(settings, service, f"select * from {other}.alembic_version") == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "create table eigen (id int)",
        "create table public.eigen (id int)",
        "create temporary table eigen (id int)",
        "create schema eigen",
        "create role eigen",
        "drop table alembic_version",
        "update alembic_version set version_num = '0'",
        "set role startstop_eigenaar",
        "copy alembic_version to program 'id'",
    ],
)
async def test_a_service_owns_nothing_and_makes_nothing(settings: Settings, statement: str) -> None:
    assert await refused(settings, "startstop", statement) == "42501"


async def test_a_service_may_use_new_tables_of_its_owner(settings: Settings) -> None:
    await ask(
        settings.database_url_beheer,
        "do $$ begin set local role declaratie_eigenaar; create table declaratie.proef (id bigserial, n int); end $$",
    )

    await ask(settings.dsn("declaratie"), "insert into proef (n) values (1), (2)")
    await ask(settings.dsn("declaratie"), "update proef set n = n + id")
    await ask(settings.dsn("declaratie"), "delete from proef where n = 2")

    assert await ask(settings.dsn("declaratie"), "select sum(n) from proef") == 4
    assert await refused(settings, "declaratie", "truncate proef") == "42501"
    await ask(settings.database_url_beheer, "drop table declaratie.proef")


async def test_an_administrator_who_may_only_make_roles_is_enough(settings: Settings) -> None:
    """As on a hosted server, where nobody gets to be superuser."""
    beheer = make_url(str(settings.database_url_beheer))
    await ask(settings.database_url_beheer, "create role \"be'heer\" login createrole createdb password 'p%w d'")
    elsewhere = beheer.set(username="be'heer", password="p%w d", database='el"ders')
    urls = {
        f"database_url_{service}": make_url(settings.dsn(service))
        .set(username=f"{service}-elders", database='el"ders')
        .render_as_string(hide_password=False)
        for service in SERVICES
    }
    for service in SERVICES:
        for role in (f"{service}_{part}" for part in ("eigenaar", "dienst", "intern", "invoer")):
            await ask(settings.database_url_beheer, f'grant {role} to "be\'heer" with admin option')
    own = Settings.model_validate(urls | {"database_url_beheer": elsewhere.render_as_string(hide_password=False)})

    await migrate(own, SERVICES)

    assert await pending(own, SERVICES) == []


async def test_a_service_never_gets_the_administrators_role(settings: Settings) -> None:
    shared = settings.model_copy(update={"database_url_startstop": settings.database_url_beheer})
    with pytest.raises(KnooppuntStartError, match="eigen rol"):
        await migrate(shared, ("startstop",))

    await ask(settings.database_url_beheer, "create role baas superuser login")
    boss = make_url(settings.dsn("startstop")).set(username="baas").render_as_string(hide_password=False)
    with pytest.raises(KnooppuntStartError, match="'baas' van startstop is een beheerder"):
        await migrate(settings.model_copy(update={"database_url_startstop": boss}), ("startstop",))


async def test_what_the_operator_must_solve_is_one_line(settings: Settings) -> None:
    wrong = make_url(str(settings.database_url_beheer)).set(password="geheim-en-fout").render_as_string(False)
    for url, words in (
        (None, "KNOOPPUNT_DATABASE_URL_BEHEER ontbreekt"),
        ("postgresql://a:b@127.0.0.1:1/x", "niet bereikbaar"),
        (wrong, "weigert de beheerder: password authentication failed"),
    ):
        with pytest.raises(KnooppuntStartError, match=words) as caught:
            await migrate(settings.model_copy(update={"database_url_beheer": url}), SERVICES)
        assert "\n" not in str(caught.value)
        assert "geheim" not in str(caught.value)


REGEL = """
    insert into declaratie.prestatie (bericht_id, gemeente, aanbieder, client, referentie, toewijzing_nummer, categorie,
        code, begindatum, einddatum, volume, eenheid, tarief, bedrag, credit, toegekend, dubbel)
    select gen_random_uuid(), '0855', '98765432', repeat('c', 32), referentie, 7, '01', '01A04', '2025-03-01',
        '2025-03-31', volume, eenheid, null, bedrag, credit, toegekend, false
    from (values ('A', 5, '01', 500, false, true), ('B', 3, '01', 300, true, true), ('C', 9, '01', 900, false, false),
        ('D', 250, '83', 250, false, true)) as een (referentie, volume, eenheid, bedrag, credit, toegekend)
"""
VOORSTEL = """
    insert into declaratie.betaalvoorstel (gemeente, aanbieder, status, begindatum, einddatum, bedrag, regels,
        declaraties, van_rekening, naar_rekening, gemaakt, gemaakt_door, beslist, beslist_door, uitvoerdatum)
    select '0855', '98765432', status, '2025-03-01', '2025-03-31', 1, 1, 1, 1, 1, now(), 'm', beslist,
        case when beslist is not null then 'c' end, '2025-04-01'
    from (values ('concept', null), ('vrijgegeven', now()), ('ingetrokken', now())) as een (status, beslist)
"""


async def test_what_is_there_already_counts_in_what_a_migration_adds(settings: Settings) -> None:
    """Lines from before the running totals, and orders that were released before it was kept which went to the bank."""
    async with _admin(settings) as engine:
        await _as_owner(engine, "declaratie", lambda config: command.downgrade(config, "0007"))
    async with create_async_engine(async_url(str(settings.database_url_beheer)), poolclass=NullPool).begin() as conn:
        # Without what refers to these rows, and what they refer to.
        for statement in ("set local session_replication_role = replica", REGEL, VOORSTEL):
            await conn.execute(text(statement))

    await migrate(settings, SERVICES)

    dsn, schema = settings.database_url_beheer, "declaratie"
    totals = f"select string_agg(concat_ws(' ', eenheid, volume, bedrag), ', ' order by eenheid) from {schema}.verbruik"
    assert await ask(dsn, totals) == "01 2 200, 83 250 250"
    placed = (
        f"select string_agg(status, ',') from {schema}.betaalvoorstel v"
        f" join {schema}.betaalbestand_voorstel b on b.voorstel_id = v.id"
    )
    assert await ask(dsn, f"{placed} where b.bestand_id = v.id") == "vrijgegeven"

"""Row level security: whose rows a transaction sees and writes, in every table of every service (B14)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from shared.namens import gezegd, rol_intern, rol_invoer
from shared.security.partij import Partij
from shared.settings import SERVICES, Service, Settings

ZONDER = {
    "alembic_version": "which migrations were done",
    "tijdperk": "epoch and generation of the service",
    "relay_stand": "how far the broker acknowledged",
    "relay_deel": "what each relay has proven",
    "barriere_gelezen": "numbers of barriers per service",
    "watermerk": "how far each partition was applied",
    "lees_stand": "where to read on in each partition",
    "niet_toegepast": "keys of events that could not be applied; a refusal must not rest on them, whoever it is for",
    "versie": "keys and their last numbers, which are the locks of whoever tells something",
    "catalogus_tarief": "prices of the catalogue, which every caller may ask for",
}
"""The tables without row level security, and what is in them."""
EIGEN = (Partij.gemeente("5999"), Partij.aanbieder("59990001"))
VREEMD = (Partij.gemeente("5998"), Partij.aanbieder("59990002"))
NUMMER, ID = 5_999_000_001, "00000000-0000-4000-8000-000000005999"
WAARDEN: dict[str, Any] = {
    "gemeente": EIGEN[0].code,
    "aanbieder": EIGEN[1].code,
    "partij": str(EIGEN[1]),
    "partij_van": str(EIGEN[1]),
    "partij_naar": str(EIGEN[0]),
    "houder": str(EIGEN[1]),
    "status": "concept",
}
"""What is in a row of ours, by column; the rest by the type of the column."""
PER_TABEL: dict[str, dict[str, Any]] = {"handmatig_regel": {"status": "te_beslissen"}}
ALLEEN_INTERN = {"outbox", "audit_zegel", "te_bezien", "bezien_tot"}
"""Of which a service sees nothing for any party: work of its own reads them."""
NOBODY, OWN, STRANGER = "", gezegd(EIGEN), gezegd(VREEMD)
TABLES = """
    select relname::text as name, relrowsecurity and relforcerowsecurity as protected,
      array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
    from pg_class c where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') order by relname
"""
COLUMNS = """
    select attname::text as name, format_type(atttypid, null) as type, attidentity::text as identity,
      attnotnull and not atthasdef as needed
    from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum
"""
BY_TYPE: dict[str, str] = {
    "text": "'x'",
    "uuid": f"'{ID}'",
    "bigint": str(NUMMER),
    "integer": "1",
    "boolean": "false",
    "date": "'2025-01-01'",
    "timestamp with time zone": "now()",
    "timestamp without time zone": "now()::timestamp",
    "jsonb": "'{}'",
    "bytea": "'\\x00'",
    "text[]": "'{}'",
    "bigint[]": "'{}'",
}


@pytest.fixture
async def admin(migrated: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection that can take on every role; all it does is undone."""
    conn = await asyncpg.connect(migrated.database_url_beheer)
    transaction = conn.transaction()
    await transaction.start()
    yield conn
    await transaction.rollback()
    await conn.close()


async def protected(conn: asyncpg.Connection, service: Service) -> list[str]:
    return [row["name"] for row in await conn.fetch(TABLES, service) if row["name"] not in ZONDER]


async def a_row(conn: asyncpg.Connection, service: Service, table: str) -> Mapping[str, str]:
    """The columns of a row of ours, each as SQL: what cannot be left out, and who it is of."""
    columns = await conn.fetch(COLUMNS, f"{service}.{table}")
    chosen = WAARDEN | PER_TABEL.get(table, {})
    return {
        one["name"]: f"'{chosen[one['name']]}'" if one["name"] in chosen else BY_TYPE[one["type"]]
        for one in columns
        if one["identity"] != "a" and (one["needed"] or one["identity"] or one["name"] in {"id", *chosen})
    }


async def put(conn: asyncpg.Connection, service: Service, table: str) -> None:
    row = await a_row(conn, service, table)
    await conn.execute(f"insert into {service}.{table} ({', '.join(row)}) values ({', '.join(row.values())})")


async def speak(conn: asyncpg.Connection, role: str, said: str) -> None:
    await conn.execute(f'set local role "{role}"')
    await conn.fetchval("select set_config('knooppunt.partijen', $1, true)", said)


async def seen(conn: asyncpg.Connection, service: Service, role: str, said: str) -> dict[str, int]:
    """How many rows of each table are seen, by who has this role and speaks so."""
    tables = await protected(conn, service)
    await speak(conn, role, said)
    found = {one: await conn.fetchval(f"select count(*) from {service}.{one}") for one in tables}
    await conn.execute("reset role")
    return found


async def fill(conn: asyncpg.Connection, service: Service) -> list[str]:
    """A row of ours in every table, whatever refers to it."""
    tables = await protected(conn, service)
    await conn.execute("set local session_replication_role = replica")
    for table in tables:
        await put(conn, service, table)
    await conn.execute("set local session_replication_role = origin")
    return tables


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_has_row_level_security_but_for_those_named(
    service: Service, admin: asyncpg.Connection
) -> None:
    found = await admin.fetch(TABLES, service)

    assert {row["name"] for row in found if not row["protected"]} <= ZONDER.keys()
    for row in found:
        if row["name"] not in ZONDER:
            assert {"eigenaar", "intern"} <= set(row["policies"]), row["name"]


@pytest.mark.parametrize("service", SERVICES)
async def test_who_speaks_for_nobody_sees_nothing_and_writes_nothing(
    service: Service, admin: asyncpg.Connection
) -> None:
    tables = await fill(admin, service)

    assert await seen(admin, service, service, NOBODY) == dict.fromkeys(tables, 0)
    await speak(admin, service, NOBODY)
    for table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with admin.transaction():
                await put(admin, service, table)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_row_is_seen_by_its_parties_alone(service: Service, admin: asyncpg.Connection) -> None:
    tables = await fill(admin, service)

    own = await seen(admin, service, service, OWN)
    assert {one: number > 0 for one, number in own.items()} == {one: one not in ALLEEN_INTERN for one in tables}
    assert await seen(admin, service, service, STRANGER) == dict.fromkeys(tables, 0)
    assert min((await seen(admin, service, rol_intern(service), NOBODY)).values()) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_stranger_changes_and_adds_nothing_of_another(service: Service, admin: asyncpg.Connection) -> None:
    tables = await fill(admin, service)
    await speak(admin, service, STRANGER)

    for table in tables:
        column = next(iter(await a_row(admin, service, table)))
        for statement in (f"update {service}.{table} set {column} = {column}", f"delete from {service}.{table}"):
            assert await _touched(admin, statement) == 0, statement
        if table not in ("outbox", "audit"):  # to which everyone may add: it is told and recorded what was done
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with admin.transaction():
                    await put(admin, service, table)


async def _touched(conn: asyncpg.Connection, statement: str) -> int:
    try:
        async with conn.transaction():
            return int((await conn.execute(statement)).rpartition(" ")[2])
    except asyncpg.InsufficientPrivilegeError:
        return 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_login_takes_on_a_role_only_by_saying_so(service: Service, admin: asyncpg.Connection) -> None:
    """A policy holds for all who have the rights of its role: inherited, that of ``intern`` would open everything."""
    for role in (rol_intern(service), rol_invoer(service)):
        has = "select pg_has_role($1::name, $2::name, $3)"
        assert [await admin.fetchval(has, service, role, kind) for kind in ("USAGE", "SET")] == [False, True]
    owns = "select count(*) from pg_class where relowner = $1::text::regrole"
    assert await admin.fetchval(owns, service) == 0
    bypass = "select rolname::text from pg_roles where rolbypassrls and not rolsuper order by 1"
    assert [row[0] for row in await admin.fetch(bypass)] == sorted(map(rol_invoer, SERVICES))


async def test_who_adds_lines_can_do_nothing_else(admin: asyncpg.Connection) -> None:
    rights = """
        select table_name || ' ' || privilege_type from information_schema.table_privileges
        where grantee = $1 order by 1
    """
    found = {service: [row[0] for row in await admin.fetch(rights, rol_invoer(service))] for service in SERVICES}

    lines = ["handmatig_regel INSERT", "prestatie INSERT", "verzamelregel INSERT"]
    assert found == {service: lines if service == "declaratie" else [] for service in SERVICES}

"""Roles and rights in the database: per service an owner, a group with the rights on data, and a login.

The owner holds the schema and its tables and cannot log in. The login role, named in the service's DSN,
gets its rights through the group, whose name is always the same: a migration can then take a right away
(``REVOKE UPDATE ON audit FROM toewijzing_dienst``) without knowing how an operator named the login.

Row level security shows the login only the rows of the parties for which a transaction speaks. Two more roles, which
the login may take on for one transaction but whose rights it does not have by itself:

- ``<service>_intern``: the rights of the group on the rows of everyone, for work that spans parties;
- ``<service>_invoer``: may add lines to a few tables and read nothing. PostgreSQL refuses COPY to whom row level
  security applies, so it has BYPASSRLS; triggers check whose the lines are. Only a superuser may make such a role, or
  since PostgreSQL 16 who has BYPASSRLS himself. Where the administrator of a hosted server is neither it is not made,
  and lines are added the ordinary way (10,000 of them take 40 ms longer); the provider may make it, with NOLOGIN.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from knooppunt.errors import KnooppuntStartError
from shared.namens import rol_intern, rol_invoer
from shared.rijbeleid import INVOER_TRIGGER
from shared.settings import Service, Settings

POSTGRES_16 = 160_000
"""Since which a role can be taken on by whom does not have its rights already, and so sees what it sees."""


@dataclass(frozen=True)
class Login:
    """The role as which a service logs in, from its DSN; no password: the server knows it another way."""

    service: Service
    user: str
    password: str | None

    @classmethod
    def of(cls, settings: Settings, service: Service) -> "Login":
        """Raises KnooppuntStartError when the DSN names no user."""
        url = make_url(settings.dsn(service))
        if not url.username:
            raise KnooppuntStartError(f"De database-URL van {service} noemt geen gebruiker")
        return cls(service, url.username, url.password)


def owner_of(service: Service) -> str:
    """The role that owns the service's schema."""
    return f"{service}_eigenaar"


def group_of(service: Service) -> str:
    """The role that has the rights on the service's data."""
    return f"{service}_dienst"


async def protect_database(conn: AsyncConnection) -> None:
    """Take from everyone what PostgreSQL gives to everyone: connecting, and the schema public."""
    await run(conn, "REVOKE ALL ON DATABASE %I FROM PUBLIC", await _database(conn))
    if await conn.scalar(text("select to_regnamespace('public') is not null")):
        await run(conn, "REVOKE ALL ON SCHEMA public FROM PUBLIC")


async def ensure_service(conn: AsyncConnection, login: Login) -> None:
    """Make the roles and the schema of one service, or put right what differs; safe to repeat."""
    service, owner, group = login.service, owner_of(login.service), group_of(login.service)
    if await _version(conn) < POSTGRES_16:
        raise KnooppuntStartError("Het knooppunt heeft PostgreSQL 16 of nieuwer nodig")
    for role in (owner, group, rol_intern(service)):
        if not await _exists(conn, role):
            await run(conn, "CREATE ROLE %I NOLOGIN", role)
    await _ensure_invoer(conn, rol_invoer(service))
    await _ensure_login(conn, login)
    await _join(conn, owner)
    await run(conn, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, owner)
    await run(conn, "SET LOCAL ROLE %I", owner)
    rights = "ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT"
    await run(conn, "GRANT USAGE ON SCHEMA %I TO %I", service, group)
    await run(conn, f"{rights} SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I", service, group)
    await run(conn, f"{rights} USAGE ON SEQUENCES TO %I", service, group)
    await run(conn, "RESET ROLE")


async def grant_invoer(conn: AsyncConnection, service: Service) -> None:
    """Lets the role that adds lines add them to the tables with the trigger that checks whose they are, and to no
    other; for the owner of the tables to run, once those are there."""
    role = rol_invoer(service)
    if not await _exists(conn, role):
        return
    await run(conn, "GRANT USAGE ON SCHEMA %I TO %I", service, role)
    guarded = text(
        "select relname::text from pg_trigger join pg_class on pg_class.oid = tgrelid"
        " where tgname = :name and tgenabled <> 'D' and relnamespace = to_regnamespace(:service)"
    )
    for table in (await conn.scalars(guarded, {"name": INVOER_TRIGGER, "service": service})).all():
        await run(conn, "GRANT INSERT ON %I.%I TO %I", service, table, role)


async def run(conn: AsyncConnection, template: str, *names: str) -> None:
    """Run a statement that takes no parameters; the server itself quotes names (%I) and literals (%L)."""
    quoted = text("select format(cast(:template as text), variadic cast(:names as text[]))")
    statement = await conn.scalar(quoted, {"template": template, "names": list(names)})
    await conn.exec_driver_sql(str(statement))


async def _ensure_invoer(conn: AsyncConnection, role: str) -> None:
    """Without it lines are added the ordinary way, which takes longer."""
    may = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    if not await _exists(conn, role) and await conn.scalar(may):
        await run(conn, "CREATE ROLE %I NOLOGIN BYPASSRLS", role)


async def _ensure_login(conn: AsyncConnection, login: Login) -> None:
    if not await _exists(conn, login.user):
        await run(conn, "CREATE ROLE %I LOGIN", login.user)
    elif await conn.scalar(
        text("select rolsuper or rolcreaterole from pg_roles where rolname = :role"), {"role": login.user}
    ):
        raise KnooppuntStartError(
            f"De rol '{login.user}' van {login.service} is een beheerder: geef de dienst een gewone rol"
        )
    database = await _database(conn)
    if login.password:
        await run(conn, "ALTER ROLE %I PASSWORD %L", login.user, login.password)
    await run(conn, "ALTER ROLE %I IN DATABASE %I SET search_path = %I", login.user, database, login.service)
    await run(conn, "GRANT CONNECT ON DATABASE %I TO %I", database, login.user)
    await run(conn, "GRANT %I TO %I", group_of(login.service), login.user)
    await run(conn, "GRANT %I TO %I", group_of(login.service), rol_intern(login.service))
    # Not inherited: a policy for a role holds for all who have its rights, and the login must not see everyone's rows.
    for role in (rol_intern(login.service), rol_invoer(login.service)):
        if await _exists(conn, role):
            await run(conn, "GRANT %I TO %I WITH INHERIT FALSE, SET TRUE", role, login.user)


async def _join(conn: AsyncConnection, owner: str) -> None:
    """A superuser may act as any role; someone who may only make roles has to make himself a member first."""
    may = text("select pg_has_role(cast(:owner as name), 'SET')")
    if not await conn.scalar(may, {"owner": owner}):
        await run(conn, "GRANT %I TO CURRENT_USER", owner)


async def _version(conn: AsyncConnection) -> int:
    return int(await conn.scalar(text("select current_setting('server_version_num')::int")) or 0)


async def _database(conn: AsyncConnection) -> str:
    return str(await conn.scalar(text("select current_database()")))


async def _exists(conn: AsyncConnection, role: str) -> bool:
    return bool(await conn.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role}))

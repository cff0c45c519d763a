"""``knooppunt audit``: is the audit trail as it was written, and clearing what is past its retention."""

import asyncio
from datetime import UTC, date, datetime, time
from importlib import import_module
from typing import Annotated

import typer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from knooppunt.config import read_settings
from knooppunt.errors import KnooppuntStartError
from knooppunt.roles import owner_of, run
from shared.db import make_engine
from shared.exchange import verzegeling
from shared.exchange.spoorcontrole import Bevinding, BreukError, check
from shared.exchange.tables import ExchangeTables
from shared.namens import intern, rol_intern
from shared.security.audit import seal_key
from shared.security.kluis import Kluis
from shared.settings import SERVICES, Service, Settings

MIN_YEARS = 5
"""What NEN 7513 asks at the least."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    audit = typer.Typer(help="Het auditspoor (NEN 7513): controleren of het heel is, en opruimen wat te oud is.")
    audit.command()(controleer)
    audit.command()(opruimen)
    app.add_typer(audit, name="audit")


def controleer(
    service: Annotated[Service | None, typer.Argument(help="Zonder dienst: alle drie.")] = None,
    anker: Annotated[
        str | None,
        typer.Option(
            metavar="NUMMER:ZEGEL", help="Een eerder bewaard zegel van deze dienst, dat er nog in moet staan."
        ),
    ] = None,
) -> None:
    """Loop de keten over het auditspoor na, ook van een kopie of back-up van de database; 0 als hij heel is, 1 met de
    eerste plaats waar hij dat niet is."""
    if anker is not None and service is None:
        raise KnooppuntStartError("Een anker is van een dienst: noem die erbij")
    settings = read_settings()
    whole = [asyncio.run(_report(one, settings, anker)) for one in ((service,) if service else SERVICES)]
    if not all(whole):
        raise typer.Exit(1)


def opruimen(
    service: Service,
    voor: Annotated[str | None, typer.Option(metavar="JJJJ-MM-DD", help="Minstens vijf jaar geleden.")] = None,
) -> None:
    """Haal regels weg die ouder zijn dan de bewaartermijn; de keten gaat verder met een zegel dat dit vastlegt."""
    settings = read_settings()
    limit = _limit(voor)
    number = asyncio.run(_clear(service, settings, limit))
    typer.echo(f"{service}: {number} regels van voor {limit:%Y-%m-%d} opgeruimd")


def _limit(voor: str | None) -> datetime:
    today = datetime.now(UTC).date()
    latest = today.replace(year=today.year - MIN_YEARS, day=min(today.day, 28))
    try:
        chosen = date.fromisoformat(voor) if voor is not None else latest
    except ValueError as error:
        raise KnooppuntStartError("--voor is geen datum (JJJJ-MM-DD)") from error
    if chosen > latest:
        raise KnooppuntStartError(f"Het auditspoor blijft minstens {MIN_YEARS} jaar bewaard: tot {latest} kan het weg")
    return datetime.combine(chosen, time(), UTC)


async def _report(service: Service, settings: Settings, anker: str | None) -> bool:
    try:
        found = await _check(service, settings, anker)
    except BreukError as error:
        typer.echo(f"{service}: NIET HEEL: {error}")
        return False
    last = "" if found.laatste is verzegeling.NOTHING else f"; laatste zegel {found.laatste.naam}"
    loose = f", {found.los} nog niet verzegeld" if found.los else ""
    typer.echo(f"{service}: heel: {found.rijen} regels in {found.zegels} zegels{loose}{last}")
    return True


async def _check(service: Service, settings: Settings, anker: str | None) -> Bevinding:
    key, tables = _key(service, settings), _tables(service)
    try:
        dsn = settings.dsn(service)
        dienst = service if await _may_see_all(service, dsn) else None
        engine = make_engine(dsn, pool_size=1, dienst=dienst)
        try:
            with intern():
                async with engine.connect() as conn:
                    # One snapshot: what is added and sealed meanwhile is for a next time.
                    await conn.execution_options(isolation_level="REPEATABLE READ")
                    if dienst is None:
                        # Rows that are hidden would seem to be gone: then an error is better.
                        await conn.execute(text("set local row_security = off"))
                    return await check(conn, tables, key, anker)
        finally:
            await engine.dispose()
    except (SQLAlchemyError, OSError) as error:
        raise KnooppuntStartError(f"Het auditspoor van {service} is niet te lezen") from error


async def _may_see_all(service: Service, dsn: str) -> bool:
    """Whether there is the role of the service's own work, which sees all rows: a copy may be without."""
    engine = make_engine(dsn, pool_size=1)
    try:
        async with engine.connect() as conn:
            may = text("select pg_has_role(oid, 'MEMBER') from pg_roles where rolname = :role")
            return bool(await conn.scalar(may, {"role": rol_intern(service)}))
    finally:
        await engine.dispose()


async def _clear(service: Service, settings: Settings, limit: datetime) -> int:
    key, tables = _key(service, settings), _tables(service)
    if settings.database_url_beheer is None:
        raise KnooppuntStartError("KNOOPPUNT_DATABASE_URL_BEHEER ontbreekt: een dienst mag geen regels weghalen")
    engine = make_engine(settings.database_url_beheer, pool_size=1)
    try:
        async with engine.begin() as conn:
            await _as_owner(conn, service)
            await check(conn, tables, key)
            return await verzegeling.clear(conn, tables, key, limit)
    except BreukError as error:
        raise KnooppuntStartError(
            f"Het auditspoor van {service} is niet heel, dus blijft alles staan: {error}"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise KnooppuntStartError(f"Het auditspoor van {service} is niet op te ruimen") from error
    finally:
        await engine.dispose()


async def _as_owner(conn: AsyncConnection, service: Service) -> None:
    await run(conn, "SET LOCAL ROLE %I", owner_of(service))


def _tables(service: Service) -> ExchangeTables:
    # By name: which services there are is known, and only some of them are wanted.
    tables: ExchangeTables = import_module(f"services.{service}.tables").EXCHANGE
    return tables


def _key(service: Service, settings: Settings) -> bytes:
    secret = Kluis.from_settings("", settings.pseudoniem_sleutel).pseudoniem_sleutel
    if not secret:
        raise KnooppuntStartError("KNOOPPUNT_PSEUDONIEM_SLEUTEL ontbreekt: daarmee zijn de zegels gemaakt")
    return seal_key(secret, service)

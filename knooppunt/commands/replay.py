"""``knooppunt replay``: publishes the current state of a service again, to rebuild what others know of it."""

import asyncio
from importlib import import_module
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from knooppunt.config import read_settings
from knooppunt.errors import KnooppuntStartError
from shared.db import make_engine
from shared.kafka.outbox import raise_epoch
from shared.namens import intern
from shared.settings import Service


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    service: Service,
    hersteld: Annotated[
        bool,
        typer.Option("--hersteld", help="De database is uit een back-up teruggezet; de dienst zelf staat nog stil."),
    ] = False,
) -> None:
    """Zet de huidige stand van een dienst opnieuw klaar om te versturen; de dienst zelf verstuurt hem."""
    try:
        asyncio.run(_republish(service, read_settings().dsn(service), hersteld=hersteld))
    except (SQLAlchemyError, OSError) as error:
        raise KnooppuntStartError(f"De database van {service} is niet te bereiken") from error
    typer.echo(f"de stand van {service} staat klaar en wordt verstuurd")


async def _republish(service: Service, dsn: str, *, hersteld: bool) -> None:
    # By name: which services there are is known, and only one of them is wanted.
    republish = import_module(f"services.{service}.events").republish
    tables = import_module(f"services.{service}.tables").KAFKA
    engine = make_engine(dsn, pool_size=1, dienst=service)
    try:
        with intern():
            async with engine.begin() as conn:
                if hersteld:
                    # What follows has versions that readers saw before the restore: a new epoch tells that it is newer.
                    await raise_epoch(conn, tables)
                await republish(conn)
    finally:
        await engine.dispose()

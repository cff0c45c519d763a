"""``knooppunt replay``: publishes the current state of a service again, to rebuild what others know of it."""

import asyncio
from importlib import import_module

import typer
from sqlalchemy.exc import SQLAlchemyError

from knooppunt.config import read_settings
from knooppunt.errors import KnooppuntStartError
from shared.db import make_engine
from shared.settings import Service


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(service: Service) -> None:
    """Zet de huidige stand van een dienst opnieuw klaar om te versturen; de dienst zelf verstuurt hem."""
    try:
        asyncio.run(_republish(service, read_settings().dsn(service)))
    except (SQLAlchemyError, OSError) as error:
        raise KnooppuntStartError(f"De database van {service} is niet te bereiken") from error
    typer.echo(f"de stand van {service} staat klaar en wordt verstuurd")


async def _republish(service: Service, dsn: str) -> None:
    # By name: which services there are is known, and only one of them is wanted.
    republish = import_module(f"services.{service}.events").republish
    engine = make_engine(dsn, pool_size=1)
    try:
        async with engine.begin() as conn:
            await republish(conn)
    finally:
        await engine.dispose()

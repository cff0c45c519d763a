"""``knooppunt migrate`` and, for developers, ``knooppunt migratie-maken``."""

import asyncio
from typing import Annotated

import typer

from knooppunt import migrate as migrations
from knooppunt.config import read_settings
from knooppunt.embedded.scratch import scratch_database
from shared.settings import SERVICES, Service


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.command("migratie-maken", hidden=True)(make_migration)


def migrate(service: Annotated[Service | None, typer.Argument()] = None) -> None:
    """Maak of vernieuw de rollen, schema's en tabellen (van alle diensten, of van één)."""
    chosen = (service,) if service else SERVICES
    settings = read_settings()
    asyncio.run(migrations.migrate(settings, chosen))
    typer.echo(f"bijgewerkt: {', '.join(chosen)}")


def make_migration(
    service: Service,
    message: Annotated[str, typer.Option("-m", "--message", help="Wat er verandert (Engels).")],
) -> None:
    """Schrijf een Alembic-migratie uit het verschil tussen tables.py en de migraties die er al zijn."""
    with scratch_database() as settings:
        asyncio.run(migrations.migrate(settings, (service,)))
        path = asyncio.run(migrations.make(settings, service, message))
    typer.echo(str(path))

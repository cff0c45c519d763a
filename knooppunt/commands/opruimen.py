"""``knooppunt opruimen``: take away what is past its retention, as the services do by themselves once a day."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from knooppunt.config import read_settings
from knooppunt.diensten import chosen, kluis_of, own_work, tables_of, terms_of
from shared.klok import Klok
from shared.retentie.opruimen import Opruimer
from shared.retentie.termijnen import Bewaartermijnen
from shared.settings import Service, Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(opruimen)


def opruimen(
    service: Annotated[Service | None, typer.Argument(help="Zonder dienst: alle drie.")] = None,
    proef: Annotated[bool, typer.Option("--proef", help="Alleen tellen: er gaat niets weg.")] = False,
) -> None:
    """Verwijder wat voorbij zijn bewaartermijn is, en zeg hoeveel. Het auditspoor: zie audit opruimen."""
    settings = read_settings()
    for one in chosen(service):
        for naam, number in asyncio.run(_clear(one, settings, proef=proef)).items():
            typer.echo(f"{one}: {naam}: {number}{' te verwijderen' if proef else ' verwijderd'}")


async def _clear(service: Service, settings: Settings, *, proef: bool) -> Counter[str]:
    terms, kluis = Bewaartermijnen.load(settings), kluis_of(settings)
    async with own_work(service, settings) as engine:
        opruimer = Opruimer(service, engine, tables_of(service), kluis, terms, terms_of(service))
        return await opruimer.run(Klok(settings.klok_verschuiving).now(), proef=proef)

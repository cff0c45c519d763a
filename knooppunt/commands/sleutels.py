"""``knooppunt sleutels``: under which keys content stands, and sealing it anew under the newest."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from knooppunt.config import read_settings
from knooppunt.diensten import chosen, kluis_of, own_work, sealed_of
from shared.security.kluis import Kluis
from shared.security.roteren import count_keys, rotate
from shared.settings import Service, Settings

AlleOfEen = Annotated[Service | None, typer.Argument(help="Zonder dienst: alle drie.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    sleutels = typer.Typer(help="De sleutels van wat versleuteld is opgeslagen.")
    sleutels.command()(toon)
    sleutels.command()(roteer)
    app.add_typer(sleutels, name="sleutels")


def toon(service: AlleOfEen = None) -> None:
    """Welke sleutels in gebruik zijn, en voor hoeveel rijen; 1 als er een ontbreekt in KNOOPPUNT_SLEUTELS."""
    settings = read_settings()
    kluis = kluis_of(settings)
    whole = [_report(one, kluis, asyncio.run(_count(one, settings))) for one in chosen(service)]
    if not all(whole):
        raise typer.Exit(1)


def roteer(service: AlleOfEen = None) -> None:
    """Versleutel alles opnieuw met de eerste sleutel van KNOOPPUNT_SLEUTELS. De diensten werken door; na een
    onderbreking gaat de rest verder. Daarna kunnen de andere sleutels weg, uit de instelling van elke dienst."""
    settings = read_settings()
    kluis = kluis_of(settings)
    whole = []
    for one in chosen(service):
        done = asyncio.run(_rotate(one, settings, kluis))
        typer.echo(f"{one}: {done} rijen opnieuw versleuteld met sleutel {kluis.sleutels[0][0]}")
        whole.append(_report(one, kluis, asyncio.run(_count(one, settings))))
    if not all(whole):
        raise typer.Exit(1)


def _report(service: Service, kluis: Kluis, counts: Counter[str]) -> bool:
    """One line for each key; whether all are there."""
    known = [kid for kid, _ in kluis.sleutels]
    for kid in sorted({*known, *counts}, key=lambda kid: (kid not in known, kid != known[0], kid)):
        what = "ONTBREEKT" if kid not in known else "nieuwste" if kid == known[0] else "ouder"
        typer.echo(f"{service}: sleutel {kid} ({what}): {counts[kid]} rijen")
    return set(counts) <= set(known)


async def _count(service: Service, settings: Settings) -> Counter[str]:
    counts: Counter[str] = Counter()
    async with own_work(service, settings) as engine, engine.connect() as conn:
        for verzegeld in sealed_of(service):
            counts += await count_keys(conn, verzegeld)
    return counts


async def _rotate(service: Service, settings: Settings, kluis: Kluis) -> int:
    async with own_work(service, settings) as engine:
        return sum([await rotate(engine, verzegeld, kluis) for verzegeld in sealed_of(service)])

"""``knooppunt demo``: the chain, played on a stack of its own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from knooppunt.config import read_settings
from knooppunt.errors import KnooppuntStartError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    berichten: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Stuur de berichten uit deze map, toewijzingen eerst."),
    ] = None,
) -> None:
    """Speel de keten van toewijzing tot betaalde declaratie, in beide releases."""
    # The stack needs the embedded extra, which production does without: only this command asks for it.
    from knooppunt.demo.beller import Beller
    from knooppunt.demo.betalen import play_payment
    from knooppunt.demo.dossier import play_dossier
    from knooppunt.demo.omgeving import stack
    from knooppunt.demo.spelen import play_folder, play_story

    if berichten and not any(berichten.glob("*.xml")):
        raise KnooppuntStartError(f"Er staan geen berichten (*.xml) in {berichten}")
    console = Console(width=150, soft_wrap=False)
    settings = read_settings()
    with stack() as (url, data):
        console.print(f"het knooppunt draait op {url}\n", highlight=False)
        beller = Beller(url, data, settings.token_issuer, settings.token_audience)
        try:
            if berichten:
                good = play_folder(beller, berichten, console)
            else:
                good = play_story(beller, console)
                good &= play_payment(beller, console)
                # Last: it enters a product, and every mailbox is empty by then.
                good &= play_dossier(beller, console)
        finally:
            beller.close()
    done = "elk bericht is beantwoord" if berichten else "elke stap deed wat zij moest doen"
    console.print(done if good else "niet alles ging zoals het moest", highlight=False)
    if not good:
        raise typer.Exit(1)

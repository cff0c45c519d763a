"""``knooppunt client``: who may fetch tokens from the embedded issuer (``POST /token``)."""

from typing import Annotated

import typer

from knooppunt.clienten import Clienten
from knooppunt.commands.options import DataDir
from knooppunt.config import read_settings
from knooppunt.embedded.folder import DataFolder
from knooppunt.errors import KnooppuntStartError
from knooppunt.issuer import read_partij


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(client)


def client(
    naam: Annotated[str, typer.Argument(help="De client_id.")],
    partij: Annotated[
        list[str] | None, typer.Option(help="gemeente:NNNN, agb:NNNNNNNN of beheer; herhaalbaar.")
    ] = None,
    weg: Annotated[bool, typer.Option("--weg", help="Verwijder de client.")] = False,
    data: DataDir = None,
) -> None:
    """Geef een client van de ingebouwde uitgever een (nieuw) geheim, en druk het af; het wordt niet bewaard."""
    clienten = Clienten(DataFolder.open(data or read_settings().data_dir).path)
    if weg:
        clienten.remove(naam)
        return
    if not partij:
        raise KnooppuntStartError("Noem met --partij minstens een partij")
    typer.echo(clienten.add(naam, [read_partij(text) for text in partij]))

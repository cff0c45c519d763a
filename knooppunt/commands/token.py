"""``knooppunt token``: an access token from the embedded issuer."""

from typing import Annotated

import typer

from knooppunt.commands.options import DataDir
from knooppunt.config import read_settings
from knooppunt.embedded.folder import DataFolder
from knooppunt.errors import KnooppuntStartError
from knooppunt.issuer import Issuer, read_partij
from shared.security.machtiging import read_organisatie

EIGHT_HOURS = 8 * 3600


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)


def token(
    partij: Annotated[
        list[str], typer.Option(help="gemeente:NNNN, agb:NNNNNNNN, beheer of organisatie:OIN; herhaalbaar.")
    ],
    data: DataDir = None,
    geldig: Annotated[int, typer.Option(min=1, help="Geldigheid in seconden.")] = EIGHT_HOURS,
    wie: Annotated[str | None, typer.Option(help="Wie namens de partij handelt (sub); anders de partij zelf.")] = None,
) -> None:
    """Druk een ondertekend toegangstoken af voor een of meer partijen."""
    settings = read_settings()
    try:
        partijen = [text if read_organisatie(text) else read_partij(text) for text in partij]
    except KnooppuntStartError as error:
        raise KnooppuntStartError(f"{error}, of organisatie: met een OIN van 20 cijfers") from error
    folder = DataFolder.open(data or settings.data_dir)
    issuer = Issuer.load_or_create(folder.path)
    typer.echo(issuer.token(partijen, settings.token_issuer, settings.token_audience, geldig, wie))

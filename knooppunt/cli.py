"""The command ``knooppunt``: one module per command under ``knooppunt.commands``, listed here."""

from typing import Any

import typer
from typer.core import TyperGroup

from knooppunt.commands import audit, client, demo, migrate, opruimen, replay, serve, sleutels, token, up, valideer
from knooppunt.errors import KnooppuntStartError
from services.toewijzing.catalogus.profiel import ProfielError
from shared.iwmo.gemeenten import GemeentenError
from shared.retentie.termijnen import BewaarError
from shared.security.kluis import SleutelError
from shared.security.machtiging import MachtigingError
from shared.settings import MissingSettingError

COMMANDS = (up, demo, serve, migrate, replay, token, client, valideer, audit, sleutels, opruimen)

OPERATORS = (
    KnooppuntStartError, MissingSettingError, GemeentenError, ProfielError, SleutelError, MachtigingError, BewaarError,
)  # fmt: skip
"""What the operator has to set right."""


class Commands(TyperGroup):
    """Shows what the operator has to set right as one line, instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OPERATORS as error:
            typer.echo(f"knooppunt: {error}", err=True)
            raise typer.Exit(2) from error


# Pretty tracebacks print local variables, and ours hold keys and passwords.
app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Knooppunt voor het iWmo-berichtenverkeer.",
)  # fmt: skip
for command in COMMANDS:
    command.register(app)

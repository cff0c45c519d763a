"""``knooppunt up``: the embedded stack behind one port, until a signal."""

from typing import Annotated

import typer

from knooppunt.commands.options import DataDir
from knooppunt.config import read_settings
from knooppunt.embedded import stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Poort op 127.0.0.1; 0 kiest een vrije.")] = 8100,
    data: DataDir = None,
    kafka: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:POORT,...",
            help="Een Kafka die al draait, in plaats van de eigen broker; ook KNOOPPUNT_KAFKA_* gelden dan.",
        ),
    ] = None,
) -> None:
    """Start Postgres, een broker en de drie diensten; Ctrl-C stopt alles."""
    settings = read_settings()
    stack.run(data or settings.data_dir, port, kafka)

"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data", metavar="MAP", help="Gegevensmap (anders KNOOPPUNT_DATA_DIR, anders .knooppunt)."),
]

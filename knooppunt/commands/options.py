"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer


def _folder(text: str) -> Path:
    """A folder; an empty one would be where the caller happens to stand, and keys would be written there."""
    if not text.strip():
        raise typer.BadParameter("geef een map, of laat de optie weg")
    return Path(text)


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="MAP", parser=_folder, help="Gegevensmap (anders KNOOPPUNT_DATA_DIR, anders .knooppunt)."
    ),
]

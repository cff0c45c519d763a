"""Reading profiles: those that come with the software, and those of the operator."""

import json
from functools import cache
from pathlib import Path

from services.toewijzing.catalogus.profiel import Profiel, ProfielError, maak_profiel

FOLDER = Path(__file__).parent / "profielen"


@cache
def lees_profielen(extra: Path | None = None) -> tuple[Profiel, ...]:
    """Every profile, newest version last. A profile of the operator replaces ours of the same region and version.

    Raises ProfielError (Dutch) with the file that is not right.
    """
    found: dict[tuple[str, int], Profiel] = {}
    for folder in (FOLDER, *([extra] if extra else [])):
        for path in sorted(folder.glob("*.json")):
            try:
                profiel = maak_profiel(json.loads(path.read_text("utf-8")))
            except (OSError, ValueError) as error:
                raise ProfielError(f"{path}: {error}") from error
            found[profiel.regio, profiel.versie] = profiel
    return tuple(sorted(found.values(), key=lambda one: (one.regio, one.versie)))

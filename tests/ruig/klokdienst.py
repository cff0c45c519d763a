"""``knooppunt serve`` with a clock that a test sets while it runs: a file has the seconds to add."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from knooppunt.cli import app
from shared.klok import Klok

BESTAND = "RUIG_KLOK"
_now = Klok.now


def _shifted(self: Klok) -> datetime:
    return _now(self) + timedelta(seconds=float(Path(os.environ[BESTAND]).read_text(encoding="ascii")))


if __name__ == "__main__":
    Klok.now = _shifted  # type: ignore[method-assign]
    app(["serve", *sys.argv[1:]], prog_name="knooppunt")

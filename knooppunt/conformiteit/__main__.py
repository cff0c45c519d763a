"""``make regels``: run the tests of all rules and write docs/conformiteit.md. Exit code 1 when a rule is not proven."""

import sys
from pathlib import Path

from knooppunt.conformiteit.kaart import Kaart
from knooppunt.conformiteit.proeven import find_proeven, run
from knooppunt.conformiteit.register import register

ROOT = Path(__file__).parents[2]
KAART = ROOT / "docs" / "conformiteit.md"


def main() -> int:
    """Writes the card, and tells what is not in order."""
    proeven = find_proeven(ROOT)
    kaart = Kaart(register(), proeven, run(proeven, ROOT))
    KAART.write_text(kaart.as_markdown(), encoding="utf-8")
    gebreken = kaart.gebreken()
    print(f"{KAART.relative_to(ROOT)}: {len(kaart.regels)} regels, {len(proeven)} tests, {len(gebreken)} gebreken")
    for gebrek in gebreken:
        print(f"  {gebrek}", file=sys.stderr)
    return 1 if gebreken else 0


if __name__ == "__main__":
    sys.exit(main())

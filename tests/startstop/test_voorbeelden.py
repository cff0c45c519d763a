"""Every start or stop that others wrote as an example, and of our own demo, is right in itself."""

from pathlib import Path

import pytest

from services.startstop import controle
from shared.iwmo.kop import read_kop
from shared.iwmo.lezer import read
from shared.iwmo.schemas import Schemas
from tests.shared.iwmo.berichten import GRENZEN

REPOSITORY = Path(__file__).parents[2]
DEMO = REPOSITORY / "knooppunt" / "demo" / "berichten"
EXAMPLES = REPOSITORY.parent / "shared" / "iwmo"
SCHEMAS = Schemas()


def check_all(folder: Path) -> set[str]:
    """The kinds of the messages below the folder that were checked; each must be without faults."""
    seen = set()
    for path in sorted(folder.rglob("*.xml")):
        gelezen = read(path.read_bytes(), SCHEMAS, GRENZEN)
        if gelezen.soort.naam in controle.SOORTEN:
            found = controle.check(read_kop(gelezen.soort, gelezen.inhoud), gelezen.inhoud)
            assert [melding.as_json() for melding in found] == [], path.name
            seen.add(gelezen.soort.naam)
    return seen


@pytest.mark.parametrize("release", ["2.4", "3.2"])
def test_the_demo_breaks_no_rule(release: str) -> None:
    assert check_all(DEMO / release)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the published examples (../shared/iwmo) are not here")
def test_the_published_examples_break_no_rule() -> None:
    """WMO305 and WMO307, of both releases."""
    seen = check_all(EXAMPLES / "2.4" / "voorbeelden") | check_all(EXAMPLES / "3.2" / "voorbeelden")

    assert seen == controle.SOORTEN

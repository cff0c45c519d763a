"""KNOOPPUNT_XSD_DIR: the official schemas of 3.2 in the place of our own. All must work with them as with ours."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from services.declaratie.processing import DeclaratieDienst
from services.startstop.processing import StartstopDienst
from services.toewijzing.processing import ToewijzingDienst
from shared.exchange.dienst import Heen
from shared.iwmo.catalogus import SOORTEN, BerichtSoort, soort_named
from shared.iwmo.codec import encode
from shared.iwmo.kop import HEADER, read_kop
from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.regels import Afwijking, Melding, Plek, Regel
from shared.iwmo.retour import RetourGegevens
from shared.iwmo.schemas import Schemas
from shared.iwmo.validatie import validate
from shared.settings import Settings
from tests.conformance.mutanten import mutants

REFERENCE = Path(__file__).parents[3] / "shared" / "iwmo" / "3.2"
if not REFERENCE.is_dir():
    pytest.skip("the iWmo reference material is not beside the repository", allow_module_level=True)

EXAMPLES = sorted((REFERENCE / "voorbeelden").rglob("*.xml"))
HEEN = [path for path in EXAMPLES if path.stem in ("WMO301", "WMO305", "WMO307", "WMO323")]
KINDS = [kind for kind in SOORTEN if kind.release == "3.2"]
GRENZEN = Grenzen()
DIENSTEN = {
    naam: dienst
    for dienst in (ToewijzingDienst(), StartstopDienst(), DeclaratieDienst())
    for naam in dienst.soorten
}  # fmt: skip
# A fault in the message, one on the header, and one on the client.
PLEKKEN: list[tuple[Plek, int]] = [(HEADER, 2), (HEADER, 3), ((("Client", 0),), 3)]


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """As the setting has it: a folder with a set per release; for 2.4 there is none."""
    folder = tmp_path_factory.mktemp("xsd")
    (folder / "3.2").symlink_to(REFERENCE / "xsd")
    return Schemas(Settings(xsd_dir=folder).xsd_dir)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.naam)
def test_it_describes_each_message_as_ours_does(kind: BerichtSoort, official: Schemas, schemas: Schemas) -> None:
    theirs, ours = official.of(kind), schemas.of(kind)

    assert theirs.path != ours.path
    assert theirs.root == ours.root
    assert (theirs.prefixes, theirs.versies) == (ours.prefixes, ours.versies)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_read_alike(example: Path, official: Schemas, schemas: Schemas) -> None:
    theirs, ours = (read(example.read_bytes(), one, GRENZEN) for one in (official, schemas))

    assert (theirs.soort, theirs.inhoud, theirs.hash) == (ours.soort, ours.inhoud, ours.hash)
    assert read(encode(theirs.inhoud, theirs.schema), official, GRENZEN).inhoud == theirs.inhoud


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_damaged_example_is_explained_alike(example: Path, official: Schemas, schemas: Schemas) -> None:
    for mutant in mutants(example.stem, example.read_text(encoding="utf-8"), 46):
        theirs, ours = (validate(mutant.body, one, GRENZEN, {}) for one in (official, schemas))
        assert theirs == ours


@pytest.mark.parametrize("fault", [None, *PLEKKEN], ids=["well", "0001", "header", "class"])
@pytest.mark.parametrize("example", HEEN, ids=lambda path: path.stem)
def test_it_carries_the_retourbericht(
    example: Path, fault: tuple[Plek, int] | None, official: Schemas, schemas: Schemas
) -> None:
    gelezen = read(example.read_bytes(), official, GRENZEN)
    kop = read_kop(gelezen.soort, gelezen.inhoud)
    heen = Heen(uuid4(), kop, gelezen.inhoud, datetime(2025, 5, 1, tzinfo=UTC), date(2025, 5, 1))
    kind = soort_named(gelezen.soort.retour or "", "3.2")
    assert kind is not None
    meldingen = []
    if fault is not None:
        plek, niveau = fault
        if plek != HEADER and "Client" not in gelezen.inhoud:
            plek = (("Declaratie", 0), ("Clienten", 0), ("Client", 1))
        code = "0001" if niveau == 2 else "9056" if plek == HEADER else "8187"
        meldingen = [Melding(Regel("XX001", (), code, "x", niveau, "test"), plek, Afwijking("fout"))]

    def answer(sets: Schemas) -> bytes:
        schema = sets.of(kind)
        gegevens = RetourGegevens(kind, "S00000000001", date(2025, 5, 1))
        return encode(DIENSTEN[gelezen.soort.naam].retour(heen, meldingen, gegevens, schema), schema)

    assert answer(official) == answer(schemas)
    assert read(answer(official), official, GRENZEN).soort == kind

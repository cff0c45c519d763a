"""The derived examples of a 302, 316, 318 and 320, each made again from its message and the faults it tells of."""

from pathlib import Path

import pytest

from shared.iwmo.catalogus import soort_named
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.lezer import read
from shared.iwmo.regels import Afwijking, Melding, Plek, Regel
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schemas
from shared.iwmo.waarden import as_date
from tests.shared.iwmo.berichten import GRENZEN

VOORBEELDEN = Path(__file__).parents[3] / "shared" / "iwmo" / "3.2" / "voorbeelden"
CLIENT: Plek = (("Client", 0),)
VERZOEK: Plek = (*CLIENT, ("Verzoek", 0))
CASES: dict[str, tuple[str, dict[Plek, str]]] = {
    "WMO302": ("WMO301", {(*CLIENT, ("ToegewezenProducten", 0), ("ToegewezenProduct", 1)): "9332"}),
    "WMO316": ("WMO315", {(*CLIENT, ("AangevraagdeProducten", 0), ("AangevraagdProduct", 2)): "9347"}),
    "WMO316-technisch-afgekeurd": ("WMO315", {CLIENT: "0001"}),
    "WMO318": (
        "WMO317",
        {
            (*VERZOEK, ("OngewijzigdeProducten", 0), ("OngewijzigdProduct", 1)): "9350",
            (*VERZOEK, ("TeWijzigenProducten", 0), ("TeWijzigenProduct", 1)): "9357",
        },
    ),
    "WMO320": ("WMO319", {(("Antwoord", 0),): "9359"}),
}

pytestmark = pytest.mark.skipif(not VOORBEELDEN.is_dir(), reason="the standard is not beside this repository")


def _melding(plek: Plek, retourcode: str) -> Melding:
    niveau = 2 if retourcode == "0001" else 3
    return Melding(Regel("TR", (), retourcode, plek[-1][0], niveau, "voorbeeld"), plek, Afwijking("voorbeeld"))


def _read(path: Path, schemas: Schemas) -> Inhoud:
    return read(path.read_bytes(), schemas, GRENZEN).inhoud


@pytest.mark.parametrize("naam", CASES)
def test_the_retour_is_that_of_the_example(naam: str, schemas: Schemas) -> None:
    heen_naam, faults = CASES[naam]
    heen = _read(VOORBEELDEN / f"{heen_naam}.xml", schemas)
    example = _read(VOORBEELDEN / "afgeleid" / f"{naam}.xml", schemas)
    header = example["Header"]
    soort = soort_named(naam.partition("-")[0], "3.2")
    assert soort is not None
    gegevens = RetourGegevens(soort, header["IdentificatieRetour"], as_date(header["DagtekeningRetour"], ()))
    schema = schemas.of(soort)

    made = make_retour(heen, schema, gegevens, [_melding(*one) for one in faults.items()])

    # The version of the XSLTs is the maker's own.
    made["Header"].pop("XsltVersie", None)
    header.pop("XsltVersie", None)
    assert made == example
    assert read(encode(made, schema), schemas, GRENZEN).inhoud == example

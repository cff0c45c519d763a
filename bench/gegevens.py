"""The messages that are measured: made here, so that nobody's data lie about."""

from datetime import date

from shared.iwmo.catalogus import BerichtSoort, Release, soort_named
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.schemas import Schemas

LINES_PER_CLIENT = 10
GEMEENTE = "0855"


def kind(naam: str, release: Release = "3.2") -> BerichtSoort:
    """A message that there is."""
    found = soort_named(naam, release)
    if found is None:
        raise KeyError(naam)
    return found


def a_declaratie(lines: int, schemas: Schemas) -> bytes:
    """A WMO323 of so many lines, ten to a client: 700 bytes a line."""
    return encode(_declaratie(lines), schemas.of(kind("WMO323")))


def a_wrong_declaratie(lines: int, schemas: Schemas) -> bytes:
    """A WMO323 in which every value of every line is wrong."""
    inhoud = _declaratie(lines)
    for client in inhoud["Declaratie"]["Clienten"]["Client"]:
        client["Prestaties"]["Prestatie"] = [_spoilt(line) for line in client["Prestaties"]["Prestatie"]]
    return encode(inhoud, schemas.of(kind("WMO323")))


def a_start(schemas: Schemas) -> bytes:
    """A WMO305 that starts one product: 1.5 kB."""
    product = {
        "ToewijzingNummer": 520301,
        "Product": {"Categorie": "01", "Code": "01A04"},
        "ToewijzingIngangsdatum": "2025-03-01",
        "Begindatum": "2025-03-03",
        "StatusAanlevering": "1",
    }
    client = {
        "Bsn": "999990019",
        "Geboortedatum": {"Datum": "1947-11-05"},
        "Geslacht": "2",
        "Naam": {"Geslachtsnaam": {"Achternaam": "Berkel", "Voorvoegsel": "van"}, "Voorletters": "JH"},
        "StartProducten": {"StartProduct": [product]},
    }
    return encode({"Header": header("WMO305"), "Client": client}, schemas.of(kind("WMO305")))


def _spoilt(value: object) -> object:
    """Every value in it replaced by one that no schema takes."""
    if isinstance(value, dict):
        return {naam: _spoilt(part) for naam, part in value.items()}
    return f"!{value}!"


def _declaratie(lines: int) -> Inhoud:
    clients = []
    for first in range(0, lines, LINES_PER_CLIENT):
        numbers = range(first, min(first + LINES_PER_CLIENT, lines))
        clients.append({"Bsn": f"{first:09}", "Prestaties": {"Prestatie": [_line(number) for number in numbers]}})
    declaratie = {
        "DeclaratieNummer": "D202503",
        "DeclaratiePeriode": {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"},
        "DeclaratieDagtekening": "2025-04-04",
        "TotaalIngediendBedrag": {"TotaalBedrag": 40300 * lines, "DebetCredit": "D"},
        "Clienten": {"Client": clients},
    }
    return {"Header": header("WMO323"), "Declaratie": declaratie}


def _line(number: int) -> Inhoud:
    return {
        "ProductReferentie": {"ReferentieNummer": f"R{number:08}"},
        "ToewijzingNummer": 520301 + number // LINES_PER_CLIENT,
        "ProductCategorie": "01",
        "ProductCode": "01A04",
        "ProductPeriode": {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"},
        "GeleverdVolume": 13,
        "Eenheid": "04",
        "ProductTarief": 3100,
        "IngediendBedrag": {"Bedrag": 40300, "DebetCredit": "D"},
    }


def header(
    naam: str,
    release: Release = "3.2",
    afzender: str = "98765432",
    identificatie: str = "B0001",
    dagtekening: date = date(2025, 4, 4),
) -> Inhoud:
    """The header of a message of an aanbieder; a 303 has another way to name itself."""
    versie, _, subversie = release.partition(".")
    day = dagtekening.isoformat()
    named: Inhoud = {"BerichtIdentificatie": {"Identificatie": identificatie, "Dagtekening": day}}
    if naam == "WMO303D":
        named = {"DeclaratieFactuurIdentificatie": {"DeclarantFactuurNummer": identificatie, "FactuurDagtekening": day}}
    return {
        "BerichtCode": kind(naam, release).code,
        "BerichtVersie": int(versie),
        "BerichtSubversie": int(subversie),
        "Afzender": afzender,
        "Ontvanger": GEMEENTE,
        **named,
        "XsdVersie": {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"},
    }

"""An example of a message, made from the schema of the standard: valid, and against none of the rules within it."""

from typing import Any

from shared.iwmo.catalogus import BerichtSoort, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.codelijsten import of_type
from shared.iwmo.schemas import Node, Schemas
from shared.iwmo.verwachting import fixed_values

_OF_TYPE = {
    "LDT_AgbCode": "98765432",
    "LDT_BurgerServicenummer": "999990019",
    "LDT_Datum": "2026-01-31",
    "LDT_DebetCredit": "D",
    "LDT_Eenheid": "04",
    "LDT_Emailadres": "info@voorbeeld.nl",
    "LDT_Frequentie": "2",
    "LDT_Gemeente": "0855",
    "LDT_Huisletter": "A",
    "LDT_Landnummer": "31",
    "LDT_Naam": "Berkel",
    "LDT_Plaatsnaam": "Tilburg",
    "LDT_Postcode": "5038EA",
    "LDT_ProductCode": "01A04",
    "LDT_Straatnaam": "Stadhuisplein",
    "LDT_Telefoonnummer": "135551234",
    "LDT_Tijd": "09:30:00",
    "LDT_Versie": "1.0.0",
    "LDT_Voorletters": "JH",
    "LDT_Voorvoegsel": "van",
}
_IN_PLACE: dict[str, int | str] = {
    "AangevraagdProduct/ToewijzingEinddatum": "2026-12-31",
    "AangevraagdProduct/ToewijzingIngangsdatum": "2026-03-01",
    "Adres/LandCode": "NL",
    "Antwoord/VerzoekAntwoord": "2",
    "BerichtIdentificatie/Dagtekening": "2026-02-02",
    "Declaratie/DeclaratieDagtekening": "2026-02-02",
    "DeclaratieFactuurBedrag/Bedrag": 6200,
    "DeclaratieFactuurIdentificatie/FactuurDagtekening": "2026-02-02",
    "DeclaratieFactuurPeriode/Begindatum": "2025-12-29",
    "DeclaratieFactuurPeriode/Einddatum": "2026-01-25",
    "DeclaratieFactuurTotaalBedrag/TotaalBedrag": 6200,
    "DeclaratiePeriode/Begindatum": "2026-01-01",
    "DeclaratiePeriode/Einddatum": "2026-01-31",
    "Geboortedatum/Datum": "1950-03-21",
    "IngediendBedrag/Bedrag": 6200,
    "Prestatie/GeleverdVolume": 2,
    "Prestatie/ProductTarief": 3100,
    "ProductPeriode/Begindatum": "2026-01-01",
    "ProductPeriode/Einddatum": "2026-01-25",
    "TeWijzigenProduct/Einddatum": "2026-12-31",
    "TeWijzigenProduct/GewensteIngangsdatum": "2026-03-01",
    "TeWijzigenProduct/ToewijzingNummer": 2,
    "ToegewezenProduct/Einddatum": "2026-12-31",
    "ToegewezenProduct/Ingangsdatum": "2026-01-01",
    "ToegewezenProduct/Toewijzingsdatum": "2025-12-15",
    "TotaalIngediendBedrag/TotaalBedrag": 6200,
}
"""Of what has to agree with something else in the message."""
_ALSO = frozenset(
    {
        "AangevraagdProduct/Omvang",
        "AangevraagdProduct/Product",
        "AangevraagdProduct/ToewijzingEinddatum",
        "Adres/Huis",
        "Adres/LandCode",
        "Adres/Plaatsnaam",
        "Adres/Postcode",
        "Adres/Straatnaam",
        "Contact/Adres",
        "Prestatie/ProductTarief",
        "Product/Code",
        "TeWijzigenProduct/Einddatum",
        "TeWijzigenProduct/Omvang",
        "ToegewezenProduct/Einddatum",
        "ToegewezenProduct/Omvang",
        "ToegewezenProduct/Product",
        "Verzoek/OngewijzigdeProducten",
        "Verzoek/TeWijzigenProducten",
    }
)
"""What a schema allows to be absent, and a rule or good sense does not."""


def example(soort: BerichtSoort, schemas: Schemas) -> Inhoud:
    """Content that breaks no rule: all that must be there, each class once."""
    content: Inhoud = _example(schemas.of(soort).root, soort, "")
    return content


def _example(node: Node, soort: BerichtSoort, ouder: str) -> Any:
    if not node.kinderen:
        fixed = fixed_values(node)
        if fixed:
            return fitting(node, soort.code if soort.code in fixed else fixed[0])
        return _IN_PLACE.get(f"{ouder}/{node.naam}", value_of(node, soort.release))
    made: Inhoud = {}
    for kind in node.kinderen:
        if kind.verplicht or f"{node.naam}/{kind.naam}" in _ALSO:
            one = _example(kind, soort, node.naam)
            made[kind.naam] = [one] if kind.herhaalbaar else one
    return made


def value_of(node: Node, release: Release) -> int | str:
    """A value that fits a leaf, where possible a code that means something."""
    known = _OF_TYPE.get(node.type_naam)
    if node.codes:
        return known if known in node.codes else node.codes[0]
    if node.waarde == "getal":
        low, high = node.bereik
        return max(low or 0, 1 if high is None else min(1, high))
    lijst = of_type(release, node.type_naam)
    return (known or (lijst.codes[0].code if lijst else "A1"))[: node.lengte[1]]


def fitting(node: Node, value: str) -> int | str:
    """A value from the schema as the leaf has it in JSON."""
    return int(value) if node.waarde == "getal" else value

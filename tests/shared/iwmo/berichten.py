"""Messages as plain values, right by default; a test states only its deviation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from shared.exchange.dienst import Heen
from shared.iwmo.catalogus import BerichtSoort, Release, soort_named
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.kop import read_kop
from shared.iwmo.lezer import Gelezen, Grenzen, read
from shared.iwmo.schemas import Schemas

GEMEENTE = "0855"
AANBIEDER = "98765432"
BSN = "999990019"
ANDER_BSN = "123456782"
NUMMER = 520301
VANDAAG = date(2025, 4, 10)
ONTVANGEN = datetime(2025, 4, 10, 9, 30, tzinfo=UTC)
GRENZEN = Grenzen()
XSD_VERSIE = {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"}
PRODUCT = {"Categorie": "01", "Code": "01A04"}


def soort(naam: str, release: Release) -> BerichtSoort:
    """A kind that must be there."""
    found = soort_named(naam, release)
    assert found is not None
    return found


def as_xml(inhoud: Inhoud, kind: BerichtSoort, schemas: Schemas) -> bytes:
    return encode(inhoud, schemas.of(kind))


def through_schema(inhoud: Inhoud, kind: BerichtSoort, schemas: Schemas) -> Gelezen:
    """The message written, validated and read again; it fails when the message is not valid."""
    return read(as_xml(inhoud, kind, schemas), schemas, GRENZEN)


def a_heen(inhoud: Inhoud, kind: BerichtSoort) -> Heen:
    """A message that came in on VANDAAG."""
    return Heen(uuid4(), read_kop(kind, inhoud), inhoud, ONTVANGEN, VANDAAG)


def a_header(naam: str, release: Release, identificatie: str = "B0001", dagtekening: str = "2025-04-04") -> Inhoud:
    kind = soort(naam, release)
    from_gemeente = kind.afzender == "gemeente"
    versie, _, subversie = release.partition(".")
    return {
        "BerichtCode": kind.code,
        "BerichtVersie": int(versie),
        "BerichtSubversie": int(subversie),
        "Afzender": GEMEENTE if from_gemeente else AANBIEDER,
        "Ontvanger": AANBIEDER if from_gemeente else GEMEENTE,
        "BerichtIdentificatie": {"Identificatie": identificatie, "Dagtekening": dagtekening},
        "XsdVersie": dict(XSD_VERSIE),
    }


def a_naam() -> Inhoud:
    return {"Geslachtsnaam": {"Achternaam": "Berkel", "Voorvoegsel": "van"}, "Voorletters": "JH"}


def a_client(**deviations: Any) -> Inhoud:
    client = {"Bsn": BSN, "Geboortedatum": {"Datum": "1947-11-05"}, "Geslacht": "2", "Naam": a_naam()}
    return client | deviations


def a_startproduct(**deviations: Any) -> Inhoud:
    return {
        "ToewijzingNummer": NUMMER,
        "Product": dict(PRODUCT),
        "ToewijzingIngangsdatum": "2025-03-01",
        "Begindatum": "2025-03-03",
        "StatusAanlevering": "1",
    } | deviations


def a_stopproduct(**deviations: Any) -> Inhoud:
    return {
        "ToewijzingNummer": NUMMER,
        "Product": dict(PRODUCT),
        "ToewijzingIngangsdatum": "2025-03-01",
        "Begindatum": "2025-03-03",
        "RedenBeeindiging": "31",
        "Einddatum": "2025-03-31",
        "StatusAanlevering": "1",
    } | deviations


def a_305(release: Release, *producten: Inhoud, **header: str) -> Inhoud:
    client = a_client(StartProducten={"StartProduct": list(producten) or [a_startproduct()]})
    return {"Header": a_header("WMO305", release, **header), "Client": client}


def a_307(release: Release, *producten: Inhoud, **header: str) -> Inhoud:
    client = a_client(StopProducten={"StopProduct": list(producten) or [a_stopproduct()]})
    return {"Header": a_header("WMO307", release, **header), "Client": client}


def a_contact(**deviations: Any) -> Inhoud:
    adres = {"Huis": {"Huisnummer": 7}, "Postcode": "5038EA", "LandCode": "NL"}
    return {"Soort": "01", "Adres": adres} | deviations


def a_relatie(nummer: str = "1") -> Inhoud:
    return {"Nummer": nummer, "Soort": "03", "Naam": a_naam() | {"NaamGebruik": "1"}, "Contact": a_contact()}


def a_toegewezen_product(**deviations: Any) -> Inhoud:
    return {
        "ToewijzingNummer": NUMMER,
        "Product": dict(PRODUCT),
        "Toewijzingsdatum": "2025-02-17",
        "Toewijzingstijd": "09:30:00",
        "Ingangsdatum": "2025-03-01",
        "Einddatum": "2025-08-31",
        "Omvang": {"Volume": 3, "Eenheid": "04", "Frequentie": "2"},
    } | deviations


def a_301(release: Release, *producten: Inhoud, relaties: int = 0, contacten: int = 1, **header: str) -> Inhoud:
    client = a_client(Naam=a_naam() | {"NaamGebruik": "1"})
    client["Contactgegevens"] = {"Contact": [a_contact(Soort=f"0{n}") for n in range(1, contacten + 1)]}
    if relaties:
        client["Relaties"] = {"Relatie": [a_relatie(str(n)) for n in range(1, relaties + 1)]}
    toegewezen = {"ToegewezenProduct": list(producten) or [a_toegewezen_product()]}
    if release == "3.2":
        client["ToegewezenProducten"] = toegewezen
    else:
        client["Beschikking"] = {
            "BeschikkingNummer": 20200417,
            "Afgiftedatum": "2025-02-14",
            "Ingangsdatum": "2025-03-01",
            "Beperkingen": {
                "Beperking": [
                    {"Categorie": "1", "BeperkingScores": {"BeperkingScore": [{"Vraag": "0101", "Score": "1"}]}}
                ]
            },
            "ToegewezenProducten": toegewezen,
        }
    return {"Header": a_header("WMO301", release, **header), "Client": client}


def a_bedrag(cents: int, naam: str = "Bedrag") -> Inhoud:
    """Signed cents as the standard writes them."""
    return {naam: abs(cents), "DebetCredit": "C" if cents < 0 else "D"}


def a_regel(
    release: Release, cents: int = 40300, *, referentie: str = "R1", vorige: str | None = None, **deviations: Any
) -> Inhoud:
    """A line of a declaration; negative cents make it a credit."""
    product_referentie = {"ReferentieNummer": referentie}
    if vorige is not None:
        product_referentie["VorigReferentieNummer"] = vorige
    regel = {
        "ProductReferentie": product_referentie,
        "ToewijzingNummer": NUMMER,
        "ProductCategorie": "01",
        "ProductCode": "01A04",
        "ProductPeriode": {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"},
        "GeleverdVolume": 13,
        "Eenheid": "04",
        "ProductTarief": 3100,
    }
    if release == "3.2":
        regel["IngediendBedrag"] = a_bedrag(cents)
    else:
        regel["IngediendeBedragPrestatie"] = {"DeclaratieFactuurBedrag": a_bedrag(cents)}
    return regel | deviations


def amount_of(regel: Inhoud) -> int:
    """Signed cents of a line, of either release."""
    bedrag = regel.get("IngediendBedrag") or regel["IngediendeBedragPrestatie"]["DeclaratieFactuurBedrag"]
    cents: int = bedrag["Bedrag"]
    return -cents if bedrag["DebetCredit"] == "C" else cents


def a_declaratie_bericht(
    release: Release, *clienten: Sequence[Inhoud], nummer: str = "D202503", totaal: int | None = None, **header: str
) -> Inhoud:
    """A WMO323 or WMO303D; each argument holds the lines of one client."""
    lines = clienten or ([a_regel(release)],)
    total = sum(amount_of(one) for client in lines for one in client) if totaal is None else totaal
    bsns = [BSN, ANDER_BSN, "111222333"]
    periode = {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"}
    if release == "3.2":
        clients = [{"Bsn": bsn, "Prestaties": {"Prestatie": list(one)}} for bsn, one in zip(bsns, lines, strict=False)]
        declaratie = {
            "DeclaratieNummer": nummer,
            "DeclaratiePeriode": periode,
            "DeclaratieDagtekening": "2025-04-04",
            "TotaalIngediendBedrag": a_bedrag(total, "TotaalBedrag"),
            "Clienten": {"Client": clients},
        }
        return {"Header": a_header("WMO323", release, **header), "Declaratie": declaratie}
    clients = [a_client(Bsn=bsn, Prestaties={"Prestatie": list(one)}) for bsn, one in zip(bsns, lines, strict=False)]
    return {"Header": _header_303(nummer, periode, total), "Clienten": {"Client": clients}}


def _header_303(nummer: str, periode: Inhoud, total: int) -> Inhoud:
    header = a_header("WMO303D", "2.4")
    del header["BerichtIdentificatie"]
    return header | {
        "DeclaratieFactuurIdentificatie": {"DeclarantFactuurNummer": nummer, "FactuurDagtekening": "2025-04-04"},
        "DeclaratieFactuurPeriode": periode,
        "DeclaratieFactuurBedragen": {"DeclaratieFactuurTotaalBedrag": a_bedrag(total, "TotaalBedrag")},
    }

"""WMO303D, WMO303F and WMO323: right by default, for the toewijzingen that the builder of WMO301 makes."""

from collections.abc import Iterable
from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import XSD_VERSIE, dag, header, persoon
from tests.keten.kring import Kring

TARIEF = 3100


def prestatie(
    kring: Kring, nummer: int, *, tarief: int = TARIEF, volume: int = 13, vorige: str | None = None, **afwijking: Any
) -> Inhoud:
    """Hours of housekeeping in March at a tariff in cents; ``vorige`` names the line that it takes back."""
    referentie = {"ReferentieNummer": kring.identificatie()} | ({"VorigReferentieNummer": vorige} if vorige else {})
    bedrag = {"Bedrag": volume * tarief, "DebetCredit": "C" if vorige else "D"}
    return {
        "ProductReferentie": referentie,
        "ToewijzingNummer": nummer,
        "ProductCategorie": "01",
        "ProductCode": "01A04",
        "ProductPeriode": {"Begindatum": dag(kring, "03-01"), "Einddatum": dag(kring, "03-31")},
        "GeleverdVolume": volume,
        "Eenheid": "04",
        "ProductTarief": tarief,
        **(
            {"IngediendeBedragPrestatie": {"DeclaratieFactuurBedrag": bedrag}}
            if kring.release == "2.4"
            else {"IngediendBedrag": bedrag}
        ),
        **afwijking,
    }


def cents(line: Inhoud) -> int:
    """The submitted amount of a line with its sign."""
    found = line.get("IngediendBedrag") or line["IngediendeBedragPrestatie"]["DeclaratieFactuurBedrag"]
    return int(found["Bedrag"]) * (-1 if found["DebetCredit"] == "C" else 1)


def referentie(line: Inhoud) -> str:
    """The ReferentieNummer of a line."""
    return str(line["ProductReferentie"]["ReferentieNummer"])


def a_declaratie(
    kring: Kring,
    *lines: Inhoud,
    anderen: dict[str, list[Inhoud]] | None = None,
    identificatie: str | None = None,
    nummer: str | None = None,
    factuur: bool = False,
) -> Bericht:
    """The declaration over March in the form of the release: WMO323, or WMO303D (WMO303F when ``factuur``).

    ``anderen`` holds lines of more clients, by Bsn. ``nummer`` is the DeclaratieNummer of a 323; a 303 has one number.
    """
    clients = {kring.bsn: list(lines)} | (anderen or {})
    total = sum(cents(line) for found in clients.values() for line in found)
    bedrag = {"TotaalBedrag": abs(total), "DebetCredit": "C" if total < 0 else "D"}
    periode = {"Begindatum": dag(kring, "03-01"), "Einddatum": dag(kring, "03-31")}
    identificatie = identificatie or kring.identificatie()
    if kring.release == "2.4":
        return _303(kring, clients.items(), bedrag, periode, identificatie, "WMO303F" if factuur else "WMO303D")
    kop = header(
        kring, "WMO323", van=kring.aanbieder.code, naar=kring.gemeente.code, identificatie=identificatie, op="04-04"
    )
    declaratie = {
        "DeclaratieNummer": nummer or kring.identificatie(),
        "DeclaratiePeriode": periode,
        "DeclaratieDagtekening": dag(kring, "04-04"),
        "TotaalIngediendBedrag": bedrag,
        "Clienten": {"Client": [{"Bsn": bsn, "Prestaties": {"Prestatie": found}} for bsn, found in clients.items()]},
    }
    return Bericht("WMO323", "3.2", "declaratie", {"Header": kop, "Declaratie": declaratie})


def _303(
    kring: Kring,
    clients: Iterable[tuple[str, list[Inhoud]]],
    bedrag: Inhoud,
    periode: Inhoud,
    identificatie: str,
    naam: str,
) -> Bericht:
    kop = {
        "BerichtCode": "448" if naam == "WMO303F" else "416",
        "BerichtVersie": 2,
        "BerichtSubversie": 4,
        "Afzender": kring.aanbieder.code,
        "Ontvanger": kring.gemeente.code,
        "DeclaratieFactuurIdentificatie": {
            "DeclarantFactuurNummer": identificatie,
            "FactuurDagtekening": dag(kring, "04-04"),
        },
        "DeclaratieFactuurPeriode": periode,
        "DeclaratieFactuurBedragen": {"DeclaratieFactuurTotaalBedrag": bedrag},
        "XsdVersie": XSD_VERSIE,
    }
    inhoud = [{**persoon(kring), "Bsn": bsn, "Prestaties": {"Prestatie": found}} for bsn, found in clients]
    return Bericht(naam, "2.4", "declaratie", {"Header": kop, "Clienten": {"Client": inhoud}})

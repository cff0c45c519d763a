"""WMO303D, WMO303F and WMO323: right by default, for the toewijzingen that the builder of WMO301 makes."""

from collections.abc import Iterable
from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import XSD_VERSIE, dag, header, persoon
from tests.keten.kring import Kring

TARIEF = 3100
Dagen = tuple[str, str]
"""First and last day, each ``MM-DD`` in the year of the release, or in full."""
MAART, APRIL = ("03-01", "03-31"), ("04-01", "04-30")


def _op(kring: Kring, day: str) -> str:
    return day if len(day) > len("MM-DD") else dag(kring, day)


def _periode(kring: Kring, dagen: Dagen) -> Inhoud:
    begin, eind = dagen
    return {"Begindatum": _op(kring, begin), "Einddatum": _op(kring, eind)}


def prestatie(
    kring: Kring,
    nummer: int,
    *,
    tarief: int = TARIEF,
    volume: int = 13,
    bedrag: int | None = None,
    periode: Dagen = MAART,
    nieuw: str | None = None,
    vorige: str | None = None,
    **afwijking: Any,
) -> Inhoud:
    """Hours of housekeeping in March at a tariff in cents. ``nieuw`` is its ReferentieNummer; ``vorige`` names the line
    that it takes back; ``bedrag`` is in cents, when it is not what volume and tariff make."""
    nummers = {"ReferentieNummer": nieuw or kring.identificatie()}
    cents = volume * tarief if bedrag is None else bedrag
    ingediend = {"Bedrag": cents, "DebetCredit": "C" if vorige else "D"}
    return {
        "ProductReferentie": nummers | ({"VorigReferentieNummer": vorige} if vorige else {}),
        "ToewijzingNummer": nummer,
        "ProductCategorie": "01",
        "ProductCode": "01A04",
        "ProductPeriode": _periode(kring, periode),
        "GeleverdVolume": volume,
        "Eenheid": "04",
        "ProductTarief": tarief,
        **(
            {"IngediendeBedragPrestatie": {"DeclaratieFactuurBedrag": ingediend}}
            if kring.release == "2.4"
            else {"IngediendBedrag": ingediend}
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
    periode: Dagen = MAART,
    op: str = "04-04",
    totaal: int | None = None,
    **afwijking: Any,
) -> Bericht:
    """The declaration over March in the form of the release: WMO323, or WMO303D (WMO303F when ``factuur``).

    ``anderen`` holds lines of more clients, by Bsn. ``nummer`` is the DeclaratieNummer of a 323; a 303 has one number.
    ``totaal`` is in cents with its sign, when it is not that of the lines; what deviates else is of a 323 alone.
    """
    clients = ({kring.bsn: list(lines)} if lines else {}) | (anderen or {})
    total = sum(cents(line) for found in clients.values() for line in found) if totaal is None else totaal
    bedrag = {"TotaalBedrag": abs(total), "DebetCredit": "C" if total < 0 else "D"}
    dagen, day = _periode(kring, periode), _op(kring, op)
    identificatie = identificatie or kring.identificatie()
    if kring.release == "2.4":
        naam = "WMO303F" if factuur else "WMO303D"
        return _303(kring, clients.items(), bedrag, dagen, identificatie, naam, day)
    kop = header(
        kring, "WMO323", van=kring.aanbieder.code, naar=kring.gemeente.code, identificatie=identificatie, op=op
    )
    kop["BerichtIdentificatie"]["Dagtekening"] = day
    declaratie = {
        "DeclaratieNummer": nummer or kring.identificatie(),
        "DeclaratiePeriode": dagen,
        "DeclaratieDagtekening": day,
        "TotaalIngediendBedrag": bedrag,
        "Clienten": {"Client": [{"Bsn": bsn, "Prestaties": {"Prestatie": found}} for bsn, found in clients.items()]},
        **afwijking,
    }
    return Bericht("WMO323", "3.2", "declaratie", {"Header": kop, "Declaratie": declaratie})


def _303(
    kring: Kring,
    clients: Iterable[tuple[str, list[Inhoud]]],
    bedrag: Inhoud,
    periode: Inhoud,
    identificatie: str,
    naam: str,
    op: str,
) -> Bericht:
    kop = {
        "BerichtCode": "448" if naam == "WMO303F" else "416",
        "BerichtVersie": 2,
        "BerichtSubversie": 4,
        "Afzender": kring.aanbieder.code,
        "Ontvanger": kring.gemeente.code,
        "DeclaratieFactuurIdentificatie": {
            "DeclarantFactuurNummer": identificatie,
            "FactuurDagtekening": op,
        },
        "DeclaratieFactuurPeriode": periode,
        "DeclaratieFactuurBedragen": {"DeclaratieFactuurTotaalBedrag": bedrag},
        "XsdVersie": XSD_VERSIE,
    }
    if naam == "WMO303F":
        clients = [(bsn, [{"BtwVrijstelling": "1", **line} for line in found]) for bsn, found in clients]
    inhoud = [{**persoon(kring), "Bsn": bsn, "Prestaties": {"Prestatie": found}} for bsn, found in clients]
    return Bericht(naam, "2.4", "declaratie", {"Header": kop, "Clienten": {"Client": inhoud}})

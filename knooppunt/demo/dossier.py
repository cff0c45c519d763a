"""The story before the messages: from the melding of a resident to the WMO301, as Toegang and aanbieder do it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from knooppunt.demo.beller import Beller
from knooppunt.demo.verhaal import AANBIEDER, GEMEENTE
from shared.klok import Klok
from shared.security.partij import Partij

RELEASE = "3.2"
PRODUCT = {
    "gemeente": GEMEENTE.code,
    "aanbieder": None,
    "productCode": "022A2",
    "categorie": "02",
    "eenheid": "82",
    "tarief": 18_050,
    "variant": "outputgericht",
    "geldigVan": "2026-01-01",
}
"""Area 2A at intensity ++, per four weeks."""
MELDING = {
    "gemeente": GEMEENTE.code,
    "hulpvraag": "De post blijft liggen",
    "inwoner": {
        "bsn": "123456782",
        "voorletters": "A",
        "achternaam": "Voorbeeld",
        "geboortedatum": "1961-04-02",
        "geslacht": "1",
        "adres": {"straat": "Proefstraat", "huisnummer": 1, "postcode": "5038EA", "plaats": "Tilburg"},
    },
}


@dataclass(frozen=True, slots=True)
class Stap:
    """One deed and where the case must stand then."""

    titel: str
    wie: Partij
    handeling: str
    gegevens: dict[str, Any]
    fase: str


def stappen(vandaag: date) -> list[Stap]:
    """The deeds, in order."""
    start, einde = vandaag + timedelta(days=14), vandaag + timedelta(days=14 + 181)
    told = {
        "telefonische_informatie": "telefoon",
        "perspectiefplan_gedeeld": "mail",
        "clientondersteuning": "telefoon",
        "invulhulp": "telefoon",
    }
    domeinen = [{"nummer": one, "zelfredzaamheid": "bijna", "huidigeSituatie": "besproken"} for one in range(1, 7)]
    gebied = {"code": "2A", "resultaat": "de financiën zijn op orde", "aard": ["activering"], "maatwerk": True}
    plan = {"gebieden": [gebied], "motivering": "het netwerk kan dit niet dragen"}
    inzet = {"code": "2A", "intensiteit": 2, "werkzaamheden": "samen de post doen", "frequentie": "wekelijks"}
    return [
        *(
            Stap(
                f"fase 1: {one.replace('_', ' ')}",
                GEMEENTE,
                "informatie",
                {"soort": one, "wijze": wijze},
                "melding",
            )
            for one, wijze in told.items()
        ),
        Stap(
            "fase 2: gesprek aan de keukentafel",
            GEMEENTE,
            "keukentafelgesprek",
            {"zelfIngevuld": False, "verslag": "besproken"},
            "gesprek",
        ),
        Stap("stap 1: integrale vraaganalyse", GEMEENTE, "vraaganalyse", {"leefdomeinen": domeinen}, "onderzocht"),
        Stap("stap 2: plan van aanpak", GEMEENTE, "plan-van-aanpak", plan, "plan"),
        Stap(
            "stap 3: keuze aanbieder, met doelbinding",
            GEMEENTE,
            "aanbieder",
            {
                "aanbieder": AANBIEDER.code,
                "release": RELEASE,
                "soort": "ondersteuningsplan",
                "gekozenDoor": "inwoner",
                "gewensteStart": start.isoformat(),
                "delen": [{"onderdeel": "plan/2A", "doel": "opdracht", "toestemming": True}],
            },
            "opdracht",
        ),
        Stap(
            "stap 4: ondersteuningsplan, 2A ++",
            AANBIEDER,
            "ondersteuningsplan",
            {
                "gebieden": [inzet],
                "startdatum": start.isoformat(),
                "einddatum": einde.isoformat(),
                "motivering": "zo lukt het",
            },
            "voorstel",
        ),
        Stap("stap 5: akkoord", GEMEENTE, "akkoord", {"versie": 1}, "akkoord"),
        Stap(
            "stap 6: aanvraag ondertekend",
            GEMEENTE,
            "ondertekening",
            {"document": "aanvraag", "wijze": "digitaal"},
            "ondertekend",
        ),
        Stap(
            "stap 6: beschikking",
            GEMEENTE,
            "beschikking",
            {"besluit": "toegekend", "beschikkingNummer": 20260001},
            "beschikt",
        ),
        Stap("stap 6: WMO301 naar de aanbieder", GEMEENTE, "toewijzing", {}, "toegewezen"),
    ]


def play_dossier(beller: Beller, console: Console) -> bool:
    """A case from melding to toewijzing; true when every step did what it should."""
    beller.vraag(GEMEENTE, "/toewijzing/v1/producten", PRODUCT)
    dossier = beller.vraag(GEMEENTE, "/toewijzing/v1/dossiers", MELDING)
    table = Table(title=f"van melding tot toewijzing (iWmo {RELEASE})", title_justify="left")
    for name in ("stap", "door", "fase", "termijn die nu loopt"):
        table.add_column(name, overflow="fold")
    table.add_row("fase 1: melding", str(GEMEENTE), dossier["fase"], _term(dossier))
    good = True
    for stap in stappen(Klok().today()):
        address = f"/toewijzing/v1/dossiers/{dossier['id']}/{stap.handeling}"
        dossier = beller.vraag(stap.wie, address, stap.gegevens, versie=dossier["versie"])
        as_told = dossier["fase"] == stap.fase
        good &= as_told
        shown = dossier["fase"] if as_told else f"[red]{dossier['fase']} (onverwacht)[/red]"
        table.add_row(stap.titel, str(stap.wie), shown, _term(dossier))
    console.print(table)
    found = {partij: beller.leeg_postbus(partij) for partij in (GEMEENTE, AANBIEDER)}
    for partij, berichten in found.items():
        console.print(f"  postbus van {partij}: {', '.join(berichten) or 'leeg'}", highlight=False)
    console.print()
    return good and found == {GEMEENTE: ["WMO302"], AANBIEDER: ["WMO301"]}


def _term(dossier: dict[str, Any]) -> str:
    return ", ".join(f"{one['regel']}: {one['wie']}, uiterlijk {one['uiterlijk']}" for one in dossier["termijnen"])

"""WMO301: right by default."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import dag, header, persoon
from tests.keten.kring import Kring

NOOIT = "2099-12-31"


def toegewezen_product(kring: Kring, nummer: int, **afwijking: Any) -> Inhoud:
    """Three hours of housekeeping a week, March to August."""
    return {
        "ToewijzingNummer": nummer,
        "Product": {"Categorie": "01", "Code": "01A04"},
        "Toewijzingsdatum": dag(kring, "02-17"),
        "Toewijzingstijd": "09:30:00",
        "Ingangsdatum": dag(kring, "03-01"),
        "Einddatum": dag(kring, "08-31"),
        "Omvang": {"Volume": 3, "Eenheid": "04", "Frequentie": "2"},
        **afwijking,
    }


def lopend_product(kring: Kring, nummer: int, **afwijking: Any) -> Inhoud:
    """The same, with a last day that no test lives to see: it is current."""
    return toegewezen_product(kring, nummer, **{"Einddatum": NOOIT, **afwijking})


def a_301(kring: Kring, *producten: int | Inhoud, identificatie: str | None = None, **client: Any) -> Bericht:
    """A toewijzing of these products, each a number or whole; a new one when none is named.

    More numbers get products of their own, 01A04, 01A05 and so on: equal ones may not overlap within a message (TR302).
    """
    chosen = producten or (kring.nummer(),)
    products = {
        "ToegewezenProduct": [
            toegewezen_product(kring, one, Product={"Categorie": "01", "Code": f"01A{place:02}"})
            if isinstance(one, int)
            else one
            for place, one in enumerate(chosen, start=4)
        ]
    }
    adres = {
        "Huis": {"Huisnummer": 7},
        "Postcode": "5038EA",
        "Straatnaam": "Proefstraat",
        "Plaatsnaam": "Tilburg",
        "LandCode": "NL",
    }
    naam = persoon(kring)["Naam"]
    inhoud = {
        **persoon(kring),
        "Naam": {**naam, "NaamGebruik": "1"},
        "Contactgegevens": {"Contact": [{"Soort": "01", "Adres": adres}]},
        **client,
    }
    if kring.release == "2.4":
        inhoud["Beschikking"] = {
            "BeschikkingNummer": kring.nummer(),
            "Afgiftedatum": dag(kring, "02-14"),
            "Ingangsdatum": dag(kring, "03-01"),
            "Einddatum": dag(kring, "08-31"),
            "ToegewezenProducten": products,
        }
    else:
        inhoud["ToegewezenProducten"] = products
    kop = header(
        kring, "WMO301", van=kring.gemeente.code, naar=kring.aanbieder.code, identificatie=identificatie, op="02-17"
    )
    return Bericht("WMO301", kring.release, "toewijzing", {"Header": kop, "Client": inhoud})

"""What all messages share: header, client, and the year in which they play."""

from shared.iwmo.catalogus import soort_named
from shared.iwmo.codec import Inhoud
from tests.keten.kring import Kring

JAAR = {"2.4": 2020, "3.2": 2025}
XSD_VERSIE = {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"}


def dag(kring: Kring, maand_dag: str) -> str:
    """``03-01`` in the year in which the messages of this release play."""
    return f"{JAAR[kring.release]}-{maand_dag}"


def header(kring: Kring, naam: str, *, van: str, naar: str, identificatie: str | None, op: str) -> Inhoud:
    """The header that all messages but a 303 have."""
    soort = soort_named(naam, kring.release)
    assert soort is not None
    versie, subversie = kring.release.split(".")
    naam_en_dag = {"Identificatie": identificatie or kring.identificatie(), "Dagtekening": dag(kring, op)}
    return {
        "BerichtCode": soort.code,
        "BerichtVersie": int(versie),
        "BerichtSubversie": int(subversie),
        "Afzender": van,
        "Ontvanger": naar,
        "BerichtIdentificatie": naam_en_dag,
        "XsdVersie": XSD_VERSIE,
    }


def persoon(kring: Kring) -> Inhoud:
    """The client as starts, stops and a 303 name him."""
    return {
        "Bsn": kring.bsn,
        "Geboortedatum": {"Datum": "1947-11-05"},
        "Geslacht": "2",
        "Naam": {"Geslachtsnaam": {"Achternaam": "Berkel", "Voorvoegsel": "van"}, "Voorletters": "JH"},
    }

"""WMO301 of a decision, in the release of the aanbieder: the way back of ``read_301``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.toewijzing.dossier.domain.toewijzen import Opdracht
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codec import Inhoud

EIGEN_NAAM, BRP, NEDERLAND = "1", "01", "NL"


@dataclass(frozen=True, slots=True)
class Beschikking:
    """What 2.4 tells of the decision; in 3.2 a WMO301 does not mention it."""

    nummer: int
    afgiftedatum: date
    ingangsdatum: date
    einddatum: date | None


@dataclass(frozen=True, slots=True)
class Brief:
    """A WMO301 to write: from whom to whom, under which name, and the moment of decision (OP080)."""

    soort: BerichtSoort
    xsd_versies: tuple[str, str]
    gemeente: str
    aanbieder: str
    identificatie: str
    moment: datetime
    beschikking: Beschikking


def write_301(brief: Brief, inwoner: Mapping[str, Any], producten: Sequence[Inhoud]) -> Inhoud:
    """The content of the message; ``producten`` as ``as_product`` writes them."""
    release = brief.soort.release
    versie, subversie = release.split(".")
    basis, bericht = brief.xsd_versies
    toegewezen = {"ToegewezenProduct": list(producten)}
    client = _client(inwoner)
    if release == "2.4":
        client["Beschikking"] = {**_beschikking(brief.beschikking), "ToegewezenProducten": toegewezen}
    else:
        client["ToegewezenProducten"] = toegewezen
    return {
        "Header": {
            "BerichtCode": brief.soort.code,
            "BerichtVersie": int(versie),
            "BerichtSubversie": int(subversie),
            "Afzender": brief.gemeente,
            "Ontvanger": brief.aanbieder,
            "BerichtIdentificatie": {
                "Identificatie": brief.identificatie,
                "Dagtekening": brief.moment.date().isoformat(),
            },
            "XsdVersie": {"BasisschemaXsdVersie": basis, "BerichtXsdVersie": bericht},
        },
        "Client": client,
    }


def product_of(opdracht: Opdracht, moment: datetime) -> Inhoud:
    """What the case assigns."""
    wat = opdracht.wat
    return as_product(
        nummer=wat.nummer or 0,
        categorie=wat.regel.categorie,
        code=wat.regel.product_code,
        moment=moment,
        begin=wat.begin,
        eind=wat.eind,
        reden=opdracht.reden,
        omvang={"Volume": wat.volume, "Eenheid": wat.eenheid, "Frequentie": wat.frequentie},
    )


def as_product(
    *,
    nummer: int,
    categorie: str | None,
    code: str | None,
    moment: datetime,
    begin: date,
    eind: date | None,
    reden: str | None = None,
    omvang: Inhoud | None = None,
    budget: int | None = None,
) -> Inhoud:
    """A ToegewezenProduct."""
    product = {"Categorie": categorie, "Code": code} if categorie else None
    return _without_none(
        {
            "ToewijzingNummer": nummer,
            "Product": _without_none(product) if product else None,
            "Toewijzingsdatum": moment.date().isoformat(),
            "Toewijzingstijd": moment.time().isoformat(),
            "Ingangsdatum": begin.isoformat(),
            "Einddatum": eind.isoformat() if eind else None,
            "RedenWijziging": reden,
            "Omvang": omvang,
            "Budget": budget,
        }
    )


def _client(inwoner: Mapping[str, Any]) -> Inhoud:
    adres = inwoner["adres"]
    naam = {"Achternaam": inwoner["achternaam"], "Voorvoegsel": inwoner.get("voorvoegsel")}
    huis = {
        "Huisnummer": adres["huisnummer"],
        "Huisletter": adres.get("huisletter"),
        "HuisnummerToevoeging": adres.get("toevoeging"),
    }
    where = {
        "Huis": _without_none(huis),
        "Postcode": adres["postcode"],
        "Straatnaam": adres["straat"],
        "Plaatsnaam": adres["plaats"],
        "LandCode": NEDERLAND,
    }
    return {
        "Bsn": inwoner["bsn"],
        "Geboortedatum": {"Datum": inwoner["geboortedatum"]},
        "Geslacht": inwoner["geslacht"],
        "Naam": _without_none(
            {
                "Geslachtsnaam": _without_none(naam),
                "Voorletters": inwoner.get("voorletters"),
                "NaamGebruik": EIGEN_NAAM,
            }
        ),
        "Contactgegevens": {"Contact": [{"Soort": BRP, "Adres": where}]},
    }


def _beschikking(beschikking: Beschikking) -> Inhoud:
    eind = beschikking.einddatum
    return _without_none(
        {
            "BeschikkingNummer": beschikking.nummer,
            "Afgiftedatum": beschikking.afgiftedatum.isoformat(),
            "Ingangsdatum": beschikking.ingangsdatum.isoformat(),
            "Einddatum": eind.isoformat() if eind else None,
        }
    )


def _without_none(inhoud: Mapping[str, Any]) -> Inhoud:
    return {name: value for name, value in inhoud.items() if value is not None}

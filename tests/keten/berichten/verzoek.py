"""WMO315, WMO317 and WMO319: right by default, for the toewijzingen that the builder of WMO301 makes."""

from collections.abc import Iterable
from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.kop import dag, header, persoon
from tests.keten.berichten.toewijzing import NOOIT
from tests.keten.kring import Kring

OMVANG = {"Volume": 3, "Eenheid": "04", "Frequentie": "2"}
OP = "04-04"
"""The day of a request, and of an answer."""


def aangevraagd_product(kring: Kring, referentie: str | None = None, **afwijking: Any) -> Inhoud:
    """Three hours of housekeeping a week, March to August."""
    return {
        "ReferentieAanbieder": referentie or kring.identificatie(),
        "BeschikkingNummer": 20250214,
        "Product": {"Categorie": "01", "Code": "01A04"},
        "BeschikkingIngangsdatum": dag(kring, "02-14"),
        "ToewijzingIngangsdatum": dag(kring, "03-01"),
        "ToewijzingEinddatum": dag(kring, "08-31"),
        "Omvang": OMVANG,
        "Verwijzer": {"Type": "02", "ZorgverlenerCode": "01234567"},
        **afwijking,
    }


def a_315(kring: Kring, *producten: str | Inhoud, identificatie: str | None = None, **client: Any) -> Bericht:
    """A request for these products, each its reference or whole; one when none is named.

    More references get products of their own: equal ones may not overlap within a message (TR386).
    """
    chosen = producten or (kring.identificatie(),)
    products = [
        aangevraagd_product(kring, one, Product={"Categorie": "01", "Code": f"01A{place:02}"})
        if isinstance(one, str)
        else one
        for place, one in enumerate(chosen, start=4)
    ]
    inhoud = {**persoon(kring), "AangevraagdeProducten": {"AangevraagdProduct": products}, **client}
    return _bericht(kring, "WMO315", {"Client": inhoud}, identificatie)


def te_wijzigen_product(kring: Kring, nummer: int, **afwijking: Any) -> Inhoud:
    """Four hours a week from the first day."""
    return {
        "ToewijzingNummer": nummer,
        "GewensteIngangsdatum": dag(kring, "03-01"),
        "Einddatum": NOOIT,
        "Omvang": {**OMVANG, "Volume": 4},
        **afwijking,
    }


def nieuw_product(kring: Kring, **afwijking: Any) -> Inhoud:
    """A product that the builder of WMO301 does not assign, from the day after the request."""
    return {
        "Product": {"Categorie": "01", "Code": "01A09"},
        "GewensteIngangsdatum": dag(kring, "04-05"),
        "Einddatum": NOOIT,
        "Omvang": OMVANG,
        **afwijking,
    }


def a_317(
    kring: Kring,
    ongewijzigd: Iterable[int] = (),
    te_wijzigen: Iterable[int | Inhoud] = (),
    nieuw: Iterable[Inhoud] | None = None,
    *,
    referentie: str | None = None,
    identificatie: str | None = None,
    **client: Any,
) -> Bericht:
    """A request to change what is assigned; one new product when it is not told which."""
    changes = [te_wijzigen_product(kring, one) if isinstance(one, int) else one for one in te_wijzigen]
    collections = {
        "OngewijzigdeProducten": {"OngewijzigdProduct": [{"ToewijzingNummer": one} for one in ongewijzigd]},
        "TeWijzigenProducten": {"TeWijzigenProduct": changes},
        "NieuweProducten": {"NieuwProduct": [nieuw_product(kring)] if nieuw is None else list(nieuw)},
    }
    verzoek: Inhoud = {"ReferentieAanbieder": referentie or kring.identificatie(), "RedenVerzoek": "1"}
    # The schema wants an empty collection left out.
    verzoek |= {naam: klassen for naam, klassen in collections.items() if any(klassen.values())}
    return _bericht(kring, "WMO317", {"Client": {"Bsn": kring.bsn, "Verzoek": verzoek, **client}}, identificatie)


def a_319(
    kring: Kring, referentie: str, antwoord: str = "1", *, identificatie: str | None = None, **afwijking: Any
) -> Bericht:
    """The answer to a request: 1, it is refused, or 2, it is investigated."""
    inhoud: Inhoud = {"ReferentieAanbieder": referentie, "VerzoekAntwoord": antwoord}
    if antwoord == "1":
        inhoud["RedenAfwijzingVerzoek"] = "7"
    return _bericht(kring, "WMO319", {"Antwoord": {**inhoud, **afwijking}}, identificatie)


def _bericht(kring: Kring, naam: str, klassen: Inhoud, identificatie: str | None) -> Bericht:
    parties = (kring.aanbieder.code, kring.gemeente.code)
    van, naar = reversed(parties) if naam == "WMO319" else parties
    kop = header(kring, naam, van=van, naar=naar, identificatie=identificatie, op=OP)
    return Bericht(naam, "3.2", "toewijzing", {"Header": kop, **klassen})

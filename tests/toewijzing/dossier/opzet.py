"""Cases for tests of the pure domain: right by default; a test states only its deviation."""

from datetime import datetime
from typing import Any

from services.toewijzing.catalogus.bestanden import lees_profielen
from services.toewijzing.dossier.domain.handelingen import HANDELINGEN, verricht
from services.toewijzing.dossier.domain.onderzoek import INFORMATIE
from services.toewijzing.dossier.domain.zaak import Omgeving, Wie, Zaak, ZaakError

PROFIEL = lees_profielen()[0]
TILBURG, GOIRLE = "0855", "0785"
AANBIEDER = "98765432"
MELDING = "2026-11-20"
NU = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - Dutch wall-clock time
INWONER = {
    "bsn": "123456782",
    "achternaam": "Berkel",
    "geboortedatum": "1947-11-05",
    "geslacht": "2",
    "adres": {"straat": "Proefstraat", "huisnummer": 7, "postcode": "5038EA", "plaats": "Tilburg"},
}
GEBIED = {"werkzaamheden": "samen de post doen", "frequentie": "wekelijks"}


def omgeving(wie: Wie = "gemeente", nu: datetime = NU) -> Omgeving:
    return Omgeving(wie, nu, PROFIEL)


def een_zaak(gemeente: str = TILBURG) -> Zaak:
    """Just reported."""
    return Zaak("zaak-a", gemeente, inhoud={"inwoner": INWONER, "hulpvraag": "de post", "begin": MELDING})


def doe(zaak: Zaak, naam: str, wie: Wie = "gemeente", nu: datetime = NU, **gegevens: Any) -> Zaak:
    """A deed that may be done."""
    return verricht(zaak, HANDELINGEN[naam], gegevens, omgeving(wie, nu))


def weigering(zaak: Zaak, naam: str, wie: Wie = "gemeente", **gegevens: Any) -> tuple[type, set[str]]:
    """How a deed is refused: the kind, and the conditions."""
    try:
        doe(zaak, naam, wie, **gegevens)
    except ZaakError as error:
        return type(error), {one.voorwaarde for one in error.weigeringen}
    raise AssertionError(f"{naam} is not refused")


def geinformeerd(zaak: Zaak) -> Zaak:
    for soort in INFORMATIE:
        zaak = doe(zaak, "informatie", soort=soort, wijze=wijze_van(soort))
    return zaak


def wijze_van(soort: str) -> str:
    """How it may be told."""
    return "mail" if soort == "perspectiefplan_gedeeld" else "telefoon"


def gesproken(gemeente: str = TILBURG, *, zelf_ingevuld: bool = False) -> Zaak:
    return doe(geinformeerd(een_zaak(gemeente)), "keukentafelgesprek", zelf_ingevuld=zelf_ingevuld, verslag="x")


def leefdomeinen(*numbers: int) -> list[dict[str, Any]]:
    return [{"nummer": one, "zelfredzaamheid": "beperkt", "huidige_situatie": "x"} for one in numbers]


def onderzocht(gemeente: str = TILBURG) -> Zaak:
    return doe(gesproken(gemeente), "vraaganalyse", leefdomeinen=leefdomeinen(*range(1, 7)))


def plan(*codes: str, maatwerk: bool = True) -> list[dict[str, Any]]:
    return [{"code": one, "resultaat": "x", "aard": ["activering"], "maatwerk": maatwerk} for one in codes]


def gepland(*codes: str, gemeente: str = TILBURG) -> Zaak:
    return doe(onderzocht(gemeente), "plan-van-aanpak", gebieden=plan(*codes))


def keuze(*codes: str, **afwijking: Any) -> dict[str, Any]:
    right = {
        "aanbieder": AANBIEDER,
        "release": "3.2",
        "soort": "ondersteuningsplan",
        "gekozen_door": "inwoner",
        "gewenste_start": "2026-12-14",
        "delen": [{"onderdeel": f"plan/{one}", "doel": "opdracht", "toestemming": True} for one in codes],
    }
    return right | afwijking


def gekozen(*codes: str, gemeente: str = TILBURG, **afwijking: Any) -> Zaak:
    return doe(gepland(*codes, gemeente=gemeente), "aanbieder", **keuze(*codes, **afwijking))


def voorstel(*gebieden: tuple[str, int], **afwijking: Any) -> dict[str, Any]:
    right = {
        "gebieden": [{"code": code, "intensiteit": number, **GEBIED} for code, number in gebieden],
        "producten": [],
        "startdatum": "2026-12-14",
        "einddatum": "2027-06-13",
        "motivering": "x",
    }
    return right | afwijking


def voorgesteld(*gebieden: tuple[str, int]) -> Zaak:
    zaak = gekozen(*(code for code, _ in gebieden))
    return doe(zaak, "ondersteuningsplan", "aanbieder", **voorstel(*gebieden))


def akkoord(*gebieden: tuple[str, int]) -> Zaak:
    return doe(voorgesteld(*gebieden), "akkoord", versie=1)


def ondertekend(*gebieden: tuple[str, int]) -> Zaak:
    return doe(akkoord(*gebieden), "ondertekening", document="aanvraag", wijze="papier")

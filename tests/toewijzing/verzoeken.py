"""Requests and answers as plain values, right by default; a test states only its deviation."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.shared.iwmo.berichten import BSN, NUMMER, PRODUCT, a_client, a_header, a_naam

OMVANG = {"Volume": 3, "Eenheid": "04", "Frequentie": "2"}


def an_aangevraagd_product(**deviations: Any) -> Inhoud:
    return {
        "ReferentieAanbieder": "VOT1",
        "BeschikkingNummer": 20250214,
        "Product": dict(PRODUCT),
        "BeschikkingIngangsdatum": "2025-02-14",
        "ToewijzingIngangsdatum": "2025-03-01",
        "ToewijzingEinddatum": "2025-08-31",
        "Omvang": dict(OMVANG),
        "Verwijzer": {"Type": "02", "ZorgverlenerCode": "01234567"},
    } | deviations


def a_315(*producten: Inhoud, **header: str) -> Inhoud:
    client = a_client(Naam=a_naam(), AangevraagdeProducten={"AangevraagdProduct": list(producten)})
    return {"Header": a_header("WMO315", "3.2", **header), "Client": client}


def a_nieuw_product(**deviations: Any) -> Inhoud:
    return {
        "Product": dict(PRODUCT),
        "GewensteIngangsdatum": "2025-05-01",
        "Einddatum": "2025-08-31",
        "Omvang": dict(OMVANG),
    } | deviations


def a_te_wijzigen_product(**deviations: Any) -> Inhoud:
    return {
        "ToewijzingNummer": NUMMER,
        "GewensteIngangsdatum": "2025-05-01",
        "Einddatum": "2025-08-31",
        "Omvang": dict(OMVANG),
    } | deviations


def a_317(
    ongewijzigd: list[int] | None = None,
    te_wijzigen: Any = (),
    nieuw: Any = (),
    referentie: str = "VOW1",
    **header: str,
) -> Inhoud:
    """A request; an empty collection is left out, as the schema wants."""
    verzoek: Inhoud = {"ReferentieAanbieder": referentie, "RedenVerzoek": "1"}
    if ongewijzigd:
        verzoek["OngewijzigdeProducten"] = {"OngewijzigdProduct": [{"ToewijzingNummer": one} for one in ongewijzigd]}
    if te_wijzigen:
        verzoek["TeWijzigenProducten"] = {"TeWijzigenProduct": list(te_wijzigen)}
    if nieuw:
        verzoek["NieuweProducten"] = {"NieuwProduct": list(nieuw)}
    return {"Header": a_header("WMO317", "3.2", **header), "Client": {"Bsn": BSN, "Verzoek": verzoek}}


def a_319(identificatie: str = "B0001", **deviations: Any) -> Inhoud:
    antwoord = {"ReferentieAanbieder": "VOT1", "VerzoekAntwoord": "1", "RedenAfwijzingVerzoek": "7"} | deviations
    return {
        "Header": a_header("WMO319", "3.2", identificatie),
        "Antwoord": {name: value for name, value in antwoord.items() if value is not None},
    }

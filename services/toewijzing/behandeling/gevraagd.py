"""What a request asks for, as the table keeps it and the API shows it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.toewijzing.domain.feiten import Verzoeksoort
from services.toewijzing.domain.levering import Levering
from services.toewijzing.domain.verzoek import AangevraagdProduct, NieuwProduct, OngewijzigdProduct, TeWijzigenProduct
from shared.feiten.toewijzing import Toewijzing

BEGIN = "toewijzingIngangsdatum"
Gevraagd = AangevraagdProduct | OngewijzigdProduct | TeWijzigenProduct | NieuwProduct


def as_data(product: Gevraagd, toewijzing: Toewijzing | None = None) -> dict[str, Any]:
    """One product, with the toewijzing that it is about: ``soort`` is the class it stood in; what it has not is left
    out. Budget in cents."""
    begin = toewijzing.periode.begin.isoformat() if toewijzing else None
    match product:
        case AangevraagdProduct():
            dag = product.beschikking_ingangsdatum
            named = {
                "beschikkingNummer": product.beschikking_nummer,
                "beschikkingIngangsdatum": dag.isoformat() if dag else None,
            }
            return _told("AangevraagdProduct", named, product.levering)
        case OngewijzigdProduct():
            return _told("OngewijzigdProduct", {"toewijzingNummer": product.nummer, BEGIN: begin}, None)
        case TeWijzigenProduct():
            return _told("TeWijzigenProduct", {"toewijzingNummer": product.nummer, BEGIN: begin}, product.levering)
        case NieuwProduct():
            return _told("NieuwProduct", {}, product.levering)


def first_days(soort: Verzoeksoort, producten: Iterable[Mapping[str, Any]]) -> frozenset[date]:
    """When that begins which a WMO315 asks for, or the toewijzingen that a WMO317 is about."""
    name = "ingangsdatum" if soort == "WMO315" else BEGIN
    return frozenset(date.fromisoformat(one[name]) for one in producten if name in one)


def _told(soort: str, named: dict[str, Any], levering: Levering | None) -> dict[str, Any]:
    shown = {"soort": soort, **named, **(_levering(levering) if levering else {})}
    return {name: value for name, value in shown.items() if value is not None}


def _levering(levering: Levering) -> dict[str, Any]:
    omvang, eind = levering.omvang, levering.periode.eind
    return {
        "categorie": levering.product.categorie,
        "code": levering.product.code,
        "ingangsdatum": levering.periode.begin.isoformat(),
        "einddatum": eind.isoformat() if eind else None,
        "omvang": {"volume": omvang.volume, "eenheid": omvang.eenheid, "frequentie": omvang.frequentie}
        if omvang
        else None,
        "budget": levering.budget,
    }

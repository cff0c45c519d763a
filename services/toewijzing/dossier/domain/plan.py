"""Plan van aanpak and choice of aanbieder (steps 2 and 3). Pure."""

from collections.abc import Iterator
from dataclasses import replace

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.doelbinding import toets_delen
from services.toewijzing.dossier.domain.zaak import (
    Gegevens,
    NietNuError,
    Omgeving,
    Zaak,
    dag_van,
    leg_weg,
    weiger,
    weiger_alle,
    zonder_delen,
)

HO = "HO"
"""Huishoudelijke ondersteuning in a gemeente that does not have area 1B."""
SCHOON_HUIS = "1B"
HUISHOUDELIJK = frozenset({HO, SCHOON_HUIS})


def maak_plan(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The plan van aanpak: which results, by what kind of support, and for which of them maatwerk is needed."""
    if zaak.inhoud.get("route") == "perspectiefplan" and "perspectiefplan" not in zaak.inhoud.get("handtekeningen", {}):
        reason = "Het perspectiefplan is nog niet door de inwoner ondertekend"
        raise NietNuError([Weigering("niet_ondertekend", "/handtekeningen/perspectiefplan", reason)])
    dag = dag_van(zaak, gegevens, omgeving)
    weiger_alle([*_areas(zaak, gegevens, omgeving), *_household(gegevens)])
    made = {**gegevens, "dag": dag.isoformat()}
    return replace(zaak, fase="plan", inhoud={**zonder_delen(zaak.inhoud, "plan/"), "plan": made})


def _areas(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Iterator[Weigering]:
    seen: set[str] = set()
    for number, one in enumerate(gegevens["gebieden"]):
        plek, code = f"/gebieden/{number}", one["code"]
        gebied = omgeving.profiel.gebied_bij_code.get(code)
        if code in seen:
            yield Weigering("gebied_dubbel", plek, f"Resultaatgebied {code} is al gekozen")
        seen.add(code)
        if code == HO:
            if omgeving.profiel.gebied_bij_code[SCHOON_HUIS].geldt_in(zaak.gemeente):
                reason = f"In gemeente {zaak.gemeente} valt huishoudelijke ondersteuning onder {SCHOON_HUIS}"
                yield Weigering("ho_valt_onder_1b", plek, reason)
        elif gebied is None:
            yield Weigering("gebied_onbekend", plek, f"Resultaatgebied {code} staat niet in de catalogus")
        elif not gebied.geldt_in(zaak.gemeente):
            yield Weigering("gebied_niet_in_gemeente", plek, f"{code} geldt niet in gemeente {zaak.gemeente}")
        elif (expected := one.get("verwachte_intensiteit")) is not None and gebied.band(expected) is None:
            most = gebied.banden[-1].teken
            yield Weigering("intensiteit_bestaat_niet", plek, f"{code} gaat van + tot en met {most}")


def _household(gegevens: Gegevens) -> Iterator[Weigering]:
    """An order asks either an ondersteuningsplan or a normenkader."""
    maatwerk = [(number, one["code"]) for number, one in enumerate(gegevens["gebieden"]) if one["maatwerk"]]
    for number, code in maatwerk:
        if code == HO and len(maatwerk) > 1:
            reason = "Huishoudelijke ondersteuning (HO) met maatwerk krijgt een eigen dossier, met een normenkader"
            yield Weigering("ho_apart", f"/gebieden/{number}", reason)


def kies_aanbieder(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The choice of an aanbieder, the order to him, and what of the plans he may read."""
    if not zaak.maatwerk:
        reason = "Het plan van aanpak vraagt geen maatwerkvoorziening; sluit het dossier met reden geen_maatwerk"
        raise NietNuError([Weigering("geen_maatwerk", "/plan", reason)])
    dag = dag_van(zaak, gegevens, omgeving)
    household = zaak.maatwerk <= HUISHOUDELIJK
    if gegevens["soort"] == "normenkader" and not household:
        weiger("geen_ho", "/soort", "Een normenkader is er alleen voor huishoudelijke ondersteuning")
    if gegevens["soort"] == "ondersteuningsplan" and HO in zaak.maatwerk:
        weiger("ho_vraagt_normenkader", "/soort", "Huishoudelijke ondersteuning (HO) wordt met een normenkader bepaald")
    weiger_alle(toets_delen(zaak, gegevens["delen"]))
    chosen = {**gegevens, "dag": dag.isoformat()}
    inhoud = {**zaak.inhoud, "keuze": chosen}
    return replace(zaak, fase="opdracht", aanbieder=gegevens["aanbieder"], release=gegevens["release"], inhoud=inhoud)


def herzie_delen(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """Another choice of what the aanbieder may read: from now on he sees this and nothing else."""
    weiger_alle(toets_delen(zaak, gegevens["delen"]))
    chosen = {**zaak.inhoud["keuze"], "delen": gegevens["delen"]}
    return replace(zaak, inhoud={**zaak.inhoud, "keuze": chosen})


INGETROKKEN = "ingetrokken"


def geef_terug(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The aanbieder cannot deliver, or the gemeente takes the order back: the choice is open again, and he reads
    nothing any more."""
    if (gegevens["reden"] == INGETROKKEN) != (omgeving.wie == "gemeente"):
        reason = "De reden ingetrokken is van de gemeente; een aanbieder geeft een van de andere redenen"
        weiger("reden", "/reden", reason)
    dag = dag_van(zaak, gegevens, omgeving)
    inhoud = leg_weg(zaak, {**gegevens, "dag": dag.isoformat()})
    return replace(zaak, fase="plan", aanbieder=None, release=None, inhoud=inhoud)

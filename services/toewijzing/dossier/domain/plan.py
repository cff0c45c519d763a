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
    weiger,
    weiger_alle,
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
    weiger_alle(list(_areas(zaak, gegevens, omgeving)))
    return replace(zaak, fase="plan", inhoud={**zaak.inhoud, "plan": {**gegevens, "dag": dag.isoformat()}})


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


_OF_AANBIEDER = ("keuze", "voorstellen", "overleg")


def geef_terug(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The aanbieder cannot deliver: the choice is open again, and he reads nothing any more."""
    dag = dag_van(zaak, gegevens, omgeving)
    before = zaak.inhoud.get("teruggaven", [])
    # What he proposed goes with it: the next aanbieder has nothing to do with that.
    his = {name: zaak.inhoud[name] for name in _OF_AANBIEDER if name in zaak.inhoud}
    refused = {**gegevens, "dag": dag.isoformat(), "aanbieder": zaak.aanbieder, **his}
    inhoud = {name: value for name, value in zaak.inhoud.items() if name not in _OF_AANBIEDER}
    return replace(zaak, fase="plan", aanbieder=None, release=None, inhoud={**inhoud, "teruggaven": [*before, refused]})

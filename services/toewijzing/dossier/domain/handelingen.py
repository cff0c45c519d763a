"""Every deed on a case: who may do it, where the case must stand, and which step of the seeds it is. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain import besluit, onderzoek, plan, voorstel
from services.toewijzing.dossier.domain.zaak import (
    Fase,
    Gegevens,
    NietDoorUError,
    NietNuError,
    Omgeving,
    Wie,
    Zaak,
)

Doen = Callable[[Zaak, Gegevens, Omgeving], Zaak]


@dataclass(frozen=True, slots=True)
class Handeling:
    """One deed. ``naam`` is also its place in the address."""

    naam: str
    stap: str
    wie: frozenset[Wie]
    van: frozenset[Fase]
    doe: Doen


def _deed(naam: str, stap: str, wie: str, van: str, doe: Doen) -> Handeling:
    parties: list[Wie] = [one for one in get_args(Wie) if one in wie.split()]
    phases: list[Fase] = [one for one in get_args(Fase) if one in van.split()]
    return Handeling(naam, stap, frozenset(parties), frozenset(phases), doe)


_ALL = (
    _deed("informatie", "fase 1", "gemeente", "melding vervolg", onderzoek.informeer),
    _deed("keukentafelgesprek", "fase 2", "gemeente", "melding vervolg", onderzoek.voer_gesprek),
    _deed("vraaganalyse", "stap 1", "gemeente", "gesprek onderzocht vervolg", onderzoek.maak_vraaganalyse),
    _deed("perspectiefplan", "fase 3", "gemeente", "gesprek onderzocht vervolg", onderzoek.maak_perspectiefplan),
    _deed("ondertekening", "fase 3, stap 6", "gemeente", "onderzocht akkoord", onderzoek.onderteken),
    _deed("plan-van-aanpak", "stap 2", "gemeente", "onderzocht plan vervolg", plan.maak_plan),
    _deed("aanbieder", "stap 3, fase 4", "gemeente", "plan", plan.kies_aanbieder),
    _deed("doelbinding", "stap 3", "gemeente", "opdracht voorstel overleg akkoord toegewezen", plan.herzie_delen),
    _deed("teruggave", "fase 4", "gemeente aanbieder", "opdracht voorstel overleg", plan.geef_terug),
    _deed("ondersteuningsplan", "stap 4", "aanbieder", "opdracht overleg", voorstel.stel_voor),
    _deed("normenkader", "fase 4", "aanbieder", "opdracht overleg", voorstel.maak_normenkader),
    _deed("overleg", "stap 5", "gemeente", "voorstel akkoord ondertekend beschikt", besluit.overleg),
    _deed("akkoord", "stap 5", "gemeente", "voorstel", besluit.ga_akkoord),
    _deed("beschikking", "stap 6", "gemeente", "ondertekend beschikt", besluit.beschik),
    _deed("vervolg", "vervolgdeel", "gemeente aanbieder", "toegewezen", besluit.begin_vervolg),
    _deed(
        "sluiting",
        "",
        "gemeente",
        "melding gesprek onderzocht plan opdracht voorstel overleg akkoord ondertekend beschikt vervolg",
        besluit.sluit,
    ),
)
HANDELINGEN: Mapping[str, Handeling] = {one.naam: one for one in _ALL}
"""All but the melding, which makes a case, and the toewijzing, which sends a WMO301."""
TOEWIJZING = Handeling(
    "toewijzing", "stap 6", frozenset(("gemeente",)), frozenset(("beschikt", "verzending")), lambda zaak, *_: zaak
)


def mag(zaak: Zaak, handeling: Handeling, wie: Wie) -> None:
    """Refuses a deed that is not of this party, or not where the case stands."""
    if wie not in handeling.wie:
        whose = " of ".join(sorted(handeling.wie))
        reason = f"Deze handeling ({handeling.naam}) is van de {whose}"
        raise NietDoorUError([Weigering("niet_van_u", "/", reason)])
    if zaak.fase not in handeling.van:
        allowed = ", ".join(one for one in get_args(Fase) if one in handeling.van)
        reason = f"Dit kan niet in fase {zaak.fase}; wel in: {allowed}"
        raise NietNuError([Weigering("fase", "/fase", reason)])


def verricht(zaak: Zaak, handeling: Handeling, gegevens: Mapping[str, Any], omgeving: Omgeving) -> Zaak:
    """The case after a deed; ZaakError when it may not be done."""
    mag(zaak, handeling, omgeving.wie)
    return handeling.doe(zaak, gegevens, omgeving)


def mogelijk(zaak: Zaak, wie: Wie) -> list[str]:
    """What this party may do now."""
    deeds = [*HANDELINGEN.values(), TOEWIJZING]
    return [one.naam for one in deeds if wie in one.wie and zaak.fase in one.van]

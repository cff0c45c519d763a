"""What an aanbieder may read: the parts that have a purpose for him and that the client agreed to share. Pure.

The BSN is no part: the aanbieder gets it in the WMO301.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.zaak import Gegevens, Zaak

_PERSOON = ("voorletters", "achternaam", "voorvoegsel", "geboortedatum", "geslacht")
_CONTACT = ("adres", "telefoon")
_PERSPECTIEFPLAN = ("hulpvraag", "gezin", "contactpersonen", "resultaten", "evaluatiemoment", "samenvatting", "inzet")


def onderdelen(zaak: Zaak) -> dict[str, Any]:
    """Every part that could be shared, by name, with what it holds."""
    inhoud = zaak.inhoud
    return dict(
        [
            *_fields("inwoner", inhoud["inwoner"], {"persoon": _PERSOON, "contact": _CONTACT}),
            ("hulpvraag", inhoud["hulpvraag"]),
            *((f"vraaganalyse/{one['nummer']}", one) for one in inhoud.get("vraaganalyse", {}).get("leefdomeinen", ())),
            *_perspectiefplan(inhoud.get("perspectiefplan", {})),
            *_plan(inhoud.get("plan", {})),
        ]
    )


def _fields(name: str, holder: Gegevens, parts: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Any]]:
    for part, fields in parts.items():
        yield f"{name}/{part}", {field: holder.get(field) for field in fields}


def _perspectiefplan(plan: Gegevens) -> Iterator[tuple[str, Any]]:
    for one in plan.get("antwoorden", ()):
        yield f"perspectiefplan/vraag/{one['vraag']}", one
    for field in _PERSPECTIEFPLAN:
        if plan.get(field):
            yield f"perspectiefplan/{field}", plan[field]


def _plan(plan: Gegevens) -> Iterator[tuple[str, Any]]:
    for one in plan.get("gebieden", ()):
        yield f"plan/{one['code']}", one
    if plan.get("ontwikkeling"):
        yield "plan/ontwikkeling", plan["ontwikkeling"]


def is_gedeeld(deel: Gegevens) -> bool:
    """Whether a part may be read: it has a purpose, and the client agreed."""
    return bool(deel["toestemming"] and deel["doel"].strip())


def toets_delen(zaak: Zaak, delen: list[Gegevens]) -> list[Weigering]:
    """What is wrong with the choice of what to share."""
    known = onderdelen(zaak)
    found: list[Weigering] = []
    seen: set[str] = set()
    for number, deel in enumerate(delen):
        plek, name = f"/delen/{number}", deel["onderdeel"]
        if name not in known:
            found.append(Weigering("onderdeel_onbekend", plek, "Dit onderdeel is er in dit dossier niet"))
        if name in seen:
            found.append(Weigering("onderdeel_dubbel", plek, "Over dit onderdeel is al een keuze gegeven"))
        seen.add(name)
    shared = {one["onderdeel"] for one in delen if is_gedeeld(one)}
    for code in sorted(zaak.maatwerk):
        if f"plan/{code}" not in shared:
            reason = (
                f"Zonder het plan voor {code} is er voor de aanbieder geen opdracht; vraag de cliënt om toestemming"
            )
            found.append(Weigering("opdracht_niet_gedeeld", "/delen", reason))
    signed = zaak.inhoud.get("handtekeningen", {}).get("perspectiefplan", {})
    if any(name.startswith("perspectiefplan/") for name in shared) and not signed.get("over_delen_geinformeerd"):
        reason = "De inwoner is niet geïnformeerd dat het perspectiefplan met de aanbieder wordt gedeeld"
        found.append(Weigering("niet_geinformeerd", "/delen", reason))
    return found


def gedeeld(zaak: Zaak) -> list[dict[str, Any]]:
    """What the aanbieder of the case reads: each shared part with its purpose, as it is now."""
    known = onderdelen(zaak)
    return [
        {"onderdeel": one["onderdeel"], "doel": one["doel"], "inhoud": known[one["onderdeel"]]}
        for one in zaak.inhoud.get("keuze", {}).get("delen", ())
        if is_gedeeld(one) and one["onderdeel"] in known
    ]

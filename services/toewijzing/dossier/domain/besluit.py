"""Akkoord or a conversation (step 5), beschikking (step 6), the vervolgdeel, and closing a case. Pure."""

from dataclasses import replace
from typing import Any

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.voorstel import toets_voorstel
from services.toewijzing.dossier.domain.zaak import (
    PER_RONDE,
    Gegevens,
    NietNuError,
    Omgeving,
    Zaak,
    dag_van,
    leg_weg,
    weiger,
    weiger_alle,
)


def ga_akkoord(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The gemeente agrees with the newest proposal; its conditions must still hold."""
    if gegevens["versie"] != zaak.voorstel["versie"]:
        reason = f"Er is een nieuwer voorstel: versie {zaak.voorstel['versie']}"
        raise NietNuError([Weigering("voorstel_verouderd", "/versie", reason)])
    weiger_alle(toets_voorstel(zaak, zaak.voorstel, omgeving))
    dag = dag_van(zaak, gegevens, omgeving)
    return replace(zaak, fase="akkoord", inhoud={**zaak.inhoud, "akkoord": {**gegevens, "dag": dag.isoformat()}})


def overleg(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """No agreement, or none any more: the conversation with the aanbieder is written down, and a next version is asked
    for. What was agreed, signed and decided on the version before stands with the conversation that undid it."""
    dag = dag_van(zaak, gegevens, omgeving)
    undone = {name: zaak.inhoud[name] for name in ("akkoord", "besluit") if name in zaak.inhoud}
    signed = dict(zaak.inhoud.get("handtekeningen", {}))
    if "aanvraag" in signed:
        undone["aanvraag"] = signed.pop("aanvraag")
    kept = {name: value for name, value in zaak.inhoud.items() if name not in ("akkoord", "besluit")}
    held = {**gegevens, "dag": dag.isoformat(), "over_versie": zaak.voorstel["versie"]}
    inhoud = {**kept, "handtekeningen": signed, "overleg": [*zaak.inhoud.get("overleg", []), held]}
    if undone:
        inhoud["ongedaan"] = [*zaak.inhoud.get("ongedaan", []), undone]
    return replace(zaak, fase="overleg", inhoud=inhoud)


def beschik(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The decision towards the client; once more, before the WMO301, it takes the place of the first. Refused in the
    first round the case ends; later, what was assigned goes on."""
    dag = dag_van(zaak, gegevens, omgeving)
    voorstel = zaak.voorstel
    besluit: dict[str, Any] = {
        **gegevens,
        "dag": dag.isoformat(),
        "ingangsdatum": gegevens.get("ingangsdatum") or voorstel["startdatum"],
        "einddatum": gegevens.get("einddatum") or voorstel.get("einddatum"),
    }
    inhoud = {**zaak.inhoud, "besluit": besluit}
    if "besluit" in zaak.inhoud:
        inhoud["ongedaan"] = [*zaak.inhoud.get("ongedaan", []), {"besluit": zaak.inhoud["besluit"]}]
    if gegevens["besluit"] == "afgewezen":
        if not (gegevens.get("motivering") or "").strip():
            weiger("motivering_ontbreekt", "/motivering", "Een afwijzing wordt gemotiveerd")
        return _end_round(replace(zaak, inhoud=inhoud))
    if besluit["einddatum"] is not None and besluit["einddatum"] < besluit["ingangsdatum"]:
        weiger("einddatum", "/einddatum", "De einddatum ligt voor de ingangsdatum")
    return replace(zaak, fase="beschikt", inhoud=inhoud)


_STAYS = ("informatie", "gesprek", "route", "vraaganalyse", "perspectiefplan", "keuze")


def begin_vervolg(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The vervolgdeel: a change, an extension or an evaluation begins a new round on what is assigned now."""
    dag = dag_van(zaak, gegevens, omgeving)
    kept = {name: value for name, value in zaak.inhoud.items() if name not in PER_RONDE}
    earlier = {name: zaak.inhoud[name] for name in PER_RONDE if name in zaak.inhoud}
    inhoud = {
        **kept,
        "rondes": [*zaak.inhoud.get("rondes", []), {**earlier, "ronde": zaak.ronde}],
        "begin": dag.isoformat(),
        "aanleiding": {**gegevens, "dag": dag.isoformat(), "door": omgeving.wie, "aanbieder": zaak.aanbieder},
        # What was found stands until it is found anew: a plan may rest on the research of the round before.
        **{name: earlier[name] for name in _STAYS if name in earlier},
    }
    signed = earlier.get("handtekeningen", {})
    if "perspectiefplan" in signed:
        inhoud["handtekeningen"] = {"perspectiefplan": signed["perspectiefplan"]}
    return replace(zaak, fase="vervolg", ronde=zaak.ronde + 1, inhoud=inhoud)


def sluit(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """Ends a case on which nothing is assigned, or a round on one where something is: that goes on."""
    dag = dag_van(zaak, gegevens, omgeving)
    inhoud = {**zaak.inhoud, "sluiting": {**gegevens, "dag": dag.isoformat()}}
    return _end_round(replace(zaak, inhoud=inhoud))


def _end_round(zaak: Zaak) -> Zaak:
    current = zaak.inhoud.get("toegewezen")
    if not current:
        return replace(zaak, fase="gesloten")
    one = max(current, key=lambda wat: (wat["eind"] or "9999-12-31", wat["begin"]))
    aanbieder: str = one["aanbieder"]
    inhoud = zaak.inhoud
    if inhoud.get("keuze", {}).get("aanbieder") != aanbieder:
        # What another was to read, and what he proposed, is no affair of who goes on: he reads nothing of it, and of
        # the plans what is chosen anew (doelbinding).
        inhoud = leg_weg(zaak, {"reden": "ronde_beeindigd"}) if "keuze" in inhoud else dict(inhoud)
        chosen = (ronde.get("keuze", {}) for ronde in reversed(zaak.inhoud.get("rondes", [])))
        inhoud["keuze"] = {**next(one for one in chosen if one.get("aanbieder") == aanbieder), "delen": []}
    return replace(zaak, fase="toegewezen", aanbieder=aanbieder, release=one["release"], inhoud=inhoud)

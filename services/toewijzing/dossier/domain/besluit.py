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
    """No agreement: the conversation with the aanbieder is written down, and a next version is asked for."""
    dag = dag_van(zaak, gegevens, omgeving)
    held = {**gegevens, "dag": dag.isoformat(), "over_versie": zaak.voorstel["versie"]}
    return replace(zaak, fase="overleg", inhoud={**zaak.inhoud, "overleg": [*zaak.inhoud.get("overleg", []), held]})


def beschik(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The decision towards the client. Refused in the first round the case ends; later, what was assigned goes on."""
    dag = dag_van(zaak, gegevens, omgeving)
    voorstel = zaak.voorstel
    besluit: dict[str, Any] = {
        **gegevens,
        "dag": dag.isoformat(),
        "ingangsdatum": gegevens.get("ingangsdatum") or voorstel["startdatum"],
        "einddatum": gegevens.get("einddatum") or voorstel.get("einddatum"),
    }
    inhoud = {**zaak.inhoud, "besluit": besluit}
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
        "aanleiding": {**gegevens, "dag": dag.isoformat(), "door": omgeving.wie},
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
    one = current[0]
    return replace(zaak, fase="toegewezen", aanbieder=one["aanbieder"], release=one["release"])

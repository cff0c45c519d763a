"""Melding, keukentafelgesprek, and the research: an integrale vraaganalyse or a perspectiefplan. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import get_args

from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.soorten import Informatie, Wijze
from services.toewijzing.dossier.domain.zaak import (
    Gegevens,
    Omgeving,
    Zaak,
    dag_van,
    weiger,
    weiger_alle,
    zonder_delen,
)

INFORMATIE: tuple[str, ...] = get_args(Informatie)
ENKELVOUDIG, MEERVOUDIG = 5, 9
"""So many questions of the perspectiefplan are answered for a single need, and for any other."""


def informeer(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """Writes down that the resident was told or given something; once more replaces the first."""
    dag = dag_van(zaak, gegevens, omgeving)
    soort, fitting = gegevens["soort"], _WIJZEN.get(gegevens["soort"])
    if fitting is not None and gegevens["wijze"] not in fitting:
        weiger("wijze", "/wijze", f"{soort} gaat per {' of '.join(sorted(fitting))}")
    known = {**zaak.inhoud.get("informatie", {}), gegevens["soort"]: {**gegevens, "dag": dag.isoformat()}}
    return replace(zaak, inhoud={**zaak.inhoud, "informatie": known})


_WIJZEN: Mapping[Informatie, frozenset[Wijze]] = {
    "telefonische_informatie": frozenset(("telefoon", "gesprek")),
    "perspectiefplan_gedeeld": frozenset(("mail", "post", "website", "gesprek")),
}


def voer_gesprek(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The keukentafelgesprek; all that phase 1 promises the resident must have been done."""
    missing = [one for one in INFORMATIE if one not in zaak.inhoud.get("informatie", {})]
    weiger_alle([Weigering("informatie_ontbreekt", f"/informatie/{one}", _MISSING[one]) for one in missing])
    dag = dag_van(zaak, gegevens, omgeving)
    return replace(zaak, fase="gesprek", inhoud={**zaak.inhoud, "gesprek": {**gegevens, "dag": dag.isoformat()}})


_MISSING = {
    "telefonische_informatie": "Leg eerst vast dat de inwoner telefonisch over het proces is geïnformeerd",
    "perspectiefplan_gedeeld": "Leg eerst vast dat het perspectiefplan is gedeeld (mail, post of website)",
    "clientondersteuning": "Leg eerst vast dat de inwoner op onafhankelijke cliëntondersteuning is gewezen",
    "invulhulp": "Leg eerst vast dat de inwoner op hulp bij het invullen van het perspectiefplan is gewezen",
}


def maak_vraaganalyse(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The integrale vraaganalyse: every domain of life, once."""
    dag = dag_van(zaak, gegevens, omgeving)
    weiger_alle(list(_domains(gegevens, {one.nummer for one in omgeving.profiel.leefdomeinen})))
    made = {**gegevens, "dag": dag.isoformat()}
    known = zonder_delen(zaak.inhoud, "vraaganalyse/")
    return replace(zaak, fase="onderzocht", inhoud={**known, "route": "vraaganalyse", "vraaganalyse": made})


def _domains(gegevens: Gegevens, wanted: set[int]) -> Iterator[Weigering]:
    seen: set[int] = set()
    for number, one in enumerate(gegevens["leefdomeinen"]):
        plek = f"/leefdomeinen/{number}"
        if one["nummer"] in seen:
            yield Weigering("leefdomein_dubbel", plek, f"Leefdomein {one['nummer']} is al beschreven")
        elif one["nummer"] not in wanted:
            yield Weigering("leefdomein_onbekend", plek, f"Leefdomein {one['nummer']} staat niet in de catalogus")
        seen.add(one["nummer"])
    for missing in sorted(wanted - seen):
        yield Weigering("leefdomein_ontbreekt", "/leefdomeinen", f"Leefdomein {missing} ontbreekt")


def maak_perspectiefplan(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The perspectiefplan. What the resident filled in and the Toegang completed is taken as it is (3.1-3.5 fall away);
    what the Toegang fills in must have all its parts. What was signed before was another plan."""
    dag = dag_van(zaak, gegevens, omgeving)
    weiger_alle(list(_own_plan(zaak, gegevens) if gegevens["ingevuld_door"] == "inwoner" else _parts(gegevens, dag)))
    made = {**gegevens, "dag": dag.isoformat()}
    known = zonder_delen(zaak.inhoud, "perspectiefplan/")
    known.pop("handtekeningen", None)
    return replace(zaak, fase="onderzocht", inhoud={**known, "route": "perspectiefplan", "perspectiefplan": made})


def _own_plan(zaak: Zaak, gegevens: Gegevens) -> Iterator[Weigering]:
    if not zaak.inhoud.get("gesprek", {}).get("zelf_ingevuld"):
        reason = "In het gesprek is niet vastgelegd dat de inwoner het perspectiefplan zelf heeft ingevuld"
        yield Weigering("niet_zelf_ingevuld", "/ingevuldDoor", reason)
    if not gegevens.get("aangevuld"):
        reason = "Stel verdiepende vragen en vul het perspectiefplan zo nodig met de inwoner aan"
        yield Weigering("niet_aangevuld", "/aangevuld", reason)


def _parts(gegevens: Gegevens, dag: date) -> Iterator[Weigering]:
    if gegevens.get("gezin") is None:
        yield Weigering("gezin_ontbreekt", "/gezin", "Onderzoek of er een partner of andere gezinsleden zijn (3.1)")
    asked = ENKELVOUDIG if gegevens["enkelvoudig"] else MEERVOUDIG
    answered = {one["vraag"] for one in gegevens["antwoorden"]}
    for vraag in range(1, MEERVOUDIG + 1):
        if vraag <= asked and vraag not in answered:
            yield Weigering("antwoord_ontbreekt", "/antwoorden", f"Vraag {vraag} is niet beantwoord (3.2)")
        if vraag > asked and vraag in answered:
            reason = f"Bij een enkelvoudige hulpvraag wordt vraag {vraag} niet gesteld (3.2)"
            yield Weigering("vraag_niet_gesteld", "/antwoorden", reason)
    if len(answered) < len(gegevens["antwoorden"]):
        yield Weigering("antwoord_dubbel", "/antwoorden", "Een vraag is twee keer beantwoord")
    if not gegevens["resultaten"]:
        yield Weigering("resultaten_ontbreken", "/resultaten", "Vul het resultatenveld in (3.5)")
    evaluatie = gegevens.get("evaluatiemoment")
    if evaluatie is None or date.fromisoformat(evaluatie) <= dag:
        yield Weigering("evaluatiemoment", "/evaluatiemoment", "Geef een evaluatiemoment na vandaag (3.5)")
    bijdrage = gegevens.get("eigen_bijdrage") or {}
    if not bijdrage.get("besproken"):
        yield Weigering("eigen_bijdrage", "/eigenBijdrage", "Bespreek de eigen bijdrage (CAK) met de inwoner (3.5)")
    elif bijdrage.get("van_toepassing") is None:
        reason = "Leg vast of de eigen bijdrage (CAK) van toepassing is (3.5)"
        yield Weigering("eigen_bijdrage", "/eigenBijdrage/vanToepassing", reason)


def onderteken(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The resident signs: the perspectiefplan after the research, the application once the gemeente agreed."""
    dag = dag_van(zaak, gegevens, omgeving)
    document = gegevens["document"]
    expected = "aanvraag" if zaak.fase == "akkoord" else "perspectiefplan"
    if document != expected:
        weiger("document", "/document", f"In deze fase wordt het document {expected} ondertekend")
    if document == "perspectiefplan" and zaak.inhoud.get("route") != "perspectiefplan":
        weiger("document", "/document", "Er is geen perspectiefplan om te ondertekenen")
    signed = {**zaak.inhoud.get("handtekeningen", {}), document: {**gegevens, "dag": dag.isoformat()}}
    fase = "ondertekend" if document == "aanvraag" else zaak.fase
    return replace(zaak, fase=fase, inhoud={**zaak.inhoud, "handtekeningen": signed})

"""A WMO325 held against the WMO323 that it answers (levels 3 and 4); pure, on what the two messages say."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from services.declaratie.messages import ANTWOORD
from services.declaratie.rules_antwoord import (
    ANTWOORD_REGELS,
    CLIENT_REGELS,
    HEADER_REGELS,
    PRESTATIE_REGELS,
    XSD_VERSIE,
    AntwoordClient,
    AntwoordRegel,
    Beantwoord,
    Referentie,
    Verwijzing,
    Waarden,
    XsdVersie,
)
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER
from shared.iwmo.regels import Melding, Plek

RELEASE: Release = "3.2"
"""A declaration of 2.4 is answered by a retourbericht, on which there are no rules."""


def judge_against(antwoord: Inhoud, declaratie: Inhoud | None) -> list[Melding]:
    """What a WMO325 gets wrong about the WMO323 that it answers; None when there is no such WMO323.

    From the outer classes in: a fault in one spares those below it the judging (regels-tr, chapter 2).
    """
    verwijzing = read_verwijzing(antwoord)
    answered = _beantwoord(declaratie, _referenties(antwoord)) if declaratie is not None else None
    found = HEADER_REGELS.judge(verwijzing, answered, RELEASE, HEADER)
    if found or answered is None:
        return found
    return ANTWOORD_REGELS.judge(verwijzing, answered, RELEASE, ANTWOORD) or _judge_clienten(antwoord, answered)


def read_verwijzing(antwoord: Inhoud) -> Verwijzing:
    """Which WMO323 a WMO325 says that it answers."""
    header = antwoord["Header"]
    whole = antwoord.get("DeclaratieAntwoord")
    return _verwijzing(
        header["DeclaratieIdentificatie"], header["XsdVersieDeclaratie"], whole["DeclaratieNummer"] if whole else None
    )


def _verwijzing(identificatie: Mapping[str, str], versie: Mapping[str, str], nummer: str | None) -> Verwijzing:
    return Verwijzing(identificatie["Identificatie"], identificatie["Dagtekening"], _xsd_versie(versie), nummer)


def _xsd_versie(versie: Mapping[str, str]) -> XsdVersie:
    basis, bericht = (versie[naam] for naam in XSD_VERSIE)
    return basis, bericht


def _judge_clienten(antwoord: Inhoud, answered: Beantwoord) -> list[Melding]:
    meldingen: list[Melding] = []
    for number, client in enumerate(_clienten(antwoord), start=1):
        plek: Plek = (*ANTWOORD, ("Clienten", 0), ("Client", number))
        found = CLIENT_REGELS.judge(AntwoordClient(plek, client["Bsn"]), answered, RELEASE, plek)
        meldingen += found
        for line in () if found else _regels(client, plek):
            meldingen += PRESTATIE_REGELS.judge(line, answered, RELEASE, line.plek)
    return meldingen


def _clienten(antwoord: Inhoud) -> list[Inhoud]:
    found: list[Inhoud] = antwoord.get("DeclaratieAntwoord", {}).get("Clienten", {}).get("Client", [])
    return found


def _regels(client: Inhoud, above: Plek) -> Iterator[AntwoordRegel]:
    for number, line in enumerate(_prestaties(client), start=1):
        plek = (*above, ("Prestaties", 0), ("Prestatie", number))
        yield AntwoordRegel(plek, _referentie(line), _waarden(line))


def _prestaties(client: Inhoud) -> list[Inhoud]:
    found: list[Inhoud] = client["Prestaties"]["Prestatie"]
    return found


def _referenties(antwoord: Inhoud) -> set[Referentie]:
    return {_referentie(line) for client in _clienten(antwoord) for line in _prestaties(client)}


def _beantwoord(declaratie: Inhoud, referenties: Set[Referentie]) -> Beantwoord:
    """Of the lines only those that the answer names: a declaration may have a hundred thousand."""
    header, whole = declaratie["Header"], declaratie["Declaratie"]
    clienten = whole["Clienten"]["Client"]
    regels: dict[Referentie, list[Waarden]] = {}
    if referenties:
        for client in clienten:
            for line in _prestaties(client):
                referentie = _referentie(line)
                if referentie in referenties:
                    regels.setdefault(referentie, []).append(_waarden(line))
    return Beantwoord(
        _verwijzing(header["BerichtIdentificatie"], header["XsdVersie"], whole["DeclaratieNummer"]),
        {client["Bsn"] for client in clienten},
        regels,
    )


def _referentie(line: Mapping[str, Any]) -> Referentie:
    referentie = line["ProductReferentie"]
    return referentie["ReferentieNummer"], referentie.get("VorigReferentieNummer")


def _waarden(line: Mapping[str, Any]) -> Waarden:
    """In the order of ``OVERGENOMEN``."""
    periode, bedrag = line["ProductPeriode"], line["IngediendBedrag"]
    return (
        line["ToewijzingNummer"],
        line["ProductCategorie"],
        line["ProductCode"],
        periode["Begindatum"],
        periode["Einddatum"],
        line["GeleverdVolume"],
        line["Eenheid"],
        line.get("ProductTarief"),
        bedrag["Bedrag"],
        bedrag["DebetCredit"],
    )

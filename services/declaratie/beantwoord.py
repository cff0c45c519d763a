"""A WMO325 held against the WMO323 that it answers (levels 3 and 4); pure, on what the two messages say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from services.declaratie.domain import Prestatie
from services.declaratie.messages import ANTWOORD, CREDIT, DEBET
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
from shared.iwmo.inhoud import Inhoud
from shared.iwmo.kop import HEADER
from shared.iwmo.regels import Melding, Plek

Regel = tuple[Referentie, Waarden]
"""A line by what names it, with what an answer copies of it."""
RELEASE: Release = "3.2"
"""A declaration of 2.4 is answered by a retourbericht, on which there are no rules."""


def judge_against(antwoord: Inhoud, declaratie: Inhoud | None) -> list[Melding]:
    """What a WMO325 gets wrong about the WMO323 that it answers; None when there is no such WMO323.

    From the outer classes in: a fault in one spares those below it the judging (regels-tr, chapter 2).
    """
    answered = _beantwoord(declaratie, _referenties(antwoord)) if declaratie is not None else None
    found = judge_whole(antwoord, answered)
    if found or answered is None:
        return found
    return [
        melding
        for number, client in enumerate(_clienten(antwoord), start=1)
        for melding in judge_client(number, client, answered)
    ]


def judge_whole(antwoord: Inhoud, answered: Beantwoord | None) -> list[Melding]:
    """The same of what stands above the clients."""
    verwijzing = read_verwijzing(antwoord)
    found = HEADER_REGELS.judge(verwijzing, answered, RELEASE, HEADER)
    if found or answered is None:
        return found
    return ANTWOORD_REGELS.judge(verwijzing, answered, RELEASE, ANTWOORD)


def judge_client(number: int, client: Inhoud, answered: Beantwoord) -> list[Melding]:
    """The same of one client of the answer, by his number in it."""
    plek: Plek = (*ANTWOORD, ("Clienten", 0), ("Client", number))
    found = CLIENT_REGELS.judge(AntwoordClient(plek, client["Bsn"]), answered, RELEASE, plek)
    if found:
        return found
    return [
        melding
        for line in _regels(client, plek)
        for melding in PRESTATIE_REGELS.judge(line, answered, RELEASE, line.plek)
    ]


def read_verwijzing(antwoord: Inhoud) -> Verwijzing:
    """Which WMO323 a WMO325 says that it answers."""
    header = antwoord["Header"]
    whole = antwoord.get("DeclaratieAntwoord")
    return _verwijzing(
        header["DeclaratieIdentificatie"], header["XsdVersieDeclaratie"], whole["DeclaratieNummer"] if whole else None
    )


def verwijzing_of(declaratie: Inhoud) -> Verwijzing:
    """How an answer names this WMO323."""
    header = declaratie["Header"]
    return _verwijzing(
        header["BerichtIdentificatie"], header["XsdVersie"], declaratie["Declaratie"]["DeclaratieNummer"]
    )


def _verwijzing(identificatie: Mapping[str, str], versie: Mapping[str, str], nummer: str | None) -> Verwijzing:
    return Verwijzing(identificatie["Identificatie"], identificatie["Dagtekening"], _xsd_versie(versie), nummer)


def _xsd_versie(versie: Mapping[str, str]) -> XsdVersie:
    basis, bericht = (versie[naam] for naam in XSD_VERSIE)
    return basis, bericht


def _clienten(antwoord: Inhoud) -> Iterable[Inhoud]:
    found: Iterable[Inhoud] = antwoord.get("DeclaratieAntwoord", {}).get("Clienten", {}).get("Client", ())
    return found


def _regels(client: Inhoud, above: Plek) -> Iterator[AntwoordRegel]:
    for number, line in enumerate(_prestaties(client), start=1):
        yield AntwoordRegel((*above, ("Prestaties", 0), ("Prestatie", number)), *regel_of_inhoud(line))


def _prestaties(client: Inhoud) -> list[Inhoud]:
    found: list[Inhoud] = client["Prestaties"]["Prestatie"]
    return found


def _referenties(antwoord: Inhoud) -> set[Referentie]:
    return {_referentie(line) for client in _clienten(antwoord) for line in _prestaties(client)}


def _beantwoord(declaratie: Inhoud, referenties: Set[Referentie]) -> Beantwoord:
    """Of the lines only those that the answer names: a declaration may have a hundred thousand."""
    clienten: set[str] = set()

    def named() -> Iterator[Regel]:
        for client in declaratie["Declaratie"]["Clienten"]["Client"]:
            clienten.add(client["Bsn"])
            if referenties:
                yield from (regel_of_inhoud(line) for line in _prestaties(client) if _referentie(line) in referenties)

    regels = by_referentie(named())
    return Beantwoord(verwijzing_of(declaratie), clienten, regels)


def by_referentie(regels: Iterable[Regel]) -> Mapping[Referentie, Sequence[Waarden]]:
    """Lines by what names them."""
    found: dict[Referentie, list[Waarden]] = {}
    for referentie, waarden in regels:
        found.setdefault(referentie, []).append(waarden)
    return found


def regel_of_inhoud(line: Mapping[str, Any]) -> Regel:
    """A line as a message has it."""
    return _referentie(line), _waarden(line)


def regel_of(line: Prestatie) -> Regel:
    """A line that was read."""
    periode = line.periode
    waarden = (
        line.nummer,
        line.categorie,
        line.code,
        periode.begin.isoformat(),
        (periode.eind or periode.begin).isoformat(),
        line.volume,
        line.eenheid,
        line.tarief,
        line.bedrag,
        CREDIT if line.credit else DEBET,
    )
    return (line.referentie, line.vorige_referentie), waarden


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

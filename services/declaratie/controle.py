"""What a declaration or its answer must be in itself (level 2), judged without keys, database or other facts."""

from collections.abc import Hashable, Iterable, Iterator
from datetime import date

from services.declaratie.domain import Client, Declaratie, DeclaratieAntwoord, Prestatie
from services.declaratie.messages import read_antwoord, read_declaratie
from services.declaratie.rules_in_bericht import (
    ANTWOORD_PRESTATIE_REGELS,
    ANTWOORD_REGELS,
    BEDRAG_REGELS,
    DECLARATIE_REGELS,
    PRESTATIE_REGELS,
    BerichtFeiten,
    feiten_of,
)
from shared.iwmo.in_bericht import judge_days, judge_uniqueness
from shared.iwmo.inhoud import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import PERSOON_REGELS
from shared.iwmo.regels import Melding, Plek, Tabel

ANTWOORD = "WMO325"
SOORTEN = frozenset({"WMO303D", "WMO303F", "WMO323", ANTWOORD})


def check(kop: Kop, inhoud: Inhoud) -> list[Melding]:
    """Every fault within a valid message. A date or a sum that no program can hold raises SchemaError."""
    if kop.soort.naam == ANTWOORD:
        return judge_antwoord(read_antwoord(inhoud, _own_name), kop)
    return judge_declaratie(read_declaratie(kop, inhoud, _own_name), kop)


def _own_name(bsn: str) -> str:
    """Clients need no other name here: nothing of them leaves the process."""
    return bsn


def judge_declaratie(declaratie: Declaratie, kop: Kop) -> list[Melding]:
    """Every fault within a WMO303D, WMO303F or WMO323."""
    feiten = feiten_of(declaratie, kop)
    release = kop.soort.release
    whole = DECLARATIE_REGELS.judge(declaratie, feiten, release, declaratie.plek)
    for totaal in (declaratie.totaal, declaratie.btw):
        whole += BEDRAG_REGELS.judge(totaal, None, release, totaal.plek) if totaal is not None else []
    days = [
        (declaratie.plek, "De Begindatum van de declaratieperiode", declaratie.periode.begin),
        (declaratie.plek, "De dagtekening van de declaratie", declaratie.dagtekening),
    ]
    return whole + judge_days(days, kop) + _judge_clienten(declaratie.clienten, PRESTATIE_REGELS, feiten)


def judge_antwoord(antwoord: DeclaratieAntwoord | None, kop: Kop) -> list[Melding]:
    """Every fault within a WMO325."""
    if antwoord is None:
        return []
    release = kop.soort.release
    found = ANTWOORD_REGELS.judge(antwoord, None, release, antwoord.plek)
    for bedrag in (antwoord.ingediend, antwoord.toegekend):
        found += BEDRAG_REGELS.judge(bedrag, None, release, bedrag.plek)
    return found + _judge_clienten(antwoord.clienten, ANTWOORD_PRESTATIE_REGELS, BerichtFeiten(kop))


def _judge_clienten(
    clienten: Iterable[Client], regels: Tabel[Prestatie, BerichtFeiten], feiten: BerichtFeiten
) -> list[Melding]:
    kop = feiten.kop
    release = kop.soort.release
    meldingen: list[Melding] = []
    for client in clienten:
        meldingen += PERSOON_REGELS.judge(client.persoon, kop, release, client.plek)
        for prestatie in client.prestaties:
            meldingen += regels.judge(prestatie, feiten, release, prestatie.plek)
    meldingen += judge_days(_days(clienten), kop)
    return meldingen + judge_uniqueness(_keys(clienten), release)


def _days(clienten: Iterable[Client]) -> Iterator[tuple[Plek, str, date]]:
    return (
        (line.plek, "De Begindatum van de ProductPeriode", line.periode.begin)
        for client in clienten
        for line in client.prestaties
    )


def _keys(clienten: Iterable[Client]) -> Iterator[tuple[Plek, str, Hashable]]:
    """The numbers of a line are unique for one client; over all clients that is for TR314."""
    for client in clienten:
        yield client.plek, "Client", client.persoon.bsn
        for line in client.prestaties:
            yield line.plek, "Prestatie", (line.referentie, line.vorige_referentie)

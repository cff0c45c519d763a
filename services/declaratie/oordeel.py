"""Levels 3 and 4 on a declaration, from the outer classes in; pure."""

from collections.abc import Iterable

from services.declaratie.domain.declaratie import Declaratie, Prestatie
from services.declaratie.domain.deels import DeelsToegekend, as_granted, by_debit
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.hand import partial_grant, refusal
from services.declaratie.domain.lopend import Lopend
from services.declaratie.rules.credit import CREDIT_REGELS
from services.declaratie.rules.declaratie import CLIENT_REGELS, DECLARATIE_REGELS, SIGNALEN
from services.declaratie.rules.factuur import BTW_REGELS
from services.declaratie.rules.geld import GELD_REGELS
from services.declaratie.rules.omvang import OMVANG_REGELS
from services.declaratie.rules.periode import PERIODE_REGELS
from services.declaratie.rules.prestatie import DEBET_REGELS, PRESTATIE_REGELS
from services.declaratie.verbetering import told
from shared.iwmo.regels import Melding

ALS_DEBET = PRESTATIE_REGELS + BTW_REGELS + PERIODE_REGELS + DEBET_REGELS + GELD_REGELS
ALS_CREDIT = PRESTATIE_REGELS + BTW_REGELS + CREDIT_REGELS
"""On credits only TR304, TR314, TR323, TR338 and TR390 are tried (regels-tr, chapter 8), and in 2.4 what a line says of
VAT."""


def judge_whole(declaratie: Declaratie, feiten: DeclaratieFeiten) -> list[Melding]:
    """What refuses a declaration as a whole."""
    return DECLARATIE_REGELS.judge(declaratie, feiten, feiten.release, declaratie.plek)


def signals(declaratie: Declaratie, feiten: DeclaratieFeiten) -> list[Melding]:
    """What the parties should look at though nothing is refused for it."""
    return SIGNALEN.judge(declaratie, feiten, feiten.release, declaratie.plek)


def judge_parts(declaratie: Declaratie, feiten: DeclaratieFeiten) -> list[Melding]:
    """Clients and their lines, in the order of the message; a client at fault spares his lines the judging."""
    on_client = {
        number: found
        for number, client in enumerate(declaratie.clienten)
        if (found := CLIENT_REGELS.judge(client, feiten, feiten.release, client.plek))
    }
    judged = (
        prestatie
        for number, client in enumerate(declaratie.clienten)
        if number not in on_client
        for prestatie in client.prestaties
    )
    on_line = _judge_lines(judged, feiten)
    meldingen: list[Melding] = []
    for number, client in enumerate(declaratie.clienten):
        meldingen += on_client.get(number, ())
        for prestatie in client.prestaties if on_line else ():
            meldingen += on_line.get(id(prestatie), ())
    return meldingen


def _judge_lines(prestaties: Iterable[Prestatie], feiten: DeclaratieFeiten) -> dict[int, list[Melding]]:
    """Credits first, then debits in the order of the message (OP366). By the identity of the line: its faults, or why
    it is granted in part. What its gemeente does not grant leaves room for what follows, as any refusal does."""
    lopend, by_hand = Lopend(feiten), feiten.hand if feiten.hand.besluiten else None
    found: dict[int, list[Melding]] = {}
    for prestatie in sorted(prestaties, key=lambda one: not one.credit):
        meldingen = judge_line(prestatie, lopend)
        if by_hand is not None:
            meldingen = meldingen + refusal(prestatie, by_hand)
        if meldingen:
            found[id(prestatie)] = meldingen
            continue
        deels = _in_part(prestatie, feiten) if prestatie.credit or by_hand is not None else None
        if deels is not None:
            found[id(prestatie)] = [deels]
        lopend.grant(prestatie if deels is None else as_granted(prestatie, deels.toegekend))
    return found


def _in_part(prestatie: Prestatie, feiten: DeclaratieFeiten) -> DeelsToegekend | None:
    """How a line that breaks no rule is granted in part, if it is: by decision, or as what it takes back was."""
    if not prestatie.credit:
        return partial_grant(prestatie, feiten.hand)
    debit = feiten.eerder[prestatie.vorige_referentie or ""]  # there is one: TR323
    return by_debit(prestatie, debit.gekort, debit.retourcodes) if debit.gekort else None


def judge_line(prestatie: Prestatie, lopend: Lopend) -> list[Melding]:
    """Every fault of one line, beside what was granted so far; with the changes that surely mend it."""
    meldingen = _faults(prestatie, lopend)
    if not meldingen:
        return meldingen
    return told(meldingen, prestatie, lopend.feiten, lambda line: _faults(line, lopend))


def _faults(prestatie: Prestatie, lopend: Lopend) -> list[Melding]:
    feiten = lopend.feiten
    if prestatie.credit:
        return ALS_CREDIT.judge(prestatie, feiten, feiten.release, prestatie.plek)
    meldingen = ALS_DEBET.judge(prestatie, feiten, feiten.release, prestatie.plek)
    return meldingen + OMVANG_REGELS.judge(prestatie, lopend, feiten.release, prestatie.plek)

"""Levels 3 and 4 on a declaration, from the outer classes in; pure."""

from collections.abc import Iterator

from services.declaratie.domain.declaratie import Client, Declaratie, Prestatie
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
    return [melding for _, found in judge_clients(declaratie, feiten) for melding in found]


def judge_clients(declaratie: Declaratie, feiten: DeclaratieFeiten) -> Iterator[tuple[Client, list[Melding]]]:
    """The same client by client: what is wrong with him, or else with his lines, or why one is granted in part.

    Credits are judged first, then debits in the order of the message (OP366). What its gemeente does not grant leaves
    room for what follows, as any refusal does.
    """
    lopend = Lopend(feiten)
    on_credit: dict[int, list[Melding]] = {}  # by the identity of the line
    if any(line.credit for line in declaratie.prestaties):
        for client in declaratie.clienten:
            credits_ = [line for line in client.prestaties if line.credit]
            if credits_ and not _client_faults(client, feiten):
                on_credit |= {id(line): _judge_in_turn(line, lopend) for line in credits_}
    for client in declaratie.clienten:
        found = _client_faults(client, feiten)
        if not found:
            for line in client.prestaties:
                found += on_credit[id(line)] if line.credit else _judge_in_turn(line, lopend)
        yield client, found
    lopend.forget_last()


def _client_faults(client: Client, feiten: DeclaratieFeiten) -> list[Melding]:
    return CLIENT_REGELS.judge(client, feiten, feiten.release, client.plek)


def _judge_in_turn(prestatie: Prestatie, lopend: Lopend) -> list[Melding]:
    """The faults of one line, or why it is granted in part; it counts for the next as it is granted."""
    feiten = lopend.feiten
    by_hand = bool(feiten.hand.besluiten)
    meldingen = judge_line(prestatie, lopend)
    if by_hand:
        meldingen = meldingen + refusal(prestatie, feiten.hand)
    if meldingen:
        return meldingen
    deels = _in_part(prestatie, feiten) if prestatie.credit or by_hand else None
    lopend.grant(prestatie if deels is None else as_granted(prestatie, deels.toegekend))
    return [] if deels is None else [deels]


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

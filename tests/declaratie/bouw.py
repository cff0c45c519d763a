"""Declarations, right by default; a test states only its deviation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from services.declaratie.domain.declaratie import Bedrag, Client, Declaratie, Prestatie, credited_content, total
from services.declaratie.domain.feiten import (
    Claim,
    DeclaratieFeiten,
    EerderePeriode,
    EerderePrestatie,
    Gebruik,
    OpenDebet,
    claim_of,
)
from services.declaratie.domain.lopend import Lopend
from services.declaratie.oordeel import judge_line
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.persoon import Persoon
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, NUMMER
from tests.toewijzing.bouw import a_toewijzing

DECLARATIE = (("Declaratie", 0),)
CLIENT = (*DECLARATIE, ("Clienten", 0), ("Client", 1))
MAART = Periode(date(2025, 3, 1), date(2025, 3, 31))
BERICHT_ID = "22222222-2222-2222-2222-222222222222"


def a_prestatie(plaats: int = 1, **deviations: Any) -> Prestatie:
    """Thirteen hours at the tariff of the contract; ``plaats`` is its number in the message."""
    right = Prestatie(
        plek=(*CLIENT, ("Prestaties", 0), ("Prestatie", plaats)),
        client="client-a",
        referentie="R1",
        vorige_referentie=None,
        nummer=NUMMER,
        categorie="01",
        code="01A04",
        periode=MAART,
        volume=13,
        eenheid="04",
        tarief=3100,
        bedrag=40300,
        credit=False,
    )
    return replace(right, **deviations)


def a_credit(of: Prestatie | None = None, **deviations: Any) -> Prestatie:
    """A line that takes back an earlier one, equal to it in all that counts."""
    debit = of or a_prestatie()
    right: dict[str, Any] = {"referentie": "C1", "vorige_referentie": debit.referentie, "credit": True}
    return replace(debit, **(right | deviations))


def an_earlier(
    prestatie: Prestatie | None = None, *, toegekend: bool = True, gemeente: str = GEMEENTE
) -> dict[str, EerderePrestatie]:
    """A line of an earlier declaration, by its number."""
    line = prestatie or a_prestatie()
    return {line.referentie: EerderePrestatie(BERICHT_ID, toegekend, line.credit, credited_content(gemeente, line))}


# A credit that breaks whatever rule on a debit there is: none of them may judge it.
ODD: dict[str, Any] = {
    "periode": Periode(date(2020, 1, 1), date(2030, 1, 1)),
    "categorie": "15",
    "code": "99Z99",
    "eenheid": "01",
    "tarief": 1,
    "bedrag": 7,
}


def a_client(*prestaties: Prestatie) -> Client:
    return Client(CLIENT, Persoon(CLIENT, BSN), "client-a", prestaties or (a_prestatie(),))


def a_declaratie(*prestaties: Prestatie, periode: Periode = MAART) -> Declaratie:
    lines = prestaties or (a_prestatie(),)
    cents = total(lines)
    return Declaratie(
        plek=DECLARATIE,
        gemeente=GEMEENTE,
        aanbieder=AANBIEDER,
        nummer="D202503",
        periode=periode,
        dagtekening=date(2025, 4, 4),
        totaal=Bedrag((*DECLARATIE, ("TotaalIngediendBedrag", 0)), abs(cents), cents < 0),
        clienten=(a_client(*lines),),
    )


def a_tarief(**deviations: Any) -> Tarief:
    """The contract of all aanbieders: EUR 31.00 an hour, in 2025."""
    periode = Periode(date(2025, 1, 1), date(2025, 12, 31))
    return replace(Tarief("01A04", "01", "04", "inspanningsgericht", None, 3100, periode), **deviations)


def standing(*debits: Prestatie) -> dict[Claim, list[OpenDebet]]:
    """Earlier granted debits that no credit took back."""
    found: dict[Claim, list[OpenDebet]] = {}
    for debit in debits:
        found.setdefault(claim_of(debit), []).append(OpenDebet(BERICHT_ID, debit.referentie))
    return found


def feiten(
    *,
    release: Release = "3.2",
    periode: Periode = MAART,
    toewijzingen: Sequence[Toewijzing] | None = None,
    tarieven: Sequence[Tarief] | None = None,
    eerder: Mapping[str, EerderePrestatie] | None = None,
    gecrediteerd: Iterable[str] = (),
    dubbel: Iterable[str] = (),
    clienten: Iterable[str] = ("client-a",),
    eerdere_declaratie: str | None = None,
    laatste: Periode | None = None,
    toegekend: Mapping[str, Gebruik] | None = None,
    openstaand: Mapping[Claim, Sequence[OpenDebet]] | None = None,
    claims: Iterable[Claim] = (),
    bekend: bool = True,
) -> DeclaratieFeiten:
    """One toewijzing, one contract, nothing declared before. ``toegekend``: on NUMMER, per unit."""
    known = [a_toewijzing()] if toewijzingen is None else toewijzingen
    found: dict[str, list[Tarief]] = {}
    for tarief in [a_tarief()] if tarieven is None else tarieven:
        found.setdefault(tarief.product_code, []).append(tarief)
    return DeclaratieFeiten(
        gemeente=GEMEENTE,
        aanbieder=AANBIEDER,
        release=release,
        periode=periode,
        eerdere_declaratie=eerdere_declaratie,
        laatste=EerderePeriode(BERICHT_ID, laatste) if laatste else None,
        clienten=set(clienten),
        toewijzingen={one.nummer: one for one in known},
        contracten=Contracten(bekend, found),
        eerder=eerder or {},
        gecrediteerd=dict.fromkeys(gecrediteerd, BERICHT_ID),
        dubbel=set(dubbel),
        toegekend={NUMMER: tuple(toegekend.items())} if toegekend else {},
        openstaand=openstaand or {},
        claims=set(claims),
    )


def judge(
    prestatie: Prestatie, known: DeclaratieFeiten | None = None, *, releases: Sequence[Release] = RELEASES
) -> list[Melding]:
    """The meldingen of one line, the same in each of these releases but for where a herstel stands."""
    facts = known or feiten()
    found = [judge_line(prestatie, Lopend(replace(facts, release=release))) for release in releases]
    assert all(codes(one) == codes(found[0]) for one in found)
    return found[-1]


def breach(
    code: str, prestatie: Prestatie, known: DeclaratieFeiten | None = None, release: Release = "3.2"
) -> Melding | None:
    """How a line breaks this one rule, whatever else may be wrong with it."""
    facts = replace(known or feiten(), release=release)
    return next((one for one in judge_line(prestatie, Lopend(facts)) if one.regel.code == code), None)


def codes(meldingen: Iterable[Melding]) -> list[tuple[str, str]]:
    return [(melding.regel.code, melding.retourcode) for melding in meldingen]


def herstel(melding: Melding | None) -> dict[str, str | None]:
    """What would mend it: by the path below the line, the right value."""
    assert melding is not None
    return {one.element: one.waarde for one in melding.afwijking.herstel}


def an_odd_credit() -> tuple[Prestatie, Any]:
    debit = a_prestatie(**ODD)
    return a_credit(debit), feiten(eerder=an_earlier(debit))

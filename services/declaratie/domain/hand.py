"""Which lines wait for a decision of the gemeente, and what a decision does to them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from services.declaratie.domain.declaratie import Declaratie, Prestatie
from services.declaratie.domain.deels import DeelsToegekend, by_decision
from shared.iwmo.regels import Afwijking, Melding, Regel

Status = Literal["te_beslissen", "goedgekeurd", "afgekeurd", "deels"]
"""What a gemeente has decided on a line."""
TE_BESLISSEN: Status = "te_beslissen"
AFGEKEURD: Status = "afgekeurd"

_BERICHTEN = ("WMO303D", "WMO303F", "WMO323")
AFGEKEURD_DOOR_GEMEENTE = Regel("HAND", _BERICHTEN, "", "Prestatie", 3, "besluit van de gemeente")
"""The refusal of a line by decision; its retourcode is the one that the gemeente gave."""
ZONDER_BESLUIT = Regel("HAND", _BERICHTEN, "", "Declaratie", 0, "besluit van de gemeente")
"""The sign that lines which waited for a decision were granted without one."""


@dataclass(frozen=True, slots=True)
class Instelling:
    """One setting of a gemeente: lines for which all that is given here holds wait for it. ``bedrag_vanaf`` in cents;
    without anything given it holds for every line."""

    code: str | None = None
    categorie: str | None = None
    aanbieder: str | None = None
    bedrag_vanaf: int | None = None

    def holds_for(self, prestatie: Prestatie, aanbieder: str) -> bool:
        """Whether a line of this aanbieder is to be decided on; a credit never is."""
        return (
            not prestatie.credit
            and self.code in (None, prestatie.code)
            and self.categorie in (None, prestatie.categorie)
            and self.aanbieder in (None, aanbieder)
            and (self.bedrag_vanaf is None or prestatie.bedrag >= self.bedrag_vanaf)
        )


@dataclass(frozen=True, slots=True)
class Besluit:
    """What stands decided on a line. What is not granted whole has a retourcode, and may have a reason; what is granted
    in part has the cents that are."""

    status: Status = TE_BESLISSEN
    retourcode: str | None = None
    reden: str | None = None
    toegekend_bedrag: int | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """What the judging of one declaration must know of the gemeente's hand."""

    instellingen: Sequence[Instelling] = ()
    besluiten: Mapping[str, Besluit] = field(default_factory=dict)
    """By ReferentieNummer: the lines that were put to the gemeente before, decided or not."""
    gesloten: bool = False
    """The answer is due: what is not decided is left to the rules."""


GEEN_HAND = Hand()


def last_day(uiterlijk: date) -> date:
    """The last day on which a gemeente can decide: the answer goes out on the day before the last of its term."""
    return uiterlijk - timedelta(days=2)


def refusal(prestatie: Prestatie, hand: Hand) -> list[Melding]:
    """The refusal of a line by its gemeente, if it did."""
    besluit = hand.besluiten.get(prestatie.referentie)
    if prestatie.credit or besluit is None or besluit.status != AFGEKEURD:
        return []
    regel = replace(AFGEKEURD_DOOR_GEMEENTE, retourcode=besluit.retourcode or "")
    reden = f": {besluit.reden}" if besluit.reden else ""
    return [Melding(regel, prestatie.plek, Afwijking(f"De gemeente heeft deze prestatie afgekeurd{reden}"))]


def partial_grant(prestatie: Prestatie, hand: Hand) -> DeelsToegekend | None:
    """The grant in part of a line by its gemeente, if it did that."""
    besluit = hand.besluiten.get(prestatie.referentie)
    if prestatie.credit or besluit is None or besluit.toegekend_bedrag is None:
        return None
    return by_decision(prestatie, besluit.toegekend_bedrag, besluit.retourcode or "", besluit.reden)


def to_decide(declaratie: Declaratie, meldingen: Sequence[Melding], hand: Hand) -> list[Prestatie]:
    """The lines, in the order of the message, that nothing refuses and that are not decided on, though they must be."""
    if not (hand.instellingen or hand.besluiten):
        return []  # so it is for nearly every message
    refused = {melding.plek for melding in meldingen}  # or granted in part: then it is decided on
    return [
        line
        for client in declaratie.clienten
        if client.plek not in refused
        for line in client.prestaties
        if line.plek not in refused and _waits(line, declaratie.aanbieder, hand)
    ]


def _waits(prestatie: Prestatie, aanbieder: str, hand: Hand) -> bool:
    """What was put to the gemeente waits for it, also when its settings have changed since."""
    asked = hand.besluiten.get(prestatie.referentie)
    if asked is not None:
        return asked.status == TE_BESLISSEN and not prestatie.credit
    return any(instelling.holds_for(prestatie, aanbieder) for instelling in hand.instellingen)


def left_to_rules(declaratie: Declaratie, undecided: Sequence[Prestatie], hand: Hand) -> list[Melding]:
    """The sign that so many lines are granted while the gemeente did not decide on them in time."""
    number = sum(line.referentie in hand.besluiten for line in undecided)
    if not number:
        return []
    text = "Prestaties waarop de gemeente niet op tijd heeft beslist, zijn toegekend zonder haar besluit"
    return [Melding(ZONDER_BESLUIT, declaratie.plek, Afwijking(text, gevonden=str(number)))]

"""What was granted so far while the lines of a message are judged one after the other.

Credits come first, then debits in the order of the message (OP366). Only what is granted counts: a line that goes over
a limit leaves room for the next.
"""

from collections.abc import Sequence
from typing import Any

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, Gebruik, OpenDebet, claim_of
from services.declaratie.domain.omvang import in_base
from shared.iwmo.waarden import EURO


def against_budget(eenheid: str, gebruik: Gebruik) -> int:
    """What counts against a budget: with euro the volume is the amount (TR369)."""
    return gebruik.volume if eenheid == EURO else gebruik.bedrag


class Lopend:
    """The running totals of one judging; rules read it, only ``grant`` changes it."""

    def __init__(self, feiten: DeclaratieFeiten) -> None:
        self.feiten = feiten
        # Tuples: a message may be about a hundred thousand toewijzingen, nearly all of them claimed in one unit.
        self._erbij: dict[int, tuple[tuple[str, Gebruik], ...]] = {}
        self._teruggenomen: set[str] = set()
        self.laatste: list[Any] = [None, None]
        """The line that was asked about last, and its room (``ruimte_of``)."""

    def forget_last(self) -> None:
        """Lets go of ``laatste``, whose room points back here: else all facts would stay until memory is looked
        through."""
        self.laatste[:] = None, None

    def grant(self, prestatie: Prestatie) -> None:
        """Counts a line that breaks no rule."""
        nummer, eenheid = prestatie.nummer, prestatie.eenheid
        gebruik = Gebruik(-prestatie.volume if prestatie.credit else prestatie.volume, prestatie.saldo)
        others = []
        for one in self._erbij.get(nummer, ()):
            if one[0] == eenheid:
                gebruik = Gebruik(gebruik.volume + one[1].volume, gebruik.bedrag + one[1].bedrag)
            else:
                others.append(one)
        self._erbij[nummer] = (*others, (eenheid, gebruik))
        if prestatie.credit and prestatie.vorige_referentie is not None:
            self._teruggenomen.add(prestatie.vorige_referentie)

    def _used(self, nummer: int) -> Sequence[tuple[str, Gebruik]]:
        earlier, erbij = self.feiten.toegekend.get(nummer), self._erbij.get(nummer)
        return (*earlier, *erbij) if earlier and erbij else earlier or erbij or ()

    def volume(self, nummer: int, toegewezen: str) -> int:
        """The volume granted on a toewijzing so far, comparable with its unit (``in_base``). What was granted in a
        unit that cannot be compared does not count."""
        found = 0
        for eenheid, gebruik in self._used(nummer):  # a plain loop: this runs for every line
            found += in_base(gebruik.volume, eenheid, toegewezen) or 0
        return found

    def cents(self, nummer: int) -> int:
        """The amount granted on a toewijzing so far, as it counts against a budget."""
        return sum(against_budget(eenheid, gebruik) for eenheid, gebruik in self._used(nummer))

    def standing(self, prestatie: Prestatie) -> OpenDebet | None:
        """An earlier debit with the same claim, that no credit took back, not in this message either."""
        openstaand = self.feiten.openstaand
        for debet in openstaand.get(claim_of(prestatie), ()) if openstaand else ():
            if debet.referentie not in self._teruggenomen:
                return debet
        return None


def budget_cents(prestatie: Prestatie) -> int:
    """What a line takes from a budget, in cents (TR369)."""
    return against_budget(prestatie.eenheid, Gebruik(prestatie.volume, prestatie.bedrag))

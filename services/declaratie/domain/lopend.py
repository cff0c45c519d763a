"""What was granted so far while the lines of a message are judged one after the other.

Credits come first, then debits in the order of the message (OP366). Only what is granted counts: a line that goes over
a limit leaves room for the next.
"""

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, Gebruik, OpenDebet, claim_of
from services.declaratie.domain.omvang import in_base
from shared.iwmo.waarden import EURO

NIETS = Gebruik()


def _cents(eenheid: str, gebruik: Gebruik) -> int:
    """What counts against a budget: with euro the volume is the amount (TR369)."""
    return gebruik.volume if eenheid == EURO else gebruik.bedrag


class Lopend:
    """The running totals of one judging; rules read it, only ``grant`` changes it."""

    def __init__(self, feiten: DeclaratieFeiten) -> None:
        self.feiten = feiten
        self._erbij: dict[int, dict[str, Gebruik]] = {}
        self._teruggenomen: set[str] = set()

    def grant(self, prestatie: Prestatie) -> None:
        """Counts a line that breaks no rule."""
        per_unit = self._erbij.setdefault(prestatie.nummer, {})
        known = per_unit.get(prestatie.eenheid, NIETS)
        volume = -prestatie.volume if prestatie.credit else prestatie.volume
        per_unit[prestatie.eenheid] = Gebruik(known.volume + volume, known.bedrag + prestatie.saldo)
        if prestatie.credit and prestatie.vorige_referentie is not None:
            self._teruggenomen.add(prestatie.vorige_referentie)

    def _used(self, nummer: int) -> list[tuple[str, Gebruik]]:
        return [
            (eenheid, gebruik)
            for source in (self.feiten.toegekend, self._erbij)
            for eenheid, gebruik in source.get(nummer, {}).items()
        ]

    def volume(self, nummer: int, toegewezen: str) -> int:
        """The volume granted on a toewijzing so far, comparable with its unit (``in_base``). What was granted in a
        unit that cannot be compared does not count."""
        return sum(in_base(gebruik.volume, eenheid, toegewezen) or 0 for eenheid, gebruik in self._used(nummer))

    def cents(self, nummer: int) -> int:
        """The amount granted on a toewijzing so far, as it counts against a budget."""
        return sum(_cents(eenheid, gebruik) for eenheid, gebruik in self._used(nummer))

    def standing(self, prestatie: Prestatie) -> OpenDebet | None:
        """An earlier debit with the same claim, that no credit took back, not in this message either."""
        for debet in self.feiten.openstaand.get(claim_of(prestatie), ()):
            if debet.referentie not in self._teruggenomen:
                return debet
        return None


def budget_cents(prestatie: Prestatie) -> int:
    """What a line takes from a budget, in cents (TR369)."""
    return _cents(prestatie.eenheid, Gebruik(prestatie.volume, prestatie.bedrag))

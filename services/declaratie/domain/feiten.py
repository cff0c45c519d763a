"""What the rules on a declaration compare it with."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.declaratie.domain.declaratie import Prestatie
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.waarden import Periode

Claim = tuple[int, str, str, date, date | None]
"""What a debit claims: toewijzing, categorie, code and ProductPeriode."""


def claim_of(prestatie: Prestatie) -> Claim:
    """The claim that a line makes, or takes back."""
    return prestatie.nummer, prestatie.categorie, prestatie.code, prestatie.periode.begin, prestatie.periode.eind


@dataclass(frozen=True, slots=True)
class EerderePrestatie:
    """A line of a processed declaration, as far as a credit must equal it (IV091)."""

    bericht_id: str
    toegekend: bool
    credit: bool
    inhoud: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class EerderePeriode:
    """The period of a processed declaration."""

    bericht_id: str
    periode: Periode


@dataclass(frozen=True, slots=True)
class OpenDebet:
    """A granted debit of an earlier declaration that no credit took back."""

    bericht_id: str
    referentie: str


@dataclass(frozen=True, slots=True)
class Gebruik:
    """What was granted in one unit: volume in that unit and cents, credits taken off."""

    volume: int = 0
    bedrag: int = 0


@dataclass(frozen=True, slots=True)
class DeclaratieFeiten:
    """All that is known before the first line is judged."""

    gemeente: str
    aanbieder: str
    release: Release
    periode: Periode
    """The declaratieperiode of the message itself."""
    eerdere_declaratie: str | None
    laatste: EerderePeriode | None
    """The last period that this aanbieder declared at this gemeente, in a message that came in before this one."""
    clienten: Set[str]
    toewijzingen: Mapping[int, Toewijzing]
    contracten: Contracten
    """Those that this aanbieder may have: his own and those for all."""
    eerder: Mapping[str, EerderePrestatie]
    """Lines of earlier declarations, by ReferentieNummer: those of this message and those that it takes back."""
    gecrediteerd: Mapping[str, str]
    """The numbers that an earlier credit took back, with the message of that credit."""
    dubbel: Set[str]
    """The numbers that this message uses more than once."""
    toegekend: Mapping[int, Mapping[str, Gebruik]]
    """What earlier declarations were granted on a toewijzing, per unit."""
    openstaand: Mapping[Claim, Sequence[OpenDebet]]
    """Earlier debits that stand, by what they claim."""
    _contracten: dict[tuple[str, Periode], tuple[Tarief, ...]] = field(default_factory=dict, init=False, repr=False)

    def toewijzing(self, prestatie: Prestatie) -> Toewijzing | None:
        """The toewijzing of a line, when it really is one for this client at this aanbieder."""
        found = self.toewijzingen.get(prestatie.nummer)
        if found is None or (found.aanbieder, found.client) != (self.aanbieder, prestatie.client):
            return None
        return found

    def contracts(self, prestatie: Prestatie) -> tuple[Tarief, ...]:
        """The contracts of its product that hold on some day of its period, in order of time.

        Worked out once per product and period: a message has many lines of few products.
        """
        key = (prestatie.code, prestatie.periode)
        found = self._contracten.get(key)
        if found is None:
            found = self._contracten[key] = self._find_contracts(*key)
        return found

    def _find_contracts(self, code: str, periode: Periode) -> tuple[Tarief, ...]:
        tarieven = self.contracten.tarieven.get(code, ())
        # Which contract holds can only change on the first day of one, or the day after its last.
        turns = {periode.begin, *(tarief.periode.begin for tarief in tarieven)}
        turns |= {_next(tarief.periode.eind) for tarief in tarieven if tarief.periode.eind}
        last = periode.eind or date.max
        valid = (
            self.contracten.tarief(code, self.aanbieder, day) for day in sorted(turns) if periode.begin <= day <= last
        )
        return tuple(dict.fromkeys(tarief for tarief in valid if tarief is not None))


def _next(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day

"""What the rules on a declaration compare it with."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.hand import GEEN_HAND, Hand
from shared.feiten.categorie import code_outside_categorie
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking
from shared.iwmo.waarden import Periode, Product

Claim = tuple[int, str, str, date, date | None]
"""What a debit claims: toewijzing, categorie, code and ProductPeriode."""

_Soort = tuple[str, str, date, date | None]
"""Lines of one categorie, code and ProductPeriode."""


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
    gekort: int = 0
    """The cents of it that were not granted, though the rest was."""
    retourcodes: Sequence[str] = ()


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


@dataclass(slots=True, unsafe_hash=True)  # not frozen, for speed: there is one for every toewijzing
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
    toegekend: Mapping[int, Sequence[tuple[str, Gebruik]]]
    """What earlier declarations were granted on a toewijzing, per unit: nearly always one."""
    openstaand: Mapping[Claim, Sequence[OpenDebet]]
    """Earlier debits that stand, by what they claim."""
    claims: Set[Claim]
    """What the debits of this message claim."""
    factuur: bool = False
    """An invoice (WMO303F) rather than a declaration."""
    deelbaar: bool = False
    """Its lines may be granted in part, and the answer can tell so (``domain.deels``)."""
    hand: Hand = GEEN_HAND
    _contracten: dict[_Soort, tuple[Tarief, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _buiten: dict[_Soort, Afwijking | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _laatste: list[Any] = field(default_factory=lambda: [None, None], init=False, repr=False, compare=False)
    """The line that was asked about last, and its toewijzing: many rules ask for it, one line after the other."""

    def toewijzing(self, prestatie: Prestatie) -> Toewijzing | None:
        """The toewijzing of a line, when it really is one for this client at this aanbieder."""
        laatste = self._laatste
        if laatste[0] is not prestatie:
            found = self.toewijzingen.get(prestatie.nummer)
            if found is not None and (found.client != prestatie.client or found.aanbieder != self.aanbieder):
                found = None
            laatste[0], laatste[1] = prestatie, found
        known: Toewijzing | None = laatste[1]
        return known

    def contracts(self, prestatie: Prestatie) -> tuple[Tarief, ...]:
        """The contracts of its product that hold on some day of its period, in order of time.

        Worked out once per product and period: a message has many lines of few products.
        """
        periode = prestatie.periode
        key = (prestatie.categorie, prestatie.code, periode.begin, periode.eind)
        found = self._contracten.get(key)
        if found is None:
            found = self._contracten[key] = self._find_contracts(prestatie.code, periode)
        return found

    def outside_categorie(self, prestatie: Prestatie) -> Afwijking | None:
        """How its code does not stand under its categorie (TR381); worked out once per product and period too."""
        periode = prestatie.periode
        key = (prestatie.categorie, prestatie.code, periode.begin, periode.eind)
        if key not in self._buiten:
            product = Product(prestatie.categorie, prestatie.code)
            self._buiten[key] = code_outside_categorie(
                product, self.aanbieder, periode, self.contracten, self.release, "ProductCategorie"
            )
        return self._buiten[key]

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

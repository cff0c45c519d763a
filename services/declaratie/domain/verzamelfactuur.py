"""The year-end verzamelfactuur of 2.4: no new claim, but all that was granted in a year once more, as an invoice.

A line is of the year in which the middle day of its ProductPeriode lies. So every line is of one calendar year and of
one CAK year, also one over New Year, and a credit is of the year of what it takes back (IV091), whenever it was sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.perioden import periods_of_year
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.waarden import Periode

RELEASE: Release = "2.4"
FACTUUR = "WMO303F"
DECLARATIE = "WMO303D"
"""What a verzamelfactuur is held against: an invoice (WMO303F) was invoiced already."""

Groep = tuple[str, int, str, str]
"""Client, ToewijzingNummer, ProductCategorie and ProductCode: what is compared."""
Bedragen = Mapping[Groep, int]
"""Cents per group, credits taken off."""
Delen = Mapping[Groep, Mapping[Periode, int]]
"""Cents per group and ProductPeriode."""


def closes_a_year(naam: str, periode: Periode) -> bool:
    """Whether a message of this name over this period is a verzamelfactuur: a WMO303F over a whole calendar year, or
    over the thirteen CAK periods of one."""
    if naam != FACTUUR or periode.eind is None or not 360 < (periode.eind - periode.begin).days < 375:
        return False
    year = middle(periode).year
    return periode in (calendar_year(year), cak_year(year))


def calendar_year(year: int) -> Periode:
    """1 January up to and including 31 December."""
    return Periode(date(year, 1, 1), date(year, 12, 31))


def cak_year(year: int) -> Periode:
    """The thirteen CAK periods of a year."""
    perioden = periods_of_year(RELEASE, year)
    return Periode(perioden[0].begin, perioden[-1].eind)


def middle(periode: Periode) -> date:
    """The middle day; of two, the first."""
    return periode.begin + timedelta(days=((periode.eind or periode.begin) - periode.begin).days // 2)


def belongs(periode: Periode, year: Periode) -> bool:
    """Whether a ProductPeriode is of this year."""
    return year.begin <= middle(periode) <= (year.eind or date.max)


def groep_of(prestatie: Prestatie) -> Groep:
    """The group of a line."""
    return prestatie.client, prestatie.nummer, prestatie.categorie, prestatie.code


def invoiced(prestaties: Iterable[Prestatie], year: Periode) -> dict[Groep, dict[Periode, int]]:
    """What the lines of this year invoice, per group and ProductPeriode, in cents."""
    found: dict[Groep, dict[Periode, int]] = {}
    for line in prestaties:
        if belongs(line.periode, year):
            parts = found.setdefault(groep_of(line), defaultdict(int))
            parts[line.periode] += line.saldo
    return found


def differing(gefactureerd: Delen, toegekend: Bedragen) -> Set[Groep]:
    """The groups of an invoice that do not come to what was granted."""
    return {groep for groep, parts in gefactureerd.items() if sum(parts.values()) != toegekend.get(groep, 0)}


@dataclass(frozen=True, slots=True)
class Toets:
    """What a line was compared by, in cents: what the invoice has of it, and what was granted of it."""

    gefactureerd: int
    toegekend: int

    @property
    def klopt(self) -> bool:
        """Whether they are equal."""
        return self.gefactureerd == self.toegekend


@dataclass(frozen=True, slots=True)
class Ontbrekend:
    """What was granted and the invoice leaves out; ``periode`` is the year when it is all of the group."""

    groep: Groep
    periode: Periode
    toegekend: int


@dataclass(frozen=True, slots=True)
class Vergelijking:
    """An invoice beside what was granted: per group, and where the group differs but the invoice has the
    ProductPerioden of the declarations, per ProductPeriode, so that only what really differs is refused."""

    groepen: Mapping[Groep, Toets]
    delen: Mapping[tuple[Groep, Periode], Toets]
    ontbreekt: Sequence[Ontbrekend]

    def toets(self, prestatie: Prestatie) -> Toets:
        """By what a line of the year was compared."""
        groep = groep_of(prestatie)
        return self.delen.get((groep, prestatie.periode)) or self.groepen[groep]


def compare(gefactureerd: Delen, toegekend: Bedragen, delen: Delen, year: Periode) -> Vergelijking:
    """The comparison; ``delen`` has what was granted in the groups that are ``differing``."""
    by_part: dict[tuple[Groep, Periode], Toets] = {}
    ontbreekt = [
        Ontbrekend(groep, year, cents) for groep, cents in toegekend.items() if cents and groep not in gefactureerd
    ]
    for groep in differing(gefactureerd, toegekend):
        parts, granted = gefactureerd[groep], delen.get(groep, {})
        if granted.keys() >= parts.keys():
            by_part |= {(groep, periode): Toets(cents, granted[periode]) for periode, cents in parts.items()}
            rest = granted.keys() - parts.keys()
            ontbreekt += [Ontbrekend(groep, one, granted[one]) for one in rest if granted[one]]
    whole = {groep: Toets(sum(parts.values()), toegekend.get(groep, 0)) for groep, parts in gefactureerd.items()}
    return Vergelijking(whole, by_part, sorted(ontbreekt, key=_order))


def _order(one: Ontbrekend) -> tuple[int, str, str, str, date]:
    client, nummer, categorie, code = one.groep
    return nummer, categorie, code, client, one.periode.begin


@dataclass(frozen=True, slots=True)
class VerzamelFeiten:
    """All that is known before a verzamelfactuur is judged."""

    periode: Periode
    eerdere_declaratie: str | None
    """The message that used its number before."""
    toewijzingen: Mapping[int, Toewijzing]
    vergelijking: Vergelijking
    factuur: bool = True

    def toewijzing(self, prestatie: Prestatie) -> Toewijzing | None:
        """The toewijzing of a line, when it is one for this client."""
        found = self.toewijzingen.get(prestatie.nummer)
        return found if found is not None and found.client == prestatie.client else None

    @property
    def verwacht(self) -> int:
        """Cents: what the whole invoice should come to."""
        seen = sum(toets.toegekend for toets in self.vergelijking.groepen.values())
        parts = {groep for groep, _ in self.vergelijking.delen}
        return seen + sum(one.toegekend for one in self.vergelijking.ontbreekt if one.groep not in parts)

"""How much a toewijzing allows: in one ProductPeriode and in all (regels-tr, chapter 8; IV077, IV078).

A week is that of ISO 8601, Monday to Sunday. Counting is arithmetic on day numbers: day 1 of the calendar, 0001-01-01,
was a Monday.
"""

from dataclasses import dataclass
from datetime import date

from shared.iwmo.waarden import INSPANNING, MINUUT, OUTPUT, UUR, Omvang, Periode

DAG, WEEK, VIER_WEKEN, MAAND, JAAR, TOTAAL = "1", "2", "3", "4", "5", "6"
_NAMEN = {DAG: ("dag", "dagen"), WEEK: ("week", "weken"), MAAND: ("maand", "maanden")}
ZONDER_REKENREGEL = frozenset({VIER_WEKEN, JAAR})
"""Frequenties that only 2.4 has; no source says how to reckon with them, so they set no limit here."""

HUISHOUDELIJKE_HULP = "01"
"""The categorie that may claim six weeks in any month (IV077)."""
WEKEN_PER_MAAND = 6

WEKEN_ZONDER_ZONDAG = 1
"""Output, and no Sunday in the whole toewijzing: nothing is laid down; one week, in the period of its first day."""


@dataclass(slots=True, unsafe_hash=True)  # not frozen, for speed: made for every line
class Grens:
    """The most that may be claimed: ``keer`` days, weeks or months (``per``) times the volume of the toewijzing."""

    keer: int
    per: str
    volume: int

    @property
    def maximum(self) -> int:
        """In the unit of the toewijzing."""
        return self.keer * self.volume

    @property
    def uitleg(self) -> str:
        """How it comes about, for the reader: ``5 weken × 3``."""
        if self.per == TOTAAL:
            return f"in totaal {self.volume}"
        one, more = _NAMEN[self.per]
        return f"{self.keer} {one if self.keer == 1 else more} × {self.volume}"

    def __str__(self) -> str:
        return f"{self.maximum} ({self.uitleg})"


def iso_weeks(begin: date, eind: date) -> int:
    """How many ISO weeks the days from ``begin`` to ``eind`` touch."""
    return (eind.toordinal() - 1) // 7 - (begin.toordinal() - 1) // 7 + 1


def sundays(begin: date, eind: date) -> int:
    """How many Sundays lie from ``begin`` to ``eind``."""
    return eind.toordinal() // 7 - (begin.toordinal() - 1) // 7


def months(begin: date, eind: date) -> int:
    """How many calendar months the days from ``begin`` to ``eind`` touch."""
    return 12 * (eind.year - begin.year) + eind.month - begin.month + 1


def _days(begin: date, eind: date) -> int:
    return eind.toordinal() - begin.toordinal() + 1


def period_limit(omvang: Omvang, categorie: str, toewijzing: Periode, periode: Periode) -> Grens | None:
    """What one ProductPeriode may claim (TR321); None where there is no rule for it.

    A broken month counts whole. A ProductPeriode of 2.4 may touch several months: it gets as many times a month, or of
    huishoudelijke hulp the weeks that it touches where those are more than six.
    """
    begin, eind = periode.begin, periode.eind
    if eind is None or eind < begin:
        return None
    if omvang.frequentie == WEEK:
        if categorie == HUISHOUDELIJKE_HULP:
            return Grens(max(WEKEN_PER_MAAND, iso_weeks(begin, eind)), WEEK, omvang.volume)
        if omvang.eenheid in INSPANNING:
            return Grens(iso_weeks(begin, eind), WEEK, omvang.volume)
        if omvang.eenheid in OUTPUT:
            return Grens(_output_weeks(toewijzing, begin, eind), WEEK, omvang.volume)
        return None
    return _simple(omvang, begin, eind)


def total_limit(omvang: Omvang, toewijzing: Periode) -> Grens | None:
    """What all of a toewijzing may claim (TR322); None where it has no finite maximum, or there is no rule for it."""
    if omvang.frequentie == TOTAAL:
        return Grens(1, TOTAAL, omvang.volume)
    begin, eind = toewijzing.begin, toewijzing.eind
    if eind is None or eind < begin:
        return None
    if omvang.frequentie == WEEK:
        if omvang.eenheid in INSPANNING:
            return Grens(iso_weeks(begin, eind), WEEK, omvang.volume)
        if omvang.eenheid in OUTPUT:
            return Grens(sundays(begin, eind) + _rest(eind), WEEK, omvang.volume)
        return None
    return _simple(omvang, begin, eind)


def _simple(omvang: Omvang, begin: date, eind: date) -> Grens | None:
    """What needs no weeks: days, months, the total."""
    if omvang.frequentie == DAG:
        return Grens(_days(begin, eind), DAG, omvang.volume)
    if omvang.frequentie == MAAND:
        return Grens(months(begin, eind), MAAND, omvang.volume)
    if omvang.frequentie == TOTAAL:
        return Grens(1, TOTAAL, omvang.volume)
    return None  # ZONDER_REKENREGEL


def _rest(eind: date) -> int:
    """The week that a toewijzing has left after its last Sunday."""
    return 0 if eind.isoweekday() == 7 else 1


def _output_weeks(toewijzing: Periode, begin: date, eind: date) -> int:
    """Sundays, and the rest of the toewijzing with its last Sunday (IV076)."""
    return sundays(begin, eind) + _rest_within(toewijzing, begin, eind)


def _rest_within(toewijzing: Periode, begin: date, eind: date) -> int:
    if toewijzing.eind is None or _rest(toewijzing.eind) == 0:
        return 0
    last_sunday = toewijzing.eind.toordinal() // 7 * 7
    if last_sunday < toewijzing.begin.toordinal():
        return WEKEN_ZONDER_ZONDAG if begin <= toewijzing.begin <= eind else 0
    return 1 if begin.toordinal() <= last_sunday <= eind.toordinal() else 0


def in_base(volume: int, eenheid: str, toegewezen: str) -> int | None:
    """A volume in the unit in which it is held against a toewijzing: minutes where that is in hours, else the unit of
    the toewijzing itself. None where the two units cannot be compared."""
    if toegewezen == UUR:
        return 60 * volume if eenheid == UUR else volume if eenheid == MINUUT else None
    return volume if eenheid == toegewezen else None

"""The periods over which is declared: four weeks by the CAK calendar in 2.4, calendar months in 3.2.

The CAK calendar has thirteen periods a year, Monday to Sunday. Period 1 begins with ISO week 1, so a period belongs
to the year of its ISO weeks: period 1 of 2026 begins on 29 December 2025. A year of 53 weeks has one week over, and
``WEEK_53`` says which period takes it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from shared.iwmo.catalogus import Release

WEKEN = 4
"""Of a CAK period."""
PERIODEN = 13
"""CAK periods in a year."""
MAANDEN = 12
WEEK_53 = PERIODEN
"""The period that week 53 belongs to. With a fourteenth period, or one that runs over into the next year, thirteen
periods would not be one year of care. No source at hand says so in as many words (docs/besluiten)."""

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_YEARS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Declaratieperiode:
    """One period; ``begin`` and ``eind`` both belong to it.

    ``jaar`` is in 2.4 the ISO year, which differs from the calendar year in the days around New Year. ``nummer`` counts
    from 1. ``weken``: every ISO week that it touches (``2026-W53``); of a month the first and last may be broken.
    """

    release: Release
    jaar: int
    nummer: int
    begin: date
    eind: date
    weken: tuple[str, ...]

    def __contains__(self, day: date) -> bool:
        return self.begin <= day <= self.eind


def period_of(release: Release, day: date) -> Declaratieperiode:
    """The period in which a day falls."""
    if release == "3.2":
        return periods_of_year(release, day.year)[day.month - 1]
    iso = day.isocalendar()
    place = WEEK_53 if iso.week > WEKEN * PERIODEN else (iso.week - 1) // WEKEN + 1
    return periods_of_year(release, iso.year)[place - 1]


@lru_cache(_YEARS_KEPT)
def periods_of_year(release: Release, year: int) -> tuple[Declaratieperiode, ...]:
    """All periods of a year, in order: thirteen in 2.4, twelve in 3.2. ValueError outside the years 1 to 9999."""
    if release == "3.2":
        bounds = [
            (date(year, month, 1), date(year, month, monthrange(year, month)[1])) for month in range(1, MAANDEN + 1)
        ]
    else:
        bounds = _weeks_of_year(year)
    return tuple(
        Declaratieperiode(release, year, nummer, begin, eind, _touched(begin, eind))
        for nummer, (begin, eind) in enumerate(bounds, start=1)
    )


def next_period(periode: Declaratieperiode) -> Declaratieperiode:
    """The period that begins the day after; OverflowError past the last day that a calendar here has."""
    return period_of(periode.release, periode.eind + _DAY)


def previous_period(periode: Declaratieperiode) -> Declaratieperiode:
    """The period that ends the day before; OverflowError before the year 1."""
    return period_of(periode.release, periode.begin - _DAY)


def _weeks_of_year(year: int) -> list[tuple[date, date]]:
    """First and last day of each CAK period. 28 December is in the last ISO week of its year, 52 or 53."""
    last_week = date(year, 12, 28).isocalendar().week
    firsts = range(1, WEKEN * PERIODEN, WEKEN)
    lasts = [first + WEKEN - 1 for first in firsts]
    if last_week > lasts[-1]:
        for place in range(WEEK_53 - 1, PERIODEN):
            lasts[place] += 1
    return [
        (date.fromisocalendar(year, first, 1), _sunday(year, last)) for first, last in zip(firsts, lasts, strict=True)
    ]


def _sunday(year: int, week: int) -> date:
    """The Sunday of an ISO week; the last day there is, for the week in which the calendar ends."""
    monday = date.fromisocalendar(year, week, 1)
    return monday + min(_WEEK - _DAY, date.max - monday)


def _touched(begin: date, eind: date) -> tuple[str, ...]:
    days = [*(begin + _WEEK * number for number in range((eind - begin) // _WEEK + 1)), eind]
    return tuple(dict.fromkeys(f"{iso.year:04}-W{iso.week:02}" for iso in (day.isocalendar() for day in days)))

"""Working days and weeks as terms count them. What is no working day follows the Algemene termijnenwet (besluit 0009).

Saturdays and Sundays are none, nor are Nieuwjaarsdag, Goede Vrijdag, Tweede Paasdag, Koningsdag, Bevrijdingsdag (every
year), Hemelvaartsdag, Tweede Pinksterdag and both days of Christmas.
"""

from bisect import bisect_left, bisect_right
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache

from holidays import OPTIONAL, PUBLIC, country_holidays

_YEARS_KEPT = 128
"""Days come from messages, so any year may: what is kept of them is bounded."""
_ANSWERS_KEPT = 4096


@lru_cache(_YEARS_KEPT)
def _of_year(year: int) -> tuple[date, ...]:
    """The working days of a year, in order. ``OPTIONAL`` is Bevrijdingsdag: not all are free, yet the law counts it."""
    feestdagen = country_holidays("NL", years=year, categories=(PUBLIC, OPTIONAL))
    first = date(year, 1, 1)
    days = (first + timedelta(number) for number in range((date(year, 12, 31) - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5 and day not in feestdagen)


def is_werkdag(dag: date) -> bool:
    """Whether a term of working days counts this day."""
    days = _of_year(dag.year)
    place = bisect_left(days, dag)
    return place < len(days) and days[place] == dag


@lru_cache(_ANSWERS_KEPT)
def plus_werkdagen(dag: date, aantal: int) -> date:
    """The day on which a term of ``aantal`` working days after ``dag`` ends; ``dag`` itself is not counted.

    A term that would end past the calendar ends on its last day: in a message a date may be 9999-12-31. Raises
    ValueError when ``aantal`` is below 0.
    """
    if aantal < 0:
        raise ValueError("a term does not end before it begins")
    if aantal == 0:
        return dag
    year, wanted = dag.year, bisect_right(_of_year(dag.year), dag) + aantal - 1
    while wanted >= len(_of_year(year)):
        wanted -= len(_of_year(year))
        year += 1
        if year > MAXYEAR:
            return date.max
    return _of_year(year)[wanted]


def eerste_op_tijd(vandaag: date, aantal: int) -> date:
    """The first day from which a term of ``aantal`` working days is not past today; of every day before it, it is."""
    dag = vandaag
    while plus_werkdagen(dag - timedelta(1), aantal) >= vandaag:
        dag -= timedelta(1)
    return dag


def werkdag_vanaf(dag: date) -> date:
    """That day, or the first working day after it: a term that ends on a free day ends then (Algemene termijnenwet)."""
    return dag if is_werkdag(dag) else plus_werkdagen(dag, 1)


def plus_weken(dag: date, aantal: int) -> date:
    """The same day of the week, ``aantal`` weeks later; past the calendar its last day."""
    try:
        return dag + timedelta(weeks=aantal)
    except OverflowError:
        return date.max


def werkdagen_tussen(van: date, tot: date) -> int:
    """How many working days there are after ``van`` up to and including ``tot``; below 0 when ``tot`` comes first."""
    if tot < van:
        return -werkdagen_tussen(tot, van)
    whole_years = sum(len(_of_year(year)) for year in range(van.year, tot.year))
    return whole_years + bisect_right(_of_year(tot.year), tot) - bisect_right(_of_year(van.year), van)

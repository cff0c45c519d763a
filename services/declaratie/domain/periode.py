"""The ProductPeriode that a toewijzing asks for: the days that it shares with a month (IV089)."""

from calendar import monthrange
from datetime import date
from functools import lru_cache

from shared.feiten.toewijzing import Toewijzing


def right_begin(begin: date, toewijzing: Toewijzing) -> date:
    """The first day of its month or, if later, of the toewijzing (TR387)."""
    return max(_month_begin(begin), toewijzing.periode.begin)


def right_end(eind: date, toewijzing: Toewijzing) -> date:
    """The last day of its month or, if earlier, of the toewijzing (TR388)."""
    return min(_month_end(eind), toewijzing.periode.eind or date.max)


# Kept: a message has many lines with the same few days.
@lru_cache(1024)
def _month_begin(day: date) -> date:
    return day.replace(day=1)


@lru_cache(1024)
def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])

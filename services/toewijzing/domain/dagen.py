"""Days on which something holds: no two that are for the same may share one."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from typing import Protocol


class Geldig(Protocol):
    """Something that holds from one day to another; without ``geldig_tot`` it goes on."""

    geldig_van: date
    geldig_tot: date | None

    @property
    def waarvoor(self) -> Hashable:
        """What it is for."""


class Dagen:
    """Days that are taken, as stretches that lie apart, in order: a look-up is one in a sorted list."""

    def __init__(self) -> None:
        self._begins: list[date] = []
        self._ends: list[date] = []

    def take(self, begin: date, end: date) -> bool:
        """Takes the days from ``begin`` to ``end``, both included; whether all of them were free."""
        first, after = bisect_left(self._ends, begin), bisect_right(self._begins, end)
        free = first == after
        self._begins[first:after] = [begin if free else min(begin, self._begins[first])]
        self._ends[first:after] = [end if free else max(end, self._ends[after - 1])]
        return free


def overlapping(known: Iterable[Geldig], new: Sequence[Geldig]) -> list[int]:
    """Which of the new share a day with what is known, or with one of the new before them, by their place."""
    taken: dict[Hashable, Dagen] = {}

    def is_free(one: Geldig) -> bool:
        return taken.setdefault(one.waarvoor, Dagen()).take(one.geldig_van, one.geldig_tot or date.max)

    for one in known:
        is_free(one)
    return [number for number, one in enumerate(new) if not is_free(one)]

"""Slices: the keys of a service divided over several relays, each key always with one of them.

Keys fall into a fixed number of slots; relay n of m has the slots s with s mod m = n. What a slot's relay did stays
true when the number of relays changes, and two relays with different ideas of that number never share a slot.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.kafka.look import Look

SLOTEN = 8
"""How many relays a service can have at most."""


@dataclass(frozen=True, slots=True)
class Deel:
    """Relay `nummer` (from 0) of `van`."""

    nummer: int = 0
    van: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.nummer < self.van <= SLOTEN:
            raise ValueError(f"no such slice: {self.nummer} of {self.van}")

    @property
    def geheel(self) -> bool:
        """Whether it has all keys."""
        return self.van == 1

    @property
    def sloten(self) -> list[int]:
        """Its slots."""
        return list(range(self.nummer, SLOTEN, self.van))


def together(said: Iterable[tuple[Deel, Look]], now: Look) -> Look | None:
    """What holds for all keys, given what was proven for slices of them; None as long as some slot has nothing.

    Words of another epoch or generation than that of `now` are about another log.
    """
    per_slot: dict[int, list[Look]] = {slot: [] for slot in range(SLOTEN)}
    for deel, look in said:
        if (look.epoch, look.generatie) == (now.epoch, now.generatie):
            for slot in deel.sloten:
                per_slot[slot].append(look)
    if not all(per_slot.values()):
        return None
    asked = {aanvrager for looks in per_slot.values() for look in looks for aanvrager in look.echo}
    echo = {aanvrager: min(_highest(looks, aanvrager) for looks in per_slot.values()) for aanvrager in sorted(asked)}
    tijd = min(max(look.tijd for look in looks) for looks in per_slot.values())
    return Look(tijd, now.epoch, now.generatie, echo)


def _highest(looks: Iterable[Look], aanvrager: str) -> Any:
    return max(look.echo.get(aanvrager, 0) for look in looks)

"""What judged declarations claimed on each toewijzing: part of the contract of ``wmo.declaratie``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PER_EVENT = 500
"""Toewijzingen in one event: a declaration of 100,000 lines must not become one record that no broker takes."""


@dataclass(frozen=True, slots=True)
class Verbruik:
    """What one declaration granted on one toewijzing: volume in its own unit and cents, credit negative; and how many
    granted lines were debit and how many credit. Each credit takes back one debit whole (TR323, TR390), so over all
    declarations ``debet`` minus ``credit`` is what stands."""

    nummer: int
    volume: int
    bedrag: int
    debet: int
    credit: int

    def as_data(self) -> dict[str, int]:
        """As the event carries it."""
        return {
            "toewijzingNummer": self.nummer,
            "volume": self.volume,
            "bedrag": self.bedrag,
            "debet": self.debet,
            "credit": self.credit,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Verbruik":
        """As an event carries it."""
        return cls(data["toewijzingNummer"], data["volume"], data["bedrag"], data["debet"], data["credit"])


@dataclass(frozen=True, slots=True)
class Declaratieverbruik:
    """One part of what a declaration granted; ``deel`` counts from 1. It never changes, so its version is 1."""

    gemeente: str
    aanbieder: str
    declaratie: str
    deel: int
    regels: tuple[Verbruik, ...]

    @property
    def sleutel(self) -> str:
        """The key of its event."""
        return f"{self.gemeente}:{self.aanbieder}:{self.declaratie}:{self.deel}"

    def as_data(self) -> dict[str, Any]:
        """As the event carries it."""
        return {
            "gemeente": self.gemeente,
            "aanbieder": self.aanbieder,
            "declaratie": self.declaratie,
            "deel": self.deel,
            "verbruik": [one.as_data() for one in self.regels],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Declaratieverbruik":
        """As an event carries it."""
        regels = tuple(Verbruik.from_data(one) for one in data["verbruik"])
        return cls(data["gemeente"], data["aanbieder"], data["declaratie"], data["deel"], regels)


def in_parts(
    gemeente: str, aanbieder: str, declaratie: str, regels: Iterable[Verbruik]
) -> Iterator[Declaratieverbruik]:
    """The consumption of a declaration, in order of toewijzing, in parts that fit in an event each."""
    ordered: Sequence[Verbruik] = sorted(regels, key=lambda one: one.nummer)
    for deel, start in enumerate(range(0, len(ordered), PER_EVENT), start=1):
        yield Declaratieverbruik(gemeente, aanbieder, declaratie, deel, tuple(ordered[start : start + PER_EVENT]))

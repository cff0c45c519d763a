"""Parties: who is calling, and on behalf of which gemeente or aanbieder."""

import re
from dataclasses import dataclass
from typing import Literal

Soort = Literal["gemeente", "agb", "beheer"]
_VORM = re.compile(r"(gemeente):([0-9]{4})|(agb):([0-9]{8})")


@dataclass(frozen=True, slots=True)
class Partij:
    """A gemeente (CBS code), an aanbieder (AGB code) or operations (beheer, without code)."""

    soort: Soort
    code: str = ""

    def __str__(self) -> str:
        return self.soort if self.soort == "beheer" else f"{self.soort}:{self.code}"

    @classmethod
    def parse(cls, text: str) -> "Partij":
        """Reads ``gemeente:0855``, ``agb:98765432`` or ``beheer``; raises ValueError (Dutch) otherwise."""
        if text == "beheer":
            return cls("beheer")
        match = _VORM.fullmatch(text)
        if match is None:
            raise ValueError("partij moet zijn: gemeente:NNNN, agb:NNNNNNNN of beheer")
        return cls("gemeente", match[2]) if match[1] else cls("agb", match[4])

    @classmethod
    def gemeente(cls, code: str) -> "Partij":
        return cls("gemeente", code)

    @classmethod
    def aanbieder(cls, code: str) -> "Partij":
        return cls("agb", code)


@dataclass(frozen=True, slots=True)
class Beller:
    """The caller of a request: the subject of the token and the parties it may speak for; ``gemachtigd``: those of them
    for whom he acts by a mandate alone."""

    subject: str
    partijen: frozenset[Partij]
    gemachtigd: frozenset[Partij] = frozenset()

    def is_(self, partij: Partij) -> bool:
        """Whether the caller speaks for this party."""
        return partij in self.partijen

    @property
    def names(self) -> list[str]:
        """The parties as text, for a database query."""
        return sorted(str(partij) for partij in self.partijen)

    def codes(self, soort: Soort) -> list[str]:
        """The codes of one kind of party that the caller speaks for."""
        return sorted(partij.code for partij in self.partijen if partij.soort == soort)

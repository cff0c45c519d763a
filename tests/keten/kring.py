"""One gemeente, one aanbieder and one client whom no other test knows, so that all tests can share one stack."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from shared.iwmo.catalogus import Release
from shared.iwmo.codelijsten import codelijst
from tests.keten.deelnemer import Deelnemer
from tests.keten.stapel import PROEFGEMEENTEN, Stapel


def bsns() -> Iterator[str]:
    """Numbers that pass the elfproef."""
    for first in count(91_000_000):
        last = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), str(first), strict=True)) % 11
        if last < 10:
            yield f"{first}{last}"


def gemeenten() -> Iterator[str]:
    """Codes that the node knows: of real gemeenten, and when those are all taken the stack's own."""
    lijst = codelijst("3.2", "CBS")
    assert lijst is not None
    return chain((one.code for one in lijst.codes), PROEFGEMEENTEN)


@dataclass
class Tellers:
    """Where every test takes its codes and numbers from."""

    gemeenten: Iterator[str] = field(default_factory=gemeenten)
    aanbieders: Iterator[int] = field(default_factory=lambda: count(11_000_001))
    bsns: Iterator[str] = field(default_factory=bsns)
    nummers: Iterator[int] = field(default_factory=lambda: count(500_001))


@dataclass
class Kring:
    """Who talk with each other in one test, and in which release."""

    release: Release
    gemeente: Deelnemer
    aanbieder: Deelnemer
    bsn: str
    tellers: Tellers

    @property
    def stapel(self) -> Stapel:
        """The node on which they meet."""
        return self.gemeente.stapel

    def nummer(self) -> int:
        """A ToewijzingNummer that is free."""
        return next(self.tellers.nummers)

    def identificatie(self) -> str:
        """An Identificatie, ReferentieNummer or DeclaratieNummer that is free."""
        return f"K{next(self.tellers.nummers)}"


MakeKring = Callable[[Release], Kring]

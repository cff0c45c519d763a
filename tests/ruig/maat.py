"""How large the rough tests run, and from which seed: settings of the environment, printed with the results."""

import os
import sys
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import pytest

OMVANG = "KNOOPPUNT_RUIG"
SEED = "KNOOPPUNT_RUIG_SEED"
EERSTE_SEED = 20250401
Value = TypeVar("Value")


@dataclass
class Maat:
    """Sizes of a run: full with ``KNOOPPUNT_RUIG=vol`` (``make ruig``), else small (``make test``)."""

    vol: bool
    seed: int
    regels: list[str] = field(default_factory=list)
    """What the tests told, for the end of the run."""

    @classmethod
    def of_environment(cls) -> "Maat":
        """As the environment says; without it small, from the seed that is always the same."""
        return cls(os.environ.get(OMVANG) == "vol", int(os.environ.get(SEED) or EERSTE_SEED))

    def kies(self, klein: Value, vol: Value) -> Value:
        """The value of this run."""
        return vol if self.vol else klein

    @property
    def seeds(self) -> range:
        """The seeds of a test that runs with three, in full: this one and those after it."""
        return range(self.seed, self.seed + self.kies(1, 3))

    def loting(self, naam: str, seed: int | None = None) -> Random:
        """Chance for one test, the same in every run with this seed whatever other tests drew."""
        return Random(f"{naam}:{self.seed if seed is None else seed}")

    def noteer(self, naam: str, **feiten: object) -> None:
        """Tells what a test ran and found; shown at the end, and at once when the test fails."""
        told = {"omvang": "vol" if self.vol else "klein", "seed": self.seed} | feiten
        line = f"{naam}: " + ", ".join(f"{key} {value}" for key, value in told.items())
        self.regels.append(line)
        sys.stdout.write(f"{line}\n")


MAAT = Maat.of_environment()
"""Of this run: for parametrisation. A test takes the fixture ``maat``."""
alleen_vol = pytest.mark.skipif(not MAAT.vol, reason="too long for every run; make ruig has it")

"""How fast a caller may ask: so many requests a second, with a stock for when it comes in bursts; then 429 (P9).

A bucket per caller that fills at a steady rate, kept as one number: the moment at which it will be full again. No lock
and no timer; each process keeps its own.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.problems import TeSnelError
from shared.security.partij import Partij
from shared.settings import Settings

MOST_CALLERS = 10_000
"""Remembered at once; above it, whose bucket is full again is forgotten."""


@dataclass
class Tempo:
    """``per_second`` and ``burst``: requests of one caller, messages and reads alike. A caller is the parties that he
    speaks for, whatever the tokens he comes with."""

    per_second: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _full_at: dict[frozenset[Partij], float] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Tempo":
        """As the settings say."""
        return cls(settings.tempo_per_partij, settings.tempo_voorraad)

    def take(self, partijen: frozenset[Partij]) -> None:
        """Counts one request; TeSnelError, with the seconds after which there is room again, when it is one too
        many. What is refused does not count, so who keeps trying comes no later into his turn."""
        now = self.clock()
        full_at = max(self._full_at.get(partijen, now), now) + 1 / self.per_second
        too_early = full_at - now - self.burst / self.per_second
        # A rounding error is no reason to refuse.
        if too_early > 1e-6:
            raise TeSnelError(
                f"Er komen te veel verzoeken van u: hoogstens {self.per_second} per seconde",
                headers={"Retry-After": str(math.ceil(too_early))},
            )
        if len(self._full_at) >= MOST_CALLERS:
            self._full_at = {who: moment for who, moment in self._full_at.items() if moment > now}
        self._full_at[partijen] = full_at

"""What goes wrong in one schedule, drawn from its seed: which faults there are at all, and how often each.

Not every schedule has all of them: faults hide each other's consequences.
"""

import asyncio
from random import Random

from tests.ruig.simulatie.loop import PROCESS, Process

HOUR = 3600.0


class Faults:
    """The dice of a schedule, and whether they still fall badly."""

    KINDS = (
        "kill",
        "stall",
        "database_restart",
        "connection_lost",
        "commit_unknown",
        "broker_down",
        "broker_empty",
        "ack_lost",
        "request_lost",
        "slow_network",
        "slow_database",
        "clock_jump",
        "held_open",
        "rebalance",
        "poison",
    )

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        many = dice.choice((0, 2, 3, 4, 6, len(self.KINDS)))
        self.kinds = frozenset(dice.sample(self.KINDS, many))
        self.on = True
        self.ending = False
        self._slow = dice.choice((0.02, 0.2, 0.5))
        self._slow_service = dice.choice(("", "toewijzing", "startstop"))
        self._rate = dice.choice((0.005, 0.02, 0.08))

    def has(self, kind: str) -> bool:
        """Whether this schedule knows the fault, and faults are on."""
        return self.on and kind in self.kinds

    def strikes(self, kind: str) -> bool:
        """Whether it happens now."""
        return self.on and kind in self.kinds and self.dice.random() < self._rate

    async def pause(self, slow: str) -> None:
        """The time that something takes: usually none, at times somebody else goes first, sometimes much."""
        if self.ending:
            return
        drawn = self.dice.random()
        if drawn < 0.5:
            return
        if drawn < 0.8:
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(self.delay(slow, PROCESS.get()))

    def delay(self, slow: str, process: Process) -> float:
        """Seconds for one trip."""
        slow_here = self.has(slow) and process.name.startswith(self._slow_service)
        if slow_here and self.dice.random() < self._slow:
            return self.dice.choice((0.1, 0.5, 1.0, 4.0)) * self.dice.random()
        return 0.004 * self.dice.random()

    def strikes_often(self, kind: str) -> bool:
        """Whether it happens now, for what there are few occasions for."""
        return self.on and kind in self.kinds and self.dice.random() < 0.5

"""Starts that come before their toewijzing can be known, and starts on numbers that never were (B08, B10)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring
from tests.keten.stapel import Stapel
from tests.ruig.grootboek import PARKED, Grootboek, Post
from tests.ruig.storing import relay_stil
from tests.ruig.verkeer import ONBEKEND, nieuw

AT_ONCE = 8
Weg = Callable[[str], Stapel | None]
"""Which way in a message for this service takes; None is the usual one."""


def gewoon(_dienst: str) -> None:
    """Through the front door."""


@dataclass
class Vroeg:
    """Pairs of a 301 and, within 50 ms, a 305; and starts on unknown numbers between them."""

    boek: Grootboek
    kringen: Sequence[Kring]
    loting: Random
    weg: Weg = gewoon
    onbekend: list[Post] = field(default_factory=list)
    """The starts on unknown numbers that were taken."""

    async def stuur(self, paren: int, onbekend: int) -> None:
        """So many of both, a few at a time, in a random order."""
        work = [self.paar] * paren + [self.zonder] * onbekend
        self.loting.shuffle(work)

        async def sender(mine: list[Callable[[Kring], object]]) -> None:
            for one in mine:
                await one(nieuw(self.loting.choice(self.kringen)))  # type: ignore[misc]

        async with asyncio.TaskGroup() as group:
            for start in range(AT_ONCE):
                group.create_task(sender(work[start::AT_ONCE]))

    async def paar(self, kring: Kring) -> None:
        """A toewijzing, and its start at once or a moment later."""
        nummer = kring.nummer()
        await self._lever(self.boek.post(kring, a_301(kring, nummer)))
        await asyncio.sleep(self.loting.uniform(0, 0.05))  # how soon is what is tested
        await self._lever(self.boek.post(kring, a_305(kring, nummer)))

    async def zonder(self, kring: Kring) -> None:
        """A start on nothing."""
        post = self.boek.post(kring, a_305(kring, kring.nummer()), "afgekeurd", ONBEKEND)
        await self._lever(post)
        self.onbekend.append(post)

    async def _lever(self, post: Post) -> None:
        await self.boek.lever(post, via=self.weg(post.bericht.dienst))

    async def rustpauzes(self, stapel: Stapel, longest: float) -> None:
        """Until cancelled: the owner's relay stands still for a while, then works for a while.

        What was never assigned may not be refused while it stands still: nobody can know yet.
        """
        while True:
            async with relay_stil(stapel, "toewijzing"):
                before = len(self.onbekend)
                await asyncio.sleep(self.loting.uniform(0, longest))  # how long is what is tested
                for post in self.onbekend[before:]:
                    found = await post.sender.outcome("startstop", str(post.id))
                    assert found["status"] == PARKED, f"{post.naam} was refused before its facts could be complete"
            await asyncio.sleep(self.loting.uniform(0, longest / 5))


async def speel(vroeg: Vroeg, stapel: Stapel, paren: int, onbekend: int, longest: float) -> None:
    """Sends everything while the relay of the toewijzingen pauses now and then, up to ``longest`` seconds."""
    pausing = asyncio.create_task(vroeg.rustpauzes(stapel, longest))
    sending = asyncio.create_task(vroeg.stuur(paren, onbekend))
    try:
        await asyncio.wait((pausing, sending), return_when=asyncio.FIRST_COMPLETED)
        if pausing.done():
            pausing.result()
        await sending
    finally:
        for task in (pausing, sending):
            task.cancel()
        await asyncio.wait((pausing, sending))
    if not pausing.cancelled():
        pausing.result()

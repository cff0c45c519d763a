"""Who may come in, and how many at once: past the limits one waits a moment, and is then told 429 or 503 (P8, P9)."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from shared.problems import KnooppuntError, NietBeschikbaarError, TeVeelError
from shared.security.partij import Beller
from shared.settings import Settings

SMALL_BYTES = 1024 * 1024
LOOKERS_WAITING = 256
"""Requests of one party that may wait to look something up, or to do something that is no message, and how long."""
LOOKING_SECONDS = 10.0
NO_LIMIT = sys.maxsize
"""Of all parties together: they are bounded by the connections there are."""


@dataclass
class Plaatsen:
    """How many of something are in hand, in all and per party. A party counts as one, whatever the tokens it comes
    with."""

    most: int
    most_per_party: int
    busy: int = 0
    per_party: dict[str, int] = field(default_factory=dict)

    def refusal(self, who: str) -> KnooppuntError | None:
        """Why there is no place now, if there is none."""
        if self.per_party.get(who, 0) >= self.most_per_party:
            return TeVeelError("Er is al te veel van u in behandeling", headers={"Retry-After": "1"})
        if self.busy >= self.most:
            return NietBeschikbaarError("Het is te druk; probeer het zo opnieuw", seconden=1)
        return None

    def take(self, who: str) -> None:
        """Takes a place, which is there."""
        self.busy += 1
        self.per_party[who] = self.per_party.get(who, 0) + 1

    def give_back(self, who: str) -> None:
        """Ends what ``take`` began."""
        self.busy -= 1
        self.per_party[who] -= 1
        if not self.per_party[who]:
            del self.per_party[who]

    @contextmanager
    def hold(self, beller: Beller) -> Iterator[None]:
        """Holds a place; without one, TeVeelError or NietBeschikbaarError."""
        who = ",".join(beller.names)
        refusal = self.refusal(who)
        if refusal is not None:
            raise refusal
        self.take(who)
        try:
            yield
        finally:
            self.give_back(who)


@dataclass
class Wachtrij:
    """Places for which one may wait a moment, in order of arrival: a party with a few connections too many is served a
    little later. Who waits is bounded too, in all and per party, and so is the wait."""

    plaatsen: Plaatsen
    most: int
    most_per_party: int
    seconds: float
    waiting: list[tuple[str, asyncio.Future[None]]] = field(default_factory=list)

    @asynccontextmanager
    async def hold(self, beller: Beller, *, wait: bool) -> AsyncIterator[None]:
        """Holds a place, at once or after a ``wait``; without one, TeVeelError or NietBeschikbaarError."""
        leave = await self.enter(beller, wait=wait)
        try:
            yield
        finally:
            leave()

    async def enter(self, beller: Beller, *, wait: bool) -> Callable[[], None]:
        """The same for who cannot leave where he came in: what is given back gives the place back, once."""
        who = ",".join(beller.names)
        refusal = self.plaatsen.refusal(who)
        if refusal is None:
            self.plaatsen.take(who)
        elif wait and self._may_wait(who):
            await self._wait(who, refusal)
        else:
            raise refusal
        return partial(self._give_back, who)

    def _may_wait(self, who: str) -> bool:
        own = sum(1 for waiter, _ in self.waiting if waiter == who)
        return len(self.waiting) < self.most and own < self.most_per_party

    async def _wait(self, who: str, refusal: KnooppuntError) -> None:
        """Returns with a place that was taken for it."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((who, turn))
        try:
            await asyncio.wait((turn,), timeout=self.seconds)
        except asyncio.CancelledError:
            if turn.done():
                self._give_back(who)
            raise
        finally:
            self.waiting = [one for one in self.waiting if one[1] is not turn]
        if not turn.done():
            raise refusal

    def _give_back(self, who: str) -> None:
        """The place goes to the first in the row that may have it."""
        self.plaatsen.give_back(who)
        for waiter, turn in self.waiting:
            if not turn.done() and self.plaatsen.refusal(waiter) is None:
                self.plaatsen.take(waiter)
                turn.set_result(None)


class Toegang:
    """Bodies that are still arriving are bounded apart from messages that are being judged, so that slow senders keep
    nobody from his verdict; and the bytes being judged are bounded together."""

    def __init__(self, settings: Settings) -> None:
        self._arriving = Plaatsen(settings.gelijktijdig_lezen, settings.gelijktijdig_lezen_per_partij)
        self._judged = Wachtrij(
            Plaatsen(settings.gelijktijdig, settings.gelijktijdig_per_partij),
            settings.wachtrij,
            settings.wachtrij_per_partij,
            settings.wachtrij_seconden,
        )
        self._looking = _unbounded_but_of(settings.gelijktijdig_opvragen_per_partij)
        self._doing = _unbounded_but_of(settings.gelijktijdig_doen_per_partij)
        self._wide = _unbounded_but_of(1)
        self._most_bytes = settings.gelijktijdig_mb * 1024 * 1024
        self._bytes = 0

    def reading(self, beller: Beller) -> AbstractContextManager[None]:
        """A place while a body comes in."""
        return self._arriving.hold(beller)

    async def looking(self, beller: Beller) -> Callable[[], None]:
        """A place while something is looked up; what it returns gives the place back, and is called once."""
        return await self._looking.enter(beller, wait=True)

    async def doing(self, beller: Beller) -> Callable[[], None]:
        """The same for what changes something and is no message."""
        return await self._doing.enter(beller, wait=True)

    async def wide(self, beller: Beller) -> Callable[[], None]:
        """The same for a body of many values: of one party one at a time, for all that is wrong in it is found on the
        event loop."""
        return await self._wide.enter(beller, wait=True)

    @asynccontextmanager
    async def room(self, beller: Beller, size: int) -> AsyncIterator[None]:
        """A place while a message is judged. Large ones share the room there is, and one that is larger than all of it
        goes alone; a small one never waits for them. A large one does not wait for a place: it would hold memory."""
        counted = size if size > SMALL_BYTES else 0
        if counted and self._bytes and self._bytes + counted > self._most_bytes:
            raise NietBeschikbaarError("Er zijn te veel grote berichten in behandeling", seconden=5)
        async with self._judged.hold(beller, wait=not counted):
            self._bytes += counted
            try:
                yield
            finally:
                self._bytes -= counted


def _unbounded_but_of(most: int) -> Wachtrij:
    """Places of which one party may have so many; of all together there is no bound."""
    return Wachtrij(Plaatsen(NO_LIMIT, most), NO_LIMIT, LOOKERS_WAITING, LOOKING_SECONDS)

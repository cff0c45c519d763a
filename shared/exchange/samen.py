"""Messages that wait at the same moment go to the database together: one look and one statement that writes for all.

A group is what is there when a place comes free, or its share of all that is there: if one took everybody, the other
would be left with who comes alone, and hardly anybody would be judged while the database writes the one. Nobody waits
for others to come, so alone one is as quick as ever, and the busier it is the larger the groups. Two that are about the
same thing are never in hand together here: the second goes the ordinary way, where it waits for a lock and holds up
nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar

MOST = 16
"""In one group: what it is about stays held until all of it is written."""
ROUNDS = 2
"""Groups in hand at once: while the database writes one, the other is judged."""
WORTH_DIVIDING = 4
"""So many go together, whatever the share of a group."""
PATIENCE_SECONDS = 0.05
"""After so long a group, which then waits for somebody, no longer keeps the next from its turn."""
Item = TypeVar("Item")
Result = TypeVar("Result")
Together = Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception | None]]]


@dataclass(frozen=True, slots=True, eq=False)
class _Wachtend(Generic[Item, Result]):
    soort: Hashable
    sleutels: Collection[str]
    item: Item
    together: Together[Item, Result]
    outcome: "asyncio.Future[Result | None]"


class Samen(Generic[Item, Result]):
    """Brings together what comes in at the same time, in order of arrival."""

    def __init__(self, most: int = MOST, rounds: int = ROUNDS, patience: float = PATIENCE_SECONDS) -> None:
        self._most, self._rounds, self._patience = most, rounds, patience
        self._free = rounds
        self._in_hand = 0
        self._waiting: list[_Wachtend[Item, Result]] = []
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False

    async def take(
        self, soort: Hashable, sleutels: Collection[str], item: Item, together: Together[Item, Result]
    ) -> Result | None:
        """What ``together`` makes of the item in a group of its ``soort``; an error that it gives for it is raised.
        None also where another is in hand with one of these ``sleutels``."""
        if not self._busy.isdisjoint(sleutels):
            return None
        self._busy.update(sleutels)
        outcome: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wachtend(soort, sleutels, item, together, outcome))
        self._call()
        return await outcome

    def _call(self) -> None:
        """Begins once all that came in by now has had its turn on the loop."""
        if self._free and self._waiting and not self._called:
            self._called = True
            # In no request's context: a group is for several.
            asyncio.get_running_loop().call_soon(self._begin, context=Context())

    def _begin(self) -> None:
        self._called = False
        while self._free and self._waiting:
            group = self._next()
            self._free -= 1
            self._in_hand += len(group)
            task = asyncio.create_task(self._round(group))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> list[_Wachtend[Item, Result]]:
        """The first that waits, with others of its kind."""
        soort = self._waiting[0].soort
        share = ceil((len(self._waiting) + self._in_hand) / self._rounds)
        most = min(self._most, max(share, WORTH_DIVIDING))
        group = [one for one in self._waiting if one.soort == soort][:most]
        if len(group) == len(self._waiting):
            self._waiting = []
        else:
            taken = set(map(id, group))
            self._waiting = [one for one in self._waiting if id(one) not in taken]
        return group

    async def _round(self, group: Sequence[_Wachtend[Item, Result]]) -> None:
        taken = len(group)
        place = _Place(self._give_back)
        timer = asyncio.get_running_loop().call_later(self._patience, place.leave)
        try:
            # Who hung up before it began is left out.
            group = [one for one in group if self._is_there(one)]
            if group:
                _tell(group, await group[0].together([one.item for one in group]))
        except Exception as error:
            _tell(group, [error] * len(group))
        finally:
            timer.cancel()
            self._in_hand -= taken
            for one in group:
                self._busy.difference_update(one.sleutels)
                one.outcome.cancel()  # without effect on what was told
            place.leave()

    def _is_there(self, one: _Wachtend[Item, Result]) -> bool:
        if one.outcome.cancelled():
            self._busy.difference_update(one.sleutels)
            return False
        return True

    def _give_back(self) -> None:
        self._free += 1
        self._call()


@dataclass(slots=True)
class _Place:
    """One of the rounds there may be; given back once."""

    give_back: Callable[[], None] | None

    def leave(self) -> None:
        give_back, self.give_back = self.give_back, None
        if give_back is not None:
            give_back()


def _tell(group: Sequence[_Wachtend[Any, Result]], results: Sequence[Result | Exception | None]) -> None:
    for one, result in zip(group, results, strict=True):
        if one.outcome.done():
            continue
        if isinstance(result, Exception):
            one.outcome.set_exception(result)
        else:
            one.outcome.set_result(result)

"""Places that parties take in turn: who has many waiting waits for himself, and not others for him (P9)."""

import asyncio
from collections import deque

from shared.namens import wie_vraagt


class Beurten:
    """So many places, by ``async with``. When one comes free it goes to the party that has waited longest since it was
    last served, and of that party to who came first. The work of no request counts as a party."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[str | None, deque[asyncio.Future[None]]] = {}
        """By party, in the order in which they are served."""

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(wie_vraagt(), deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came in the same moment
                self._next()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._next()

    def _next(self) -> None:
        while self._waiting:
            party = next(iter(self._waiting))
            own = self._waiting.pop(party)
            while own and own[0].done():  # who hung up has no turn, and costs his party none
                own.popleft()
            if own:
                turn = own.popleft()
                if own:
                    self._waiting[party] = own  # behind the others
                turn.set_result(None)
                return
        self._free += 1

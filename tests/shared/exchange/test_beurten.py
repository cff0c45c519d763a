"""Who has many large bodies waiting waits for himself."""

import asyncio
from contextvars import copy_context

import pytest

from shared.exchange.beurten import Beurten
from shared.namens import namens, spreek_namens
from shared.security.partij import Partij

BUSY, OTHER = (Partij.aanbieder("98765001"), Partij.aanbieder("98765002"))
GEMEENTE = Partij.gemeente("0855")


class Balie:
    """Notes in which order those come whose places are all taken at first."""

    def __init__(self, places: int = 1) -> None:
        self.beurten = Beurten(places)
        self.served: list[str] = []
        self.go_on = asyncio.Event()

    async def come(self, name: str, *, wait: bool = False) -> None:
        async with self.beurten:
            self.served.append(name)
            if wait:
                await self.go_on.wait()

    def send(self, partij: Partij, name: str, *, wait: bool = False) -> asyncio.Task[None]:
        """A request of this party, in a context of its own."""

        async def request() -> None:
            spreek_namens([partij])
            with namens([partij, GEMEENTE]):  # as a message is judged
                await self.come(name, wait=wait)

        return asyncio.get_running_loop().create_task(request(), context=copy_context())


async def moment() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_parties_take_turns_whoever_came_first() -> None:
    balie = Balie()
    tasks = [balie.send(BUSY, "first", wait=True)]
    await moment()
    tasks += [balie.send(BUSY, f"busy {number}") for number in range(3)]
    await moment()
    tasks += [balie.send(OTHER, f"other {number}") for number in range(2)]
    await moment()

    balie.go_on.set()
    await asyncio.gather(*tasks)

    assert balie.served == ["first", "busy 0", "other 0", "busy 1", "other 1", "busy 2"]


async def test_who_hung_up_costs_his_party_no_turn() -> None:
    balie = Balie()
    tasks = [balie.send(BUSY, "first", wait=True)]
    await moment()
    gone = balie.send(OTHER, "gone")
    tasks += [balie.send(OTHER, "other"), balie.send(BUSY, "busy")]
    await moment()
    gone.cancel()
    await moment()

    balie.go_on.set()
    await asyncio.gather(*tasks)

    assert balie.served == ["first", "other", "busy"]


async def test_there_are_so_many_places_and_no_more() -> None:
    balie = Balie(places=2)
    tasks = [balie.send(BUSY, name, wait=True) for name in "abc"]
    await moment()
    before = list(balie.served)

    balie.go_on.set()
    await asyncio.gather(*tasks)

    assert before == ["a", "b"]
    assert balie.served == ["a", "b", "c"]


@pytest.mark.parametrize("at_its_turn", [False, True], ids=["while it waits", "as its turn comes"])
async def test_who_hangs_up_takes_no_place(at_its_turn: bool) -> None:
    balie = Balie()
    async with balie.beurten:
        gone, later = balie.send(BUSY, "gone"), balie.send(BUSY, "later")
        await moment()
        if not at_its_turn:
            gone.cancel()
            await moment()
    gone.cancel()

    async with asyncio.timeout(10):
        await asyncio.gather(gone, later, return_exceptions=True)
        async with balie.beurten:
            assert balie.served == ["later"]
    assert gone.cancelled()

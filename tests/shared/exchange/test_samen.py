"""What waits at the same moment goes together; what is about the same thing does not, and nobody waits for others."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from shared.exchange.samen import Samen

WHO: ContextVar[str] = ContextVar("who", default="nobody")
Lane = Samen[str, str]


class Work:
    """Notes the groups that come, and holds those with a name in ``held`` until ``let_go``."""

    def __init__(self, *held: str) -> None:
        self.groups: list[list[str]] = []
        self.held = set(held)
        self.let_go = asyncio.Event()
        self.began = asyncio.Event()
        self.context: list[str] = []
        self.busy = self.most_at_once = 0

    async def together(self, items: Sequence[str]) -> list[str | Exception | None]:
        self.groups.append(list(items))
        self.context.append(WHO.get())
        self.began.set()
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        if self.held & set(items):
            await self.let_go.wait()
        await asyncio.sleep(0)
        self.busy -= 1
        return [f"done {one}" for one in items]

    async def send(self, lane: Lane, item: str, soort: str = "a", key: str | None = None) -> str | None:
        return await lane.take(soort, [key or item], item, self.together)


async def test_what_is_there_at_once_goes_together_in_order_of_arrival() -> None:
    work, lane = Work(), Lane()

    outcomes = await asyncio.gather(*(work.send(lane, one) for one in "abc"))

    assert outcomes == ["done a", "done b", "done c"]
    assert work.groups == [["a", "b", "c"]]


async def test_what_comes_while_all_places_are_taken_goes_together_afterwards() -> None:
    work, lane = Work("a"), Lane(rounds=1, patience=60)
    first = asyncio.create_task(work.send(lane, "a"))
    await work.began.wait()
    later = [asyncio.create_task(work.send(lane, one)) for one in "bcd"]
    await asyncio.sleep(0)
    before = list(work.groups)

    work.let_go.set()
    await asyncio.gather(first, *later)

    assert before == [["a"]]
    assert work.groups == [["a"], ["b", "c", "d"]]


async def test_many_are_divided_over_the_groups_there_may_be() -> None:
    work, lane = Work(), Lane(rounds=2)

    await asyncio.gather(*(work.send(lane, one) for one in "abcdefghijk"))

    assert work.groups == [["a", "b", "c", "d", "e", "f"], ["g", "h", "i", "j", "k"]]


async def test_who_waits_leaves_the_next_group_its_share_of_all_that_is_in_hand() -> None:
    work, lane = Work("a"), Lane(rounds=2, patience=60)
    first = asyncio.create_task(work.send(lane, "a"))
    await work.began.wait()

    later = [asyncio.create_task(work.send(lane, one)) for one in "bcdefghijkl"]
    await asyncio.gather(*later)
    work.let_go.set()
    await first

    assert work.groups == [["a"], ["b", "c", "d", "e", "f", "g"], ["h", "i", "j", "k"], ["l"]]


async def test_a_group_has_one_kind_and_so_many_at_most() -> None:
    work, lane = Work(), Lane(most=2)

    await asyncio.gather(*(work.send(lane, one, "xy"[number % 2]) for number, one in enumerate("abcdef")))

    assert work.groups == [["a", "c"], ["b", "d"], ["e"], ["f"]]


async def test_what_is_about_the_same_thing_is_not_taken_until_the_first_is_done() -> None:
    work, lane = Work("a"), Lane()
    first = asyncio.create_task(work.send(lane, "a", key="thing"))
    await work.began.wait()

    assert await work.send(lane, "b", key="thing") is None
    work.let_go.set()
    await first
    assert await work.send(lane, "c", key="thing") == "done c"


async def test_a_group_that_waits_long_does_not_hold_up_the_next() -> None:
    work, later, lane = Work("a"), Work(), Lane(most=1, rounds=1, patience=0.01)
    first = asyncio.create_task(work.send(lane, "a"))
    await work.began.wait()

    async with asyncio.timeout(10):
        assert await work.send(lane, "b") == "done b"
    work.let_go.set()
    await first

    # Its place was given back once: there is one still.
    await asyncio.gather(*(later.send(lane, one) for one in "cd"))
    assert later.most_at_once == 1


async def test_a_group_that_fails_tells_each_of_it_and_the_next_goes_on() -> None:
    async def fail(items: Sequence[str]) -> list[str | Exception | None]:
        raise OSError(len(items))

    work, lane = Work(), Lane(rounds=1)

    outcomes = await asyncio.gather(*(lane.take("a", [one], one, fail) for one in "ab"), return_exceptions=True)

    assert [str(one) for one in outcomes] == ["2", "2"]
    assert await work.send(lane, "a") == "done a"


async def test_an_error_with_one_is_its_own() -> None:
    async def of_b(items: Sequence[str]) -> list[str | Exception | None]:
        return [ValueError(one) if one == "b" else one for one in items]

    lane = Lane()

    outcomes = await asyncio.gather(*(lane.take("a", [one], one, of_b) for one in "abc"), return_exceptions=True)

    assert [outcomes[0], outcomes[2]] == ["a", "c"]
    assert isinstance(outcomes[1], ValueError)


async def test_who_hangs_up_while_he_waits_is_left_out_and_what_he_named_is_free() -> None:
    work, lane = Work("a"), Lane(rounds=1, patience=60)
    first = asyncio.create_task(work.send(lane, "a"))
    await work.began.wait()
    gone, there = (asyncio.create_task(work.send(lane, one)) for one in "bc")
    await asyncio.sleep(0)
    gone.cancel()
    work.let_go.set()

    assert await asyncio.gather(first, there) == ["done a", "done c"]
    assert work.groups == [["a"], ["c"]]
    assert await work.send(lane, "d", key="b") == "done d"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_group_is_in_no_ones_context() -> None:
    work, lane = Work(), Lane()
    said = WHO.set("somebody")
    try:
        await work.send(lane, "a")
    finally:
        WHO.reset(said)

    assert work.context == ["nobody"]
